/** The rules of the pool, as properties, and beside a model. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PoolError } from '../../../src/node/pool/errors.js';
import { PoolMemory } from '../../../src/node/pool/memory.js';
import type { MemoryLimits } from '../../../src/node/pool/memory.js';
import type { AccountState } from '../../../src/node/pool/types.js';
import { ModelPool } from './model.js';
import { arrival, candidatesOf, transaction } from './world.js';
import type { Wish } from './world.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const RUNS = LONG ? 20_000 : 700;
const LIMITS: MemoryLimits = { perSender: 6, gapLimit: 3, total: 8 };
const RICH: AccountState = { nonce: 0n, balance: 10n ** 9n };
const WIDE: MemoryLimits = { perSender: 64, gapLimit: 64, total: 1_000 };

const plain = (wish: Partial<Wish> = {}): Wish => ({ sender: 0, nonce: 0, fee: 100, tip: 100, value: 0, ...wish });

function refusal(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof PoolError) return error.refusal;
    throw error;
  }
}

const wishes = fc.record({
  sender: fc.nat(3),
  nonce: fc.nat(9),
  fee: fc.integer({ min: 1, max: 24 }),
  tip: fc.integer({ min: 0, max: 24 }),
  value: fc.oneof(fc.constant(0), fc.nat(60)),
  slots: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 3 }) }),
});
const happenings = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('arrival' as const), wish: wishes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('block' as const), most: fc.nat(5), spare: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('account' as const),
      sender: fc.nat(3),
      more: fc.integer({ min: -90, max: 90 }),
      skip: fc.nat(1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('base fee' as const), baseFee: fc.nat(15) }) },
);

describe('the pool in memory', () => {
  it('does in any course of events what the model does, and promises no wei twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happenings, { minLength: 5, maxLength: 60 }), async (course) => {
        const memory = new PoolMemory(LIMITS);
        const model = new ModelPool(LIMITS);
        const accounts = new Map<bigint, AccountState>();
        const accountOf = (sender: bigint): AccountState => accounts.get(sender) ?? { nonce: 0n, balance: 90n };
        const settle = (sender: bigint): void => {
          memory.settle(sender, accountOf(sender));
          model.settle(sender, accountOf(sender));
        };
        for (const happening of course) {
          switch (happening.kind) {
            case 'arrival': {
              const entry = arrival(happening.wish);
              const account = accountOf(entry.transaction.sender);
              const expected = model.admit(entry, account, accountOf);
              expect(refusal(() => memory.admit(entry, account))).toBe(expected);
              break;
            }
            case 'block': {
              const taken = model.block(accountOf, happening.most);
              const candidates = candidatesOf(memory, memory.baseFee);
              for (const { transaction: next, cost } of taken) {
                expect(await candidates.next()).toBe(next);
                candidates.included(next);
                const { nonce, balance } = accountOf(next.sender);
                expect(next.nonce).toBe(nonce);
                expect(balance).toBeGreaterThanOrEqual(cost);
                // It may cost less than it could.
                const spare = BigInt(happening.spare) < cost ? BigInt(happening.spare) : cost;
                accounts.set(next.sender, { nonce: nonce + 1n, balance: balance - cost + spare });
              }
              if (taken.length < happening.most) expect(await candidates.next()).toBeNull();
              new Set(taken.map((each) => each.transaction.sender)).forEach(settle);
              break;
            }
            case 'account': {
              const sender = BigInt(happening.sender);
              const { nonce, balance } = accountOf(sender);
              const next = balance + BigInt(happening.more);
              accounts.set(sender, { nonce: nonce + BigInt(happening.skip), balance: next < 0n ? 0n : next });
              settle(sender);
              break;
            }
            case 'base fee':
              memory.baseFee = BigInt(happening.baseFee);
              model.baseFee = memory.baseFee;
          }
          for (let sender = 0n; sender < 4n; sender++) {
            const queue = memory.queue(sender);
            expect(queue?.entries ?? []).toEqual(model.of(sender));
            expect(queue?.ready ?? []).toEqual(model.ready(sender, accountOf(sender)));
            const promised = (queue?.entries ?? []).reduce((sum, { cost }) => sum + cost, 0n);
            expect(promised).toBeLessThanOrEqual(accountOf(sender).balance);
          }
          const slots = model.list.reduce((sum, each) => sum + each.slots, 0);
          expect(memory.slots).toBe(slots);
          model.list.forEach((each) => expect(memory.get(each.transaction.hash)).toBe(each));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('leaves no transaction stuck that fits, in whatever order it and others come', async () => {
    const fitting = fc.array(fc.record({ fee: fc.integer({ min: 1, max: 9 }), value: fc.nat(20) }), { maxLength: 6 });
    const others = fc.array(wishes, { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(fitting, others, fc.infiniteStream(fc.nat()), async (payable, noise, keys) => {
        const fits = payable.map((each, nonce): Wish => ({ sender: 0, nonce, tip: 1, ...each }));
        // The others of this sender come after: with higher nonces, and whatever they cost.
        const later = noise.map((each): Wish => ({
          ...each,
          nonce: each.sender === 0 ? each.nonce + fits.length : each.nonce,
        }));
        const shuffled = [...fits, ...later]
          .map((wish) => ({ wish, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key);
        const balance = fits.reduce((sum, { fee, value }) => sum + BigInt(fee + value), 5n);
        const memory = new PoolMemory(WIDE);
        const own: AccountState = { nonce: 0n, balance };
        for (const { wish } of shuffled) {
          const word = refusal(() => memory.admit(arrival(wish), wish.sender === 0 ? own : RICH));
          if (fits.includes(wish)) expect(word).toBeNull();
        }
        const candidates = candidatesOf(memory, 0n);
        const executed = new Set<bigint>();
        for (let next = await candidates.next(); next !== null; next = await candidates.next()) {
          executed.add(next.hash);
          candidates.included(next);
        }
        fits.forEach((wish) => expect(executed).toContain(transaction(wish).hash));
      }),
      { numRuns: RUNS },
    );
  });

  it('gives the room of a queue behind a gap before that of one that can run', () => {
    const memory = new PoolMemory({ ...WIDE, total: 2 });
    memory.admit(arrival(plain({ sender: 1, nonce: 3, fee: 900, tip: 900 })), RICH);
    memory.admit(arrival(plain({ sender: 2 })), RICH);
    const { dropped } = memory.admit(arrival(plain({ sender: 3, fee: 1, tip: 1 })), RICH);
    expect(dropped.map(({ entry, reason }) => [entry.transaction.sender, reason])).toEqual([[1n, 'evicted']]);
    expect(refusal(() => memory.admit(arrival(plain({ sender: 1, nonce: 3, fee: 900, tip: 900 })), RICH))).toBe(
      'txpool is full',
    );
    expect(refusal(() => memory.admit(arrival(plain({ sender: 4, fee: 1, tip: 1 })), RICH))).toBe(
      'transaction underpriced',
    );
    expect(refusal(() => memory.admit(arrival(plain({ sender: 4, fee: 2, tip: 2 })), RICH))).toBeNull();
  });

  it('asks of a replacement 10 % more of both fees, and of nothing else', () => {
    const start = plain({ fee: 100, tip: 50 });
    const replaced = (fee: number, tip: number): string | null => {
      const memory = new PoolMemory(WIDE);
      memory.admit(arrival(start), RICH);
      return refusal(() => memory.admit(arrival(plain({ fee, tip, value: 1 })), RICH));
    };
    expect(replaced(110, 55)).toBeNull();
    expect(replaced(109, 55)).toBe('replacement transaction underpriced');
    expect(replaced(110, 54)).toBe('replacement transaction underpriced');
    expect(replaced(100, 50)).toBe('replacement transaction underpriced');
  });

  it('lets a lower nonce spend what a higher one was to spend', () => {
    const memory = new PoolMemory(WIDE);
    const account: AccountState = { nonce: 0n, balance: 250n };
    memory.admit(arrival(plain({ nonce: 1, value: 50 })), account);
    const { dropped } = memory.admit(arrival(plain({ nonce: 0, value: 20 })), account);
    expect(dropped.map(({ reason }) => reason)).toEqual(['funds']);
    // The other order ends the same.
    expect(refusal(() => memory.admit(arrival(plain({ nonce: 1, value: 50 })), account))).toBe(
      'insufficient funds for gas * price + value',
    );
    expect(refusal(() => memory.admit(arrival(plain({ nonce: 1, value: 30 })), account))).toBeNull();
  });

  it('forgets with time what cannot run, and nothing else', () => {
    const memory = new PoolMemory(WIDE);
    memory.baseFee = 50n;
    const times = [
      plain({ nonce: 0 }),
      plain({ nonce: 1, fee: 49 }),
      plain({ nonce: 2 }),
      plain({ sender: 1, nonce: 1 }),
    ];
    times.forEach((wish, i) => memory.admit(arrival(wish, i), RICH));
    const dropped = memory.expire(3);
    expect(dropped.map(({ entry, reason }) => [entry.transaction.nonce, reason])).toEqual([
      [1n, 'expired'],
      [2n, 'expired'],
    ]);
    expect(memory.queue(0n)?.entries).toHaveLength(1);
    expect(memory.queue(1n)?.entries).toHaveLength(1);
  });

  it('offers what arrives during a block, and nothing of a sender that was passed over', async () => {
    const memory = new PoolMemory(WIDE);
    memory.admit(arrival(plain({ sender: 1 })), RICH);
    memory.admit(arrival(plain({ sender: 1, nonce: 1 })), RICH);
    memory.admit(arrival(plain({ sender: 2, fee: 200, tip: 200 })), RICH);
    const candidates = candidatesOf(memory, 0n);
    const first = (await candidates.next())!;
    expect(first.sender).toBe(2n);
    candidates.postponed(first);
    const second = (await candidates.next())!;
    expect([second.sender, second.nonce]).toEqual([1n, 0n]);
    memory.admit(arrival(plain({ sender: 2, nonce: 1, fee: 900, tip: 900 })), RICH);
    candidates.offer(2n);
    memory.admit(arrival(plain({ sender: 3 })), RICH);
    candidates.offer(3n);
    candidates.included(second);
    const rest = [];
    for (let next = await candidates.next(); next !== null; next = await candidates.next()) {
      rest.push([next.sender, next.nonce]);
      candidates.included(next);
    }
    expect(rest).toEqual([
      [1n, 1n],
      [3n, 0n],
    ]);
  });

  it('keeps a price that follows the base fee: who cannot pay it comes when it falls', async () => {
    const memory = new PoolMemory(WIDE);
    memory.admit(arrival(plain({ fee: 30, tip: 30 })), RICH);
    expect(await candidatesOf(memory, 31n).next()).toBeNull();
    expect(await candidatesOf(memory, 30n).next()).toMatchObject({ nonce: 0n });
  });
});
