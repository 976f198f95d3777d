/**
 * Random operations by honest and dishonest users, by an operator that posts what nobody can prove and then stops, over
 * reorganisations: the contract always has what it owes, to the wei. In the end everybody leaves, once, with what is
 * theirs.
 */
import path from 'node:path';
import { encodeFunctionData, keccak256, toHex } from 'viem';
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyHashOf, publicKeyOf } from '../../../src/rules/eddsa/eddsa.js';
import { accountEntry, accountOf, TOTAL_BALANCE } from '../../../src/rules/payments/account.js';
import type { Payment, SignedPayment } from '../../../src/rules/payments/operation.js';
import { postRecords } from '../../../src/rules/payments/posted.js';
import { FOREVER } from '../../../src/rules/payments/record.js';
import { signPayment } from '../../../src/rules/payments/wallet.js';
import { signingDomain } from '../../../src/rules/common/context.js';
import { PAYMENTS_ABI } from '../../../src/settlement/abi.js';
import { ChainError } from '../../../src/settlement/chain-error.js';
import { depositPayment, exitPayments, setPaymentKey } from '../../../src/settlement/payments/ask.js';
import { syncPayments, virtualPayments } from '../../../src/settlement/payments/follow.js';
import { KeptPayments } from '../../../src/settlement/payments/kept.js';
import {
  claimPayouts,
  dropPayments,
  escapePayments,
  freezePayments,
  openPayouts,
  readOwed,
  refundPayments,
} from '../../../src/settlement/payments/leave.js';
import { readPayments, waitingOperations } from '../../../src/settlement/payments/ledger.js';
import type { PaymentsLedger } from '../../../src/settlement/payments/ledger.js';
import { payoutsOf, payoutTree } from '../../../src/settlement/payments/payouts.js';
import { postPayments } from '../../../src/settlement/payments/post.js';
import type { PostPaymentsOptions } from '../../../src/settlement/payments/post.js';
import type { Sender } from '../../../src/settlement/sender.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';
import { emptyState } from '../world.js';
import { consolidateUnproven, DELAYS, startPayments } from './world.js';
import type { PaymentsWorld } from './world.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const SEEDS = LONG ? Array.from({ length: 20 }, (_, i) => i + 1) : [1];
const OPERATIONS = LONG ? 300 : 40;
const USERS = ['alice', 'bob', 'carol'] as const;

/** Numbers below a bound, the same for the same seed (mulberry32). */
function randomOf(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % bound;
  };
}

let world: PaymentsWorld;
let fresh: Hex;
beforeAll(async () => {
  world = await startPayments();
  fresh = await world.tools.snapshot();
});
afterAll(() => world?.stop());

describe.each(SEEDS)('seed %i', (seed) => {
  it('the contract owes what it has, and everybody leaves once', async () => {
    await world.tools.revert({ id: fresh });
    fresh = await world.tools.snapshot();
    const run = await Run.begin(seed);
    for (let i = 0; i < OPERATIONS; i++) {
      await run.step();
      await run.check();
    }
    await run.leave();
    expect(run.done.size).toBeGreaterThan(8);
  });
});

class Run {
  /** What was done, and how often. */
  readonly done = new Map<string, number>();
  private constructor(
    private readonly random: (bound: number) => number,
    private readonly users: readonly Sender[],
    private readonly operator: Sender,
    private readonly db: HashDb,
    private readonly kept: KeptPayments,
    private readonly events: string,
  ) {}

  static async begin(seed: number): Promise<Run> {
    const users: Sender[] = [];
    for (const name of USERS) users.push(await world.senderOf(name));
    const file = (name: string) => path.join(world.folder, `${seed}-${name}`);
    return new Run(
      randomOf(seed),
      users,
      await world.senderOf('operator'),
      await emptyState(),
      await KeptPayments.open(file('payments.txt')),
      file('events.jsonl'),
    );
  }

  private readonly contract = world.contract;

  private async ledger(): Promise<PaymentsLedger> {
    const ledger = await readPayments(this.operator.provider, this.contract, { events: this.events });
    await syncPayments(this.db, ledger);
    return ledger;
  }

  private user(): Sender {
    return this.users[this.random(this.users.length)]!;
  }
  private readonly secretOf = (user: Sender): Uint8Array => Buffer.from(keccak256(user.address).slice(2), 'hex');
  private readonly at = (sender: Sender) => ({ sender, contract: this.contract });
  private readonly amount = (): bigint => BigInt(1 + this.random(1_000_000)) * 10n ** 12n;

  private readonly operations: Readonly<Record<string, () => Promise<void>>> = {
    deposit: async () => {
      const user = this.user();
      const keyHash = this.random(3) > 0 ? keyHashOf(publicKeyOf(this.secretOf(user))) : 0n;
      await depositPayment(this.at(user), { amount: this.amount(), keyHash });
    },
    'deposit to another': async () => {
      await depositPayment(this.at(this.user()), { amount: this.amount(), to: this.user().address });
    },
    'set a key': async () => {
      const user = this.user();
      await setPaymentKey(this.at(user), this.random(4) > 0 ? keyHashOf(publicKeyOf(this.secretOf(user))) : 0n);
    },
    exit: async () => {
      await exitPayments(this.at(this.user()));
    },
    post: async () => {
      const ledger = await this.ledger();
      if (!(await this.isSound(ledger))) return;
      await this.post(ledger, await this.payments(ledger));
    },
    'post, again': () => this.operations['post']!(),
    consolidate: async () => {
      const ledger = await this.ledger();
      const next = ledger.batches.find(({ root }) => root === null);
      if (next === undefined || (await this.stuckAt(ledger)) === next.number) return;
      await consolidateUnproven(this.operator, this.contract, this.db, next);
    },
    'consolidate, again': () => this.operations['consolidate']!(),
    claim: async () => {
      await claimPayouts(this.at(this.user()), await this.ledger());
    },
    'let time pass': () => world.pass(1 + this.random(DELAYS.alarmDelay * 2)),
    'post what nobody can prove': async () => {
      const ledger = await this.ledger();
      if (this.random(3) > 0 || !(await this.isSound(ledger))) return;
      await this.postUnprovable(ledger);
    },
    drop: async () => {
      const ledger = await this.ledger();
      const next = ledger.batches.find(({ root }) => root === null);
      if (next === undefined) return;
      await this.refused(() => dropPayments(this.at(this.user()), ledger));
      if ((await this.stuckAt(ledger)) !== next.number) return;
      await world.pass(DELAYS.dropTimeout);
      await dropPayments(this.at(this.user()), ledger);
    },
    'freeze or leave too early': async () => {
      const ledger = await this.ledger();
      const user = this.user();
      await this.refused(() => freezePayments(this.at(user), ledger));
      const waiting = waitingOperations(ledger).find(({ account }) => account === user.address);
      if (waiting !== undefined) await this.refused(() => refundPayments(this.at(user), ledger));
      await this.refused(() => escapePayments(this.at(user), this.db));
    },
    'claim twice, or more': async () => {
      const { batches, claimed } = await this.ledger();
      const all = batches
        .filter(({ root }) => root !== null)
        .flatMap((batch) => payoutsOf(batch.records).map((payout) => ({ batch, payout })));
      const one = all[this.random(all.length + 1)];
      if (one === undefined) return;
      const { batch, payout } = one;
      const { path } = payoutTree(payoutsOf(batch.records), payout.index);
      const isClaimed = claimed.has(`${batch.number}:${payout.index}`);
      const amount = isClaimed ? payout.amount : payout.amount + 1n;
      const args = [
        batch.number,
        batch.posted,
        batch.consolidatedAt,
        { ...payout, index: BigInt(payout.index), amount },
        path,
      ] as const;
      await this.refused(() => this.send(this.user(), 'claim', args));
    },
    'ask for what is refused': async () => {
      const user = this.user();
      const other = this.users.find((one) => one !== user)!.address;
      const bad = [
        ['deposit', [user.address, 0n, 10n ** 18n]],
        ['deposit', [toHex(0n, { size: 20 }), 0n, 0n]],
        ['deposit', [other, 5n, 0n]],
        ['setKey', [1n << 128n]],
      ] as const;
      const [name, args] = bad[this.random(bad.length)]!;
      await this.refused(() => this.send(user, name, args, 10n ** 17n));
    },
    'post as nobody': async () => {
      const ledger = await this.ledger();
      const stranger = { ...this.posting(), ...this.at(this.user()) };
      if (waitingOperations(ledger).length === 0 || !(await this.isSound(ledger))) return;
      await this.refused(() => postPayments(stranger, ledger, []));
    },
    'reorganise the chain': async () => {
      const id = await world.tools.snapshot();
      for (let i = this.random(4); i >= 0; i--) {
        await this.step(['reorganise the chain', 'let time pass', 'drop']);
        await this.check();
      }
      await world.tools.revert({ id });
      // Another block at that height, so that the chain is another one.
      await world.tools.mine({ blocks: 1, interval: 1 + this.random(50) });
    },
  };

  /** One random operation, none of these. */
  async step(but: readonly string[] = []): Promise<void> {
    const names = Object.keys(this.operations).filter((name) => !but.includes(name));
    const name = names[this.random(names.length)]!;
    await this.operations[name]!();
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
  }

  /** Balances, payouts, what is owed at once and what waits: the contract has exactly that. */
  async check(): Promise<void> {
    const ledger = await this.ledger();
    const state = new WorkingState(this.db, (await this.db.current()).root);
    const l1 = accountOf(await state.get(accountEntry(0n))).balance;
    let owing = TOTAL_BALANCE - l1;
    for (const { address } of [...this.users, this.operator]) {
      owing += await readOwed(this.operator.provider, this.contract, address);
      for (const { payout } of openPayouts(ledger, address)) owing += payout.amount;
    }
    for (const operation of this.unconsolidated(ledger)) owing += this.valueOf(operation);
    const has = await world.reader.getBalance({ address: this.contract });
    expect(has, [...this.done].join('; ')).toBe(owing);
  }

  private unconsolidated({ operations, batches, refunded }: PaymentsLedger) {
    const proven = batches.findLast(({ root }) => root !== null)?.posted;
    const first = proven === undefined ? 0 : proven.firstItem + proven.items;
    return operations.slice(first).filter(({ index }) => !refunded.has(index));
  }
  private readonly valueOf = ({ operation, fee }: PaymentsLedger['operations'][number]): bigint =>
    fee + (operation.kind === 'deposit' ? operation.amount : 0n);

  /** The operator is gone: the contract is frozen, and everybody leaves with all that is theirs, and no more. */
  async leave(): Promise<void> {
    // A key that nobody sees posted: so something waits.
    await setPaymentKey(this.at(this.users[0]!), 1n);
    await world.pass(DELAYS.freezeDelay);
    await freezePayments(this.at(this.users[1]!), await this.ledger());
    await world.pass(DELAYS.alarmDelay);
    const ledger = await this.ledger();
    const state = new WorkingState(this.db, (await this.db.current()).root);
    for (const user of [...this.users, this.operator]) {
      const { balance } = accountOf(await state.get(accountEntry(BigInt(user.address))));
      const mine = this.unconsolidated(ledger).filter(({ account }) => account === user.address);
      const due =
        balance +
        (await readOwed(user.provider, this.contract, user.address)) +
        openPayouts(ledger, user.address).reduce((sum, { payout }) => sum + payout.amount, 0n) +
        mine.reduce((sum, operation) => sum + this.valueOf(operation), 0n);
      expect(await refundPayments(this.at(user), ledger)).toBe(mine.length);
      if (balance > 0n) {
        await escapePayments(this.at(user), this.db);
        await this.refused(() => escapePayments(this.at(user), this.db));
      }
      const before = await world.reader.getBalance({ address: this.contract });
      expect((await claimPayouts(this.at(user), ledger)).amount).toBe(due);
      expect(before - (await world.reader.getBalance({ address: this.contract }))).toBe(due);
      await this.refused(() => this.send(user, 'fetch', [user.address]));
    }
    // Nothing was burned, so nothing is left.
    expect(await world.reader.getBalance({ address: this.contract })).toBe(0n);
  }

  private async send(
    sender: Sender,
    functionName: 'claim' | 'deposit' | 'setKey' | 'fetch' | 'sequenceBatch',
    args: readonly unknown[],
    value = 0n,
  ): Promise<void> {
    const data = encodeFunctionData({ abi: PAYMENTS_ABI, functionName, args } as never);
    await sender.send(functionName, this.contract, data, { value });
  }

  private async refused(work: () => Promise<unknown>): Promise<void> {
    await expect(work()).rejects.toThrow(ChainError);
  }

  private async stuckAt(ledger: PaymentsLedger): Promise<number | null> {
    return (await virtualPayments(this.db, ledger)).stuck?.number ?? null;
  }
  private async isSound(ledger: PaymentsLedger): Promise<boolean> {
    return (await this.stuckAt(ledger)) === null;
  }

  private posting(): PostPaymentsOptions {
    const { db, kept, operator } = this;
    return { ...this.at(operator), db, kept, feeRecipient: operator.address, recordsAtOnce: 100 };
  }

  private async post(ledger: PaymentsLedger, payments: readonly SignedPayment[]): Promise<void> {
    await postPayments(this.posting(), ledger, payments);
  }

  /** Payments that are permitted once what waits in the queue is in. */
  private async payments(ledger: PaymentsLedger): Promise<SignedPayment[]> {
    const domain = signingDomain({ chainId: 31_337n, contract: BigInt(this.contract), version: 1 });
    const { state } = await virtualPayments(this.db, ledger);
    // An exit, or another key, that waits comes before them.
    const busy = new Set(waitingOperations(ledger).map(({ account }) => account));
    const payments: SignedPayment[] = [];
    for (const user of this.users) {
      const account = accountOf(await state.get(accountEntry(BigInt(user.address))));
      const secret = this.secretOf(user);
      if (busy.has(user.address) || account.keyHash !== keyHashOf(publicKeyOf(secret))) continue;
      const fee = BigInt(this.random(1000));
      const left = account.balance - fee * 10n ** 9n;
      if (left < 0n) continue;
      const amount = [0n, left, left / BigInt(2 + this.random(5))][this.random(3)]!;
      const shared = { from: BigInt(user.address), amount, fee, validUntil: FOREVER };
      const target = BigInt(this.user().address);
      const payment: Payment =
        this.random(2) === 0
          ? { ...shared, kind: 'transfer', to: target }
          : { ...shared, kind: 'withdraw', recipient: target };
      payments.push(signPayment(payment, account.nonce, domain, secret));
    }
    return payments;
  }

  /** A transfer of more than there is, and of nobody's consent. */
  private async postUnprovable(ledger: PaymentsLedger): Promise<void> {
    const { account, target } = { account: BigInt(this.user().address), target: BigInt(this.user().address) };
    const record = { kind: 'transfer', fee: 0n, account, validUntil: FOREVER, amount: TOTAL_BALANCE, target } as const;
    const zero = toHex(0n, { size: 20 });
    const { timestamp } = await world.reader.getBlock();
    const batch = {
      data: toHex(postRecords([record])),
      timestamp: Number(timestamp),
      feeRecipient: this.operator.address,
      itemsHash: toHex(0n, { size: 32 }),
      fee: 0n,
      prover: zero,
      logHash: 0n,
      txHash: 0n,
    };
    const first = waitingOperations(ledger)[0];
    const clock = await world.reader.readContract({ address: this.contract, abi: PAYMENTS_ABI, functionName: 'clock' });
    const post = () => this.send(this.operator, 'sequenceBatch', [ledger.batches.length + 1, batch]);
    if (first !== undefined && clock >= first.askedAt + DELAYS.forceDelay) await this.refused(post);
    else await post();
  }
}
