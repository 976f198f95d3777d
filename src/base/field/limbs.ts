import type { Fr } from './fr.js';

/**
 * An unsigned integer below 2^256: a slot or a value of the state. What hashes or writes one checks its range.
 * @see {@link toUint256}
 */
export type Uint256 = bigint;

/** The two 128-bit halves of a 256-bit word, which itself does not fit in the field. */
export interface Limbs {
  readonly hi: Fr;
  readonly lo: Fr;
}

/** A number that should have been an unsigned 256-bit integer is not. */
export class Uint256RangeError extends RangeError {
  override readonly name = 'Uint256RangeError';
}

const LIMB_BITS = 128n;
const LIMB_MASK = (1n << LIMB_BITS) - 1n;

/**
 * @throws {Uint256RangeError} `x` is negative, or 2^256 and above
 *
 * @example
 * toUint256(2n ** 256n - 1n); // the largest there is
 */
export function toUint256(x: bigint): Uint256 {
  if (x < 0n || x >> 256n !== 0n) throw new Uint256RangeError(`expected 0 <= x < 2^256, got ${x}`);
  return x;
}

/**
 * `hi * 2^128 + lo = x`; both limbs are below 2^128 and so below r.
 * @throws {Uint256RangeError} `x` is negative, or 2^256 and above
 */
export function splitLimbs(x: Uint256): Limbs {
  const hi = x >> LIMB_BITS;
  if (hi < 0n || hi > LIMB_MASK) toUint256(x);
  return { hi: hi as Fr, lo: (x & LIMB_MASK) as Fr };
}

/** The number whose limbs these are; null if one of them is not below 2^128. */
export const joinLimbs = (hi: bigint, lo: bigint): Uint256 | null =>
  hi < 0n || hi > LIMB_MASK || lo < 0n || lo > LIMB_MASK ? null : (hi << LIMB_BITS) | lo;

/**
 * `0x` and 64 lower-case hexadecimal digits.
 * @throws {Uint256RangeError} `x` is negative, or 2^256 and above
 *
 * @example
 * uint256ToHex(100n); // '0x', 62 zeros, and '64'
 */
export const uint256ToHex = (x: Uint256): string => `0x${toUint256(x).toString(16).padStart(64, '0')}`;
