import { encodeFunctionData, keccak256 } from 'viem';
import type { RequestedAccess } from '../state/batch/access.js';
import { logHash } from '../state/batch/log.js';
import { changeOf } from '../state/hashdb/change.js';
import { ChangedState } from '../state/hashdb/changed-state.js';
import { SETTLEMENT_ABI } from './abi.js';
import { readBatches, readCircuits, readFollowed } from './chain.js';
import type { Followed, PostedBatch } from './chain.js';
import { requireUpToDate } from './outdated.js';
import { batchPoint } from './point.js';
import type { Hash } from './point.js';
import { forgetPosting, partsOf, post, postForced } from './post.js';
import type { PostOptions } from './post.js';
import { proveLog } from './prove-log.js';
import type { ChunkArgument, LogProver } from './prove-log.js';
import { mayProve } from './roles.js';
import { requireGoing } from './stops.js';
import { rootsOf, standingOf, syncState } from './sync.js';

/**
 * What it takes to move a settlement on: its contract, the state, which follows the consolidated root, and a prover.
 * @see {@link settle}
 */
export interface SettleOptions extends PostOptions, LogProver {}

/**
 * What was settled, and where that leaves the contract.
 * @see {@link settle}
 */
export interface Settled {
  /** Numbers of the given batch's parts, also of those that were posted before a kill. */
  readonly posted: readonly number[];
  /** Forced batches that were posted now. */
  readonly forced: number;
  /** Numbers of the batches that were proven now. */
  readonly proven: readonly number[];
  /** Batches that are posted and left for another prover, who has time yet. */
  readonly waiting: number;
  readonly root: bigint;
}

/**
 * Posts the forced batches that wait, and a batch's writes, 512 a posted batch; then proves everything that is posted
 * and not yet consolidated, as far as the sender may. Without `accesses` it posts no batch. Killed at any moment, the
 * same call goes on where it was: what was signed is in the sender's journal, what was posted on the chain.
 * @throws {OutdatedBatchError} the database, on which the batch was made, is not at the chain's root, or the batch
 * reads values that the chain's state does not have; nothing of the batch is posted
 * @throws {ChainError | SyncError | NothingToPostError | ProverError}
 * @throws what the signal was aborted with; the sender has one of its own
 *
 * @example
 * const { root: settled } = await settle({ db, store, queue, sender, contract }, batch.accesses);
 */
export async function settle(options: SettleOptions, accesses: readonly RequestedAccess[] | null): Promise<Settled> {
  const { sender, contract, db, signal } = options;
  signal?.throwIfAborted();
  const followed = { ...(await readFollowed(sender.provider, contract)), chainId: await sender.chainId() };
  await sender.resume();
  const forced = await postForced(options);
  const posted = accesses === null ? [] : await postBatch(options, followed, accesses);
  const proven: number[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const batches = await readBatches(sender.provider, contract, options);
    const { root, number } = await syncState(db, followed, batches);
    const group = await proveGroup(options, batches.slice(number));
    if (group.length === 0) {
      await forgetPosting(sender, contract, batches);
      return { posted, forced, proven, waiting: batches.length - number, root };
    }
    await consolidate(options, number + 1, group);
    proven.push(...group.map((_, i) => number + 1 + i));
  }
}

/** Posts what is left of a batch, if the batch still stands. */
async function postBatch(
  options: SettleOptions,
  followed: Followed,
  accesses: readonly RequestedAccess[],
): Promise<number[]> {
  const { sender, contract, db } = options;
  const batches = await readBatches(sender.provider, contract, options);
  const parts = await partsOf(options, batches, accesses);
  if (parts.posted.length === 0) {
    await standingOf(db, followed, rootsOf(followed, batches));
    await requireUpToDate(db, followed, batches, accesses);
  }
  return post(options, batches, parts);
}

/** Chunks after which a call is sent, at 55,000 gas each: what is proven and not sent is lost if the process ends. */
const CHUNKS_AT_ONCE = 32;
/** Bytes of posted data that is sent again, after which a call is sent. */
const DATA_AT_ONCE = 64_000;

/** A batch and its proofs, as the contract takes them. */
interface ProvenBatch {
  readonly posted: PostedBatch['posted'];
  /** Empty if the contract has evaluated it already. */
  readonly data: Hash;
  readonly chunks: readonly ChunkArgument[];
}

/**
 * Proves the next batches, each on the state after the one before, as many as the sender may prove and one call takes.
 */
async function proveGroup(options: SettleOptions, waiting: readonly PostedBatch[]): Promise<ProvenBatch[]> {
  const { sender, contract, db, signal } = options;
  const { root } = await db.current();
  const state = new ChangedState(db.under(root), root);
  const group: ProvenBatch[] = [];
  let chunks = 0;
  let bytes = 0;
  for (const batch of waiting) {
    signal?.throwIfAborted();
    if (chunks >= CHUNKS_AT_ONCE || bytes >= DATA_AT_ONCE) break;
    // A call takes batches of one version.
    if (batch.posted.version !== waiting[0]!.posted.version) break;
    if (!(await mayProve(sender.provider, contract, sender.address, batch))) break;
    await requireGoing(sender.provider, contract, 'proving');
    const proven = await proveBatch(options, state, batch);
    group.push(proven);
    chunks += proven.chunks.length;
    bytes += (proven.data.length - 2) / 2;
    state.add(await changeOf(state, state.root, batch.writes));
  }
  return group;
}

/** Proves a batch on a state. */
async function proveBatch(
  options: SettleOptions,
  state: ChangedState,
  { number, posted, data, writes }: PostedBatch,
): Promise<ProvenBatch> {
  const { sender, contract } = options;
  const log = logHash(writes);
  const x = batchPoint({
    chainId: await sender.chainId(),
    contract,
    number,
    version: posted.version,
    prover: sender.address,
    dataHash: keccak256(data),
    logHash: log,
  });
  const circuits = await readCircuits(sender.provider, contract, { version: posted.version });
  const chunks = await proveLog(options, state, circuits, `batch ${number}`, writes, x);
  const isEvaluated = posted.prover === sender.address && posted.logHash === log;
  return { posted, data: isEvaluated ? '0x' : data, chunks };
}

/** Sends the proofs of batches. */
async function consolidate(options: SettleOptions, first: number, group: readonly ProvenBatch[]): Promise<void> {
  const { sender, contract, onProgress = () => {} } = options;
  const what = group.length === 1 ? `batch ${first}` : `batches ${first} to ${first + group.length - 1}`;
  onProgress(`consolidating ${what}`, 0, 0);
  await sender.send(
    `consolidate ${what}`,
    contract,
    encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'verifyBatches', args: [first, group] }),
  );
}
