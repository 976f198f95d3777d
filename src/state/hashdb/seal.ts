import { crc32 } from 'node:zlib';
import { DamagedRecordError } from './record.js';

/*
 * A record is `body check(4)`; check is CRC-32 of the record's key and body, one after the other. It
 * finds damage and mixed-up records, not forgery: who can write to the disk can also make checks.
 */
const CHECK_BYTES = 4;

const check = (key: Uint8Array, body: Uint8Array): number => crc32(body, crc32(key));

/** Makes a body a record. */
export function seal(key: Uint8Array, body: Uint8Array): Uint8Array {
  const record = Buffer.allocUnsafe(body.length + CHECK_BYTES);
  record.set(body);
  record.writeUInt32BE(check(key, body), body.length);
  return record;
}

/**
 * Takes a record's body out.
 * @throws {DamagedRecordError} the record is not whole, or is another key's
 */
export function unseal(key: Uint8Array, record: Uint8Array): Uint8Array {
  const end = record.length - CHECK_BYTES;
  if (end < 0) throw new DamagedRecordError(key, `is truncated to ${record.length} bytes`);
  const body = record.subarray(0, end);
  const sealed = ((record[end]! << 24) | (record[end + 1]! << 16) | (record[end + 2]! << 8) | record[end + 3]!) >>> 0;
  if (sealed !== check(key, body)) {
    throw new DamagedRecordError(key, 'does not match its checksum');
  }
  return body;
}

/** A key and a body, sealed: what is written. */
export const put = (key: Uint8Array, body: Uint8Array) => ({ key, value: seal(key, body) });
