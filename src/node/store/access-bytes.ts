import { bytesOf, numberOf } from '../../rules/evm/bytes.js';
import { KINDS } from '../../state/batch/access.js';
import type { Access, Kind } from '../../state/batch/access.js';

/** Bytes of an access: operation and kind (1), address (20), slot (32), value (32), unsigned, big-endian. */
const BYTES = 85;
const WRITE = 0x80;
const NAMES = Object.keys(KINDS) as Kind[];

/** Accesses, one after the other. */
export const accessBytes = (accesses: readonly Access[]): Uint8Array =>
  Buffer.concat(
    accesses.flatMap(({ op, address, kind, slot, value }) => [
      Uint8Array.of(KINDS[kind] | (op === 'write' ? WRITE : 0)),
      bytesOf(address, 20),
      bytesOf(slot, 32),
      bytesOf(value, 32),
    ]),
  );

/** What `accessBytes` made bytes of. */
export const accessesOf = (bytes: Uint8Array): Access[] =>
  Array.from({ length: bytes.length / BYTES }, (_, i) => {
    const at = bytes.subarray(i * BYTES, (i + 1) * BYTES);
    return {
      op: at[0]! & WRITE ? 'write' : 'read',
      address: numberOf(at.subarray(1, 21)),
      kind: NAMES[at[0]! & ~WRITE]!,
      slot: numberOf(at.subarray(21, 53)),
      value: numberOf(at.subarray(53)),
    };
  });
