/**
 * The scalar field Fr of BN254 (also called alt_bn128), in which every tree, trace and circuit of
 * Rootshift computes.
 *
 * Source: EIP-197, "Definition of the groups": `p_mod` there is the order of G1, which is `r` here.
 */
declare const frBrand: unique symbol;

/**
 * A BN254 scalar, reduced: 0 <= x < FIELD_ORDER. Only this file makes one.
 * @see {@link toFr}
 */
export type Fr = bigint & { readonly [frBrand]: true };

/**
 * r, the order of BN254's groups: a 254-bit prime.
 *
 * @example
 * toFr(FIELD_ORDER - 1n); // the largest field element
 */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Bits in a canonical field element. */
export const FIELD_BITS = 254;

/** Bytes in a serialized field element. */
export const FR_BYTES = 32;

/** A number that should have been a field element is not: negative, or r and above. */
export class FieldRangeError extends RangeError {
  override readonly name = 'FieldRangeError';
}

/**
 * Takes a number that is already reduced; nothing is ever reduced silently.
 * @throws {FieldRangeError} `x` is negative, or `FIELD_ORDER` and above
 *
 * @example
 * toFr(5n); // 5n
 */
export function toFr(x: bigint): Fr {
  if (x < 0n || x >= FIELD_ORDER) {
    throw new FieldRangeError(`expected a BN254 scalar, 0 <= x < ${FIELD_ORDER}; got ${x}`);
  }
  return x as Fr;
}

export const ZERO = 0n as Fr;
export const ONE = 1n as Fr;

const reduce = (x: bigint): Fr => {
  const m = x % FIELD_ORDER;
  return (m < 0n ? m + FIELD_ORDER : m) as Fr;
};

export const add = (a: Fr, b: Fr): Fr => reduce(a + b);
export const sub = (a: Fr, b: Fr): Fr => reduce(a - b);
export const mul = (a: Fr, b: Fr): Fr => reduce(a * b);

/** `a^-1`; the inverse of 0 is taken as 0, as circuits that ask for a hint expect. */
export function inverseOrZero(a: Fr): Fr {
  // Extended Euclid on (a, r); r is prime, so any a != 0 has an inverse.
  let r0 = FIELD_ORDER;
  let r1 = a as bigint;
  let t0 = 0n;
  let t1 = 1n;
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  return a === 0n ? ZERO : reduce(t0);
}

/**
 * 32 bytes, big-endian.
 * @throws {FieldRangeError} `x` is not reduced
 *
 * @example
 * frToBytesBE(5n).at(-1); // 5
 */
export function frToBytesBE(x: bigint): Uint8Array {
  const out = new Uint8Array(FR_BYTES);
  let rest: bigint = toFr(x);
  for (let i = FR_BYTES - 1; i >= 0; i--) {
    out[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return out;
}

/**
 * Reads 32 big-endian bytes.
 * @throws {FieldRangeError} not 32 bytes, or a number that is not reduced
 *
 * @example
 * frFromBytesBE(frToBytesBE(5n)); // 5n
 */
export function frFromBytesBE(bytes: Uint8Array): Fr {
  if (bytes.length !== FR_BYTES) throw new FieldRangeError(`expected ${FR_BYTES} bytes, got ${bytes.length}`);
  let x = 0n;
  for (const b of bytes) x = (x << 8n) | BigInt(b);
  return toFr(x);
}

/**
 * `0x` and 64 lower-case hexadecimal digits: how roots and hashes are written everywhere.
 * @throws {FieldRangeError} `x` is not reduced
 *
 * @example
 * frToHex((await db.current()).root); // '0x', and 64 digits
 */
export const frToHex = (x: bigint): string =>
  `0x${toFr(x)
    .toString(16)
    .padStart(2 * FR_BYTES, '0')}`;
