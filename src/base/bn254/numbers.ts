import { FIELD_ORDER } from '../field/fr.js';

/**
 * How the kernel writes numbers: five limbs of 52 bits, each in a 64-bit word, the lowest first. A field element
 * x stands as x * 2^260, and is reduced only as far as a function says.
 */
export const LIMBS = 5;
export const LIMB_BITS = 52n;
export const LIMB_MASK = (1n << LIMB_BITS) - 1n;
/** Montgomery's factor. */
export const MONTGOMERY = 1n << (LIMB_BITS * BigInt(LIMBS));
/** Of one number. */
export const ELEMENT_BYTES = 8 * LIMBS;
/** Of two numbers in the two lanes of five vectors. */
export const PAIR_BYTES = 2 * ELEMENT_BYTES;

/** q, the order of the field of BN254's coordinates (EIP-197). */
export const BASE_FIELD_ORDER = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** Five limbs; the last takes whatever is left. */
export const toLimbs = (x: bigint): bigint[] =>
  Array.from({ length: LIMBS }, (_, i) =>
    i < LIMBS - 1 ? (x >> (LIMB_BITS * BigInt(i))) & LIMB_MASK : x >> (LIMB_BITS * 4n),
  );

export const fromLimbs = (limbs: Iterable<bigint>): bigint =>
  [...limbs].reduceRight((sum, limb) => (sum << LIMB_BITS) + limb, 0n);

/** Not negative. */
export const modulo = (x: bigint, m: bigint): bigint => ((x % m) + m) % m;

/** The inverse modulo `m`, of a number that has one. */
export function inverseModulo(x: bigint, m: bigint): bigint {
  let a = modulo(x, m);
  let b = m;
  let s = 1n;
  let t = 0n;
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [s, t] = [t, s - quotient * t];
  }
  return modulo(s, m);
}

export function powerModulo(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n;
  let square = modulo(base, m);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % m;
    square = (square * square) % m;
  }
  return result;
}

/**
 * The root of unity in Fr of this order, a power of two, that snarkjs chooses: a power of 5, the smallest number that
 * is no square.
 */
export const rootOfUnity = (order: number): bigint => powerModulo(5n, (FIELD_ORDER - 1n) / BigInt(order), FIELD_ORDER);
