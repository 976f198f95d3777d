import { FieldWidthError, fitting } from './range.js';

/**
 * Numbers as bytes: each big-endian, in as many bytes as `widths` says.
 * @throws {FieldWidthError} a number does not fit
 *
 * @example
 * packNumbers([1n, 0xa11cen], [1, 20]).length; // 21
 */
export function packNumbers(numbers: readonly bigint[], widths: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(widths.reduce((sum, width) => sum + width, 0));
  let end = 0;
  widths.forEach((width, i) => {
    end += width;
    let rest = fitting(numbers[i]!, 8 * width, `number ${i}`);
    for (let at = end - 1; at >= end - width; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  });
  return bytes;
}

/**
 * The numbers that `packNumbers` made bytes of.
 * @throws {FieldWidthError} there are more or fewer bytes
 *
 * @example
 * unpackNumbers(packNumbers([1n, 0xa11cen], [1, 20]), [1, 20]); // [1n, 0xa11cen]
 */
export function unpackNumbers(bytes: Uint8Array, widths: readonly number[]): bigint[] {
  const length = widths.reduce((sum, width) => sum + width, 0);
  if (bytes.length !== length) throw new FieldWidthError(`expected ${length} bytes, got ${bytes.length}`);
  let end = 0;
  return widths.map((width) => {
    end += width;
    return bytes.subarray(end - width, end).reduce((x, byte) => (x << 8n) | BigInt(byte), 0n);
  });
}
