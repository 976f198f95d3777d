import { rm } from 'node:fs/promises';
import { encodeFunctionData, keccak256 } from 'viem';
import { contextHash } from '../../rules/common/context.js';
import { PAYMENTS } from '../../rules/payments/payments.js';
import { readPosted } from '../../rules/payments/posted.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import { PAYMENTS_ABI } from '../abi.js';
import { ChainError } from '../chain-error.js';
import { syncPayments } from './follow.js';
import { readPayments, waitingOperations } from './ledger.js';
import { rowsThatFit, recordsAtOnce } from './batch-size.js';
import { readPaymentsCircuits, readPaymentsVersion } from './circuits.js';
import { isOverdue, makeBatch } from './post.js';
import { proveBatch } from './prove-batch.js';
import type { SettlePaymentsOptions } from './prove-batch.js';

/**
 * What was forced.
 * @see {@link forcePayments}
 */
export interface ForcedPayments {
  /** The batch's number. */
  readonly number: number;
  /** In words, what was proven. */
  readonly what: string;
}

/**
 * Posts and consolidates operations of the queue that the operator leaves out, in one transaction: their proofs are
 * made before it is sent. Anyone can; the operations' fees are owed to the sender.
 * @throws {ChainError} a posted batch is not proven: it must be, or be dropped, before; no operation waits for longer
 * than the contract's `forceDelay`, also if an earlier process forced it; the contract refuses the call
 * @throws {SyncError | ProverError}
 * @throws what the signal was aborted with; the sender has one of its own
 *
 * @example
 * const newQueue = () => new LocalQueue({ programs: [ROOTSHIFT] });
 * const openDb: OpenDb = (options) => openDatabase('payments', options);
 * const files = { signatures: 'payments.txt', unfinished: 'unfinished' };
 * await forcePayments({ sender, contract, openDb, store, newQueue, ...files });
 */
export async function forcePayments(options: SettlePaymentsOptions): Promise<ForcedPayments> {
  const { sender, contract, openDb, onProgress = () => {}, signal } = options;
  signal?.throwIfAborted();
  await sender.resume();
  const ledger = await readPayments(sender.provider, contract, options);
  const unproven = ledger.batches.find(({ root }) => root === null);
  if (unproven !== undefined) {
    throw new ChainError(
      `expected no batch of ${contract} that waits for its proof, found batch ${unproven.number}: once it has waited for too long, drop it`,
    );
  }
  const waiting = waitingOperations(ledger);
  if (waiting[0] === undefined || !(await isOverdue(options, waiting[0].askedAt))) {
    throw new ChainError(
      `expected an operation that waits in the queue of ${contract} for longer than its force delay, found none`,
    );
  }
  const number = ledger.batches.length + 1;
  const circuits = await readPaymentsCircuits(
    sender.provider,
    contract,
    await readPaymentsVersion(sender.provider, contract),
  );
  const { batch, context, version, instructions } = await (async () => {
    await using db = await openDb({ createIfMissing: true, bitsPerLevel: 2 });
    await syncPayments(db, ledger);
    const { root } = await db.current();
    const feeRecipient = options.feeRecipient ?? sender.address;
    const take = async (most: number) => {
      const instructions = waiting.slice(0, most).map(({ operation }) => operation);
      const state = new WorkingState(db, root);
      return { ...(await makeBatch({ sender, contract, feeRecipient }, state, number, instructions)), instructions };
    };
    const made = await take(recordsAtOnce(circuits));
    const most = await rowsThatFit(db, made.log);
    return most < made.instructions.length ? await take(most) : made;
  })();
  const { data, itemsHash } = batch;
  const posted = { version, dataHash: keccak256(data), itemsHash, context: contextHash(context) };
  onProgress(`batch ${number}: proving`, 0, 0);
  const chunks = await proveBatch(options, number, posted, context, instructions);
  onProgress(`consolidating batch ${number}`, 0, 0);
  // The contract takes the data's value when it posts, for this sender.
  const args = [number, batch, { data: '0x', ...chunks }] as const;
  const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'settleBatch', args });
  await sender.send(`force operations of payments as batch ${number}`, contract, call);
  await rm(options.unfinished, { recursive: true, force: true });
  const { records } = readPosted(Buffer.from(data.slice(2), 'hex'), instructions);
  return { number, what: PAYMENTS.describe(records) };
}
