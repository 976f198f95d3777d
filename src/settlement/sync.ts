import type { Entry } from '../state/batch/batch.js';
import { changeOf } from '../state/hashdb/change.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import type { RootRecord } from '../state/hashdb/root-record.js';
import type { Digest } from '../state/tree/node.js';
import type { Followed, PostedBatch } from './chain.js';

/**
 * A database cannot follow a settlement: it is of another state, or the chain's data does not give the chain's roots.
 */
export class SyncError extends Error {
  override readonly name = 'SyncError';
}

/**
 * What following the chain did to the database.
 * @see {@link syncState}
 */
export interface Synced {
  readonly root: bigint;
  /** Of the last batch that is consolidated; 0 if none is. */
  readonly number: number;
  /** Batches whose writes were made. */
  readonly applied: number;
  /**
   * Why the database went back first: the chain left the state that it was at (`reorganised`), or something else than
   * the chain had moved it (`moved`). Null if it did not go back.
   */
  readonly wentBack: 'reorganised' | 'moved' | null;
}

/** What a database's root is to the chain. */
type Standing =
  | { readonly kind: 'on-chain' }
  | { readonly kind: 'off-chain'; readonly back: RootRecord; readonly why: 'reorganised' | 'moved' };

/**
 * Brings a database to the consolidated root, from the posted data alone: each batch's writes on top of the
 * state before, whose root must be the one that the contract says. A database that left the chain's states, or that the
 * chain left, goes back to the last one of its history that the chain has. From then on a name of a root says which
 * settlement the database follows.
 * @throws {SyncError} the data gives another root than the contract has, or the database never followed this settlement
 * @throws {HashDbError} somebody else moves the database meanwhile
 *
 * @example
 * const followed = await readFollowed(sender.provider, contract);
 * await syncState(db, followed, await readBatches(sender.provider, contract));
 */
export const syncState = (db: HashDb, followed: Followed, batches: readonly PostedBatch[]): Promise<Synced> =>
  followSteps(db, followed, {
    genesis: followed.genesis ?? 0n,
    steps: batches.flatMap(({ root, writes }) => (root === null ? [] : [{ root, writes: async () => writes }])),
  });

/** What leads to a consolidated root, from the one before. */
export interface Step {
  readonly root: bigint;
  /** What changes in the state before it, which the database has at `root`. */
  writes(db: HashDb, root: Digest): Promise<readonly Entry[]>;
}

/** The states that a chain consolidated. */
export interface Steps {
  readonly genesis: bigint;
  readonly steps: readonly Step[];
}

/** What `syncState` does, for whatever leads from root to root. */
export async function followSteps(db: HashDb, followed: Followed, { genesis, steps }: Steps): Promise<Synced> {
  const roots = [genesis, ...steps.map(({ root }) => root)];
  const standing = await standingOf(db, followed, roots);
  const current = await db.current();
  let root = current.root;
  if (standing.kind === 'off-chain') {
    const { back } = standing;
    await db.commit({
      parent: root,
      root: back.root,
      nodes: new Map(),
      keyPreimages: new Map(),
      valuePreimages: new Map(),
      entriesDelta: back.entries - current.entries,
      origin: 'chain',
    });
    root = back.root;
  }
  await startFollowing(db, followed, root);
  const next = roots.lastIndexOf(root);
  for (const [i, step] of steps.entries()) {
    if (i < next) continue;
    const change = await changeOf(db, root, await step.writes(db, root));
    if (change.root !== step.root) {
      throw new SyncError(
        `batch ${i + 1}: its data gives root ${hex(change.root)}, but the contract has ${hex(step.root)}`,
      );
    }
    await db.commit({ ...change, origin: 'chain' });
    root = change.root;
  }
  const wentBack = standing.kind === 'off-chain' ? standing.why : null;
  return { root, number: steps.length, applied: steps.length - next, wentBack };
}

/**
 * Whether a database is at a root of the chain; if not, where it can go back to.
 * @throws {SyncError} it follows another settlement, or never followed this one
 */
export async function standingOf(db: HashDb, followed: Followed, roots: readonly bigint[]): Promise<Standing> {
  const name = followingName(followed);
  const names = await db.roots.names();
  const other = [...names.keys()].find((one) => one.startsWith(FOLLOWS) && one !== name);
  if (other !== undefined) {
    throw new SyncError(
      `expected a database that follows the settlement at ${followed.contract} on chain ${followed.chainId}, got one that follows another (see its root named ${other})`,
    );
  }
  const { root } = await db.current();
  if (roots.includes(root)) return { kind: 'on-chain' };
  if (!names.has(name)) {
    const advice =
      root === 0n ? `; begin it with the state of root ${hex(roots[0]!)}, from a snapshot for example` : '';
    throw new SyncError(
      `the database is at root ${hex(root)}, which the settlement at ${followed.contract} does not have, and never followed this settlement${advice}`,
    );
  }
  const history = await db.history();
  const index = history.findLastIndex((record) => roots.includes(record.root) && !record.pruned);
  const since = history.slice(index + 1);
  const why = since.every(({ origin }) => origin === 'chain') ? 'reorganised' : 'moved';
  return { kind: 'off-chain', back: history[index] ?? history[0]!, why };
}

/** The roots that the chain consolidated, in order, from the one before the first batch on. */
export const rootsOf = ({ genesis = 0n }: Followed, batches: readonly PostedBatch[]): bigint[] => [
  genesis,
  ...batches.flatMap(({ root }) => (root === null ? [] : [root])),
];

/** Names of roots that say which settlement a database follows: of the root that it began at. */
const FOLLOWS = 'follows-';

const followingName = ({ chainId, contract }: Followed): string =>
  `${FOLLOWS}${chainId}-${contract.toLowerCase().slice(2)}`;

async function startFollowing(db: HashDb, followed: Followed, root: Digest): Promise<void> {
  const name = followingName(followed);
  if (!(await db.roots.names()).has(name)) await db.roots.name(root, name);
}

const hex = (root: bigint): string => `0x${root.toString(16)}`;
