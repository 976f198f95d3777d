import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Watching } from '../../base/tasks/watching.js';
import { fileDigest, requireDigest } from '../../machine/circuit/artifacts.js';
import type { CompiledFiles } from '../../machine/circuit/compile.js';
import { exportVerificationKey } from '../../base/untyped/snarkjs.js';
import { verifyContributions } from '../../base/untyped/snarkjs-ceremony.js';
import { beginKey } from './begin.js';
import { readContributions } from './contributions.js';
import { compare, contradiction } from './contradiction.js';
import { SetupError } from './error.js';
import type { OnEstimate } from './estimate.js';
import { identifyPtau } from './identify-ptau.js';
import type { Transcript } from './transcript.js';
import { verificationKeyHash } from './verification-key.js';

/**
 * Where a ceremony's circuit is, and what it is.
 * @see {@link beginCeremony}
 */
export type CeremonyCircuit = Pick<CompiledFiles, 'name' | 'digest' | 'r1cs'>;

/**
 * Whether a key is what its transcript says; if not, `reason` is a sentence that says how that is known.
 * @see {@link verifyKey}
 */
export type KeyVerdict = { readonly valid: true } | { readonly valid: false; readonly reason: string };

/**
 * Verifies that a key was made as a transcript says: from the circuit and the powers of tau alone, by these
 * contributions. Nothing of what the key or the transcript says is taken on trust: the key is begun anew.
 *
 * @param options.workDirectory where a file as large as the key is kept meanwhile
 * @throws {SetupError} a file cannot be read, or is no whole file of its kind, or snarkjs came to no verdict
 * @throws {ArtifactError} the file of the circuit is not the one with its digest
 * @throws what the signal was aborted with
 *
 * @example
 * const verdict = await verifyKey({
 *   circuit,
 *   ptau: 'powersOfTau28_hez_final_18.ptau',
 *   zkey: 'final.zkey',
 *   transcript,
 *   workDirectory: 'work',
 * });
 * verdict.valid;
 */
export async function verifyKey(
  options: Watching & {
    readonly circuit: CeremonyCircuit;
    readonly ptau: string;
    readonly zkey: string;
    readonly transcript: Transcript;
    readonly workDirectory: string;
    readonly onEstimate?: OnEstimate;
  },
): Promise<KeyVerdict> {
  const { circuit, ptau, zkey, transcript, workDirectory, onEstimate, onProgress, signal } = options;
  const origin = await readContributions(zkey);
  onProgress?.('files', 0, 0);
  const reason =
    contradiction(origin, transcript, circuit.digest) ??
    compare('SHA-256 of the key', transcript.key.sha256, await fileDigest(zkey, signal)) ??
    compare(
      'verification key',
      transcript.key.verificationKey,
      verificationKeyHash(await exportVerificationKey(zkey)),
    ) ??
    compare(
      'blake2b hash of the powers of tau',
      transcript.powersOfTau.blake2b,
      (await identifyPtau(ptau, signal)).blake2b,
    );
  if (reason !== null) return { valid: false, reason };

  await requireDigest(circuit.r1cs, circuit.digest, { signal });
  await mkdir(workDirectory, { recursive: true });
  const folder = await mkdtemp(path.join(workDirectory, 'verify-key-'));
  try {
    const initial = path.join(folder, 'initial.zkey');
    const found = await beginKey({
      r1cs: circuit.r1cs,
      ptau,
      zkey: initial,
      ...(onEstimate && { onEstimate }),
      onProgress,
      signal,
    });
    const otherOrigin =
      compare(
        'circuit hash of the key that the circuit and the powers of tau give',
        transcript.initialKey.circuitHash,
        found,
      ) ??
      compare('SHA-256 of the key that they give', transcript.initialKey.sha256, await fileDigest(initial, signal));
    if (otherOrigin !== null) return { valid: false, reason: otherOrigin };
    onProgress?.('contributions', 0, 0);
    const complaint = await complaintAgainst(zkey, initial, ptau, { onProgress, signal });
    return complaint === null ? { valid: true } : { valid: false, reason: complaint };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What snarkjs says against the contributions of `zkey`, or of a copy of it; null if they are right.
 * @throws {SetupError} it came to no verdict
 * @throws what the signal was aborted with
 */
export const complaintAgainst = (
  zkey: string,
  initial: string,
  ptau: string,
  { copy = zkey, ...watching }: Watching & { readonly copy?: string } = {},
): Promise<string | null> =>
  verifyContributions(initial, ptau, copy, watching).catch((cause: Error) => {
    watching.signal?.throwIfAborted();
    throw new SetupError(`could not verify ${zkey}: ${cause.message}`, { cause });
  });
