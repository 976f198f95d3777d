import type { Batch, Entry } from '../state/batch/batch.js';
import { treeKeys } from '../state/batch/encoding.js';
import { loadEntries } from '../machine/executor/load.js';
import { uint256ToHex } from '../base/field/limbs.js';
import type { StateChange } from '../state/hashdb/change.js';
import { HashDb } from '../state/hashdb/hashdb.js';
import { MemoryDriver } from '../state/hashdb/memory.js';
import type { StateReader } from '../state/hashdb/reader.js';
import type { Digest } from '../state/tree/node.js';
import { poseidonScheme } from '../state/tree/scheme.js';
import { describeEntry } from '../state/batch/access.js';
import { DEFAULT_BITS_PER_LEVEL } from './database.js';

/**
 * The state on which a batch is executed.
 * @see {@link startingState}
 */
export interface StartingState {
  readonly reader: StateReader;
  readonly root: Digest;
  /** What must be committed first: the batch's prestate if the database has no state yet; otherwise null. */
  readonly load: StateChange | null;
}

/** The batch's prestate differs from the database. */
export class PrestateError extends Error {
  override readonly name = 'PrestateError';
}

/**
 * The state from which a batch starts: the database's current state or, if it never had any, the batch's prestate.
 * Writes nothing.
 * @param db null if there is no database yet; then the tree has `bitsPerLevel`
 * @throws {PrestateError} the prestate differs from the current state
 *
 * @example
 * const start = await startingState(db, batch);
 * await execute(start.reader, start.root, batch);
 */
export async function startingState(
  db: HashDb | null,
  batch: Pick<Batch, 'prestate'>,
  { bitsPerLevel = DEFAULT_BITS_PER_LEVEL }: { readonly bitsPerLevel?: 1 | 2 | undefined } = {},
): Promise<StartingState> {
  const current = await db?.current();
  if (db && current && (current.number > 0 || batch.prestate.length === 0)) {
    await checkPrestate(db, current.root, batch.prestate);
    return { reader: db.under(current.root), root: current.root, load: null };
  }
  const scheme = db?.scheme ?? poseidonScheme(bitsPerLevel);
  const memory = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
  if (batch.prestate.length === 0) return { reader: memory, root: (await memory.current()).root, load: null };
  const load = await loadEntries(scheme, batch.prestate);
  const { root } = await memory.commit({ ...load, origin: 'load' });
  return { reader: memory, root, load };
}

async function checkPrestate(db: HashDb, root: Digest, entries: readonly Entry[]): Promise<void> {
  const keys = await treeKeys(entries);
  const values = await db.entryValues(root, keys);
  const index = entries.findIndex(({ value }, i) => values[i] !== value);
  const entry = entries[index];
  if (entry === undefined) return;
  const [, first] = await db.history();
  const wasLoaded =
    first?.origin === 'load' && !first.pruned && (await db.entryValue(first.root, keys[index]!)) === entry.value;
  const says = `the prestate states ${uint256ToHex(entry.value)} for the ${describeEntry(entry)}`;
  const holds = wasLoaded
    ? `as it was loaded, but batches have since changed it to ${uint256ToHex(values[index]!)}`
    : `but the state holds ${uint256ToHex(values[index]!)}`;
  throw new PrestateError(`${says}, ${holds}: remove the prestate from the batch, or use another database`);
}
