import { rm } from 'node:fs/promises';
import { encodeFunctionData } from 'viem';
import type { OpenDb } from '../../engine/database.js';
import { executeOn } from '../../rules/common/rules.js';
import { RecordingView } from '../../rules/common/view.js';
import { accountEntry, accountOf } from '../../rules/payments/account.js';
import type { PaymentInstruction, SignedPayment } from '../../rules/payments/operation.js';
import { PAYMENTS } from '../../rules/payments/payments.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import { ChainError } from '../chain-error.js';
import type { Hash } from '../point.js';
import { placeOf } from '../post.js';
import { mayProve, maySettle } from '../roles.js';
import { requireGoing } from '../stops.js';
import { PAYMENTS_ABI } from '../abi.js';
import { recordsAtOnce } from './batch-size.js';
import { readPaymentsCircuits, readPaymentsVersion } from './circuits.js';
import { syncPayments } from './follow.js';
import type { SettlePaymentsOptions } from './prove-batch.js';
import { proveBatch } from './prove-batch.js';
import { KeptPayments } from './kept.js';
import { readPayments } from './ledger.js';
import type { PaymentsLedger, PostedPaymentsBatch } from './ledger.js';
import { planBatches, postPayments } from './post.js';
import type { PostPaymentsOptions } from './post.js';
import { settleAtOnce, timelyDraft } from './settle-at-once.js';

/**
 * What was settled, and where that leaves the contract.
 * @see {@link settlePayments}
 */
export interface SettledPayments {
  /** Numbers of the batches with the payments and operations, also if they were posted before a kill. */
  readonly posted: readonly number[];
  /** Each batch that was proven now, and in words what was proven. */
  readonly proven: readonly { readonly number: number; readonly what: string }[];
  /** Batches that are posted and left for another prover, who has time yet. */
  readonly waiting: number;
  readonly root: bigint;
}

/**
 * Proves what is posted and not yet consolidated, as far as the sender may; then proves the queue's operations that
 * wait, and signed payments, and posts each batch of them with its proofs, in one call. A sender who may not prove yet
 * posts them and leaves them. Killed at any moment, the same call goes on where it was.
 * @throws {InstructionError} a payment is not permitted; nothing is posted, unless it ended or its account changed
 * while batches before it were proven
 * @throws {ChainError} among others, a signature of a posted payment is not here: whoever posted it has it
 * @throws {SyncError | ProverError}
 * @throws what the signal was aborted with; the sender has one of its own
 *
 * @example
 * const files = { signatures: 'payments.txt', unfinished: 'unfinished', events: 'events.jsonl' };
 * const newQueue = () => new LocalQueue({ programs: [ROOTSHIFT] });
 * const openDb: OpenDb = (options) => openDatabase('payments', options);
 * await settlePayments({ sender, contract, openDb, store, newQueue, ...files }, [payment]);
 */
export async function settlePayments(
  options: SettlePaymentsOptions,
  payments: readonly SignedPayment[],
): Promise<SettledPayments> {
  const { sender, contract, openDb, signal } = options;
  signal?.throwIfAborted();
  await sender.resume();
  const kept = await KeptPayments.open(options.signatures);
  const withDb = async <T>(work: (db: Awaited<ReturnType<OpenDb>>, ledger: PaymentsLedger) => Promise<T>) => {
    await using db = await openDb({ createIfMissing: true, bitsPerLevel: 2 });
    const ledger = await readPayments(sender.provider, contract, options);
    await syncPayments(db, ledger);
    return await work(db, ledger);
  };
  const feeRecipient = options.feeRecipient ?? sender.address;
  const version = await readPaymentsVersion(sender.provider, contract);
  const limit = recordsAtOnce(await readPaymentsCircuits(sender.provider, contract, version));
  const postingOn = (db: HashDb): PostPaymentsOptions => ({ ...options, db, kept, feeRecipient, recordsAtOnce: limit });
  const inOneCall = await maySettle(sender.provider, contract, sender.address);
  let { posted, end } = await withDb(async (db, ledger) => ({
    posted: inOneCall
      ? (await planBatches(postingOn(db), ledger, payments)).numbers
      : await postPayments(postingOn(db), ledger, payments),
    end: ledger.operations.length,
  }));
  const proven: { number: number; what: string }[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const { next, waiting, root, plan } = await withDb(async (db, ledger) => {
      const unproven = ledger.batches.filter((batch) => batch.root === null);
      const [first] = unproven;
      const isMine = first !== undefined && (await mayProve(sender.provider, contract, sender.address, first));
      const { root } = await db.current();
      const next = isMine
        ? { batch: first, instructions: await instructionsOf(new WorkingState(db, root), first, kept) }
        : null;
      const draft = await timelyDraft(options);
      const plan =
        inOneCall && first === undefined ? await planBatches(postingOn(db), ledger, payments, { end, draft }) : null;
      return { next, waiting: unproven.length, root, plan };
    });
    if (plan !== null) posted = plan.numbers;
    const [made] = plan?.batches ?? [];
    if (next !== null) {
      await requireGoing(sender.provider, contract, 'proving');
      await consolidate(options, next.batch, next.instructions);
      proven.push({ number: next.batch.number, what: PAYMENTS.describe(next.batch.records) });
    } else if (made !== undefined) {
      await requireGoing(sender.provider, contract, 'proving');
      await kept.add(plan!.payments);
      if (await settleAtOnce(options, plan!.posting, made))
        proven.push({ number: made.number, what: PAYMENTS.describe(made.records) });
    } else {
      // Nothing is left that a kept proof could be of.
      await rm(options.unfinished, { recursive: true, force: true });
      await sender.journal.setPosting(await placeOf(sender, contract), null);
      return { posted, proven, waiting, root };
    }
  }
}

/**
 * A posted batch as instructions: its payments with their signatures.
 * @throws {ChainError} a signature is not kept here, or the batch can be proven by nobody
 */
async function instructionsOf(
  state: WorkingState,
  { number, records, queue, context }: PostedPaymentsBatch,
  kept: KeptPayments,
): Promise<PaymentInstruction[]> {
  const view = new RecordingView(state);
  const instructions: PaymentInstruction[] = [];
  const operations = [...queue];
  let carry = 0n;
  for (const [index, record] of records.entries()) {
    const instruction = await (async (): Promise<PaymentInstruction> => {
      if (record.kind === 'collect') return { kind: 'collect' };
      if (record.kind !== 'transfer' && record.kind !== 'withdraw') return operations.shift()!;
      const { nonce } = accountOf(await view.peek(accountEntry(record.account)));
      const signed = kept.find(record, nonce);
      if (signed !== undefined) return signed;
      throw new ChainError(
        `batch ${number}, record ${index}: expected the signature of its ${record.kind} with nonce ${nonce}, found none here: who posted the batch has it`,
      );
    })();
    instructions.push(instruction);
    ({ carry } = await executeOn(view, PAYMENTS, instruction, { context, carry }));
  }
  return instructions;
}

/** Proves a batch on the state before it, and sends the proofs. */
async function consolidate(
  options: SettlePaymentsOptions,
  { number, posted, data, context }: PostedPaymentsBatch,
  instructions: readonly PaymentInstruction[],
): Promise<void> {
  const { sender, contract, onProgress = () => {} } = options;
  const chunks = await proveBatch(options, number, posted, context, instructions);
  const { logHash, txHash } = chunks.rulesChunks.at(-1)!;
  const isEvaluated =
    posted.prover.toLowerCase() === sender.address.toLowerCase() &&
    posted.logHash === logHash &&
    posted.txHash === txHash;
  const sent = { data: isEvaluated ? ('0x' as Hash) : data, ...chunks };
  onProgress(`consolidating batch ${number}`, 0, 0);
  const args = [number, posted, sent] as const;
  const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'verifyBatch', args });
  await sender.send(`consolidate batch ${number} of payments`, contract, call);
}
