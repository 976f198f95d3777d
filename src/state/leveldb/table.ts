import { addBytes, masked, maskedCrc, NO_BYTES } from './crc32c.js';
import { ByteReader, FileFormatError } from './reader.js';
import { unsnappy } from './snappy.js';

/**
 * LevelDB's tables: blocks of sorted records, one behind the other, each with a byte for its compression and its masked
 * CRC-32C; behind them what helps to find records (filters, and the index, which says where each block is), and a
 * footer that says where those are. See doc/table_format.md of LevelDB.
 */
const FOOTER = 48;
const TRAILER = 5;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');

/** Where a block is, without its trailer. */
interface Handle {
  readonly offset: number;
  readonly size: number;
}

/**
 * A record as it was written once: `value` is null where it was deleted. Of two, that with the higher sequence counts.
 */
export interface StoredRecord {
  readonly key: Uint8Array;
  readonly sequence: bigint;
  readonly value: Uint8Array | null;
}

/** What is wrong with a table's bytes, each with where it is; empty if it is whole. */
export function tableDamages(bytes: Uint8Array): string[] {
  const damages: string[] = [];
  try {
    const { index, filters, all } = handles(bytes);
    for (const handle of [...index, ...filters]) if (!isWhole(bytes, handle)) damages.push(blockDamage(handle));
    // The blocks are all that there is: no byte is without a checksum.
    let at = 0;
    for (const { offset, size } of all.toSorted((a, b) => a.offset - b.offset)) {
      if (offset !== at) throw new FileFormatError(`bytes ${at} to ${offset} do not belong to a block`);
      at = offset + size + TRAILER;
    }
    if (at !== bytes.length - FOOTER)
      throw new FileFormatError(`bytes ${at} to ${bytes.length - FOOTER} do not belong to a block`);
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    damages.push(error.message);
  }
  return damages;
}

const blockDamage = ({ offset, size }: Handle): string =>
  `bytes ${offset} to ${offset + size + TRAILER} do not match their checksum`;

/** Records that can be read of a table, block by block, those of damaged blocks left out. */
export function* tableRecords(bytes: Uint8Array): Generator<StoredRecord[]> {
  for (const handle of dataBlocks(bytes)) {
    if (!isWhole(bytes, handle)) continue;
    try {
      yield recordsOf(contentOf(bytes, handle)).map(([key, value]) => recordOf(key, value));
    } catch (error) {
      if (!(error instanceof FileFormatError)) throw error;
    }
  }
}

/** From the index; where that is damaged, from the blocks themselves, up to the first that is. */
function* dataBlocks(bytes: Uint8Array): Generator<Handle> {
  let found: readonly Handle[] | null = null;
  try {
    found = handles(bytes).index;
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
  }
  if (found !== null) yield* found;
  else
    for (let offset = 0; offset < bytes.length;) {
      const size = sizeByChecksum(bytes, offset);
      if (size === null) return;
      yield { offset, size };
      offset += size + TRAILER;
    }
}

/** How long the block at `offset` is whose checksum stands right behind it. */
function sizeByChecksum(bytes: Uint8Array, offset: number): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum = addBytes(NO_BYTES, bytes, offset, offset + 1);
  for (let end = offset + 1; end + TRAILER <= bytes.length; end++) {
    sum = addBytes(sum, bytes, end, end + 1);
    if (masked(sum) === view.getUint32(end + 1, true)) return end - offset;
  }
  return null;
}

/** @throws {FileFormatError} footer or index are damaged */
function handles(bytes: Uint8Array): {
  readonly index: readonly Handle[];
  readonly filters: readonly Handle[];
  readonly all: readonly Handle[];
} {
  if (bytes.length < FOOTER) throw new FileFormatError(`it has only ${bytes.length} bytes, too few for a table`);
  const reader = new ByteReader(bytes.subarray(bytes.length - FOOTER));
  const meta = readHandle(reader);
  const index = readHandle(reader);
  const rest = reader.rest;
  if (
    Buffer.compare(rest.subarray(-MAGIC.length), MAGIC) !== 0 ||
    rest.subarray(0, -MAGIC.length).some((byte) => byte !== 0)
  ) {
    throw new FileFormatError('its last 48 bytes are not those of a table');
  }
  for (const handle of [meta, index]) if (!isWhole(bytes, handle)) throw new FileFormatError(blockDamage(handle));
  const listed = (handle: Handle): Handle[] =>
    recordsOf(contentOf(bytes, handle)).map(([, value]) => readHandle(new ByteReader(value)));
  const data = listed(index);
  const filters = listed(meta);
  return { index: data, filters, all: [...data, ...filters, meta, index] };
}

const readHandle = (reader: ByteReader): Handle => ({ offset: reader.varint(), size: reader.varint() });

function isWhole(bytes: Uint8Array, { offset, size }: Handle): boolean {
  const end = offset + size + 1;
  if (end + 4 > bytes.length - FOOTER) return false;
  return maskedCrc(bytes, offset, end) === Buffer.from(bytes.buffer, bytes.byteOffset + end, 4).readUInt32LE();
}

function contentOf(bytes: Uint8Array, { offset, size }: Handle): Uint8Array {
  const compression = bytes[offset + size];
  const content = bytes.subarray(offset, offset + size);
  if (compression === 0) return content;
  if (compression === 1) return unsnappy(content);
  throw new FileFormatError(`a block of compression ${compression}`);
}

/** A block's records: each says how many bytes of its key are those of the key before it. */
function recordsOf(block: Uint8Array): (readonly [Uint8Array, Uint8Array])[] {
  if (block.length < 4) throw new FileFormatError('a block without an end');
  const restarts = Buffer.from(block.buffer, block.byteOffset + block.length - 4, 4).readUInt32LE();
  const end = block.length - 4 - 4 * restarts;
  if (end < 0) throw new FileFormatError('a block without records');
  const reader = new ByteReader(block.subarray(0, end));
  const records: (readonly [Uint8Array, Uint8Array])[] = [];
  for (let before: Uint8Array = Buffer.alloc(0); !reader.done;) {
    const shared = reader.varint();
    const own = reader.varint();
    const length = reader.varint();
    if (shared > before.length) throw new FileFormatError('a key that continues a shorter one');
    const key = Buffer.concat([before.subarray(0, shared), reader.take(own)]);
    records.push([key, reader.take(length)]);
    before = key;
  }
  return records;
}

/**
 * A table's key is the user's, and 8 bytes: the sequence, 56 bits, above one byte that says whether it was put or
 * deleted.
 */
function recordOf(key: Uint8Array, value: Uint8Array): StoredRecord {
  if (key.length < 8) throw new FileFormatError('a key without a sequence');
  const tag = Buffer.from(key.subarray(-8)).readBigUInt64LE();
  return { key: key.subarray(0, -8), sequence: tag >> 8n, value: (tag & 255n) === 1n ? value : null };
}

/** The records of a batch, as a log has it. @throws {FileFormatError} */
export function batchRecords(batch: Uint8Array): StoredRecord[] {
  const reader = new ByteReader(batch);
  const sequence = BigInt(reader.fixed(8));
  const count = reader.fixed(4);
  const records: StoredRecord[] = [];
  while (!reader.done) {
    const put = reader.take(1)[0] === 1;
    const key = reader.string();
    records.push({ key, sequence: sequence + BigInt(records.length), value: put ? reader.string() : null });
  }
  if (records.length !== count) throw new FileFormatError(`a batch of ${records.length} changes that states ${count}`);
  return records;
}
