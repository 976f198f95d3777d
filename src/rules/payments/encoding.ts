import { frFromBytesBE, frToBytesBE } from '../../base/field/fr.js';
import { packNumbers, unpackNumbers } from '../common/bytes.js';
import { fitting } from '../common/range.js';
import type { Point } from '../eddsa/curve.js';
import { NONCE_BITS } from './account.js';
import { paymentOf, recordOfPayment } from './operation.js';
import type { PaymentInstruction, SignedPayment } from './operation.js';
import { ELEMENT_BYTES, PaymentRecordError, recordElements, recordFrom } from './record.js';
import type { PaymentRecord } from './record.js';

/**
 * Bytes of a record: head and body.
 *
 * @example
 * encodeRecord(record).length === RECORD_BYTES; // true
 */
export const RECORD_BYTES = 2 * ELEMENT_BYTES;

const NONCE_BYTES = NONCE_BITS / 8;
const WORD_BYTES = 32;

/**
 * Bytes of a signed payment: record 60, nonce 4, then public key x and y, R8 x and y, and S, 32 bytes each.
 *
 * @example
 * encodePayment(payment).length === SIGNED_PAYMENT_BYTES; // true
 */
export const SIGNED_PAYMENT_BYTES = RECORD_BYTES + NONCE_BYTES + 5 * WORD_BYTES;

/**
 * A record's 60 bytes: head and body, 30 bytes each, big-endian.
 * @throws {FieldWidthError} a number does not fit in its field
 *
 * @example
 * encodeRecord({ kind: 'transfer', fee: 1n, account: 1n, validUntil: FOREVER, amount: 100n, target: 2n }).length; // 60
 */
export function encodeRecord(record: PaymentRecord): Uint8Array {
  return packNumbers(recordElements(record), [ELEMENT_BYTES, ELEMENT_BYTES]);
}

/**
 * The record that has these 60 bytes.
 * @throws {PaymentRecordError} not 60 bytes, or a kind that there is not
 *
 * @example
 * decodeRecord(encodeRecord(record)); // the same record
 */
export function decodeRecord(bytes: Uint8Array): PaymentRecord {
  if (bytes.length !== RECORD_BYTES) {
    throw new PaymentRecordError(`expected a record of ${RECORD_BYTES} bytes, got ${bytes.length}`);
  }
  const [head, body] = unpackNumbers(bytes, [ELEMENT_BYTES, ELEMENT_BYTES]);
  return recordFrom(head!, body!);
}

/**
 * A signed payment as wallets send it, 224 bytes.
 * @throws {RangeError} a number does not fit in its field
 *
 * @example
 * encodePayment(payment).length; // 224
 */
export function encodePayment({ payment, nonce, authorization }: SignedPayment): Uint8Array {
  const { publicKey, signature } = authorization;
  const words = [publicKey.x, publicKey.y, signature.r8.x, signature.r8.y, signature.s];
  const bytes = new Uint8Array(SIGNED_PAYMENT_BYTES);
  bytes.set(encodeRecord(recordOfPayment(payment)));
  bytes.set(packNumbers([fitting(nonce, NONCE_BITS, 'nonce')], [NONCE_BYTES]), RECORD_BYTES);
  words.forEach((word, i) => bytes.set(frToBytesBE(word), RECORD_BYTES + NONCE_BYTES + i * WORD_BYTES));
  return bytes;
}

/**
 * The signed payment that has these bytes. Whether it is well-formed and its signature holds, `checkPayment` knows.
 * @throws {PaymentRecordError} not 224 bytes, no transfer or withdrawal, or a number that is not reduced
 *
 * @example
 * decodePayment(encodePayment(payment)); // the same payment
 */
export function decodePayment(bytes: Uint8Array): SignedPayment {
  if (bytes.length !== SIGNED_PAYMENT_BYTES) {
    throw new PaymentRecordError(`expected a signed payment of ${SIGNED_PAYMENT_BYTES} bytes, got ${bytes.length}`);
  }
  const { kind, ...fields } = decodeRecord(bytes.subarray(0, RECORD_BYTES));
  if (kind !== 'transfer' && kind !== 'withdraw') {
    throw new PaymentRecordError(`expected a transfer or a withdrawal, got ${kind}`);
  }
  const word = (i: number, what: string) => {
    const at = RECORD_BYTES + NONCE_BYTES + i * WORD_BYTES;
    try {
      return frFromBytesBE(bytes.subarray(at, at + WORD_BYTES));
    } catch (cause) {
      throw new PaymentRecordError(`byte ${at}: ${what}: ${(cause as Error).message}`, { cause });
    }
  };
  const point = (i: number, what: string): Point => ({ x: word(i, `${what} x`), y: word(i + 1, `${what} y`) });
  return {
    kind: 'signed',
    payment: paymentOf({ kind, ...fields }),
    nonce: fromBytes(bytes.subarray(RECORD_BYTES, RECORD_BYTES + NONCE_BYTES)),
    authorization: { publicKey: point(0, 'public key'), signature: { r8: point(2, 'R8'), s: word(4, 'S') } },
  };
}

/** A number from big-endian bytes. */
export const fromBytes = (bytes: Uint8Array): bigint => unpackNumbers(bytes, [bytes.length])[0]!;

/**
 * An instruction of a batch file: a signed payment as wallets send it; or the 60 bytes of the record of a deposit, a
 * key, an exit, whose amount is not looked at, or `collect`.
 * @throws {PaymentRecordError} no instruction has these bytes
 */
export function decodeInstruction(bytes: Uint8Array): PaymentInstruction {
  if (bytes.length !== RECORD_BYTES) return decodePayment(bytes);
  const { kind, account, amount, target } = decodeRecord(bytes);
  switch (kind) {
    case 'collect':
      return { kind };
    case 'deposit':
      return { kind, to: account, keyHash: target, amount };
    case 'setKey':
      return { kind, account, keyHash: target };
    case 'exit':
      return { kind, account };
    case 'transfer':
    case 'withdraw':
      throw new PaymentRecordError(`expected a signed ${kind} of ${SIGNED_PAYMENT_BYTES} bytes, got ${bytes.length}`);
  }
}
