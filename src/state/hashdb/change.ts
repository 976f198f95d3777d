import type { EntryKey } from '../batch/access.js';
import type { Entry } from '../batch/batch.js';
import { treeKeys } from '../batch/encoding.js';
import { EMPTY } from '../tree/node.js';
import type { Digest } from '../tree/node.js';
import { writeMany } from '../tree/write-many.js';
import type { Commit } from './hashdb.js';
import type { StateReader } from './reader.js';

/**
 * Everything by which one state differs from another: what `HashDb.commit` takes, but for its origin.
 * @see {@link changeOf}
 */
export type StateChange = Omit<Commit, 'origin'>;

/**
 * What gives entries new values, 0 deleting them, in the state with root `parent`, which stays as it is.
 * Of an entry given twice, the last counts.
 * @throws {MissingNodeError} the database lacks a node of the tree
 *
 * @example
 * const change = await changeOf(db, root, [{ ...entry, value: 100n }]);
 * await db.commit({ ...change, origin: 'write' });
 */
export async function changeOf(
  reader: Pick<StateReader, 'scheme' | 'getNodes'>,
  parent: Digest,
  entries: readonly Entry[],
): Promise<StateChange> {
  const keys = await treeKeys(entries);
  const lasts = new Map(entries.map((entry, i) => [keys[i]!, entry]));
  const present = [...lasts].filter(([, { value }]) => value !== 0n);
  const leaves = await reader.scheme.leafValues(present.map(([, { value }]) => value));
  const changes = new Map<bigint, bigint>([...lasts.keys()].map((key) => [key, EMPTY]));
  present.forEach(([key], i) => changes.set(key, leaves[i]!));
  return {
    parent,
    ...(await writeMany(reader, reader.scheme, parent, changes)),
    keyPreimages: new Map(present.map(([key, entry]) => [key, entryKey(entry)])),
    valuePreimages: new Map(present.map(([, { value }], i) => [leaves[i]!, value])),
  };
}

const entryKey = ({ address, kind, slot }: Entry): EntryKey => ({ address, kind, slot });
