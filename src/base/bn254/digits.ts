/** Scalars are below 2^254. */
const SCALAR_BITS = 254;

/** So many signed digits of `bits` bits hold any scalar. */
export const windowsOf = (bits: number): number => Math.floor((SCALAR_BITS + bits) / bits);

/** The digits that take the fewest additions: one for each point in each window, and one for each bucket. */
export function chooseBits(count: number): number {
  const additions = (bits: number): number => windowsOf(bits) * (count + 2 ** (bits - 1));
  return Array.from({ length: 15 }, (_, i) => i + 2).reduce((best, bits) =>
    additions(bits) < additions(best) ? bits : best,
  );
}

/** By this much a sum's digits but the last are too large. */
export const biasOf = (bits: number): bigint =>
  Array.from({ length: windowsOf(bits) - 1 }, (_, i) => 1n << BigInt(bits * i + bits - 1)).reduce(
    (all, one) => all + one,
    0n,
  );
