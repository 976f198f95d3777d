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
import type { PaymentsLedger } from './ledger.js';
import { queueItemsHash } from './point.js';

/**
 * Operations of the queue, and payments, that one batch takes at most. A batch is proven by one transaction: 200
 * records of ground addresses take some 270 proofs by the deep circuit, at 55,000 gas each.
 */
export const RECORDS_AT_ONCE = 100;

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
  const begun = sender.journal.posting(place)?.dataHashes ?? [];
  const { numbers, left } = unposted(begun, ledger, payments);
  const { state, stuck } = await virtualPayments(options.db, ledger);
  if (stuck !== null) {
    throw new ChainError(
      `batch ${stuck.number} of ${contract} can be proven by nobody: ${stuck.why}; nothing is posted behind it until it is dropped`,
    );
  }
  const waiting = waitingOperations(ledger).slice(0, RECORDS_AT_ONCE);
  const isDue = waiting[0] !== undefined && (await isOverdue(options, waiting[0].askedAt));
  const queue = waiting.map(({ operation }) => operation);
  const groups = Array.from({ length: Math.ceil(left.length / RECORDS_AT_ONCE) }, (_, group) =>
    withFees(left.slice(group * RECORDS_AT_ONCE, (group + 1) * RECORDS_AT_ONCE)),
  );
  // Once the queue is due, its operations stand alone.
  const [beside = [], ...others] = isDue ? [[], ...groups] : groups;
  const lists = [[...queue, ...beside], ...others].filter((list) => list.length > 0);
  // All are made before any is posted: a payment that is not permitted is refused here.
  const first = ledger.batches.length + 1;
  const made: Awaited<ReturnType<typeof makeBatch>>[] = [];
  for (const list of lists) {
    const one = await makeBatch(options, state, first + made.length, list);
    for (const { value, ...entry } of one.writes) state.set(entry, value);
    made.push(one);
  }
  await options.kept.add(left);
  const dataHashes = numbers.length > 0 ? [...begun] : [];
  for (const [i, { batch }] of made.entries()) {
    const number = first + i;
    dataHashes.push(keccak256(batch.data));
    await sender.journal.setPosting(place, { first: number, dataHashes });
    options.onProgress?.(`posting batch ${number}`, 0, 0);
    const args = [number, batch] as const;
    const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'sequenceBatch', args });
    await sender.send(`post batch ${number} of payments`, contract, call);
    numbers.push(number);
  }
  return numbers;
}

/** Executes a batch on the state before it: as it is posted, what it writes, and what its rules proofs open. */
export async function makeBatch(
  { sender, contract, feeRecipient }: Pick<PostPaymentsOptions, 'sender' | 'contract' | 'feeRecipient'>,
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
    data: bytesToHex(PAYMENTS.post(records)),
    timestamp: Number(timestamp),
    feeRecipient,
    itemsHash: queueItemsHash(records.filter(isQueue)),
    fee: 0n,
    prover: sender.address,
    logHash: logHash(view.log),
    txHash: transactionsHash(records.map((record) => recordElements(record))),
  };
  return { batch, writes: view.log.filter(({ op }) => op === 'write'), context, version };
}

/** Payments, and the collection of their fees if there are any. */
const withFees = (payments: readonly SignedPayment[]): PaymentInstruction[] => [
  ...payments,
  ...(payments.some(({ payment }) => payment.fee > 0n) ? [{ kind: 'collect' } as const] : []),
];

/** Which of the payments an earlier process did not post, and the numbers of the batches that have the others. */
function unposted(
  dataHashes: readonly Hash[],
  { batches }: PaymentsLedger,
  payments: readonly SignedPayment[],
): { readonly numbers: number[]; readonly left: readonly SignedPayment[] } {
  const begun = batches.filter(({ posted }) => dataHashes.includes(posted.dataHash));
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
