import { toUint256 } from '../../base/field/limbs.js';
import { KINDS } from '../batch/access.js';
import type { Kind } from '../batch/access.js';
import type { Entry } from '../batch/batch.js';
import { joinBytes, shortWord, toBytes } from './record.js';
import type { BodyReader } from './record.js';

/** kind(1) address(20) slot(short) value(short) */
export const encodeEntry = ({ kind, address, slot, value }: Entry): Uint8Array =>
  joinBytes([Uint8Array.of(KINDS[kind]), toBytes(address, 20), shortWord(slot), shortWord(value)]);

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
