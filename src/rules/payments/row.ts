import type { Point } from '../eddsa/curve.js';
import type { Signature } from '../eddsa/eddsa.js';
import type { Account } from './account.js';
import type { PaymentRecord } from './record.js';

/**
 * An account as a row reads it.
 * @see {@link PAYMENTS}
 */
export interface ReadAccount extends Account {
  readonly address: bigint;
}

/**
 * What permits a transfer or a withdrawal; the signed message has the nonce of `from`.
 * @see {@link signPayment}
 */
export interface Authorization {
  readonly publicKey: Point;
  readonly signature: Signature;
}

/**
 * One operation as it was executed: what the circuit is told of it. It makes four accesses, in this order: read `from`,
 * write `from`, read `to`, write `to`. What is written follows from the record and from what was read.
 * @see {@link PAYMENTS}
 */
export interface PaymentRow {
  readonly record: PaymentRecord;
  /** Whose balance is debited; L1's account for a deposit, `collect` and `setKey`. */
  readonly from: ReadAccount;
  /** Whose balance is credited, read after `from` was written: they may be one account. */
  readonly to: ReadAccount;
  /** There for a transfer and a withdrawal; null for all else. */
  readonly authorization: Authorization | null;
}
