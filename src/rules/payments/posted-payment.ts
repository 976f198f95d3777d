import { packNumbers } from '../common/bytes.js';
import { fitting } from '../common/range.js';
import { BALANCE_BITS } from './account.js';
import { fromBytes } from './encoding.js';
import { FOREVER, PAYMENT_KINDS } from './record.js';
import type { PaymentRecord } from './record.js';

const ADDRESS_BYTES = 20;
const REFERENCE_BYTES = 3;
const END_BYTES = 4;
const FEE_BITS = 28;
/** The largest exponent of ten. */
const MAX_EXPONENT = 15;

/** Bytes that are no posted batch of payments: the message says what was expected, what came, and where. */
export class PostedPaymentsError extends Error {
  override readonly name = 'PostedPaymentsError';
}

/** Where each address stands in the bytes of a batch that is being written. */
export type AddressPlaces = Map<bigint, number>;

/**
 * A transfer or a withdrawal as it is posted at a place of the data, see `readPayment`. An address that the data has is
 * referred to; one that it does not have is added to `places`.
 * @throws {FieldWidthError} a number does not fit in its field
 */
export function writePayment(record: PaymentRecord, place: number, places: AddressPlaces): Uint8Array {
  const kind = PAYMENT_KINDS[record.kind];
  const [digits, exponent] = decimal(fitting(record.amount, BALANCE_BITS, 'amount'));
  const fee = fitting(record.fee, FEE_BITS, 'fee');
  const hasEnd = record.validUntil !== FOREVER;
  const digitBytes = bytesOf(digits);
  const feeBytes = bytesOf(fee);
  let next = place + 2;
  const numbers: bigint[] = [];
  const widths: number[] = [];
  const write = (number: bigint, width: number): void => {
    numbers.push(number);
    widths.push(width);
    next += width;
  };
  const writeAddress = (address: bigint, what: string): 0 | 1 => {
    const known = places.get(fitting(address, 8 * ADDRESS_BYTES, what));
    if (known === undefined) places.set(address, next);
    write(known === undefined ? address : BigInt(known), known === undefined ? ADDRESS_BYTES : REFERENCE_BYTES);
    return known === undefined ? 0 : 1;
  };
  const accountIsKnown = writeAddress(record.account, 'account');
  const targetIsKnown = writeAddress(record.target, 'target');
  write(digits, digitBytes);
  write(fee, feeBytes);
  if (hasEnd) write(record.validUntil, END_BYTES);
  const form = [
    ((kind | (accountIsKnown << 2) | (targetIsKnown << 3)) << 4) | digitBytes,
    (Number(hasEnd) << 7) | (feeBytes << 4) | exponent,
  ];
  return Uint8Array.of(...form, ...packNumbers(numbers, widths));
}

/**
 * The transfer or withdrawal that is posted at a place, and the place behind it. Two bytes say its form: kind 2 bits
 * after whether target and account are references, a bit each; the length of the amount's digits, 4 bits; whether it
 * has an end, 1 bit; the length of the fee, 3 bits; the exponent, 4 bits. Then follow account, target, digits, fee and
 * end.
 * @throws {PostedPaymentsError}
 */
export function readPayment(
  data: Uint8Array,
  place: number,
  kind: 'transfer' | 'withdraw',
): { readonly record: PaymentRecord; readonly next: number } {
  let next = place;
  const take = (length: number): bigint => {
    if (next + length > data.length) {
      throw new PostedPaymentsError(`byte ${next}: expected ${length} bytes, got ${data.length - next}`);
    }
    next += length;
    return fromBytes(data.subarray(next - length, next));
  };
  const takeAddress = (isReference: boolean): bigint => {
    if (!isReference) return take(ADDRESS_BYTES);
    const start = next;
    const origin = Number(take(REFERENCE_BYTES));
    if (origin + ADDRESS_BYTES > start) {
      throw new PostedPaymentsError(
        `byte ${start}: expected a reference to ${ADDRESS_BYTES} bytes before it, got one to byte ${origin}`,
      );
    }
    return fromBytes(data.subarray(origin, origin + ADDRESS_BYTES));
  };
  const below = (value: bigint, bits: number, what: string): bigint => {
    if (value >> BigInt(bits) === 0n) return value;
    throw new PostedPaymentsError(`byte ${place}: expected ${what} below 2^${bits}, got ${value}`);
  };
  const form = Number(take(2));
  const account = takeAddress(((form >> 14) & 1) === 1);
  const target = takeAddress(form >> 15 === 1);
  const digits = take((form >> 8) & 15);
  const amount = below(digits * 10n ** BigInt(form & 15), BALANCE_BITS, 'an amount');
  const fee = below(take((form >> 4) & 7), FEE_BITS, 'a fee');
  const validUntil = ((form >> 7) & 1) === 1 ? take(END_BYTES) : FOREVER;
  return { record: { kind, fee, account, validUntil, amount, target }, next };
}

/** A number as digits and an exponent of ten, the digits in as few bytes as can be, and then the lowest exponent. */
function decimal(amount: bigint): [digits: bigint, exponent: number] {
  let best: [bigint, number] = [amount, 0];
  let digits = amount;
  for (let exponent = 1; exponent <= MAX_EXPONENT && digits !== 0n && digits % 10n === 0n; exponent++) {
    digits /= 10n;
    if (bytesOf(digits) < bytesOf(best[0])) best = [digits, exponent];
  }
  return best;
}

/** Bytes that a number takes; none if it is 0. */
const bytesOf = (x: bigint): number => (x === 0n ? 0 : Math.ceil(x.toString(16).length / 2));
