import { bytesToHex, encodeFunctionData, keccak256 } from 'viem';
import { signingDomain } from '../../rules/common/context.js';
import { transactionsHash } from '../../rules/common/records.js';
import { executeAll } from '../../rules/common/rules.js';
import { RecordingView } from '../../rules/common/view.js';
import { recordOfPayment } from '../../rules/payments/operation.js';
import type { PaymentInstruction, SignedPayment } from '../../rules/payments/operation.js';
import { PAYMENTS } from '../../rules/payments/payments.js';
import { recordElements } from '../../rules/payments/record.js';
import type { PaymentRecord } from '../../rules/payments/record.js';
import { logHash } from '../../state/batch/log.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import { reading } from '../asking.js';
import { ChainError } from '../chain-error.js';
import { clientOf } from '../client.js';
import type { Posting } from '../journal.js';
import type { Address, Hash } from '../point.js';
import { placeOf } from '../post.js';
import { PAYMENTS_ABI } from '../abi.js';
import type { PaymentsOptions } from './ask.js';
import { rowsThatFit } from './batch-size.js';
import { virtualPayments } from './follow.js';
import type { KeptPayments } from './kept.js';
import { waitingOperations } from './ledger.js';
import type { PaymentsLedger } from './ledger.js';
import { queueItemsHash } from './point.js';

/** What it takes to post payments. */
export interface PostPaymentsOptions extends PaymentsOptions {
  readonly db: HashDb;
  readonly kept: KeptPayments;
  /** Who gets the fees of the payments. */
  readonly feeRecipient: Address;
  /** Operations of the queue, and payments, that one batch takes at most; see `recordsAtOnce`. */
  readonly recordsAtOnce: number;
}

/** A batch that is not posted yet. */
export interface PlannedBatch extends Awaited<ReturnType<typeof makeBatch>> {
  readonly number: number;
  readonly instructions: readonly PaymentInstruction[];
  /** How many of the queue's operations it takes. */
  readonly operations: number;
}

/** What is left to post. */
export interface PlannedBatches {
  /** The numbers of those that are posted already. */
  readonly numbers: readonly number[];
  /** What the journal keeps of those. */
  readonly posting: Posting;
  /** The payments among what is left. */
  readonly payments: readonly SignedPayment[];
  readonly batches: readonly PlannedBatch[];
}

/** A batch that was begun: of which time it is, and how many of the queue's operations it takes. */
export interface Draft {
  readonly number: number;
  readonly timestamp: number;
  readonly operations: number;
}

/**
 * The operations of the queue that wait, and payments after them, as batches, executed on what is posted. Payments that
 * an earlier process posted are left out.
 * @param ledger as the chain is, and the database at its consolidated root
 * @param end the operations of the queue before this index are taken; by default all
 * @param draft what the first batch is like, if it has this number
 * @throws {InstructionError} a payment is not permitted
 * @throws {ChainError} a batch waits that nobody can prove
 */
export async function planBatches(
  options: PostPaymentsOptions,
  ledger: PaymentsLedger,
  payments: readonly SignedPayment[],
  { end = ledger.operations.length, draft = null }: { readonly end?: number; readonly draft?: Draft | null } = {},
): Promise<PlannedBatches> {
  const { sender, contract, db, recordsAtOnce } = options;
  const begun = sender.journal.posting(await placeOf(sender, contract)) ?? { first: 1, dataHashes: [] };
  const { numbers, left } = unposted(begun, ledger, payments);
  const { state, stuck } = await virtualPayments(db, ledger);
  if (stuck !== null) {
    throw new ChainError(
      `batch ${stuck.number} of ${contract} can be proven by nobody: ${stuck.why}; nothing is posted behind it until it is dropped`,
    );
  }
  const first = ledger.batches.length + 1;
  const waiting = waitingOperations(ledger).filter(({ index }) => index < end);
  const isDue = waiting[0] !== undefined && (await isOverdue(options, waiting[0].askedAt));
  const batches: PlannedBatch[] = [];
  for (let taken = { operations: 0, payments: 0 }; ;) {
    const number = first + batches.length;
    const begunBefore = draft?.number === number ? draft : null;
    const take = async (most: number) => {
      const operations = waiting.slice(taken.operations, taken.operations + (begunBefore?.operations ?? most));
      // Once the queue is due, its operations stand alone.
      const room = isDue && operations.length > 0 ? 0 : most - operations.length;
      const some = left.slice(taken.payments, taken.payments + Math.max(0, room));
      const instructions = [...operations.map(({ operation }) => operation), ...withFees(some)];
      if (instructions.length === 0) return null;
      const made = await makeBatch(options, state, number, instructions, begunBefore?.timestamp);
      return { ...made, number, instructions, operations: operations.length, payments: some.length };
    };
    let next = await take(recordsAtOnce);
    if (next === null) break;
    const most = await rowsThatFit(db, next.log);
    if (most < next.operations + next.payments) next = (await take(most))!;
    for (const { value, ...entry } of next.writes) state.set(entry, value);
    taken = { operations: taken.operations + next.operations, payments: taken.payments + next.payments };
    batches.push(next);
  }
  const posting = numbers.length > 0 ? begun : { first, dataHashes: [] };
  return { numbers, posting, payments: left, batches };
}

/**
 * Posts the operations of the queue that wait, and payments after them, for this sender to prove. If an earlier process
 * posted the same payments, they are not posted again.
 * @param ledger as the chain is, and the database at its consolidated root
 * @returns the numbers of the batches with the payments and operations
 * @throws {InstructionError} a payment is not permitted; nothing is posted
 * @throws {ChainError} a batch waits that nobody can prove; or the contract refuses the call
 */
export async function postPayments(
  options: PostPaymentsOptions,
  ledger: PaymentsLedger,
  payments: readonly SignedPayment[],
): Promise<number[]> {
  // All are made before any is posted: a payment that is not permitted is refused here.
  const { numbers, posting, payments: left, batches } = await planBatches(options, ledger, payments);
  await options.kept.add(left);
  let begun = posting;
  for (const made of batches) begun = await postBatch(options, begun, made);
  return [...numbers, ...batches.map(({ number }) => number)];
}

/** Posts one batch, and keeps in the journal that it was begun. */
export async function postBatch(
  options: PaymentsOptions,
  posting: Posting,
  { number, batch }: PlannedBatch,
): Promise<Posting> {
  const { sender, contract } = options;
  const begun = await keepBegun(options, posting, batch);
  options.onProgress?.(`posting batch ${number}`, 0, 0);
  const args = [number, batch] as const;
  const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'sequenceBatch', args });
  await sender.send(`post batch ${number} of payments`, contract, call);
  return begun;
}

/** Keeps in the journal that a batch is being posted. */
export async function keepBegun(
  { sender, contract }: PaymentsOptions,
  { first, dataHashes }: Posting,
  { data }: { readonly data: Hash },
): Promise<Posting> {
  const begun = { first, dataHashes: [...dataHashes, keccak256(data)] };
  await sender.journal.setPosting(await placeOf(sender, contract), begun);
  return begun;
}

/**
 * Executes a batch on the state before it: as it is posted, what it writes, and what its rules proofs open.
 * @param time of the batch, in seconds; by default the last block's
 */
export async function makeBatch(
  { sender, contract, feeRecipient }: Pick<PostPaymentsOptions, 'sender' | 'contract' | 'feeRecipient'>,
  state: ConstructorParameters<typeof RecordingView>[0],
  number: number,
  instructions: readonly PaymentInstruction[],
  time?: number,
) {
  const client = clientOf(sender.provider);
  const place = { address: contract, abi: PAYMENTS_ABI } as const;
  const timestamp = time === undefined ? (await reading(contract, () => client.getBlock())).timestamp : BigInt(time);
  const version = await reading(contract, () => client.readContract({ ...place, functionName: 'version' }));
  const deployment = { chainId: BigInt(await sender.chainId()), contract: BigInt(contract), version };
  const context = {
    domain: signingDomain(deployment),
    batchNumber: BigInt(number),
    timestamp,
    feeRecipient: BigInt(feeRecipient),
  };
  const view = new RecordingView(state);
  const { rows } = await executeAll(view, PAYMENTS, instructions, context);
  const records = rows.map(({ record }) => record);
  const isQueue = ({ kind }: PaymentRecord): boolean => kind === 'deposit' || kind === 'setKey' || kind === 'exit';
  const batch = {
    data: bytesToHex(PAYMENTS.post(records)),
    timestamp: Number(timestamp),
    feeRecipient,
    itemsHash: queueItemsHash(records.filter(isQueue)),
    fee: 0n,
    prover: sender.address,
    logHash: logHash(view.log),
    txHash: transactionsHash(records.map((record) => recordElements(record))),
  };
  const writes = view.log.filter(({ op }) => op === 'write');
  return { batch, log: view.log, writes, records, context, version };
}

/** Payments, and the collection of their fees if there are any. */
const withFees = (payments: readonly SignedPayment[]): PaymentInstruction[] => [
  ...payments,
  ...(payments.some(({ payment }) => payment.fee > 0n) ? [{ kind: 'collect' } as const] : []),
];

/** Which of the payments an earlier process did not post, and the numbers of the batches that have the others. */
function unposted(
  { first, dataHashes }: Posting,
  { batches }: PaymentsLedger,
  payments: readonly SignedPayment[],
): { readonly numbers: number[]; readonly left: readonly SignedPayment[] } {
  const begun = batches.filter(({ number, posted }) => number >= first && dataHashes.includes(posted.dataHash));
  const nameOf = (record: PaymentRecord): string => recordElements(record).join();
  const said = begun.flatMap(({ records }) => records.map(nameOf));
  const left = payments.filter(({ payment }) => {
    const found = said.indexOf(nameOf(recordOfPayment(payment)));
    if (found !== -1) said.splice(found, 1);
    return found === -1;
  });
  // Of other payments, the batches that were begun are none.
  const isSame = left.length < payments.length || payments.length === 0;
  return { numbers: isSame ? begun.map(({ number }) => number) : [], left };
}

/** Whether an operation waits for so long that only such operations are posted, by anyone. */
export const isOverdue = ({ sender, contract }: PaymentsOptions, askedAt: number): Promise<boolean> =>
  reading(contract, async () => {
    const client = clientOf(sender.provider);
    const place = { address: contract, abi: PAYMENTS_ABI } as const;
    const [delay] = await client.readContract({ ...place, functionName: 'limits' });
    return (await client.readContract({ ...place, functionName: 'clock' })) >= askedAt + delay;
  });
