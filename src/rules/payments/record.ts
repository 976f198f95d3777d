import { toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { fitting } from '../common/range.js';

/**
 * What a row does, by the number that its record has; 0 is padding, and 7 to 15 are refused.
 *
 * @example
 * PAYMENT_KINDS.transfer; // 1
 */
export const PAYMENT_KINDS = { transfer: 1, withdraw: 2, collect: 3, deposit: 4, setKey: 5, exit: 6 } as const;
/**
 * The name of what a row does.
 *
 * @example
 * const kind: PaymentKind = 'transfer';
 */
export type PaymentKind = keyof typeof PAYMENT_KINDS;

/**
 * An operation as numbers: what is posted, hashed and signed, the same fields for all kinds.
 * @see {@link recordElements}
 */
export interface PaymentRecord {
  readonly kind: PaymentKind;
  /** In gwei, 28 bits. */
  readonly fee: bigint;
  /** Whose operation it is; 0 for `collect`. */
  readonly account: bigint;
  /** Unix time in seconds, 32 bits, to which the operation may be included; 2^32 - 1 is never reached. */
  readonly validUntil: bigint;
  /** In wei, 96 bits. */
  readonly amount: bigint;
  /** Who receives: an address, or the key hash that a deposit or `setKey` sets. */
  readonly target: bigint;
}

/**
 * Wei in a unit of a fee.
 *
 * @example
 * record.fee * FEE_UNIT; // the fee in wei
 */
export const FEE_UNIT = 10n ** 9n;

/**
 * A record's `validUntil` that no timestamp of 32 bits passes.
 * @see {@link signPayment}
 */
export const FOREVER = (1n << 32n) - 1n;

const AMOUNT_LOW_BITS = 80n;

/** Bytes of each of a record's two field elements: 240 bits, big-endian. */
export const ELEMENT_BYTES = 30;

/** Numbers, or bytes, that are no record of a payment. */
export class PaymentRecordError extends Error {
  override readonly name = 'PaymentRecordError';
}

/**
 * The two field elements of a record: head = kind 4 | fee 28 | account 160 | validUntil 32 | amount's high 16 bits;
 * body = target 160 | amount's low 80 bits; the most significant field first.
 * @throws {FieldWidthError} a number does not fit in its field
 *
 * @example
 * const validUntil = FOREVER;
 * const [head, body] = recordElements({ kind: 'transfer', fee: 1n, account: 2n, validUntil, amount: 3n, target: 4n });
 */
export function recordElements(record: PaymentRecord): readonly [head: Fr, body: Fr] {
  const amount = fitting(record.amount, 96, 'amount');
  const head = [
    [BigInt(PAYMENT_KINDS[record.kind]), 4],
    [fitting(record.fee, 28, 'fee'), 28],
    [fitting(record.account, 160, 'account'), 160],
    [fitting(record.validUntil, 32, 'validUntil'), 32],
    [amount >> AMOUNT_LOW_BITS, 16],
  ] as const;
  const body = [
    [fitting(record.target, 160, 'target'), 160],
    [amount & ((1n << AMOUNT_LOW_BITS) - 1n), 80],
  ] as const;
  return [joined(head), joined(body)];
}

/**
 * The record that has these elements.
 * @throws {PaymentRecordError} its kind is padding, or none
 * @throws {FieldWidthError} an element is not below 2^240
 *
 * @example
 * recordFrom(...recordElements(record)); // the same record
 */
export function recordFrom(head: bigint, body: bigint): PaymentRecord {
  const [kind, fee, account, validUntil, amountHigh] = parts(fitting(head, 240, 'head'), [4, 28, 160, 32, 16]);
  const [target, amountLow] = parts(fitting(body, 240, 'body'), [160, 80]);
  return {
    kind: kindOf(Number(kind)),
    fee: fee!,
    account: account!,
    validUntil: validUntil!,
    amount: (amountHigh! << AMOUNT_LOW_BITS) | amountLow!,
    target: target!,
  };
}

const KIND_NAMES = Object.keys(PAYMENT_KINDS) as PaymentKind[];

function kindOf(number: number): PaymentKind {
  const kind = KIND_NAMES.find((name) => PAYMENT_KINDS[name] === number);
  if (kind === undefined) throw new PaymentRecordError(`expected a kind from 1 to 6, got ${number}`);
  return kind;
}

const joined = (fields: readonly (readonly [value: bigint, bits: number])[]): Fr =>
  toFr(fields.reduce((sum, [value, bits]) => (sum << BigInt(bits)) | value, 0n));

/** A number's fields of these widths, the most significant first. */
function parts(x: bigint, widths: readonly number[]): bigint[] {
  let rest = x;
  return widths
    .toReversed()
    .map((bits) => {
      const field = rest & ((1n << BigInt(bits)) - 1n);
      rest >>= BigInt(bits);
      return field;
    })
    .toReversed();
}
