import { type Uint256, toUint256 } from '../../base/field/limbs.js';
import { type EntryKey, type Kind, type RequestedAccess, KINDS } from './access.js';
import { type Batch, type Entry, BatchError } from './batch.js';
import { entryId } from './encoding.js';
import {
  type Located,
  atRoot,
  checkFormat,
  expected,
  hasField,
  readBytes,
  readChoice,
  readList,
  readObject,
  readUnsigned,
  readingFile,
  whereIs,
} from './fields.js';
import { parseJsonValues } from './json.js';

/** The `format` of batch files. */
export const BATCH_FORMAT = 'rootshift-batch';
/** The `version` of batch files that is written, and read. */
export const BATCH_VERSION = 1;

const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** What a batch file may say of itself; nothing here depends on it. */
const DESCRIPTION = ['chain', 'block', 'stats'] as const;

/**
 * Reads a batch file. It is one of
 * - a JSON object with `accesses` (a list) or `transactions` (a list of lists), and perhaps
 *   `prestate`, the entries before the batch;
 * - a stream of accesses, one JSON object after another (JSON Lines).
 *
 * An access is `{op, address, kind, slot, value}`, where `kind` is storage if left out and only
 * storage has a slot, or `{op, key, value}` for a plain key-value user. A read may leave `value` out.
 * @throws {BatchError}
 */
export function parseBatch(text: string): Batch {
  return readingFile(
    () => {
      const values = parseJsonValues(text);
      const [only] = values;
      if (values.length === 1 && only !== undefined && !hasField(atRoot(only.value), 'op')) {
        return readDocument(atRoot(only.value));
      }
      const accesses = values.map(({ value, line }) => atRoot(value, `line ${line}`));
      return makeBatch([accesses], []);
    },
    (message, cause) => new BatchError(message, { cause }),
  );
}

function readDocument(at: Located): Batch {
  checkFormat(at, BATCH_FORMAT, BATCH_VERSION, 'optional');
  const optional = ['format', 'version', 'prestate', ...DESCRIPTION] as const;
  if (hasField(at, 'transactions')) {
    const { transactions, prestate } = readObject(at, ['transactions'], optional);
    return makeBatch(readList(transactions).map(readList), readPrestate(prestate));
  }
  if (!hasField(at, 'accesses')) expected('a field "accesses" or "transactions"', at, 'neither');
  const { accesses, prestate } = readObject(at, ['accesses'], optional);
  return makeBatch([readList(accesses)], readPrestate(prestate));
}

function makeBatch(transactions: readonly (readonly Located[])[], prestate: readonly Entry[]): Batch {
  const located = transactions.flat();
  if (located.length === 0) throw new BatchError('expected at least one access, got an empty batch');
  const places = located.map(whereIs);
  return {
    accesses: located.map(readAccess),
    prestate,
    transactionSizes: transactions.map(({ length }) => length),
    where: (index) => places[index] ?? `access ${index}`,
  };
}

function readAccess(at: Located): RequestedAccess {
  if (!hasField(at, 'op')) expected('a field "op"', at, 'none');
  const { op, value, ...fields } = hasField(at, 'key')
    ? readObject(at, ['op', 'key'], ['value'])
    : readObject(at, ['op', 'address'], ['kind', 'slot', 'value']);
  const key = readKey(at, fields);
  switch (readChoice(op, ['read', 'write'])) {
    case 'read':
      return value === undefined ? { op: 'read', ...key } : { op: 'read', ...key, value: readWord(value) };
    case 'write':
      if (value === undefined) return expected('a field "value" of a write', at, 'none');
      return { op: 'write', ...key, value: readWord(value) };
  }
}

function readPrestate(at: Located | undefined): Entry[] {
  if (at === undefined) return [];
  const firstAt = new Map<string, string>();
  return readList(at).map((item) => {
    const entry = readEntry(item);
    const first = firstAt.get(entryId(entry));
    if (first !== undefined) expected('each entry once', item, `the entry of ${first} again`);
    firstAt.set(entryId(entry), whereIs(item));
    return entry;
  });
}

/**
 * An entry and its value: `{address, kind, slot, value}`, where `kind` is storage if left out and only
 * storage has a slot, or `{key, value}` of a plain key-value user.
 * @throws {FieldError}
 */
export function readEntry(at: Located): Entry {
  const { value, ...fields } = hasField(at, 'key')
    ? readObject(at, ['key', 'value'])
    : readObject(at, ['address', 'value'], ['kind', 'slot']);
  return { ...readKey(at, fields), value: readWord(value) };
}

/**
 * An entry's name, in the same forms; a value may stand beside it, and is not looked at.
 * @throws {FieldError}
 */
export function readEntryKey(at: Located): EntryKey {
  const { value: _, ...fields } = hasField(at, 'key')
    ? readObject(at, ['key'], ['value'])
    : readObject(at, ['address'], ['kind', 'slot', 'value']);
  return readKey(at, fields);
}

type KeyFields =
  | { readonly key: Located }
  | { readonly address: Located; readonly kind?: Located; readonly slot?: Located };

function readKey(at: Located, fields: KeyFields): EntryKey {
  if ('key' in fields) return { address: 0n, kind: 'storage', slot: readWord(fields.key) };
  const address = readBytes(fields.address, 20);
  const kind = fields.kind === undefined ? 'storage' : readChoice(fields.kind, KIND_NAMES);
  if (kind !== 'storage') {
    if (fields.slot !== undefined) expected(`no slot beside kind "${kind}" (only storage has slots)`, fields.slot);
    return { address, kind, slot: toUint256(0n) };
  }
  if (fields.slot === undefined) return expected('a field "slot" of a storage entry', at, 'none');
  return { address, kind, slot: readWord(fields.slot) };
}

const readWord = (at: Located): Uint256 => toUint256(readUnsigned(at, 256));
