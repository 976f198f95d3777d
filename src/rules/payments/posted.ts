import type { RulesContext } from '../common/context.js';
import type { RecordingView } from '../common/view.js';
import { BALANCE_BITS } from './account.js';
import { applyRecord } from './apply.js';
import { packNumbers } from '../common/bytes.js';
import { RECORD_BYTES, decodeRecord, encodeRecord, fromBytes } from './encoding.js';
import { receiptOf } from './execute.js';
import type { PaymentReceipt } from './execute.js';
import { COLLECT_RECORD, recordOfQueue } from './operation.js';
import type { QueueOperation } from './operation.js';
import { PAYMENT_KINDS } from './record.js';
import type { PaymentRecord } from './record.js';
import { PaymentRejectedError } from './rejection.js';

/** The byte that stands for `collect`. */
const COLLECT_BYTE = 0x30;
/** The byte that stands for the queue's next operation; an exit's amount follows. */
const QUEUE_BYTE = 0x40;
const AMOUNT_BYTES = BALANCE_BITS / 8;

/** Bytes that are no posted batch of payments: the message says what was expected, what came, and where. */
export class PostedPaymentsError extends Error {
  override readonly name = 'PostedPaymentsError';
}

/**
 * A record as it is posted. Transfers and withdrawals take 60 bytes, `collect` one. An operation of the queue takes one
 * byte, as the contract knows what it is; but of an exit it does not know the amount, which follows in 12 bytes.
 * @throws {FieldWidthError} a number does not fit in its field
 *
 * @example
 * postRecord({ kind: 'collect', fee: 0n, account: 0n, validUntil: 0n, amount: 0n, target: 0n }); // one byte, 0x30
 */
export function postRecord(record: PaymentRecord): Uint8Array {
  switch (record.kind) {
    case 'transfer':
    case 'withdraw':
      return encodeRecord(record);
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
 * readPosted(postRecord(record), []).records; // [record], for a transfer
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
      records.push(paymentAt(at));
      at += RECORD_BYTES;
    }
  }
  return { records, taken };

  function paymentAt(at: number): PaymentRecord {
    const kind = data[at]! >> 4;
    if (kind !== PAYMENT_KINDS.transfer && kind !== PAYMENT_KINDS.withdraw) {
      const got = `0x${data[at]!.toString(16).padStart(2, '0')}`;
      throw new PostedPaymentsError(
        `byte ${at}: expected 0x1. (transfer), 0x2. (withdraw), 0x30 (collect) or 0x40 (queue), got ${got}`,
      );
    }
    return decodeRecord(bytesAt(at, RECORD_BYTES));
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
