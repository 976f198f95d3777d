import { BatchError, makeBatch } from './batch.js';
import type { Batch, Entry } from './batch.js';
import { entryId } from './encoding.js';
import {
  atRoot,
  checkFormat,
  expected,
  findField,
  hasField,
  readList,
  readObject,
  readingFile,
  whereIs,
} from './fields.js';
import type { Located } from './fields.js';
import { isAddress } from './import/account.js';
import { readGenesis } from './import/genesis.js';
import { readBlockTrace, readTrace } from './import/prestate-tracer.js';
import { readZeroWitness } from './import/zero-witness.js';
import { parseJsonValues } from './json.js';
import type { JsonObject } from './json.js';
import { readAccess, readEntry } from './read-entry.js';

/**
 * The `format` of batch files.
 * @see {@link parseBatch}
 */
export const BATCH_FORMAT = 'rootshift-batch';
/**
 * The `version` of batch files that is written, and read.
 * @see {@link parseBatch}
 */
export const BATCH_VERSION = 1;

/** What a batch file may say of itself; nothing here depends on it. */
const DESCRIPTION = ['chain', 'block', 'stats'] as const;

/**
 * Reads a batch, in any of the forms that are told apart by what is in them:
 * - a batch file: a JSON object with `accesses` (a list), `transactions` (a list of lists) or `prestate`, the
 *   entries before the batch;
 * - a list of accesses or of entries, in JSON, or as a stream, one object after another (JSON Lines);
 * - a genesis, whose `alloc` is a prestate;
 * - what geth's `prestateTracer` says of a transaction or of a block's, as the JSON-RPC answer or its result;
 * - the witness of a block for Polygon Zero's provers.
 *
 * An access is `{op, address, kind, slot, value}`, where `kind` is storage if left out and only
 * storage has a slot, or `{op, key, value}` for a plain key-value user. A read may leave `value` out. Entries are
 * accesses without `op`; they are a prestate. A batch may have no accesses.
 * @throws {BatchError}
 *
 * @example
 * parseBatch('{"accesses": [{"op": "write", "key": 1, "value": 100}]}').accesses.length; // 1
 */
export function parseBatch(text: string): Batch {
  return readingFile(
    () => {
      const values = parseJsonValues(text);
      const [only] = values;
      if (only === undefined) throw new BatchError('expected a batch, got an empty file');
      const first = atRoot(only.value);
      if (values.length === 1 && !isItem(first)) return readDocument(first);
      return readItems(values.map(({ value, line }) => atRoot(value, `line ${line}`)));
    },
    (message, cause) => new BatchError(message, { cause }),
  );
}

/** Whether a value is an access or an entry by itself. */
const isItem = (at: Located): boolean =>
  hasField(at, 'op') || (hasField(at, 'value') && (hasField(at, 'key') || hasField(at, 'address')));

function readDocument(at: Located): Batch {
  if (Array.isArray(at.value)) return readDocuments(at);
  const witness = findField(at, 'block_trace') ?? (hasField(at, 'txn_info') ? at : undefined);
  if (witness !== undefined) return readZeroWitness(witness);
  const alloc = findField(at, 'alloc');
  if (alloc !== undefined) return readGenesis(alloc);
  if (hasField(at, 'jsonrpc')) return readDocument(resultOf(at));
  if (hasField(at, 'pre') || isAddress(firstName(at))) return readTrace(at);
  return readBatchFile(at);
}

function readDocuments(at: Located): Batch {
  const items = readList(at);
  const [first] = items;
  if (first !== undefined && (hasField(first, 'result') || hasField(first, 'txHash'))) return readBlockTrace(at);
  if (first !== undefined && hasField(first, 'block_trace')) {
    return items.length === 1
      ? readDocument(first)
      : expected('the witness of one block', at, `those of ${items.length}`);
  }
  return readItems(items);
}

/** The result that a JSON-RPC server answered with. */
function resultOf(response: Located): Located {
  const error = findField(response, 'error');
  if (error !== undefined) expected('an answer with a result', findField(error, 'message') ?? error);
  return findField(response, 'result') ?? expected('a field "result"', response, 'none');
}

function firstName({ value }: Located): string {
  const [name = ''] = value instanceof Map ? (value as JsonObject).keys() : [];
  return name;
}

function readBatchFile(at: Located): Batch {
  checkFormat(at, BATCH_FORMAT, BATCH_VERSION, 'optional');
  const optional = ['format', 'version', 'prestate', ...DESCRIPTION] as const;
  if (hasField(at, 'transactions')) {
    const { transactions, prestate } = readObject(at, ['transactions'], optional);
    return makeBatch(readList(transactions).map(readAccesses), readPrestate(prestate));
  }
  if (!hasField(at, 'accesses') && !hasField(at, 'prestate')) {
    expected(
      'a field "accesses", "transactions" or "prestate", or a genesis, a result of prestateTracer or a witness ' +
        'of Polygon Zero',
      at,
      'none of them',
    );
  }
  const { accesses, prestate } = readObject(at, [], ['accesses', ...optional]);
  return makeBatch(accesses === undefined ? [] : [readAccesses(accesses)], readPrestate(prestate));
}

/** A list of accesses, or of entries, as its first item says. */
function readItems(items: readonly Located[]): Batch {
  const [first] = items;
  if (first === undefined) return makeBatch([], []);
  return isItem(first) && !hasField(first, 'op')
    ? makeBatch([], readEntries(items))
    : makeBatch([items.map(readPlaced)], []);
}

const readPlaced = (at: Located) => ({ access: readAccess(at), where: whereIs(at) });
const readAccesses = (at: Located) => readList(at).map(readPlaced);
const readPrestate = (at: Located | undefined): Entry[] => (at === undefined ? [] : readEntries(readList(at)));

/** Entries, each once. */
function readEntries(items: readonly Located[]): Entry[] {
  const firstAt = new Map<string, string>();
  return items.map((item) => {
    const entry = readEntry(item);
    const first = firstAt.get(entryId(entry));
    if (first !== undefined) expected('each entry once', item, `the entry of ${first} twice`);
    firstAt.set(entryId(entry), whereIs(item));
    return entry;
  });
}
