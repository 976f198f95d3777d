/** How ether leaves: payouts that have matured, refunds and escapes after a freeze. Once each, to whose it is. */
import { toHex } from 'viem';
import type { Hex } from 'viem';
import { beforeAll, describe, expect, it } from 'vitest';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { merkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import { stateProofArguments } from '../../../src/proof/verifier/state-proofs.js';
import { accountEntry, accountValue, TOTAL_BALANCE } from '../../../src/rules/payments/account.js';
import { treeKey } from '../../../src/state/batch/encoding.js';
import { readPath } from '../../../src/state/tree/read.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { NodeOverlay } from '../../../src/state/tree/store.js';
import { GUARDIAN, PROVER, SEQUENCER, STRANGER, USER, ZERO_ADDRESS } from '../world.js';
import {
  addressOf,
  COLLECT,
  consolidate,
  deposited,
  FEE,
  paymentsForTests,
  payoutPath,
  payoutsOf,
  post,
  SETTINGS,
  transfer,
  withdrawal,
} from './world.js';
import type { Address, Payout, PostedRecords } from './world.js';

const world = paymentsForTests();
const ETHER = 10n ** 18n;
const PAID = transfer(USER, STRANGER, 5n);

const fetched = async (account: typeof USER): Promise<bigint> => {
  const to: Address = toHex(addressOf(account) ^ 1n, { size: 20 });
  const before = await world.balance(to);
  await world.send(account, 'fetch', [to]);
  return (await world.balance(to)) - before;
};
const deposit = (amount: bigint, from = USER, value = amount + FEE) =>
  world.send(from, 'deposit', [from.address, 0n, amount], { value });

describe('a payout', () => {
  const records = [
    withdrawal(USER, STRANGER, 3n),
    PAID,
    withdrawal(USER, GUARDIAN, 4n),
    COLLECT,
    withdrawal(USER, USER, 5n),
  ];
  const claim = (
    batch: PostedRecords,
    at: number,
    payout: Payout,
    path: readonly Hex[] = payoutPath(payoutsOf(batch.records), Number(payout.index)).path,
  ): Promise<string> => world.attempt(PROVER, 'claim', [batch.number, batch.posted, at, payout, path]);
  const prepared = async () => {
    await deposit(ETHER, USER, ETHER + FEE);
    const batch = await post(world, 1, records);
    return { batch, at: await consolidate(world, batch), payouts: payoutsOf(records) };
  };

  it('matures after the alarm’s delay, and is owed to its recipient once', async () => {
    const { batch, at, payouts } = await prepared();
    await world.pass(SETTINGS.alarmDelay - 60);
    expect(await claim(batch, at, payouts[0]!)).toBe(`NotMatured(${at + SETTINGS.alarmDelay})`);
    await world.pass(60);
    for (const payout of payouts) {
      expect(await claim(batch, at, payout)).toBe('accepted');
      expect(await claim(batch, at, payout)).toBe(`AlreadyClaimed(1, ${payout.index})`);
    }
    expect(await fetched(STRANGER)).toBe(3n);
    expect(await fetched(GUARDIAN)).toBe(4n);
    expect(await world.attempt(STRANGER, 'fetch', [STRANGER.address])).toBe(`NothingOwed(${STRANGER.address})`);
  });

  it('waits for longer if anything is stopped meanwhile: who stops has the time to look', async () => {
    const { batch, at, payouts } = await prepared();
    await world.send(GUARDIAN, 'stop', [[2], SETTINGS.alarmDelay]);
    await world.pass(SETTINGS.alarmDelay);
    expect(await claim(batch, at, payouts[0]!)).toMatch(/^NotMatured\(/);
    await world.pass(SETTINGS.alarmDelay);
    expect(await claim(batch, at, payouts[0]!)).toBe('accepted');
  });

  it('is one of the batch, at its place', async () => {
    const { batch, at, payouts } = await prepared();
    await world.pass(SETTINGS.alarmDelay);
    const [first] = payouts as [Payout, ...Payout[]];
    const { path } = payoutPath(payouts, 0);
    for (const other of [
      { ...first, amount: first.amount + 1n },
      { ...first, recipient: PROVER.address },
      { ...first, index: 1n },
      // The same leaf by an index that the path is too short for.
      { ...first, index: 4n },
      { ...first, index: 2n ** 255n },
    ]) {
      expect(await claim(batch, at, other, path)).toBe(`NoSuchPayout(1, ${other.index})`);
    }
    expect(await claim(batch, at, first, [])).toBe('NoSuchPayout(1, 0)');
    expect(await claim(batch, at, first, [...path, toHex(0n, { size: 32 })])).toBe('NoSuchPayout(1, 0)');
    expect(await claim(batch, at + 1, first)).toBe('OtherBatch(1)');
    expect(await claim({ ...batch, number: 2 }, at, first)).toBe('NotConsolidated(2)');
    expect(await claim({ ...batch, posted: { ...batch.posted, payouts: toHex(9n, { size: 32 }) } }, at, first)).toBe(
      'OtherBatch(1)',
    );
    expect(await claim(batch, at, first)).toBe('accepted');
  });

  it('is none of a batch that pays nothing', async () => {
    const batch = await post(world, 1, [PAID]);
    const at = await consolidate(world, batch);
    await world.pass(SETTINGS.alarmDelay);
    const payout = { index: 0n, recipient: PROVER.address, amount: 0n };
    expect(await claim(batch, at, payout, [])).toBe('NoSuchPayout(1, 0)');
    expect(await claim(batch, at, { ...payout, index: 1n }, [])).toBe('NoSuchPayout(1, 1)');
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 9, 33])('is claimed of a batch of %i, whichever it is', async (count) => {
    const many = Array.from({ length: count }, (_, i) => withdrawal(USER, toHex(i + 1, { size: 20 }), BigInt(i + 10)));
    const batch = await post(world, 1, many);
    const at = await consolidate(world, batch);
    await world.pass(SETTINGS.alarmDelay);
    const payouts = payoutsOf(many);
    for (const index of new Set([0, count >> 1, count - 1])) {
      expect(await claim(batch, at, payouts[index]!)).toBe('accepted');
    }
  });

  it('of a number that came again is of the batch that was consolidated', async () => {
    const lost = await post(world, 1, [withdrawal(USER, PROVER, ETHER)]);
    await world.pass(SETTINGS.dropTimeout);
    await world.send(STRANGER, 'dropBatches', [1, lost.posted, 0]);
    const batch = await post(world, 1, [withdrawal(USER, STRANGER, 3n)]);
    const at = await consolidate(world, batch);
    await world.pass(SETTINGS.alarmDelay);
    expect(await claim(lost, at, payoutsOf(lost.records)[0]!)).toBe('OtherBatch(1)');
    expect(await claim(batch, at, payoutsOf(batch.records)[0]!)).toBe('accepted');
  });

  it('that is refused by its recipient is owed still', async () => {
    await deposit(1n, USER, ETHER);
    expect(await world.attempt(USER, 'fetch', [world.contract])).toBe(`PaymentRefused(${world.contract})`);
    expect(await fetched(USER)).toBe(ETHER - 1n - FEE);
  });
});

describe('after a freeze', () => {
  const freeze = async (): Promise<void> => {
    await world.pass(SETTINGS.freezeDelay);
    await world.send(STRANGER, 'freezeQueue', []);
  };

  it('what was asked for and not consolidated is refunded to its account, once, with its fee', async () => {
    await deposit(7n);
    await consolidate(world, await post(world, 1, [deposited(USER, 7n)]));
    await deposit(8n, USER, 8n + 1000n * FEE);
    await post(world, 2, [deposited(USER, 8n)]);
    await world.send(STRANGER, 'exit', [], { value: 2n * FEE });
    await fetched(USER);
    await world.pass(SETTINGS.freezeDelay - 60);
    expect(await world.attempt(STRANGER, 'refund', [1])).toMatch(/^NotFrozen\(/);
    await freeze();
    const fees = [1, 2].map(async (index) => (await world.read('operations', [index]))[3]);
    const [second, third] = (await Promise.all(fees)).map((fee) => BigInt(fee) * 10n ** 9n) as [bigint, bigint];
    expect(await world.attempt(STRANGER, 'refund', [0])).toBe('NotRefundable(0)');
    expect(await world.attempt(STRANGER, 'refund', [3])).toBe('NotRefundable(3)');
    expect(await world.attempt(STRANGER, 'refund', [1])).toBe('accepted');
    expect(await world.attempt(STRANGER, 'refund', [1])).toBe('NotRefundable(1)');
    expect(await world.attempt(STRANGER, 'refund', [2])).toBe('accepted');
    expect(await fetched(USER)).toBe(8n + second);
    expect(await world.read('owed', [STRANGER.address])).toBe(2n * FEE - third + third);
  });

  it('a deposit whose batch was voided is refunded without its fee, which a prover has', async () => {
    await deposit(7n);
    const batch = await post(world, 1, [deposited(USER, 7n)]);
    const at = await consolidate(world, batch);
    await world.send(GUARDIAN, 'revokeVersion', [1]);
    await world.send(STRANGER, 'dropBatches', [1, batch.posted, at]);
    await freeze();
    await world.send(STRANGER, 'refund', [0]);
    expect(await fetched(USER)).toBe(7n);
    expect(await fetched(PROVER)).toBe(FEE);
    expect(await world.balance()).toBe(0n);
  });

  describe('an account', () => {
    const value = accountValue({ keyHash: 5n, nonce: 2n, balance: ETHER });
    const holdings = [
      { ...accountEntry(addressOf(USER)), value },
      { ...accountEntry(0n), value: accountValue({ keyHash: 0n, nonce: 0n, balance: TOTAL_BALANCE - ETHER }) },
    ];
    let root: bigint;
    let proofs: Record<'user' | 'ethereum' | 'absent', ReturnType<typeof stateProofArguments>['path']>;
    beforeAll(async () => {
      const scheme = poseidonScheme(2);
      const change = await loadEntries(scheme, holdings);
      const nodes = new NodeOverlay();
      nodes.add(change.nodes);
      ({ root } = change);
      const proofFor = async (address: bigint, held: bigint) => {
        const entry = accountEntry(address);
        const path = await readPath(nodes, scheme, change.root, treeKey(entry));
        const proof = merkleProof({ root: change.root, bitsPerLevel: 2, entry, value: toUint256(held), path });
        return stateProofArguments(proof).path;
      };
      proofs = {
        user: await proofFor(addressOf(USER), value),
        ethereum: await proofFor(0n, holdings[1]!.value),
        absent: await proofFor(addressOf(STRANGER), 0n),
      };
    });
    const escape = (account: Address, held: bigint, path: (typeof proofs)['user']): Promise<string> =>
      world.attempt(STRANGER, 'escape', [account, held, path]);
    const frozen = async (): Promise<void> => {
      await deposit(ETHER);
      await consolidate(world, await post(world, 1, [deposited(USER, ETHER)]), { root });
      await world.send(STRANGER, 'exit', [], { value: 2n * FEE });
      await freeze();
      await world.pass(SETTINGS.alarmDelay);
    };

    it('leaves with all that it held, once', async () => {
      await frozen();
      expect(await escape(USER.address, value, proofs.user)).toBe('accepted');
      expect(await escape(USER.address, value, proofs.user)).toBe(`AlreadyEscaped(${USER.address})`);
      expect(await fetched(USER)).toBe(ETHER);
    });

    it('is shown by its own proof, with what it holds', async () => {
      await frozen();
      expect(await escape(USER.address, value + 1n, proofs.user)).toMatch(/^OtherRoot\(/);
      expect(await escape(STRANGER.address, value, proofs.user)).toMatch(/^OtherRoot\(/);
      expect(await escape(USER.address, value, { ...proofs.user, siblings: [] })).toMatch(/^OtherRoot\(/);
      expect(await escape(USER.address, value, { ...proofs.user, bitsPerLevel: 1 })).toBe('OtherTree(1)');
      expect(await escape(STRANGER.address, 0n, proofs.absent)).toBe('accepted');
      expect(await world.read('hasEscaped', [USER.address])).toBe(false);
      expect(await escape(USER.address, value, proofs.user)).toBe('accepted');
    });

    it('is not that of Ethereum, which holds what nobody does', async () => {
      await frozen();
      expect(await escape(ZERO_ADDRESS, holdings[1]!.value, proofs.ethereum)).toBe('NoAccount()');
    });

    it('leaves not before, nor while an alarm can still void the root', async () => {
      await deposit(ETHER);
      await consolidate(world, await post(world, 1, [deposited(USER, ETHER)]), { root });
      expect(await escape(USER.address, value, proofs.user)).toMatch(/^NotFrozen\(/);
      await world.send(STRANGER, 'exit', [], { value: 2n * FEE });
      await freeze();
      await world.pass(SETTINGS.alarmDelay - 60);
      expect(await escape(USER.address, value, proofs.user)).toMatch(/^NotFrozen\([1-9]/);
      await world.pass(60);
      expect(await escape(USER.address, value, proofs.user)).toBe('accepted');
    });
  });

  it('what had matured is still claimed, and what is owed still fetched', async () => {
    const records = [withdrawal(USER, STRANGER, 3n)];
    await deposit(ETHER);
    const batch = await post(world, 1, records);
    const at = await consolidate(world, batch);
    await freeze();
    const { path } = payoutPath(payoutsOf(records), 0);
    await world.send(SEQUENCER, 'claim', [1, batch.posted, at, payoutsOf(records)[0]!, path]);
    expect(await fetched(STRANGER)).toBe(3n);
  });
});
