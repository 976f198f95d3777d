import { toUint256 } from '../../base/field/limbs.js';
import { KINDS } from '../batch/access.js';
import type { Kind } from '../batch/access.js';
import type { Entry } from '../batch/batch.js';
import { putShortWord, toBytes, WORD_BYTES } from './record.js';
import type { BodyReader } from './record.js';

/** The most bytes that an entry takes. */
export const ENTRY_BYTES = 1 + 20 + 2 * (1 + WORD_BYTES);

/** Writes kind(1) address(20) slot(short) value(short) from `at` on. @returns where it ends */
export function putEntry(bytes: Uint8Array, at: number, { kind, address, slot, value }: Entry): number {
  bytes[at] = KINDS[kind];
  bytes.set(toBytes(address, 20), at + 1);
  return putShortWord(bytes, putShortWord(bytes, at + 21, slot), value);
}

/** The bytes that `putEntry` writes. */
export function encodeEntry(entry: Entry): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES);
  return bytes.subarray(0, putEntry(bytes, 0, entry));
}

/** @throws {DamagedRecordError} the next bytes are no entry */
export function decodeEntry(fields: BodyReader): Entry {
  const kind = readKind(fields);
  const address = fields.number(20);
  return { address, kind, slot: toUint256(fields.shortWord()), value: toUint256(fields.shortWord()) };
}

const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** @throws {DamagedRecordError} the next byte is no kind's number */
export function readKind(fields: BodyReader): Kind {
  const number = fields.byte();
  return KIND_NAMES.find((name) => KINDS[name] === number) ?? fields.fail();
}
