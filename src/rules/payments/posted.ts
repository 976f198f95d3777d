import type { RulesContext } from '../common/context.js';
import type { RecordingView } from '../common/view.js';
import { BALANCE_BITS } from './account.js';
import { applyRecord } from './apply.js';
import { packNumbers } from '../common/bytes.js';
import { fromBytes } from './encoding.js';
import { receiptOf } from './execute.js';
import type { PaymentReceipt } from './execute.js';
import { COLLECT_RECORD, recordOfQueue } from './operation.js';
import type { QueueOperation } from './operation.js';
import { PostedPaymentsError, readPayment, writePayment } from './posted-payment.js';
import type { AddressPlaces } from './posted-payment.js';
import { PAYMENT_KINDS } from './record.js';
import type { PaymentRecord } from './record.js';
import { PaymentRejectedError } from './rejection.js';

export { PostedPaymentsError } from './posted-payment.js';

/** The byte that stands for `collect`. */
const COLLECT_BYTE = 0x30;
/** The byte that stands for the queue's next operation; an exit's amount follows. */
const QUEUE_BYTE = 0x40;
const AMOUNT_BYTES = BALANCE_BITS / 8;

/**
 * A batch's records as they are posted. A transfer or a withdrawal takes 42 to 62 bytes, and 17 less for each of its
 * two addresses that the batch has before; `collect` takes one. An operation of the queue takes one byte, as the
 * contract knows what it is; but of an exit it does not know the amount, which follows in 12 bytes.
 * @throws {FieldWidthError} a number does not fit in its field
 *
 * @example
 * const fields = { fee: 1000n, account: 1n, validUntil: FOREVER, amount: 10n ** 18n, target: 2n };
 * postRecords([{ kind: 'transfer', ...fields }]).length; // 46: form 2, addresses 40, amount 2, fee 2
 */
export function postRecords(records: readonly PaymentRecord[]): Uint8Array {
  const bytes: number[] = [];
  const places: AddressPlaces = new Map();
  for (const record of records) bytes.push(...postedRecord(record, bytes.length, places));
  return Uint8Array.from(bytes);
}

function postedRecord(record: PaymentRecord, place: number, places: AddressPlaces): Uint8Array {
  switch (record.kind) {
    case 'transfer':
    case 'withdraw':
      return writePayment(record, place, places);
    case 'collect':
      return Uint8Array.of(COLLECT_BYTE);
    case 'deposit':
    case 'setKey':
      return Uint8Array.of(QUEUE_BYTE);
    case 'exit':
      return Uint8Array.of(QUEUE_BYTE, ...packNumbers([record.amount], [AMOUNT_BYTES]));
  }
}

/**
 * A batch's records, as its bytes and the queue say them.
 * @see {@link readPosted}
 */
export interface PostedRecords {
  readonly records: readonly PaymentRecord[];
  /** Operations of the queue that are among them, the first ones. */
  readonly taken: number;
}

/**
 * The records of a posted batch.
 * @param queue the operations that wait, the oldest first; there may be more than the batch takes
 * @throws {PostedPaymentsError} the bytes are no batch, or take more of the queue than there is
 *
 * @example
 * readPosted(postRecords([record]), []).records; // [record], for a transfer
 */
export function readPosted(data: Uint8Array, queue: readonly QueueOperation[]): PostedRecords {
  const records: PaymentRecord[] = [];
  let taken = 0;
  for (let at = 0; at < data.length;) {
    const first = data[at]!;
    if (first === COLLECT_BYTE) {
      records.push(COLLECT_RECORD);
      at += 1;
    } else if (first === QUEUE_BYTE) {
      const operation = queue[taken];
      if (operation === undefined) {
        throw new PostedPaymentsError(`byte ${at}: expected at most ${queue.length} operations of the queue, got more`);
      }
      const amount = operation.kind === 'exit' ? bytesAt(at + 1, AMOUNT_BYTES) : new Uint8Array();
      records.push(recordOfQueue(operation, fromBytes(amount)));
      taken += 1;
      at += 1 + amount.length;
    } else {
      const { record, next } = readPayment(data, at, kindAt(at));
      records.push(record);
      at = next;
    }
  }
  return { records, taken };

  function kindAt(at: number): 'transfer' | 'withdraw' {
    const kind = (data[at]! >> 4) & 3;
    if (kind === PAYMENT_KINDS.transfer) return 'transfer';
    if (kind === PAYMENT_KINDS.withdraw) return 'withdraw';
    const got = `0x${data[at]!.toString(16).padStart(2, '0')}`;
    throw new PostedPaymentsError(
      `byte ${at}: expected a transfer, a withdrawal, 0x30 (collect) or 0x40 (queue), got ${got}`,
    );
  }

  function bytesAt(at: number, length: number): Uint8Array {
    if (at + length > data.length) {
      throw new PostedPaymentsError(`byte ${at}: expected ${length} bytes, got ${data.length - at}`);
    }
    return data.subarray(at, at + length);
  }
}

/**
 * A posted batch, applied.
 * @see {@link replayPosted}
 */
export interface Replayed extends PostedRecords {
  readonly receipts: readonly PaymentReceipt[];
}

/**
 * Applies a posted batch to the state before it: from L1's bytes and queue alone, as a synchronizer does. Signatures
 * are not posted; that they were there is what the batch's proof shows. If the batch is not permitted, nobody can prove
 * it, and the view is left as it was.
 * @throws {PostedPaymentsError} the bytes are no batch
 * @throws {PaymentRejectedError} the state does not permit what they say, or fees are left
 *
 * @example
 * const view = new RecordingView(new WorkingState(db, root));
 * const { taken } = await replayPosted(view, bytes, queueOperations, context);
 */
export async function replayPosted(
  view: RecordingView,
  data: Uint8Array,
  queue: readonly QueueOperation[],
  context: RulesContext,
): Promise<Replayed> {
  const posted = readPosted(data, queue);
  return view.attempt(async () => {
    let carry = 0n;
    for (const record of posted.records) ({ carry } = await applyRecord(view, record, { context, carry }));
    if (carry !== 0n) throw new PaymentRejectedError({ kind: 'feesLeft', carry });
    return { ...posted, receipts: posted.records.map(receiptOf) };
  });
}
