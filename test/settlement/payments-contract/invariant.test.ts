/**
 * Random operations by users, by thieves, and by an operator that posts what nobody can prove and in the end stops:
 * after each, the contract holds to the wei what it owes and what was burned; in the end everybody has left, once, with
 * what is theirs.
 */
import { expect, it } from 'vitest';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { merkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import { stateProofArguments } from '../../../src/proof/verifier/state-proofs.js';
import { accountEntry, accountValue, TOTAL_BALANCE } from '../../../src/rules/payments/account.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { treeKey } from '../../../src/state/batch/encoding.js';
import { readPath } from '../../../src/state/tree/read.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { NodeOverlay } from '../../../src/state/tree/store.js';
import { GUARDIAN, PROVER, SEQUENCER, STRANGER, USER } from '../world.js';
import {
  addressOf,
  consolidate,
  deposited,
  exited,
  paymentsForTests,
  payoutPath,
  payoutsOf,
  post,
  SETTINGS,
  transfer,
  withdrawal,
} from './world.js';
import type { Payout, PostedRecords } from './world.js';

const OPERATIONS = process.env['ROOTSHIFT_LONG'] === undefined ? 300 : 5000;
const USERS = [USER, STRANGER, GUARDIAN, PROVER];
const GWEI = 10n ** 9n;
const scheme = poseidonScheme(2);
type User = typeof USER;
type Bank = ReadonlyMap<User, bigint>;

const world = paymentsForTests();

/** A generator of numbers below `n`, the same in every run. */
let seed = 20_261_130;
const below = (n: number): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
};
const one = <T>(list: readonly T[]): T => list[below(list.length)]!;

const treeOf = async (bank: Bank) => {
  const held = [...bank].reduce((sum, [, balance]) => sum + balance, 0n);
  const entry = (address: bigint, balance: bigint) => ({
    ...accountEntry(address),
    value: accountValue({ keyHash: 0n, nonce: 0n, balance }),
  });
  const users = [...bank].filter(([, balance]) => balance > 0n);
  const change = await loadEntries(scheme, [
    entry(0n, TOTAL_BALANCE - held),
    ...users.map(([user, balance]) => entry(addressOf(user), balance)),
  ]);
  const nodes = new NodeOverlay();
  nodes.add(change.nodes);
  return { root: change.root, nodes };
};

/** What the queue has, as users asked for it. */
interface Asked {
  readonly kind: 'deposit' | 'exit';
  readonly user: User;
  readonly amount: bigint;
  readonly fee: bigint;
}
interface Pending extends PostedRecords {
  readonly items: number;
  readonly fee: bigint;
  /** The state after it; null if nobody can prove it. */
  readonly after: Bank | null;
}

const queue: Asked[] = [];
let proven = { bank: new Map(USERS.map((user) => [user, 0n])) as Bank, items: 0, number: 0 };
let pending: Pending[] = [];
const payable: { readonly batch: PostedRecords; readonly at: number; readonly payout: Payout; isClaimed: boolean }[] =
  [];
let burned = 0n;

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

async function holdsWhatItOwes(): Promise<void> {
  const owed = await Promise.all([...USERS, SEQUENCER].map(({ address }) => world.read('owed', [address])));
  const waiting = queue.slice(proven.items);
  const expected =
    sum([...proven.bank.values()]) +
    sum(payable.filter(({ isClaimed }) => !isClaimed).map(({ payout }) => payout.amount)) +
    sum(owed) +
    sum(waiting.map(({ amount, fee }) => amount + fee)) +
    sum(pending.map(({ fee }) => fee)) +
    burned;
  expect(await world.balance()).toBe(expected);
}

async function ask(kind: Asked['kind'], user: User): Promise<void> {
  const amount = kind === 'deposit' ? BigInt(below(1000)) * GWEI : 0n;
  const value = amount + 300n * 10n * GWEI;
  const sent =
    kind === 'deposit'
      ? world.send(user, 'deposit', [user.address, 0n, amount], { value })
      : world.send(user, 'exit', [], { value });
  if (!(await sent.then(() => true).catch(() => false))) return; // the window is full
  const operation = (await world.read('operations', [queue.length])) as readonly unknown[];
  queue.push({ kind, user, amount, fee: BigInt(operation[3] as number) * GWEI });
}

/** Posts the queue's next operations and payments, if the contract lets it; a dishonest one gives what is not there. */
async function postBatch(isHonest: boolean): Promise<void> {
  const before = pending.at(-1)?.after ?? (pending.length === 0 ? proven.bank : null);
  if (before === null) return; // behind what nobody can prove, nothing can be proven
  const bank = new Map(before);
  const taken = proven.items + pending.reduce((total, { items }) => total + items, 0);
  const items = queue.slice(taken, taken + below(4));
  const records: PaymentRecord[] = items.map(({ kind, user, amount }) => {
    const held = bank.get(user)!;
    bank.set(user, kind === 'deposit' ? held + amount : 0n);
    return kind === 'deposit' ? deposited(user, amount) : exited(user, held + (isHonest ? 0n : 1n));
  });
  for (let i = below(4); i > 0; i--) {
    const from = one(USERS);
    const to = one(USERS);
    const amount = isHonest ? (bank.get(from)! * BigInt(below(100))) / 100n : 10n ** 20n;
    const record = one([transfer(from, to, amount), withdrawal(from, to, amount)]);
    bank.set(from, bank.get(from)! - amount);
    if (record.kind === 'transfer') bank.set(to, bank.get(to)! + amount);
    records.push({ ...record, fee: 0n });
  }
  if (records.length === 0) return;
  const fee = BigInt(below(5));
  const number = proven.number + pending.length + 1;
  const posted = await post(world, number, records, { fee }).catch(() => null); // the queue may be overdue
  if (posted === null) return;
  const isProvable = isHonest || records.every(({ kind }) => kind === 'deposit');
  pending.push({ ...posted, items: items.length, fee, after: isProvable ? bank : null });
}

async function prove(): Promise<void> {
  const [batch] = pending;
  if (batch === undefined || batch.after === null) return;
  const { root } = await treeOf(batch.after);
  const at = await consolidate(world, batch, { root });
  pending = pending.slice(1);
  proven = { bank: batch.after, items: proven.items + batch.items, number: batch.number };
  payable.push(...payoutsOf(batch.records).map((payout) => ({ batch, at, payout, isClaimed: false })));
}

async function drop(): Promise<void> {
  const [batch] = pending;
  if (batch === undefined) return;
  if ((await world.attempt(STRANGER, 'dropBatches', [batch.number, batch.posted, 0])) !== 'accepted') return;
  burned += sum(pending.map(({ fee }) => fee));
  pending = [];
}

async function claim(payoutOf = one(payable)): Promise<void> {
  if (payoutOf === undefined) return;
  const { batch, at, payout, isClaimed } = payoutOf;
  const { path } = payoutPath(payoutsOf(batch.records), Number(payout.index));
  const call = (of: Payout) => world.attempt(STRANGER, 'claim', [batch.number, batch.posted, at, of, path]);
  expect(await call({ ...payout, amount: payout.amount + 1n })).not.toBe('accepted');
  const outcome = await call(payout);
  if (isClaimed) expect(outcome).toMatch(/^AlreadyClaimed\(/);
  payoutOf.isClaimed ||= outcome === 'accepted';
}

const fetchAll = async (user: User): Promise<void> => {
  await world.attempt(user, 'fetch', [user.address]);
};
const steal = async (user: User): Promise<void> => {
  const path = { bitsPerLevel: 2, siblings: [], otherLeaf: false, otherKey: 0n, otherValue: 0n };
  expect(await world.attempt(user, 'escape', [user.address, 1n, path])).not.toBe('accepted');
  expect(await world.attempt(user, 'refund', [below(5)])).not.toBe('accepted');
};

it('always holds what it owes, and in the end everybody has left', async () => {
  const moves = [
    () => ask('deposit', one(USERS)),
    () => ask('deposit', one(USERS)),
    () => ask('exit', one(USERS)),
    () => postBatch(true),
    () => postBatch(true),
    () => postBatch(below(5) > 0),
    prove,
    prove,
    drop,
    () => claim(),
    () => fetchAll(one(USERS)),
    () => steal(one(USERS)),
    () => world.pass(below(SETTINGS.forceDelay)),
    () => world.pass(below(SETTINGS.dropTimeout)),
  ];
  for (let i = 0; i < OPERATIONS; i++) {
    await one(moves)();
    await holdsWhatItOwes();
  }
  // Not of one kind only.
  expect(proven.number).toBeGreaterThan(5);
  expect(payable.length).toBeGreaterThan(0);
  expect(queue.length).toBeGreaterThan(5);

  // The operator stops.
  await world.pass(SETTINGS.window);
  await ask('exit', USER);
  await world.pass(SETTINGS.freezeDelay);
  await world.send(STRANGER, 'freezeQueue', []);
  burned += sum(pending.map(({ fee }) => fee));
  pending = [];
  for (let index = proven.items; index < queue.length; index++) await world.send(STRANGER, 'refund', [index]);
  await world.pass(SETTINGS.alarmDelay);
  const { root, nodes } = await treeOf(proven.bank);
  for (const [user, balance] of proven.bank) {
    const entry = accountEntry(addressOf(user));
    const value = accountValue({ keyHash: 0n, nonce: 0n, balance });
    const read = await readPath(nodes, scheme, root, treeKey(entry));
    const { path } = stateProofArguments(merkleProof({ root, bitsPerLevel: 2, entry, value, path: read }));
    await world.send(STRANGER, 'escape', [user.address, value, path]);
    expect(await world.attempt(user, 'escape', [user.address, value, path])).toMatch(/^AlreadyEscaped\(/);
  }
  for (const each of payable) if (!each.isClaimed) await claim(each);
  for (const user of [...USERS, SEQUENCER]) await fetchAll(user);
  expect(await world.balance()).toBe(burned);
});
