/** Bytes are not what a LevelDB file has at this place. */
export class FileFormatError extends Error {
  override readonly name = 'FileFormatError';
}

/** Reads numbers and byte strings one after the other, as LevelDB's files have them. */
export class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at === this.bytes.length;
  }

  /** What is left. */
  get rest(): Uint8Array {
    return this.bytes.subarray(this.at);
  }

  /** Seven bits a byte, the lowest first. @throws {FileFormatError} it does not end, or is 2^53 or more */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined || scale > 2 ** 49) throw new FileFormatError('a number does not end');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** The next `length` bytes. @throws {FileFormatError} there are fewer */
  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new FileFormatError('bytes are missing');
    return this.bytes.subarray(this.at, (this.at += length));
  }

  /** Bytes whose length stands before them. @throws {FileFormatError} */
  string(): Uint8Array {
    return this.take(this.varint());
  }

  /**
   * A number of 32 or 64 bits, the lowest byte first; of 64, those above 2^53 are told with an error.
   * @throws {FileFormatError}
   */
  fixed(byteLength: 4 | 8): number {
    const taken = Buffer.from(this.take(byteLength));
    if (byteLength === 4) return taken.readUInt32LE();
    const value = taken.readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FileFormatError('a number is too large');
    return Number(value);
  }
}

/** `ByteReader.varint`'s bytes. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Uint8Array.of(...bytes, value);
}
