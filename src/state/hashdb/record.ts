import { bytesToHex } from '@noble/hashes/utils.js';
import { HashDbError } from './driver.js';

/** A record is not what was written: the disk, or another program, has changed it. */
export class DamagedRecordError extends HashDbError {
  override readonly name = 'DamagedRecordError';
  constructor(
    readonly key: Uint8Array,
    why: string,
  ) {
    super(`the database is damaged: record ${bytesToHex(key)} ${why}`);
  }
}

/** What `read` gives, or the damage that it finds. */
export function attempt<T>(read: () => T): T | DamagedRecordError {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedRecordError) return error;
    throw error;
  }
}

/** Any number of parts, one after another. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `x` as `length` bytes, at most 32, big-endian. */
export function toBytes(x: bigint, length: number): Uint8Array {
  if (x < 0n || x >> BigInt(8 * length) !== 0n) {
    throw new RangeError(`expected an unsigned number of at most ${length} bytes, got ${x}`);
  }
  return word(x).subarray(WORD_BYTES - length);
}

/** Big-endian; no bytes at all are 0. */
export const toNumber = (bytes: Uint8Array): bigint =>
  bytes.length === WORD_BYTES ? wordAt(bytes, 0) : BigInt(`0x0${bytesToHex(bytes)}`);

/** A count in 8 bytes. */
export const count = (x: number): Uint8Array => toBytes(BigInt(x), 8);

export const WORD_BYTES = 32;

/** Four numbers of 64 bits take less than half of the time that digits take. */
function wordAt(bytes: Uint8Array, at: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, WORD_BYTES);
  const high = (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
  return (high << 128n) | (view.getBigUint64(16) << 64n) | view.getBigUint64(24);
}

/** A number in 32 bytes. */
export const word = (x: bigint): Uint8Array => putWord(new Uint8Array(WORD_BYTES), 0, x);

/** Where a number is written first: a view of each target would take as long as to write there. */
const written = new DataView(new ArrayBuffer(WORD_BYTES));
const writtenBytes = new Uint8Array(written.buffer);
const LARGEST_QUARTER = 2n ** 64n - 1n;

function write(x: bigint): void {
  const high = x >> 192n;
  if (high < 0n || high > LARGEST_QUARTER) {
    throw new RangeError(`expected an unsigned number of at most 32 bytes, got ${x}`);
  }
  // Each keeps the low 64 bits.
  written.setBigUint64(0, high);
  written.setBigUint64(8, x >> 128n);
  written.setBigUint64(16, x >> 64n);
  written.setBigUint64(24, x);
}

/** Writes a number as 32 bytes from `at` on. */
export function putWord(bytes: Uint8Array, at: number, x: bigint): Uint8Array {
  write(x);
  bytes.set(writtenBytes, at);
  return bytes;
}

/** A number below 2^256 in as few bytes as it has, and before them how many: longer ones come after shorter ones. */
export function shortWord(x: bigint): Uint8Array {
  const bytes = new Uint8Array(1 + WORD_BYTES);
  return bytes.subarray(0, putShortWord(bytes, 0, x));
}

/** Writes what `shortWord` gives. @returns where it ends */
export function putShortWord(bytes: Uint8Array, at: number, x: bigint): number {
  write(x);
  let first = 0;
  while (first < WORD_BYTES && writtenBytes[first] === 0) first++;
  bytes[at] = WORD_BYTES - first;
  bytes.set(writtenBytes.subarray(first), at + 1);
  return at + 1 + WORD_BYTES - first;
}

/** Reads a body's fields one after another. */
export class BodyReader {
  private at = 0;

  constructor(
    private readonly key: Uint8Array,
    private readonly body: Uint8Array,
    /** What the body should be, for the message that it is not. */
    private readonly what: string,
  ) {}

  bytes(length: number): Uint8Array {
    const from = this.pass(length);
    return this.body.subarray(from, this.at);
  }

  number(length: number): bigint {
    return toNumber(this.bytes(length));
  }

  word(): bigint {
    return wordAt(this.body, this.pass(WORD_BYTES));
  }

  /** Less than 2^53. */
  count(): number {
    const x = Number(this.number(8));
    return Number.isSafeInteger(x) ? x : this.fail();
  }

  byte(): number {
    return this.body[this.pass(1)]!;
  }

  /** The inverse of `shortWord`, which writes no number in two ways. */
  shortWord(): bigint {
    const length = this.byte();
    const bytes = this.bytes(length);
    if (length > WORD_BYTES || bytes[0] === 0) this.fail();
    return toNumber(bytes);
  }

  /** @returns where the next field begins */
  private pass(length: number): number {
    const from = this.at;
    if (from + length > this.body.length) this.fail();
    this.at = from + length;
    return from;
  }

  /** Nothing may come after the last field. */
  end(): void {
    if (this.at !== this.body.length) this.fail();
  }

  fail(): never {
    throw new DamagedRecordError(this.key, `of ${this.body.length} bytes is not ${this.what}`);
  }
}
