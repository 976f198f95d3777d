/**
 * A key read as a path: from the least significant bit, `bits` bits choose the child at each level,
 * the root's children being level 0. Keys are non-negative.
 */

/** The digit of `key` at `level`: bits `bits * level` to `bits * level + bits - 1`. */
export const digitAt = (key: bigint, level: number, bits: number): number =>
  Number(BigInt.asUintN(bits, key >> BigInt(bits * level)));

/** `key` with another digit at `level`. */
export const withDigit = (key: bigint, level: number, bits: number, digit: number): bigint =>
  key + (BigInt(digit - digitAt(key, level, bits)) << BigInt(bits * level));

/** Do two keys have the same digits at the first `levels` levels? */
export const shareLevels = (a: bigint, b: bigint, levels: number, bits: number): boolean =>
  BigInt.asUintN(bits * levels, a ^ b) === 0n;

/** Compares two keys by their paths, so that those that share a beginning stand together. */
export function comparePaths(a: bigint, b: bigint): number {
  const difference = a ^ b;
  if (difference === 0n) return 0;
  const firstBit = difference & -difference;
  return (a & firstBit) === 0n ? -1 : 1;
}

/** The first level at which two different keys have different digits. */
export function partingLevel(a: bigint, b: bigint, bits: number): number {
  if (a === b) throw new RangeError(`expected two different keys, got ${a} twice`);
  let difference = a ^ b;
  let bit = 0;
  for (; (difference & 1n) === 0n; difference >>= 1n) bit++;
  return Math.floor(bit / bits);
}
