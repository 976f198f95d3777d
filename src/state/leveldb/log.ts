import { addBytes, masked, maskedCrc, NO_BYTES } from './crc32c.js';

/**
 * LevelDB's logs: blocks of 32 KiB, of records of a header (masked CRC-32C of type and content, length, type) and a
 * content. What goes over the end of a block is cut into several. See doc/log_format.md of LevelDB.
 */
const BLOCK = 32_768;
const HEADER = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/** What a log's bytes hold. */
export interface LogContent {
  /** The records that are whole, in order. */
  readonly records: readonly Uint8Array[];
  /**
   * What is wrong, each with the byte at which it is. A record that the end of the file cuts off is no damage: a crash
   * leaves one.
   */
  readonly damages: readonly string[];
}

/** Reads all that can be read of a log. */
export function readLog(bytes: Uint8Array): LogContent {
  const records: Uint8Array[] = [];
  const damages: string[] = [];
  let parts: Uint8Array[] | null = null;
  let at = 0;
  const damaged = (what: string): void => {
    damages.push(`at byte ${at}: ${what}`);
    parts = null;
  };
  while (at < bytes.length) {
    const blockEnd = at - (at % BLOCK) + BLOCK;
    if (blockEnd - at < HEADER) {
      if (!isZero(bytes, at, Math.min(blockEnd, bytes.length))) damaged('bytes that do not belong to a record');
      at = blockEnd;
      continue;
    }
    const found = physicalAt(bytes, at, blockEnd);
    if (found === 'end') break;
    if (typeof found === 'string') {
      damaged(found);
      at = nextWhole(bytes, at + 1, blockEnd);
      continue;
    }
    const { type, content } = found;
    const continues = type === MIDDLE || type === LAST;
    if (continues !== (parts !== null))
      damaged(continues ? 'a record without its start' : 'a record before the end of the previous one');
    if (type === FULL) records.push(content);
    else if (type === FIRST) parts = [content];
    else if (parts !== null) {
      parts.push(content);
      if (type === LAST) {
        records.push(Buffer.concat(parts));
        parts = null;
      }
    }
    at += HEADER + content.length;
  }
  return { records, damages };
}

/** The piece of a record at `at`; 'end' if the log ends there, or in the middle of it; else what is wrong. */
function physicalAt(
  bytes: Uint8Array,
  at: number,
  blockEnd: number,
): { readonly type: number; readonly content: Uint8Array } | string {
  if (at + HEADER > bytes.length) return 'end';
  const length = bytes[at + 4]! | (bytes[at + 5]! << 8);
  const type = bytes[at + 6]!;
  const crc = crcAt(bytes, at);
  // A crash may leave a file longer than what reached it: zeros.
  if (type === 0 && isZero(bytes, at, bytes.length)) return 'end';
  if (type < FULL || type > LAST) return `a record of type ${type}`;
  const end = at + HEADER + length;
  if (end > blockEnd) return `a record of ${length} bytes that crosses the end of its block`;
  if (end > bytes.length) return isCutOff(bytes, at, crc) ? 'end' : 'a record that does not have its stated length';
  if (maskedCrc(bytes, at + 6, end) !== crc) return `a record of ${length} bytes that does not match its checksum`;
  return { type, content: bytes.subarray(at + HEADER, end) };
}

const crcAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

/**
 * Is a record that is longer than the file one that was never written to its end? Else its length is damaged, or other
 * records follow.
 */
function isCutOff(bytes: Uint8Array, at: number, crc: number): boolean {
  let sum = addBytes(NO_BYTES, bytes, at + 6, at + HEADER);
  for (let i = at + HEADER; i < bytes.length; i++) {
    if (masked(sum) === crc) return false;
    sum = addBytes(sum, bytes, i, i + 1);
  }
  return masked(sum) !== crc && nextWhole(bytes, at + 1, bytes.length) === bytes.length;
}

/** Where the next record of a block is that is whole; the block's end, if there is none. */
function nextWhole(bytes: Uint8Array, from: number, blockEnd: number): number {
  for (let at = from; at + HEADER <= Math.min(blockEnd, bytes.length); at++) {
    const type = bytes[at + 6]!;
    if (type < FULL || type > LAST) continue;
    const end = at + HEADER + (bytes[at + 4]! | (bytes[at + 5]! << 8));
    if (end <= blockEnd && end <= bytes.length && maskedCrc(bytes, at + 6, end) === crcAt(bytes, at)) return at;
  }
  return blockEnd;
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The bytes of a log with one record. */
export function logOf(record: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  const room = BLOCK - HEADER;
  const count = Math.max(1, Math.ceil(record.length / room));
  for (let i = 0; i < count; i++) {
    const content = record.subarray(room * i, room * (i + 1));
    const type = count === 1 ? FULL : i === 0 ? FIRST : i === count - 1 ? LAST : MIDDLE;
    const piece = Buffer.alloc(HEADER + content.length);
    piece.writeUInt16LE(content.length, 4);
    piece[6] = type;
    piece.set(content, HEADER);
    piece.writeUInt32LE(maskedCrc(piece, 6, piece.length), 0);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
