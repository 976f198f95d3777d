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
import type { Address, Hash } from '../point.js';
import { placeOf } from '../post.js';
import { PAYMENTS_ABI } from '../abi.js';
import type { PaymentsOptions } from './ask.js';
import { virtualPayments } from './follow.js';
import type { KeptPayments } from './kept.js';
import { waitingOperations } from './ledger.js';
import type { PaymentsLedger, PostedPaymentsBatch } from './ledger.js';
import { queueItemsHash } from './point.js';

/** Operations and payments of one posted batch: some 60 kB; pools take transactions of 128 KiB. */
const RECORDS_AT_ONCE = 1000;

/** What it takes to post payments. */
export interface PostPaymentsOptions extends PaymentsOptions {
  readonly db: HashDb;
  readonly kept: KeptPayments;
  /** Who gets the fees of the payments. */
  readonly feeRecipient: Address;
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
  const { sender, contract } = options;
  const place = await placeOf(sender, contract);
  const before = postedBefore(sender.journal.posting(place)?.dataHashes ?? [], ledger, payments);
  if (before !== null) return [before];
  const { state, stuck } = await virtualPayments(options.db, ledger);
  if (stuck !== null) {
    throw new ChainError(
      `batch ${stuck.number} of ${contract} can be proven by nobody: ${stuck.why}; nothing is posted behind it until it is dropped`,
    );
  }
  const waiting = waitingOperations(ledger).slice(0, RECORDS_AT_ONCE);
  const isDue = waiting[0] !== undefined && (await isOverdue(options, waiting[0].askedAt));
  const queue = waiting.map(({ operation }) => operation);
  const hasFees = payments.some(({ payment }) => payment.fee > 0n);
  const rest: PaymentInstruction[] = [...payments, ...(hasFees ? [{ kind: 'collect' } as const] : [])];
  // Once the queue is due, its operations stand alone.
  const lists = (isDue ? [queue, rest] : [[...queue, ...rest]]).filter((list) => list.length > 0);
  await options.kept.add(payments);
  const numbers: number[] = [];
  for (const list of lists) {
    const number = ledger.batches.length + 1 + numbers.length;
    const { batch, writes } = await makeBatch(options, state, number, list);
    for (const { value, ...entry } of writes) state.set(entry, value);
    await sender.journal.setPosting(place, { first: number, dataHashes: [keccak256(batch.data)] });
    options.onProgress?.(`posting batch ${number}`, 0, 0);
    const args = [number, batch] as const;
    const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'sequenceBatch', args });
    await sender.send(`post batch ${number} of payments`, contract, call);
    numbers.push(number);
  }
  return numbers;
}

/** Executes a batch on the state before it. */
async function makeBatch(
  { sender, contract, feeRecipient }: PostPaymentsOptions,
  state: ConstructorParameters<typeof RecordingView>[0],
  number: number,
  instructions: readonly PaymentInstruction[],
) {
  const client = clientOf(sender.provider);
  const place = { address: contract, abi: PAYMENTS_ABI } as const;
  const { timestamp } = await reading(contract, () => client.getBlock());
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
    data: bytesToHex(Uint8Array.from(records.flatMap((record) => [...PAYMENTS.post(record)]))),
    timestamp: Number(timestamp),
    feeRecipient,
    itemsHash: queueItemsHash(records.filter(isQueue)),
    fee: 0n,
    prover: sender.address,
    logHash: logHash(view.log),
    txHash: transactionsHash(records.map((record) => recordElements(record))),
  };
  return { batch, writes: view.log.filter(({ op }) => op === 'write') };
}

/** The number under which an earlier process posted these payments; null if none did. */
function postedBefore(
  dataHashes: readonly Hash[],
  { batches }: PaymentsLedger,
  payments: readonly SignedPayment[],
): number | null {
  if (payments.length === 0) return null;
  const wanted = payments.map(({ payment }) => recordElements(recordOfPayment(payment)).join()).join(';');
  const said = ({ records }: PostedPaymentsBatch): string =>
    records
      .filter(({ kind }) => kind === 'transfer' || kind === 'withdraw')
      .map((record) => recordElements(record).join())
      .join(';');
  const found = batches.find((batch) => dataHashes.includes(batch.posted.dataHash) && said(batch) === wanted);
  return found?.number ?? null;
}

const isOverdue = ({ sender, contract }: PaymentsOptions, askedAt: number): Promise<boolean> =>
  reading(contract, async () => {
    const client = clientOf(sender.provider);
    const place = { address: contract, abi: PAYMENTS_ABI } as const;
    const [delay] = await client.readContract({ ...place, functionName: 'limits' });
    return (await client.readContract({ ...place, functionName: 'clock' })) >= askedAt + delay;
  });
