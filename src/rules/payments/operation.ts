import type { PaymentRecord } from './record.js';
import type { Authorization } from './row.js';

/**
 * Moves ether to another account.
 * @see {@link signPayment}
 */
export interface Transfer {
  readonly kind: 'transfer';
  readonly from: bigint;
  /** Not 0. An address without an account gets one, without a key. */
  readonly to: bigint;
  /** In wei. */
  readonly amount: bigint;
  /** In gwei. */
  readonly fee: bigint;
  /** Unix time in seconds to which it may be included; `FOREVER` is never reached. */
  readonly validUntil: bigint;
}

/**
 * Moves ether to L1, where the contract owes it to the recipient.
 * @see {@link signPayment}
 */
export interface Withdraw {
  readonly kind: 'withdraw';
  readonly from: bigint;
  /** An address on L1, not 0. */
  readonly recipient: bigint;
  /** In wei. */
  readonly amount: bigint;
  /** In gwei. */
  readonly fee: bigint;
  readonly validUntil: bigint;
}

/**
 * What an account's owner signs.
 * @see {@link signPayment}
 */
export type Payment = Transfer | Withdraw;

/**
 * What L1's queue says; nobody can leave it out.
 * @see {@link recordOfQueue}
 */
export type QueueOperation =
  | {
      readonly kind: 'deposit';
      readonly to: bigint;
      /** 0 keeps the key that there is. */ readonly keyHash: bigint;
      readonly amount: bigint;
    }
  | { readonly kind: 'setKey'; readonly account: bigint; readonly keyHash: bigint }
  /** Pays all that the account holds to its own address on L1. */
  | { readonly kind: 'exit'; readonly account: bigint };

/**
 * Gives the fees so far to the batch's fee recipient. A batch with fees ends with it.
 * @see {@link PAYMENTS}
 */
export interface Collect {
  readonly kind: 'collect';
}

/**
 * A payment as its owner sends it.
 * @see {@link signPayment}
 */
export interface SignedPayment {
  readonly kind: 'signed';
  readonly payment: Payment;
  /** The account's nonce, which the signature covers, and which is not posted. */
  readonly nonce: bigint;
  readonly authorization: Authorization;
}

/**
 * What a batch of payments is a list of.
 * @see {@link PAYMENTS}
 */
export type PaymentInstruction = SignedPayment | QueueOperation | Collect;

/**
 * The record of a payment.
 *
 * @example
 * recordOfPayment({ kind: 'transfer', from: 1n, to: 2n, amount: 100n, fee: 1n, validUntil: FOREVER });
 */
export function recordOfPayment(payment: Payment): PaymentRecord {
  const { kind, from: account, amount, fee, validUntil } = payment;
  const target = payment.kind === 'transfer' ? payment.to : payment.recipient;
  return { kind, fee, account, validUntil, amount, target };
}

/**
 * The payment that a record of a transfer or a withdrawal is.
 *
 * @example
 * paymentOf({ kind: 'transfer', fee: 1n, account: 1n, validUntil: FOREVER, amount: 100n, target: 2n }).amount;
 */
export function paymentOf({
  kind,
  account: from,
  target,
  amount,
  fee,
  validUntil,
}: PaymentRecord & { readonly kind: Payment['kind'] }): Payment {
  switch (kind) {
    case 'transfer':
      return { kind, from, to: target, amount, fee, validUntil };
    case 'withdraw':
      return { kind, from, recipient: target, amount, fee, validUntil };
  }
}

const UNSIGNED = { fee: 0n, validUntil: 0n } as const;

/**
 * The record of `collect`: its amount is the fees, which are no part of it.
 *
 * @example
 * postRecords([COLLECT_RECORD]); // one byte, 0x30
 */
export const COLLECT_RECORD: PaymentRecord = { kind: 'collect', ...UNSIGNED, account: 0n, amount: 0n, target: 0n };

/**
 * The record of a queue's operation.
 * @param exitAmount what the account holds that exits, in wei; 0 for all other operations
 *
 * @example
 * recordOfQueue({ kind: 'exit', account: 0xa11cen }, 100n).amount; // 100n
 */
export function recordOfQueue(operation: QueueOperation, exitAmount: bigint): PaymentRecord {
  switch (operation.kind) {
    case 'deposit': {
      const { kind, to: account, keyHash: target, amount } = operation;
      return { kind, ...UNSIGNED, account, amount, target };
    }
    case 'setKey': {
      const { kind, account, keyHash: target } = operation;
      return { kind, ...UNSIGNED, account, amount: 0n, target };
    }
    case 'exit': {
      const { kind, account } = operation;
      return { kind, ...UNSIGNED, account, amount: exitAmount, target: 0n };
    }
  }
}
