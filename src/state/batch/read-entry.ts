import { toUint256 } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import { KINDS } from './access.js';
import type { EntryKey, Kind, RequestedAccess } from './access.js';
import type { Entry } from './batch.js';
import { expected, hasField, readBytes, readChoice, readObject, readUnsigned } from './fields.js';
import type { Located } from './fields.js';

const KIND_NAMES = Object.keys(KINDS) as Kind[];

/**
 * An access: `{op, address, kind, slot, value}` or `{op, key, value}`, as an entry is named. A read may leave
 * `value` out.
 * @throws {FieldError}
 */
export function readAccess(at: Located): RequestedAccess {
  if (!hasField(at, 'op')) expected('a field "op"', at, 'none');
  const fields = hasField(at, 'key')
    ? readObject(at, ['op', 'key'], ['value'])
    : readObject(at, ['op', 'address'], ['kind', 'slot', 'value']);
  const { op, value } = fields;
  const key = readKey(at, fields);
  switch (readChoice(op, ['read', 'write'])) {
    case 'read':
      return value === undefined ? { op: 'read', ...key } : { op: 'read', ...key, value: readWord(value) };
    case 'write':
      if (value === undefined) return expected('a field "value" of a write', at, 'none');
      return { op: 'write', ...key, value: readWord(value) };
  }
}

/**
 * An entry and its value: `{address, kind, slot, value}`, where `kind` is storage if left out and only
 * storage has a slot, or `{key, value}` of a plain key-value user.
 * @throws {FieldError}
 */
export function readEntry(at: Located): Entry {
  const fields = hasField(at, 'key')
    ? readObject(at, ['key', 'value'])
    : readObject(at, ['address', 'value'], ['kind', 'slot']);
  return { ...readKey(at, fields), value: readWord(fields.value) };
}

/**
 * An entry's name, in the same forms; a value may stand beside it, and is not looked at.
 * @throws {FieldError}
 */
export function readEntryKey(at: Located): EntryKey {
  return readKey(
    at,
    hasField(at, 'key') ? readObject(at, ['key'], ['value']) : readObject(at, ['address'], ['kind', 'slot', 'value']),
  );
}

type KeyFields =
  { readonly key: Located } | { readonly address: Located; readonly kind?: Located; readonly slot?: Located };

function readKey(at: Located, fields: KeyFields): EntryKey {
  if ('key' in fields) return { address: 0n, kind: 'storage', slot: readWord(fields.key) };
  const address = readBytes(fields.address, 20);
  const kind = fields.kind === undefined ? 'storage' : readChoice(fields.kind, KIND_NAMES);
  if (kind !== 'storage') {
    if (fields.slot !== undefined) expected(`no slot with kind "${kind}" (only storage has slots)`, fields.slot);
    return { address, kind, slot: toUint256(0n) };
  }
  if (fields.slot === undefined) return expected('a field "slot" of a storage entry', at, 'none');
  return { address, kind, slot: readWord(fields.slot) };
}

const readWord = (at: Located): Uint256 => toUint256(readUnsigned(at, 256));
