/** What snarkjs does in a ceremony's second phase. */
import path from 'node:path';
import type { Watching } from '../tasks/watching.js';
import { runSnarkjs } from './snarkjs-program.js';

/**
 * Makes `to` from `from` with one contribution more, its secret drawn from `entropy` (not empty) and the system's
 * randomness. What was written of `to` when it failed or was stopped stays there.
 * @returns the contribution's hash, hexadecimal
 * @throws {SnarkjsEnd} snarkjs failed
 */
export async function contribute(
  from: string,
  to: string,
  name: string,
  entropy: string,
  watching: Watching,
): Promise<string> {
  const { result } = await runSnarkjs(['contribute', ...absolute(from, to), name], { ...watching, input: entropy });
  return result as string;
}

/**
 * The same with a secret that anyone can find from `value`, hexadecimal, by hashing it 2^iterationsExponent times.
 * @throws {SnarkjsEnd} snarkjs failed
 * @throws what snarkjs says against value or iterations
 */
export async function contributeBeacon(
  from: string,
  to: string,
  name: string,
  { value, iterationsExponent }: { readonly value: string; readonly iterationsExponent: number },
  watching: Watching,
): Promise<string> {
  const { result, errors } = await runSnarkjs(
    ['beacon', ...absolute(from, to), name, value, String(iterationsExponent)],
    watching,
  );
  if (result === false) throw new Error(errors.join('; '));
  return result as string;
}

/**
 * Checks that `zkey` is `initial` after the contributions that it lists, each a right one.
 * @returns null if it is, else what snarkjs says against it
 * @throws {SnarkjsEnd} it came to no verdict
 */
export async function verifyContributions(
  initial: string,
  ptau: string,
  zkey: string,
  watching: Watching,
): Promise<string | null> {
  const { result, errors } = await runSnarkjs(['verify', ...absolute(initial, ptau, zkey)], watching);
  return result === true ? null : errors.join('; ').trim();
}

const absolute = (...files: string[]): string[] => files.map((file) => path.resolve(file));
