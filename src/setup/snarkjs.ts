import { zKey } from 'snarkjs';
import { type VerificationKey } from './record.js';

/**
 * snarkjs keeps one set of curve workers for the whole process, which would keep the process alive:
 * stops them after `use`, unless they were there before it.
 */
async function closingCurve<T>(use: () => Promise<T>): Promise<T> {
  const holder = globalThis as { curve_bn128?: { terminate(): Promise<void> } | null };
  const before = holder.curve_bn128;
  try {
    return await use();
  } finally {
    if (!before) await holder.curve_bn128?.terminate();
  }
}

/** Reads a zkey's verification key. */
export const exportVerificationKey = (zkey: string): Promise<VerificationKey> =>
  closingCurve(async () => (await zKey.exportVerificationKey(zkey)) as VerificationKey);

/**
 * Makes `zkey` from a circuit and a prepared powers-of-tau file, with delta = 1.
 * @throws what snarkjs says against it
 */
export const newZkey = (r1cs: string, ptau: string, zkey: string): Promise<void> =>
  closingCurve(async () => {
    const complaints: string[] = [];
    const ignore = (): void => undefined;
    const logger = { debug: ignore, info: ignore, warn: ignore, error: (text: string) => complaints.push(text) };
    const result = (await zKey.newZKey(r1cs, ptau, zkey, logger)) as Uint8Array | -1;
    if (result === -1) throw new Error(complaints.join('; '));
  });

/** Makes `to` from `from` with one contribution more, its secret drawn from `entropy` and the system's randomness. */
export const contribute = (from: string, to: string, name: string, entropy: string): Promise<void> =>
  closingCurve(async () => {
    await zKey.contribute(from, to, name, entropy);
  });
