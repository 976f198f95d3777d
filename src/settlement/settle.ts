import { encodeFunctionData, keccak256 } from 'viem';
import type { RequestedAccess } from '../state/batch/access.js';
import { logHash } from '../state/batch/log.js';
import { SETTLEMENT_ABI } from './abi.js';
import { readBatches, readCircuits } from './chain.js';
import type { PostedBatch } from './chain.js';
import { batchPoint } from './point.js';
import { forgetPosting, post, postForced } from './post.js';
import type { PostOptions } from './post.js';
import { proveLog } from './prove-log.js';
import type { LogProver } from './prove-log.js';
import { mayProve } from './roles.js';
import { syncState } from './sync.js';

/** What it takes to move a settlement on: its contract, the state, which follows the consolidated root, and a prover. */
export interface SettleOptions extends PostOptions, LogProver {}

/** What was settled, and where that leaves the contract. */
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
 * @throws {ChainError | SyncError | NothingToPostError | ProverError}
 * @throws what the signal was aborted with; the sender has one of its own
 *
 * @example
 * const { root: settled } = await settle({ db, store, queue, sender, contract }, batch.accesses);
 */
export async function settle(options: SettleOptions, accesses: readonly RequestedAccess[] | null): Promise<Settled> {
  const { sender, contract, db, signal } = options;
  signal?.throwIfAborted();
  await sender.resume();
  const forced = await postForced(options);
  const posted = accesses === null ? [] : await post(options, accesses);
  const proven: number[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const batches = await readBatches(sender.provider, contract);
    const { root, number } = await syncState(db, batches);
    const next = batches[number];
    if (next === undefined || !(await mayProve(sender.provider, contract, sender.address, next))) {
      await forgetPosting(sender, contract, batches);
      return { posted, forced, proven, waiting: batches.length - number, root };
    }
    await proveBatch(options, next);
    proven.push(next.number);
  }
}

/** Proves the next batch on the state that the database is at, and sends the proofs. */
async function proveBatch(options: SettleOptions, { number, posted, data, writes }: PostedBatch): Promise<void> {
  const { sender, contract, onProgress = () => {} } = options;
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
  const chunks = await proveLog(options, circuits, `batch ${number}`, writes, x);
  const isEvaluated = posted.prover === sender.address && posted.logHash === log;
  onProgress(`consolidating batch ${number}`, 0, 0);
  const proven = { posted, data: isEvaluated ? ('0x' as const) : data, chunks };
  await sender.send(
    `consolidate batch ${number}`,
    contract,
    encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'verifyBatches', args: [number, [proven]] }),
  );
}
