import { RULES_CATALOGUE } from '../../machine/circuit/rules-catalogue.js';
import type { Rules } from '../common/rules.js';
import { showAddress } from '../common/range.js';
import { GENESIS, accountEntry, accountValue } from './account.js';
import { applyRecord, checkRecord } from './apply.js';
import { decodeInstruction, decodePayment, encodePayment } from './encoding.js';
import { checkPayment, executePayment, paymentMessage, receiptOf } from './execute.js';
import type { PaymentReceipt } from './execute.js';
import type { PaymentInstruction, SignedPayment } from './operation.js';
import { postRecords } from './posted.js';
import { PaymentRecordError, recordElements, recordFrom } from './record.js';
import type { PaymentKind, PaymentRecord } from './record.js';
import type { PaymentRow } from './row.js';
import { paymentInputs } from './witness.js';

/**
 * The types of payments, see `RulesTypes`.
 * @see {@link PAYMENTS}
 */
export interface PaymentTypes {
  readonly transaction: SignedPayment;
  readonly instruction: PaymentInstruction;
  readonly record: PaymentRecord;
  readonly row: PaymentRow;
  readonly receipt: PaymentReceipt;
}

/**
 * Payments as rules: deposits, signed transfers and withdrawals, keys, exits and fees.
 *
 * @example
 * PAYMENTS.accessesPerRow; // 4: two accounts, each read and written
 */
export const PAYMENTS: Rules<PaymentTypes> = {
  name: 'payments',
  version: 1,
  accessesPerRow: 4,
  circuits: Object.values(RULES_CATALOGUE),
  genesis: [{ ...accountEntry(GENESIS.address), value: accountValue(GENESIS.account) }],
  encode: encodePayment,
  decode: decodePayment,
  decodeInstruction,
  hash: ({ payment, nonce }, domain) => paymentMessage(domain, payment, nonce),
  sender: ({ payment }) => payment.from,
  check: checkPayment,
  execute: executePayment,
  replay: async (view, record, environment) => {
    const { carry } = await applyRecord(view, record, environment);
    return { receipt: receiptOf(record), carry };
  },
  recordOf: ({ record }) => record,
  elements: recordElements,
  recordFrom: (elements) => {
    const [head, body] = elements;
    if (elements.length !== 2 || head === undefined || body === undefined) {
      throw new PaymentRecordError(`expected a record of 2 elements, got ${elements.length}`);
    }
    const record = recordFrom(head, body);
    checkRecord(record);
    return record;
  },
  inputs: paymentInputs,
  post: postRecords,
  describe: describeRecords,
  assumptions: assumptionsOf,
};

const NAMES: Readonly<Record<PaymentKind, readonly [one: string, many: string]>> = {
  transfer: ['transfer', 'transfers'],
  withdraw: ['withdrawal', 'withdrawals'],
  collect: ['collection of fees', 'collections of fees'],
  deposit: ['deposit', 'deposits'],
  setKey: ['key set', 'keys set'],
  exit: ['exit', 'exits'],
};

/** No proof shows that somebody asked for a deposit, a key or an exit: the contract's queue does. */
function assumptionsOf(records: readonly PaymentRecord[]): string[] {
  const asked = records.filter(({ kind }) => kind === 'deposit' || kind === 'setKey' || kind === 'exit');
  if (asked.length === 0) return [];
  const what = describeRecords(asked);
  return [`accept it only if these are the next operations of the contract's queue, in the batch's order: ${what}`];
}

const MOST_NAMED = 3;

/** Such as `17 transfers, 2 deposits; signed by 0x..., 0x... and 9 others`. */
function describeRecords(records: readonly PaymentRecord[]): string {
  const kinds = Object.entries(NAMES) as [PaymentKind, readonly [string, string]][];
  const counts = kinds.flatMap(([kind, [one, many]]) => {
    const count = records.filter((record) => record.kind === kind).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  const signers = [
    ...new Set(records.filter(({ kind }) => kind === 'transfer' || kind === 'withdraw').map(({ account }) => account)),
  ];
  const named = signers.slice(0, MOST_NAMED).map(showAddress).join(', ');
  const others = signers.length - MOST_NAMED;
  const signed =
    signers.length === 0
      ? ''
      : `; signed by ${named}${others > 0 ? ` and ${others} other${others > 1 ? 's' : ''}` : ''}`;
  return `${counts.length === 0 ? 'no operations' : counts.join(', ')}${signed}`;
}
