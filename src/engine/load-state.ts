import { setImmediate } from 'node:timers/promises';
import type { Entry } from '../state/batch/batch.js';
import { treeKeys } from '../state/batch/encoding.js';
import { EntriesError } from '../state/batch/entries.js';
import type { Watching } from '../base/tasks/watching.js';
import type { Content } from '../state/hashdb/content.js';
import { HashDbError } from '../state/hashdb/driver.js';
import type { RootRecord } from '../state/hashdb/root-record.js';
import { buildTree } from '../state/tree/build.js';
import type { BuiltPart } from '../state/tree/build.js';
import { LeafTable } from '../state/tree/leaf-table.js';
import { EMPTY } from '../state/tree/node.js';
import { poseidonScheme } from '../state/tree/scheme.js';
import type { TreeScheme } from '../state/tree/scheme.js';
import { DEFAULT_BITS_PER_LEVEL, makeDatabase, openIfThere } from './database.js';
import type { OpenDb } from './database.js';
import { EntryTable } from './entry-table.js';

/** Entries can be loaded only into a database that never had any. */
export class DatabaseNotEmptyError extends HashDbError {
  override readonly name = 'DatabaseNotEmptyError';
}

/**
 * Options for loading a first state.
 * @see {@link loadState}
 */
export interface LoadOptions extends Watching {
  /** Of the tree of a database that is made. */
  readonly bitsPerLevel?: 1 | 2;
}

/**
 * Loads entries as the first state, unproven. Creates the database if it does not exist. An entry with value 0 is
 * absent. If an entry is given twice, the last one counts.
 *
 * `entries` come in pieces of any size. All are read and hashed before anything is written. Then the tree is built from
 * the bottom and written part by part; the root becomes current when all nodes are written. If this is killed or
 * stopped before, the database still has no state and can be loaded again. It needs about 150 bytes of memory per
 * entry, plus a few hundred megabytes.
 * @throws {EntriesError} all are absent; or whatever `entries` throws
 * @throws {DatabaseNotEmptyError} the database has a history, or got one meanwhile
 * @throws {DatabaseSchemeError} a database of another tree was made meanwhile
 * @throws {StagingInterruptedError} something else was written to the database meanwhile
 * @throws what the signal was aborted with
 *
 * @example
 * await loadState((options) => openDatabase('state', options), [[{ ...entry, value: 100n }]]);
 */
export async function loadState(
  openDb: OpenDb,
  entries: AsyncIterable<readonly Entry[]> | Iterable<readonly Entry[]>,
  { bitsPerLevel = DEFAULT_BITS_PER_LEVEL, onProgress = () => {}, signal }: LoadOptions = {},
): Promise<RootRecord> {
  let db = await openIfThere(openDb);
  try {
    if (db !== null) refuseHistory(await db.current());
    const scheme = db?.scheme ?? poseidonScheme(bitsPerLevel);
    const tables = await hashEntries(scheme, entries, signal);
    onProgress('building the tree', 0, 0);
    const sorted = tables.leaves.byPath();
    if (sorted.length === 0) throw new EntriesError('expected at least one entry with a value other than 0, got none');
    db ??= await makeDatabase(openDb, scheme);
    const staging = await db.stage();
    // Another process may have loaded a state while the entries were read.
    refuseHistory(staging.before);
    let done = 0;
    const built = await buildTree(
      tables.leaves,
      async (part) => {
        // The next part's hashing begins: other threads go on with it while this one encodes what it writes.
        await setImmediate();
        signal?.throwIfAborted();
        await staging.add(contentOf(part, tables));
        onProgress('building the tree', (done += part.rows.length), sorted.length);
      },
      { sorted },
    );
    signal?.throwIfAborted();
    return await staging.commit({ ...built, origin: 'load' });
  } finally {
    await db?.close();
  }
}

function refuseHistory({ number, root }: RootRecord): void {
  if (number === 0) return;
  throw new DatabaseNotEmptyError(
    `entries can be loaded only into an empty database; this one has root 0x${root.toString(16)}, number ${number} in its history`,
  );
}

/** Entries, with their leaves in the same rows. */
interface Tables {
  readonly entries: EntryTable;
  readonly leaves: LeafTable;
}

/** Entries that are hashed together: enough to fill many threads. */
const HASHED_TOGETHER = 1 << 12;

async function hashEntries(
  scheme: TreeScheme,
  entries: AsyncIterable<readonly Entry[]> | Iterable<readonly Entry[]>,
  signal: AbortSignal | undefined,
): Promise<Tables> {
  const tables: Tables = { entries: new EntryTable(), leaves: new LeafTable(scheme) };
  let waiting: Entry[] = [];
  let hashing = Promise.resolve();
  const hashWaiting = async (): Promise<void> => {
    await hashing;
    signal?.throwIfAborted();
    hashing = hashInto(tables, waiting);
    // Failures are checked later.
    hashing.catch(() => {});
    waiting = [];
  };
  for await (const piece of entries) {
    signal?.throwIfAborted();
    for (const entry of piece) {
      waiting.push(entry);
      if (waiting.length === HASHED_TOGETHER) await hashWaiting();
    }
  }
  await hashWaiting();
  await hashing;
  return tables;
}

async function hashInto(tables: Tables, entries: readonly Entry[]): Promise<void> {
  const keys = await treeKeys(entries);
  const values = await tables.leaves.scheme.leafValues(entries.map(({ value }) => value));
  for (const [i, entry] of entries.entries()) {
    tables.entries.push(entry);
    tables.leaves.push(keys[i]!, entry.value === 0n ? EMPTY : values[i]!);
  }
}

/** A part of the tree with what its leaves stand for. */
function contentOf({ nodes, rows }: BuiltPart, { entries, leaves }: Tables): Content {
  const keyPreimages = new Map();
  const valuePreimages = new Map();
  for (const row of rows) {
    const { key, value } = leaves.entry(row);
    const { value: valuePreimage, ...entryKey } = entries.at(row);
    keyPreimages.set(key, entryKey);
    valuePreimages.set(value, valuePreimage);
  }
  return { nodes, keyPreimages, valuePreimages };
}
