import { changeOf } from '../state/hashdb/change.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import type { PostedBatch } from './chain.js';

/** The chain's data does not give the roots that the chain says: the contract, or its events, are not what they seem. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
}

/** What following the chain did to the database. */
export interface Synced {
  readonly root: bigint;
  /** Of the last batch that is consolidated; 0 if none is. */
  readonly number: number;
  /** Batches whose writes were made. */
  readonly applied: number;
  /** True if the database was at a state that the chain has left, and went back first. */
  readonly reorganised: boolean;
}

/**
 * Brings a database to the consolidated root, from the posted data alone: each batch's writes on top of the
 * state before, whose root must be the one that the contract says. A database that is at a root which the
 * chain does not have (any more) goes back to the last of its history that the chain has, or to the empty
 * state.
 * @throws {SyncError} the data gives another root than the contract has
 * @throws {HashDbError} somebody else moves the database meanwhile
 *
 * @example
 * await syncState(db, await readBatches(sender.provider, contract));
 */
export async function syncState(db: HashDb, batches: readonly PostedBatch[]): Promise<Synced> {
  const consolidated = batches.filter(({ root }) => root !== null);
  const roots = [0n, ...consolidated.map(({ root }) => root!)];
  const current = await db.current();
  let root = current.root;
  const reorganised = !roots.includes(root);
  if (reorganised) {
    const back = (await db.history()).findLast((record) => roots.includes(record.root) && !record.pruned);
    const target = back ?? { root: 0n, entries: 0 };
    const entriesDelta = target.entries - current.entries;
    await db.commit({
      parent: root,
      root: target.root,
      nodes: new Map(),
      keyPreimages: new Map(),
      valuePreimages: new Map(),
      entriesDelta,
      origin: 'write',
    });
    root = target.root;
  }
  const next = roots.lastIndexOf(root);
  for (const batch of consolidated.slice(next)) {
    const change = await changeOf(db, root, batch.writes);
    if (change.root !== batch.root) {
      throw new SyncError(
        `batch ${batch.number}: its data gives root 0x${change.root.toString(16)}, but the contract has 0x${batch.root!.toString(16)}`,
      );
    }
    await db.commit({ ...change, origin: 'prove' });
    root = change.root;
  }
  return { root, number: consolidated.length, applied: consolidated.length - next, reorganised };
}
