import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFunctionData, keccak256 } from 'viem';
import { contextHash } from '../../rules/common/context.js';
import { PAYMENTS_ABI } from '../abi.js';
import { reading } from '../asking.js';
import { clientOf } from '../client.js';
import type { Posting } from '../journal.js';
import { findDraft, keepDraft } from './draft.js';
import { keepBegun, postBatch } from './post.js';
import type { Draft, PlannedBatch } from './post.js';
import type { SettlePaymentsOptions } from './prove-batch.js';
import { proveBatch } from './prove-batch.js';

/** Seconds after its time in which the contract takes a batch, less what a transaction may need to be mined. */
const USABLE = 3300;
/** Seconds after its time at which a batch is posted though its proofs are not made. */
const PATIENCE = 1800;

const timeOf = async ({ sender, contract }: SettlePaymentsOptions): Promise<number> =>
  Number((await reading(contract, () => clientOf(sender.provider).getBlock())).timestamp);

/** What the batch is like that an earlier process began, if it is not too old to be posted. */
export async function timelyDraft(options: SettlePaymentsOptions): Promise<Draft | null> {
  const draft = await findDraft(options.unfinished);
  return draft !== null && (await timeOf(options)) <= draft.timestamp + USABLE ? draft : null;
}

/**
 * Proves a batch, then posts and consolidates it in one call. If its proofs are not made in time, it is posted while
 * they are made, and `verifyBatch` takes them: they are of the same point.
 * @returns whether it is consolidated, and not only posted
 */
export async function settleAtOnce(
  options: SettlePaymentsOptions,
  posting: Posting,
  made: PlannedBatch,
): Promise<boolean> {
  const { sender, contract, onProgress = () => {} } = options;
  const { number, batch, context, version, instructions, operations } = made;
  const { timestamp } = batch;
  await keepDraft(options.unfinished, { number, timestamp, operations });
  const late = Math.max(0, timestamp + PATIENCE - (await timeOf(options)));
  const ending = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal;
  const fields = {
    version,
    dataHash: keccak256(batch.data),
    itemsHash: batch.itemsHash,
    context: contextHash(context),
  };
  const proofs = proveBatch({ ...options, signal }, number, fields, context, instructions);
  try {
    // Of an end of both, the proofs tell.
    const chunks = await Promise.race([proofs, sleep(late * 1000, null, { signal }).catch(() => proofs)]);
    if (chunks === null) {
      await postBatch(options, posting, made);
      await proofs;
      return false;
    }
    await keepBegun(options, posting, batch);
    onProgress(`posting and consolidating batch ${number}`, 0, 0);
    // The contract takes the data's value when it posts, for this sender.
    const args = [number, batch, { data: '0x', ...chunks }] as const;
    const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'settleBatch', args });
    await sender.send(`settle batch ${number} of payments`, contract, call);
    return true;
  } finally {
    ending.abort();
    await proofs.catch(() => {});
  }
}
