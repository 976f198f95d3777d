/** A number of a transaction, a record or a context does not fit in its field. */
export class FieldWidthError extends RangeError {
  override readonly name = 'FieldWidthError';
}

/**
 * Takes a number that fits in `bits` bits, unsigned.
 * @throws {FieldWidthError} it does not: the message says what the number is
 */
export function fitting(x: bigint, bits: number, what: string): bigint {
  if (x < 0n || x >> BigInt(bits) !== 0n) {
    throw new FieldWidthError(`${what}: expected 0 <= x < 2^${bits}, got ${x}`);
  }
  return x;
}

/** An address as messages show it: `0x` and 40 hexadecimal digits. */
export const showAddress = (address: bigint): string => `0x${address.toString(16).padStart(40, '0')}`;
