/**
 * Accounts, and rows of payments as an honest operator makes them, by a model of its own: what each kind does, written
 * down once more. A chunk is computed from rows as they are, right or wrong: so a dishonest row has a log, commitments
 * and public signals that fit it, and nothing but the rule that it breaks can refuse it.
 */
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { contextHash, signingDomain } from '../../../src/rules/common/context.js';
import type { Deployment, RulesContext } from '../../../src/rules/common/context.js';
import { BATCH_START } from '../../../src/rules/common/publics.js';
import type { RulesPublics, RulesStart } from '../../../src/rules/common/publics.js';
import { recordsPolynomial, transactionsHash } from '../../../src/rules/common/records.js';
import { keyHashOf, publicKeyOf, signMessage } from '../../../src/rules/eddsa/eddsa.js';
import type { Account } from '../../../src/rules/payments/account.js';
import { FOREVER, PAYMENT_KINDS } from '../../../src/rules/payments/record.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import type { Authorization, PaymentRow, ReadAccount } from '../../../src/rules/payments/row.js';
import { paymentInputs } from '../../../src/rules/payments/witness.js';

export const DEPLOYMENT: Deployment = { chainId: 31337n, contract: 0xc0ffeen, version: 1 };
export const CONTEXT = { batchNumber: 7n, timestamp: 1_800_000_000n, feeRecipient: 0xfee5n } as const;
const X = toFr(987654321987654321n);

/** Somebody with an account, and a key for it. */
export interface Holder {
  readonly address: bigint;
  readonly privateKey: Uint8Array;
}
export const holder = (address: bigint): Holder => ({
  address,
  privateKey: Uint8Array.from({ length: 32 }, (_, i) => Number((address + BigInt(i * 7)) % 256n)),
});
export const keyHash = ({ privateKey }: Holder): bigint => keyHashOf(publicKeyOf(privateKey));
export const ALICE = holder(0xa11cen);
export const BOB = holder(0xb0bn);

export interface Surroundings {
  readonly deployment?: Deployment;
  readonly context?: Omit<RulesContext, 'domain'>;
}

export const messageOf = (record: PaymentRecord, nonce: bigint, deployment = DEPLOYMENT): Fr => {
  const [head, body] = elementsOf(record);
  return poseidon.hash([signingDomain(deployment), toFr(head), toFr(body), toFr(reduced(nonce))]);
};

export const permitted = (
  record: PaymentRecord,
  nonce: bigint,
  { privateKey }: Holder,
  deployment = DEPLOYMENT,
): Authorization => ({
  publicKey: publicKeyOf(privateKey),
  signature: signMessage(messageOf(record, nonce, deployment), privateKey),
});

export const reduced = (x: bigint): bigint => ((x % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;

/** A record's elements, whatever its fields are. */
export const elementsOf = (record: PaymentRecord): [bigint, bigint] => {
  const kind = BigInt(PAYMENT_KINDS[record.kind]);
  const high = record.amount >> 80n;
  const head = (((((kind << 28n) + record.fee) << 160n) + record.account) << 32n) + record.validUntil;
  return [reduced((head << 16n) + high), reduced((record.target << 80n) + BigInt.asUintN(80, record.amount))];
};

const WEI = 10n ** 9n;

/** What a row reads and writes, by the definition of its kind. */
export function accessesOf(row: PaymentRow, carry: bigint): { elements: bigint[][]; carry: bigint } {
  const { record, from, to } = row;
  const fee = record.fee * WEI;
  const isSigned = record.kind === 'transfer' || record.kind === 'withdraw';
  const paid: Account = {
    keyHash: from.keyHash,
    nonce: from.nonce + (isSigned ? 1n : 0n),
    balance: from.balance - record.amount - fee,
  };
  const setsKey = record.kind === 'setKey' || (record.kind === 'deposit' && record.target !== 0n);
  const collected = record.kind === 'collect' ? carry : 0n;
  const received: Account = {
    keyHash: setsKey ? record.target : to.keyHash,
    nonce: to.nonce,
    balance: to.balance + record.amount + collected,
  };
  const entry = (address: bigint, { keyHash: key, nonce, balance }: Account): bigint[] =>
    [address, 0n, 0n, key, (nonce << 96n) + balance].map(reduced);
  return {
    elements: [
      entry(from.address, from),
      entry(from.address, paid),
      entry(to.address, to),
      entry(to.address, received),
    ],
    carry: reduced(carry + fee - collected),
  };
}

/** The log's commitment over elements, whatever they are; a read and a write by turns. */
export function rawLogHash(elements: readonly (readonly bigint[])[], start: bigint): Fr {
  let running = toFr(start);
  for (let first = 0; first < elements.length; first += 3) {
    const step = elements.slice(first, first + 3);
    const flags = step.reduce((sum, _, i) => sum + (((first + i) % 2) + 1) * 4 ** i, 0);
    const block = [...step.flat(), ...Array.from({ length: 15 - 5 * step.length }, () => 0n), BigInt(flags)];
    running = poseidon.permute(running, block.map(toFr), 1)[0]!;
  }
  return running;
}

export interface Made {
  readonly inputs: CircuitInputs;
  readonly publics: RulesPublics;
}

/** A chunk of rows as they are, with all that follows from them. */
export function chunkOf(
  rows: readonly PaymentRow[],
  {
    size = 3,
    start = BATCH_START,
    deployment = DEPLOYMENT,
    context = CONTEXT,
  }: Surroundings & { readonly size?: number; readonly start?: RulesStart } = {},
): Made {
  let carry: bigint = start.carryIn;
  const elements: bigint[][] = [];
  for (const row of rows) {
    const made = accessesOf(row, carry);
    elements.push(...made.elements);
    carry = made.carry;
  }
  const records = rows.map(({ record }) => elementsOf(record).map(toFr));
  const publics: RulesPublics = {
    ...start,
    logHash: rawLogHash(elements, start.logHashIn),
    txHash: transactionsHash(records, start),
    x: X,
    dataOut: recordsPolynomial(X, records, start),
    carryOut: toFr(carry),
    context: contextHash({ ...context, domain: signingDomain(deployment) }),
  };
  return { publics, inputs: paymentInputs({ rows, publics, deployment, context }, { rules: 'payments', rows: size }) };
}

type Signed = { readonly from: Holder; readonly fee?: bigint; readonly validUntil?: bigint };

/** The model: accounts, and the rows so far. It checks nothing. */
export class Bank {
  readonly rows: PaymentRow[] = [];
  #carry = 0n;
  readonly #accounts = new Map<bigint, Account>([[0n, { keyHash: 0n, nonce: 0n, balance: 2n ** 96n - 1n }]]);

  constructor(readonly surroundings: Surroundings = {}) {}

  account(address: bigint): Account {
    return this.#accounts.get(address) ?? { keyHash: 0n, nonce: 0n, balance: 0n };
  }

  transfer({ from, to, amount, fee = 0n, validUntil = FOREVER }: Signed & { to: bigint; amount: bigint }): this {
    return this.#signed(from, { kind: 'transfer', fee, account: from.address, validUntil, amount, target: to }, to);
  }

  withdraw({ from, to, amount, fee = 0n, validUntil = FOREVER }: Signed & { to: bigint; amount: bigint }): this {
    return this.#signed(from, { kind: 'withdraw', fee, account: from.address, validUntil, amount, target: to }, 0n);
  }

  collect(): this {
    const { feeRecipient } = this.surroundings.context ?? CONTEXT;
    return this.#row({ ...NONE, kind: 'collect' }, 0n, feeRecipient, null);
  }

  deposit(to: bigint, amount: bigint, key = 0n): this {
    return this.#row({ ...NONE, kind: 'deposit', account: to, amount, target: key }, 0n, to, null);
  }

  setKey(account: bigint, key: bigint): this {
    return this.#row({ ...NONE, kind: 'setKey', account, target: key }, 0n, account, null);
  }

  exit(account: bigint): this {
    const { balance } = this.account(account);
    return this.#row({ ...NONE, kind: 'exit', account, amount: balance }, account, 0n, null);
  }

  #signed(from: Holder, record: PaymentRecord, to: bigint): this {
    const { nonce } = this.account(from.address);
    return this.#row(record, from.address, to, permitted(record, nonce, from, this.surroundings.deployment));
  }

  #row(record: PaymentRecord, from: bigint, to: bigint, authorization: Authorization | null): this {
    const payer: ReadAccount = { address: from, ...this.account(from) };
    const before: PaymentRow = { record, from: payer, to: { address: to, ...this.account(to) }, authorization };
    this.#write(from, accessesOf(before, this.#carry).elements[1]!);
    const row: PaymentRow = { ...before, to: { address: to, ...this.account(to) } };
    const { elements, carry } = accessesOf(row, this.#carry);
    this.#write(to, elements[3]!);
    this.#carry = carry;
    this.rows.push(row);
    return this;
  }

  #write(address: bigint, [, , , key, low]: readonly bigint[]): void {
    this.#accounts.set(address, { keyHash: key!, nonce: low! >> 96n, balance: BigInt.asUintN(96, low!) });
  }
}

const NONE = { fee: 0n, account: 0n, validUntil: 0n, amount: 0n, target: 0n } as const;
