import { describeEntry, KINDS } from '../state/batch/access.js';
import type { Access, EntryKey, Kind } from '../state/batch/access.js';
import { rawKey } from '../state/batch/encoding.js';
import { toUint256 } from '../base/field/limbs.js';
import type { Uint256 } from '../base/field/limbs.js';

/**
 * A write of a posted batch.
 * @see {@link encodeBatchData}
 */
export interface Write extends Access {
  readonly op: 'write';
}

/**
 * Bytes of a write: kind (1), address (20), slot (32), value (32), unsigned, big-endian.
 *
 * @example
 * encodeBatchData([{ op: 'write', ...entry, value: 100n }]).length === RECORD_BYTES; // true
 */
export const RECORD_BYTES = 85;

/**
 * Writes of one posted batch, at most.
 *
 * @example
 * MAX_RECORDS * RECORD_BYTES; // 43520: bytes of the largest posted batch
 */
export const MAX_RECORDS = 512;

/** Bytes, or accesses, that are no posted batch: the message says what was expected, what came, and where. */
export class BatchDataError extends Error {
  override readonly name = 'BatchDataError';
}

/**
 * A batch's writes as they are posted, 85 bytes each: the form that contracts/BatchData.sol describes.
 * @throws {BatchDataError} none, more than 512, a number out of its range, or a slot beside a kind that has none
 *
 * @example
 * encodeBatchData([{ op: 'write', ...entry, value: 100n }]).length; // 85
 */
export function encodeBatchData(writes: readonly Write[]): Uint8Array {
  checkCount(writes.length, `${writes.length} writes`);
  return Buffer.concat(
    writes.map(({ kind, address, slot, value }, i) => {
      checkEntry({ kind, address, slot }, i);
      checkRange({ kind, address, slot }, value, i);
      return Buffer.concat([Uint8Array.of(KINDS[kind]), toBytes(address, 20), toBytes(slot, 32), toBytes(value, 32)]);
    }),
  );
}

/**
 * The writes of a posted batch.
 * @throws {BatchDataError} the bytes are not in the form, and so no contract took them
 *
 * @example
 * decodeBatchData(encodeBatchData([{ op: 'write', ...entry, value: 100n }])); // the same writes
 */
export function decodeBatchData(data: Uint8Array): Write[] {
  const records = data.length / RECORD_BYTES;
  checkCount(records, `${data.length} bytes`);
  return Array.from({ length: records }, (_, i) => {
    const number = (from: number, to: number): bigint =>
      BigInt(`0x${Buffer.from(data.subarray(i * RECORD_BYTES + from, i * RECORD_BYTES + to)).toString('hex')}`);
    const kind = kindOf(Number(number(0, 1)), i);
    const entry = { kind, address: number(1, 21), slot: word(number(21, 53)) };
    checkEntry(entry, i);
    return { op: 'write', ...entry, value: word(number(53, 85)) };
  });
}

const KIND_NAMES = Object.keys(KINDS) as Kind[];

function kindOf(number: number, record: number): Kind {
  const kind = KIND_NAMES.find((name) => KINDS[name] === number);
  if (kind === undefined) throw new BatchDataError(`record ${record}: expected a kind from 0 to 4, got ${number}`);
  return kind;
}

function checkCount(records: number, came: string): void {
  if (Number.isInteger(records) && records >= 1 && records <= MAX_RECORDS) return;
  throw new BatchDataError(`expected 1 to ${MAX_RECORDS} records of ${RECORD_BYTES} bytes, got ${came}`);
}

function checkEntry(entry: EntryKey, record: number): void {
  if (entry.kind === 'storage' || entry.slot === 0n) return;
  throw new BatchDataError(`record ${record}: expected slot 0 with kind ${entry.kind}, got ${describeEntry(entry)}`);
}

function checkRange(entry: EntryKey, value: Uint256, record: number): void {
  try {
    rawKey(entry);
    toUint256(value);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new BatchDataError(`record ${record}: ${cause.message}`, { cause });
  }
}

const word = (x: bigint): Uint256 => toUint256(x);

const toBytes = (x: bigint, length: number): Uint8Array => Buffer.from(x.toString(16).padStart(2 * length, '0'), 'hex');
