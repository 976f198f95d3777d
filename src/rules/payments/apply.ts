import { fitting, showAddress } from '../common/range.js';
import type { Environment } from '../common/rules.js';
import type { StateView } from '../common/view.js';
import {
  KEY_HASH_BITS,
  L1_ADDRESS,
  LAST_NONCE,
  TOTAL_BALANCE,
  accountEntry,
  accountOf,
  accountValue,
} from './account.js';
import type { Account } from './account.js';
import { FEE_UNIT, recordElements } from './record.js';
import type { PaymentRecord } from './record.js';
import { PaymentRejectedError } from './rejection.js';
import type { ReadAccount } from './row.js';

/** What a record did: the accounts as they were read, and the fees that it hands on. */
export interface Applied {
  readonly from: ReadAccount;
  readonly to: ReadAccount;
  readonly carry: bigint;
}

/** What a record asks for: who is debited and who is credited, and by how much. */
interface Movement {
  readonly from: bigint;
  readonly to: bigint;
  /** Taken from `from`, the fee included. */
  readonly debit: bigint;
  readonly credit: bigint;
  /** Whether `from` signs, so that its nonce counts. */
  readonly isSigned: boolean;
  /** The key that `to` gets; null leaves what it has. */
  readonly key: bigint | null;
  readonly carry: bigint;
}

/**
 * Applies a record to a state, with the four accesses that each record makes: read and write `from`, then read and
 * write `to`. That `to` is read after `from` is written makes a payment to oneself right. Whether a payment is signed
 * is for `execute` to know.
 * @throws {PaymentRejectedError} the record is not well-formed, or the state does not permit it
 */
export async function applyRecord(view: StateView, record: PaymentRecord, environment: Environment): Promise<Applied> {
  checkRecord(record);
  const { timestamp } = environment.context;
  const movement = movementOf(record, environment);
  if (movement.isSigned && timestamp > record.validUntil) {
    throw new PaymentRejectedError({ kind: 'expired', validUntil: record.validUntil, timestamp });
  }
  const from = await readAccount(view, movement.from);
  view.write(accountEntry(movement.from), accountValue(debited(from, record, movement)));
  const to = await readAccount(view, movement.to);
  view.write(accountEntry(movement.to), accountValue(credited(to, movement)));
  return { from, to, carry: movement.carry };
}

function movementOf(record: PaymentRecord, { context, carry }: Environment): Movement {
  const { kind, account, target, amount } = record;
  const moved = { debit: amount, credit: amount, isSigned: false, key: null, carry };
  const fee = record.fee * FEE_UNIT;
  switch (kind) {
    case 'transfer':
      return { ...moved, from: account, to: target, debit: amount + fee, isSigned: true, carry: carry + fee };
    case 'withdraw':
      return { ...moved, from: account, to: L1_ADDRESS, debit: amount + fee, isSigned: true, carry: carry + fee };
    case 'collect':
      return { ...moved, from: L1_ADDRESS, to: context.feeRecipient, credit: carry, carry: 0n };
    case 'deposit':
      return { ...moved, from: L1_ADDRESS, to: account, key: target === 0n ? null : target };
    case 'setKey':
      return { ...moved, from: L1_ADDRESS, to: account, key: target };
    case 'exit':
      return { ...moved, from: account, to: L1_ADDRESS };
  }
}

function debited({ address, ...account }: ReadAccount, record: PaymentRecord, { debit, isSigned }: Movement): Account {
  const { balance, nonce } = account;
  if (record.kind === 'exit' && record.amount !== balance) {
    throw new PaymentRejectedError({ kind: 'exitAmount', account: address, held: balance, got: record.amount });
  }
  if (isSigned && nonce === LAST_NONCE) throw new PaymentRejectedError({ kind: 'lastNonce', account: address });
  if (debit > balance)
    throw new PaymentRejectedError({ kind: 'balance', account: address, needed: debit, held: balance });
  return { ...account, nonce: isSigned ? nonce + 1n : nonce, balance: balance - debit };
}

function credited({ address, ...account }: ReadAccount, { credit, key }: Movement): Account {
  const { balance } = account;
  if (balance + credit > TOTAL_BALANCE) {
    throw new PaymentRejectedError({ kind: 'overflow', account: address, held: balance, received: credit });
  }
  return { ...account, keyHash: key ?? account.keyHash, balance: balance + credit };
}

const readAccount = async (view: StateView, address: bigint): Promise<ReadAccount> => ({
  address,
  ...accountOf(await view.read(accountEntry(address))),
});

/**
 * Makes sure that a record is one of its kind, whatever the state.
 * @throws {PaymentRejectedError} a number does not fit, or its kind does not have it: malformed
 *
 * @example
 * checkRecord({ kind: 'transfer', fee: 0n, account: 1n, validUntil: FOREVER, amount: 0n, target: 2n });
 */
export function checkRecord(record: PaymentRecord): void {
  try {
    recordElements(record);
    if (record.kind === 'deposit' || record.kind === 'setKey') fitting(record.target, KEY_HASH_BITS, 'key hash');
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new PaymentRejectedError({ kind: 'malformed', problem: `${record.kind}: ${cause.message}` }, { cause });
  }
  for (const field of ['fee', 'account', 'validUntil', 'amount', 'target'] as const) {
    const isZero = record[field] === 0n;
    const asked = FIELDS[record.kind][field];
    if ((asked === 'zero' && !isZero) || (asked === 'nonzero' && isZero)) {
      const expected = asked === 'zero' ? '0' : 'an address other than 0';
      const problem = `${record.kind}: expected ${expected} as ${field}, got ${isZero ? '0' : showNumber(field, record[field])}`;
      throw new PaymentRejectedError({ kind: 'malformed', problem });
    }
  }
}

const showNumber = (field: string, x: bigint): string =>
  field === 'account' || field === 'target' ? showAddress(x) : x.toString();

const QUEUED = { fee: 'zero', account: 'nonzero', validUntil: 'zero' } as const;
const SIGNED = { fee: 'any', account: 'nonzero', validUntil: 'any', amount: 'any', target: 'nonzero' } as const;

/** What each kind asks of a record's fields. */
const FIELDS: Readonly<
  Record<PaymentRecord['kind'], Readonly<Record<Exclude<keyof PaymentRecord, 'kind'>, 'zero' | 'nonzero' | 'any'>>>
> = {
  transfer: SIGNED,
  withdraw: SIGNED,
  collect: { fee: 'zero', account: 'zero', validUntil: 'zero', amount: 'zero', target: 'zero' },
  deposit: { ...QUEUED, amount: 'any', target: 'any' },
  setKey: { ...QUEUED, amount: 'zero', target: 'any' },
  exit: { ...QUEUED, amount: 'any', target: 'zero' },
};
