/** Users with keys, a state to begin with, and what tests do with it in a line. */
import type { Fr } from '../../../src/base/field/fr.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import { signingDomain } from '../../../src/rules/common/context.js';
import type { RulesContext } from '../../../src/rules/common/context.js';
import type { Executed } from '../../../src/rules/common/rules.js';
import { executeOn } from '../../../src/rules/common/rules.js';
import { RecordingView } from '../../../src/rules/common/view.js';
import { keyHashOf, publicKeyOf } from '../../../src/rules/eddsa/eddsa.js';
import { GENESIS, TOTAL_BALANCE, accountEntry, accountOf, accountValue } from '../../../src/rules/payments/account.js';
import type { Account } from '../../../src/rules/payments/account.js';
import type { Payment, PaymentInstruction, SignedPayment } from '../../../src/rules/payments/operation.js';
import { PAYMENTS } from '../../../src/rules/payments/payments.js';
import type { PaymentTypes } from '../../../src/rules/payments/payments.js';
import { FOREVER } from '../../../src/rules/payments/record.js';
import { PaymentRejectedError } from '../../../src/rules/payments/rejection.js';
import type { Rejection } from '../../../src/rules/payments/rejection.js';
import { signPayment } from '../../../src/rules/payments/wallet.js';

export const DEPLOYMENT = { chainId: 31337n, contract: 0xc0ffeen, version: 1 };
export const DOMAIN: Fr = signingDomain(DEPLOYMENT);
export const CONTEXT: RulesContext = {
  domain: DOMAIN,
  batchNumber: 7n,
  timestamp: 1_800_000_000n,
  feeRecipient: 0xfeen,
};

export interface User {
  readonly address: bigint;
  readonly privateKey: Uint8Array;
  readonly keyHash: bigint;
}

/** User number `n`, with address 0x100 + n. */
export function user(n: number): User {
  const privateKey = new Uint8Array(32).fill(n + 1);
  return { address: 0x100n + BigInt(n), privateKey, keyHash: keyHashOf(publicKeyOf(privateKey)) };
}

export const ALICE = user(0);
export const BOB = user(1);

/** Accounts with these balances, and L1's with what is left of all ether. */
export function stateOf(accounts: ReadonlyMap<bigint, Account>, left = ofAll(accounts)): Entry[] {
  const all = [...accounts, [GENESIS.address, { ...GENESIS.account, balance: left }] as const];
  return all.map(([address, account]) => ({ ...accountEntry(address), value: accountValue(account) }));
}

const ofAll = (accounts: ReadonlyMap<bigint, Account>): bigint =>
  [...accounts.values()].reduce((left, { balance }) => left - balance, TOTAL_BALANCE);

/** A view over such a state, in memory. */
export function viewOf(accounts: ReadonlyMap<bigint, Account>, left = ofAll(accounts)): RecordingView {
  const values = new Map(stateOf(accounts, left).map(({ address, value }) => [address, value]));
  return new RecordingView({ getMany: async (entries) => entries.map(({ address }) => values.get(address) ?? 0n) });
}

/** A view in which each of the users holds `balance`. */
export const viewWith = (balance: bigint, ...users: readonly User[]): RecordingView =>
  viewOf(new Map(users.map(({ address, keyHash }) => [address, { keyHash, nonce: 0n, balance }])));

export const accountAt = async (view: RecordingView, address: bigint): Promise<Account> =>
  accountOf(await view.peek(accountEntry(address)));

export const run = (
  view: RecordingView,
  instruction: PaymentInstruction,
  { carry = 0n, context = CONTEXT }: { readonly carry?: bigint; readonly context?: RulesContext } = {},
): Promise<Executed<PaymentTypes>> => executeOn(view, PAYMENTS, instruction, { context, carry });

/** The rejection of an instruction, having made sure that it left no trace. */
export async function rejection(
  view: RecordingView,
  instruction: PaymentInstruction,
  context: RulesContext = CONTEXT,
): Promise<Rejection> {
  const accounts = [0n, ALICE.address, BOB.address, CONTEXT.feeRecipient];
  const before = await Promise.all(accounts.map((address) => accountAt(view, address)));
  const length = view.log.length;
  const error = await run(view, instruction, { context }).then(
    () => new Error('expected a rejection'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PaymentRejectedError)) throw error;
  const after = await Promise.all(accounts.map((address) => accountAt(view, address)));
  if (view.log.length !== length || JSON.stringify(after, show) !== JSON.stringify(before, show)) {
    throw new Error('a rejected instruction changed the view');
  }
  return error.rejection;
}

const show = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

export const transfer = (from: User, to: bigint, amount: bigint, fee = 0n): Payment => ({
  kind: 'transfer',
  from: from.address,
  to,
  amount,
  fee,
  validUntil: FOREVER,
});

export const withdraw = (from: User, recipient: bigint, amount: bigint, fee = 0n): Payment => ({
  kind: 'withdraw',
  from: from.address,
  recipient,
  amount,
  fee,
  validUntil: FOREVER,
});

export const signed = (by: User, payment: Payment, nonce = 0n, domain = DOMAIN): SignedPayment =>
  signPayment(payment, nonce, domain, by.privateKey);
