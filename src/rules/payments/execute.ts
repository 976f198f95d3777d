import type { Fr } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';
import type { Environment } from '../common/rules.js';
import type { StateView } from '../common/view.js';
import { keyHashOf, verifySignature } from '../eddsa/eddsa.js';
import { LAST_NONCE, accountEntry, accountOf } from './account.js';
import { applyRecord, checkRecord } from './apply.js';
import { COLLECT_RECORD, recordOfPayment, recordOfQueue } from './operation.js';
import type { PaymentInstruction, SignedPayment } from './operation.js';
import { recordElements } from './record.js';
import type { PaymentRecord } from './record.js';
import { PaymentRejectedError } from './rejection.js';
import type { PaymentRow } from './row.js';

/**
 * Ether that the contract owes on L1 once the batch is consolidated.
 * @see {@link replayPosted}
 */
export interface Payout {
  readonly recipient: bigint;
  /** In wei. */
  readonly amount: bigint;
}

/**
 * What came of an operation.
 * @see {@link replayPosted}
 */
export interface PaymentReceipt {
  readonly record: PaymentRecord;
  /** Of a withdrawal or an exit; null for all else. */
  readonly payout: Payout | null;
}

/** An executed operation: see `Executed`. */
export interface ExecutedPayment {
  readonly receipt: PaymentReceipt;
  readonly row: PaymentRow;
  readonly carry: bigint;
}

/**
 * What the owner of an account signs: Poseidon4 of the domain, the record's head and body, and the nonce.
 * @throws {FieldWidthError} a number does not fit in its field
 *
 * @example
 * paymentMessage(domain, { kind: 'transfer', from: 1n, to: 2n, amount: 100n, fee: 1n, validUntil: FOREVER }, 0n);
 */
export const paymentMessage = (domain: Fr, payment: SignedPayment['payment'], nonce: bigint): Fr =>
  poseidon.hash([domain, ...recordElements(recordOfPayment(payment)), nonce]);

/**
 * Makes sure of what can be known of a signed payment without the state.
 * @throws {PaymentRejectedError} malformed, or its signature does not hold
 *
 * @example
 * checkPayment(payment, domain);
 */
export function checkPayment({ payment, nonce, authorization }: SignedPayment, domain: Fr): void {
  checkRecord(recordOfPayment(payment));
  if (nonce < 0n || nonce >= LAST_NONCE) {
    throw new PaymentRejectedError({
      kind: 'malformed',
      problem: `nonce: expected 0 <= nonce < 2^32 - 1, got ${nonce}`,
    });
  }
  const { publicKey, signature } = authorization;
  if (!verifySignature(paymentMessage(domain, payment, nonce), signature, publicKey)) {
    throw new PaymentRejectedError({ kind: 'signature', account: payment.from });
  }
}

/**
 * Executes one operation: four accesses, a row for the circuit, a receipt.
 * @throws {PaymentRejectedError} it is not permitted
 */
export async function executePayment(
  view: StateView,
  instruction: PaymentInstruction,
  environment: Environment,
): Promise<ExecutedPayment> {
  const record = await recordOfInstruction(view, instruction);
  if (instruction.kind === 'signed') await authorize(view, instruction, environment);
  const { from, to, carry } = await applyRecord(view, record, environment);
  const authorization = instruction.kind === 'signed' ? instruction.authorization : null;
  return { receipt: receiptOf(record), row: { record, from, to, authorization }, carry };
}

/** What came of a record. */
export function receiptOf(record: PaymentRecord): PaymentReceipt {
  const { amount, account, target } = record;
  switch (record.kind) {
    case 'withdraw':
      return { record, payout: { recipient: target, amount } };
    case 'exit':
      return { record, payout: { recipient: account, amount } };
    case 'transfer':
    case 'collect':
    case 'deposit':
    case 'setKey':
      return { record, payout: null };
  }
}

async function recordOfInstruction(view: StateView, instruction: PaymentInstruction): Promise<PaymentRecord> {
  switch (instruction.kind) {
    case 'signed':
      return recordOfPayment(instruction.payment);
    case 'collect':
      return COLLECT_RECORD;
    case 'exit':
      return recordOfQueue(instruction, accountOf(await view.peek(accountEntry(instruction.account))).balance);
    case 'deposit':
    case 'setKey':
      return recordOfQueue(instruction, 0n);
  }
}

/** Makes sure that the account's key signed the payment, for this deployment and its next nonce. */
async function authorize(view: StateView, signed: SignedPayment, { context }: Environment): Promise<void> {
  checkPayment(signed, context.domain);
  const account = signed.payment.from;
  const { keyHash, nonce } = accountOf(await view.peek(accountEntry(account)));
  if (keyHash === 0n) throw new PaymentRejectedError({ kind: 'noKey', account });
  const got = keyHashOf(signed.authorization.publicKey);
  if (got !== keyHash) throw new PaymentRejectedError({ kind: 'key', account, expected: keyHash, got });
  if (nonce === LAST_NONCE) throw new PaymentRejectedError({ kind: 'lastNonce', account });
  if (signed.nonce !== nonce) {
    throw new PaymentRejectedError({ kind: 'nonce', account, expected: nonce, got: signed.nonce });
  }
}
