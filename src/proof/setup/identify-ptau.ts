import { createHash } from 'node:crypto';
import type { FileError } from '../../base/files/file-error.js';
import { withInput } from '../../base/files/input.js';
import { SetupError } from './error.js';
import { listedPtau } from './ptau-list.js';
import type { PowersOfTau } from './ptau-list.js';

/**
 * Finds out by its hash which powers of tau a file holds.
 * @throws {SetupError} it can't be read
 * @throws what the signal was aborted with
 */
export async function identifyPtau(path: string, signal?: AbortSignal): Promise<PowersOfTau> {
  const hash = createHash('blake2b512');
  try {
    await withInput(path, async (input) => {
      for await (const part of input.pieces()) {
        signal?.throwIfAborted();
        hash.update(part);
      }
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new SetupError(`expected powers of tau at ${path}, could not read it: ${(cause as FileError).reason}`, {
      cause,
    });
  }
  const blake2b = hash.digest('hex');
  return { blake2b, listed: listedPtau(blake2b) };
}
