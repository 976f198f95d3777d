/** CRC-32C, eight bytes at a time: `TABLES[k][b]` is what byte b comes to with k bytes after it. */
const TABLES = (() => {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
    tables[0]![byte] = sum;
  }
  for (let k = 1; k < 8; k++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[k - 1]![byte]!;
      tables[k]![byte] = (before >>> 8) ^ tables[0]![before & 255]!;
    }
  }
  return tables as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
})();
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES;

/** The sum of no bytes, to be carried on by `addBytes` and ended by `masked`. */
export const NO_BYTES = -1;

/** Carries a sum on over `bytes[from..to)`. */
export function addBytes(sum: number, bytes: Uint8Array, from: number, to: number): number {
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const x = sum ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    sum =
      T7[x & 255]! ^
      T6[(x >>> 8) & 255]! ^
      T5[(x >>> 16) & 255]! ^
      T4[x >>> 24]! ^
      T3[bytes[i + 4]!]! ^
      T2[bytes[i + 5]!]! ^
      T1[bytes[i + 6]!]! ^
      T0[bytes[i + 7]!]!;
  }
  for (; i < to; i++) sum = (sum >>> 8) ^ T0[(sum ^ bytes[i]!) & 255]!;
  return sum;
}

/** A sum as LevelDB's files have it: turned and shifted, as sums of bytes that hold sums are weak. */
export function masked(sum: number): number {
  const crc = ~sum;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** The masked CRC-32C of `bytes[from..to)`. */
export const maskedCrc = (bytes: Uint8Array, from: number, to: number): number =>
  masked(addBytes(NO_BYTES, bytes, from, to));
