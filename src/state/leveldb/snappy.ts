import { ByteReader, FileFormatError } from './reader.js';

/** Undoes Snappy's compression (format_description.txt of Snappy). @throws {FileFormatError} */
export function unsnappy(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes);
  const out = Buffer.alloc(reader.varint());
  let at = 0;
  const littleEndian = (count: number): number => Buffer.from(reader.take(count)).readUIntLE(0, count);
  while (!reader.done) {
    const tag = reader.take(1)[0]!;
    const high = tag >> 2;
    if ((tag & 3) === 0) {
      const length = 1 + (high < 60 ? high : littleEndian(high - 59));
      const literal = reader.take(length);
      if (at + length > out.length) throw new FileFormatError('it is longer than its stated length');
      out.set(literal, at);
      at += length;
      continue;
    }
    const [length, offset] =
      (tag & 3) === 1
        ? [4 + (high & 7), ((tag >> 5) << 8) | reader.take(1)[0]!]
        : [1 + high, littleEndian((tag & 3) === 2 ? 2 : 4)];
    if (offset === 0 || offset > at || at + length > out.length) throw new FileFormatError('it copies missing bytes');
    // Byte by byte: a copy may reach into what it writes itself.
    for (const end = at + length; at < end; at++) out[at] = out[at - offset]!;
  }
  if (at !== out.length) throw new FileFormatError('it is shorter than its stated length');
  return out;
}
