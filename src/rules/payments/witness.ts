import { toFr } from '../../base/field/fr.js';
import type { RulesSize } from '../../machine/circuit/rules-catalogue.js';
import type { CircuitInputs } from '../../machine/witness/inputs.js';
import { openedContext } from '../common/context.js';
import type { Deployment, RulesContext } from '../common/context.js';
import { padRows } from '../common/padding.js';
import type { RulesPublics } from '../common/publics.js';
import { BASE_POINT } from '../eddsa/curve.js';
import { L1_ADDRESS } from './account.js';
import type { PaymentKind, PaymentRecord } from './record.js';
import type { Authorization, PaymentRow, ReadAccount } from './row.js';

/**
 * What a proof of payments is made from.
 * @see {@link paymentInputs}
 */
export interface PaymentChunk {
  readonly rows: readonly PaymentRow[];
  readonly publics: RulesPublics;
  /** What the context commits to: the circuit opens it. */
  readonly deployment: Deployment;
  readonly context: Omit<RulesContext, 'domain'>;
}

/**
 * Lays rows out as the inputs of the template `Payments`, padded to its size; see circuits/rules/payments.circom.
 * @throws {CapacityError} there are more rows than the circuit has
 *
 * @example
 * const view = new RecordingView(new WorkingState(db, root));
 * const { rows, carries } = await executeAll(view, PAYMENTS, instructions, context);
 * const records = rows.map((row) => PAYMENTS.elements(PAYMENTS.recordOf(row)));
 * const ends = { carryOut: toFr(carries.at(-1)!), x: toFr(7n), context: contextHash(context) };
 * const publics = rulesPublics({ start: BATCH_START, accesses: view.log, records, ...ends });
 * paymentInputs({ rows, publics, deployment, context }, RULES_CATALOGUE.pay3);
 */
export function paymentInputs({ rows, publics, deployment, context }: PaymentChunk, size: RulesSize): CircuitInputs {
  const padded = padRows<CircuitRow>(rows, size, PADDING);
  const records = padded.map(({ record }) => record);
  const signatures = padded.map(({ authorization }) => authorization ?? UNASKED);
  return {
    ...publics,
    ...openedContext(deployment, context),
    ...flags(records),
    fee: records.map(({ fee }) => fee),
    account: records.map(({ account }) => account),
    validUntil: records.map(({ validUntil }) => validUntil),
    amountHigh: records.map(({ amount }) => amount >> 80n),
    amountLow: records.map(({ amount }) => BigInt.asUintN(80, amount)),
    targetHigh: records.map(({ target }) => target >> 128n),
    targetLow: records.map(({ target }) => BigInt.asUintN(128, target)),
    ...accounts('from', padded),
    ...accounts('to', padded),
    A: signatures.map(({ publicKey: { x, y } }) => [x, y]),
    R8: signatures.map(({ signature: { r8 } }) => [r8.x, r8.y]),
    S: signatures.map(({ signature: { s } }) => s),
  };
}

/** A row of the circuit: one of payments, or padding. */
interface CircuitRow extends Omit<PaymentRow, 'record'> {
  readonly record: Omit<PaymentRecord, 'kind'> & { readonly kind: PaymentKind | null };
}

const NOBODY: ReadAccount = { address: L1_ADDRESS, keyHash: 0n, nonce: 0n, balance: 0n };
const PADDING: CircuitRow = {
  record: { kind: null, fee: 0n, account: 0n, validUntil: 0n, amount: 0n, target: 0n },
  from: NOBODY,
  to: NOBODY,
  authorization: null,
};

/** Stands where no signature is asked for: points of the curve for which all of the circuit holds but the equation. */
const UNASKED: Authorization = { publicKey: BASE_POINT, signature: { r8: BASE_POINT, s: toFr(1n) } };

const flags = (records: readonly CircuitRow['record'][]): Readonly<Record<PaymentKind, readonly bigint[]>> => {
  const flag = (name: PaymentKind): bigint[] => records.map(({ kind }) => (kind === name ? 1n : 0n));
  return {
    transfer: flag('transfer'),
    withdraw: flag('withdraw'),
    collect: flag('collect'),
    deposit: flag('deposit'),
    setKey: flag('setKey'),
    exit: flag('exit'),
  };
};

const accounts = (side: 'from' | 'to', rows: readonly CircuitRow[]): CircuitInputs => ({
  [`${side}KeyHash`]: rows.map((row) => row[side].keyHash),
  [`${side}Nonce`]: rows.map((row) => row[side].nonce),
  [`${side}Balance`]: rows.map((row) => row[side].balance),
});
