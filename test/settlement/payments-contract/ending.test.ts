/** How batches end otherwise than proven, and how the contract does: drops, versions revoked, the alarm, the freeze. */
import type { Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { ADMIN, GUARDIAN, PROVER, SEQUENCER, STRANGER, USER } from '../world.js';
import {
  consolidate,
  deposited,
  exited,
  FEE,
  newBatch,
  paymentsForTests,
  post,
  proofOf,
  SETTINGS,
  transfer,
} from './world.js';
import type { PostedRecords } from './world.js';

const world = paymentsForTests();
const PAID = transfer(USER, STRANGER, 5n);
const DAY = 24 * 3600;
const POSTING = 0;
const UNAUTHORISED = /^AccessControlUnauthorizedAccount\(/;

const exit = (from = USER) => world.send(from, 'exit', [], { value: 200n * FEE });
const drop = (batch: PostedRecords, at = 0, from = STRANGER): Promise<string> =>
  world.attempt(from, 'dropBatches', [batch.number, batch.posted, at]);
const verify = (batch: PostedRecords): Promise<string> =>
  world.attempt(PROVER, 'verifyBatch', [batch.number, batch.posted, proofOf(world, batch)]);
const freezeQueue = (): Promise<string> => world.attempt(STRANGER, 'freezeQueue', []);
const freezeUnproven = ({ posted }: PostedRecords): Promise<string> =>
  world.attempt(STRANGER, 'freezeUnproven', [posted]);
const counts = async () => ({
  posted: await world.read('lastVirtual', []),
  proven: await world.read('lastConsolidated', []),
  items: await world.read('postedItems', []),
  provenItems: await world.read('consolidatedItems', []),
});

describe('a batch that nobody proves', () => {
  it('is dropped by anyone after its time-out, with all behind it; the queue is as it was', async () => {
    await exit();
    await exit(STRANGER);
    const first = await post(world, 1, [PAID]);
    await consolidate(world, first);
    const second = await post(world, 2, [exited(USER, 999n)], { fee: 7n });
    const third = await post(world, 3, [exited(STRANGER, 1n)]);
    await world.pass(SETTINGS.dropTimeout - 60);
    expect(await drop(second)).toMatch(/^NotDroppable\([1-9]/);
    await world.pass(60);
    expect(await drop(third)).toBe('NotNext(2, 3)');
    expect(await drop(first)).toMatch(/^OtherBatch\(1\)/);
    expect(await drop(second)).toBe('accepted');
    expect(await counts()).toEqual({ posted: 1, proven: 1, items: 0, provenItems: 0 });
    // Nothing of it was due; its fee goes to nobody, the dropper included.
    expect(await world.read('owed', [SEQUENCER.address])).toBe(0n);
    expect(await world.read('owed', [STRANGER.address])).toBe(199n * FEE); // what was above the fee of the exit
    const again = await post(world, 2, [exited(USER, 5n), exited(STRANGER, 1n)]);
    expect(await verify(again)).toBe('accepted');
  });

  it('is still proven after its time-out, if nobody dropped it', async () => {
    const batch = await post(world, 1, [PAID]);
    await world.pass(SETTINGS.dropTimeout);
    expect(await verify(batch)).toBe('accepted');
    expect(await drop(batch)).toMatch(/^OtherBatch\(1\)/);
  });

  it('once dropped is proven no more, nor is one behind it when its number comes again', async () => {
    const first = await post(world, 1, [PAID]);
    const second = await post(world, 2, [PAID]);
    await world.pass(SETTINGS.dropTimeout);
    await drop(first);
    expect(await verify(first)).toBe('OtherBatch(1)');
    const again = await post(world, 1, [PAID, PAID]);
    expect(await verify(again)).toBe('accepted');
    expect(await verify(second)).toBe('OtherBatch(2)');
    expect(await drop(second)).toBe('OtherBatch(2)');
    expect(await freezeUnproven(second)).toBe('OtherBatch(2)');
  });

  it('waits for as long as anything is stopped', async () => {
    const batch = await post(world, 1, [PAID]);
    await world.send(GUARDIAN, 'stop', [[POSTING], DAY]);
    await world.pass(SETTINGS.dropTimeout);
    expect(await drop(batch)).toMatch(/^NotDroppable\([1-9]/);
    await world.pass(DAY);
    expect(await drop(batch)).toBe('accepted');
  });
});

describe('the contract freezes', () => {
  it('if an operation waits for too long, though it is posted and dropped meanwhile', async () => {
    expect(await freezeQueue()).toMatch(/^NotFreezable\(/);
    await exit();
    await world.pass(SETTINGS.forceDelay);
    const batch = await post(world, 1, [exited(USER, 999n)]);
    await world.pass(SETTINGS.dropTimeout);
    await drop(batch);
    await post(world, 1, [exited(USER, 998n)]);
    expect(await freezeQueue()).toMatch(/^NotFreezable\([1-9]/);
    await world.pass(SETTINGS.freezeDelay - SETTINGS.forceDelay - SETTINGS.dropTimeout);
    expect(await freezeQueue()).toBe('accepted');
    expect(await freezeQueue()).toBe('IsFrozen()');
  });

  it('if batches wait for too long, those that were dropped included', async () => {
    const first = await post(world, 1, [PAID]);
    await world.pass(SETTINGS.dropTimeout);
    expect(await freezeUnproven(first)).toMatch(/^NotFreezable\([1-9]/);
    await drop(first);
    const second = await post(world, 1, [PAID]);
    await world.pass(SETTINGS.freezeDelay - SETTINGS.dropTimeout - 60);
    expect(await freezeUnproven(second)).toMatch(/^NotFreezable\([1-9]/);
    await world.pass(60);
    expect(await freezeUnproven(second)).toBe('accepted');
  });

  it('not if what waited was proven, nor if nothing waits', async () => {
    await exit();
    await consolidate(world, await post(world, 1, [exited(USER, 1n)]));
    const dropped = await post(world, 2, [PAID]);
    await world.pass(SETTINGS.dropTimeout);
    await drop(dropped);
    // Idle.
    await world.pass(2 * SETTINGS.freezeDelay);
    expect(await freezeQueue()).toMatch(/^NotFreezable\(/);
    expect(await freezeUnproven(dropped)).toBe('OtherBatch(2)');
    const next = await post(world, 2, [PAID]);
    expect(await freezeUnproven(next)).toMatch(/^NotFreezable\([1-9]/);
    expect(await verify(next)).toBe('accepted');
    expect(await world.read('stalledFor', [])).toBe(0);
  });

  it('no sooner for a stop: its clock stands still, for 30 days in all', async () => {
    await exit();
    for (let stops = 0; stops < 4; stops++) {
      await world.send(GUARDIAN, 'stop', [[POSTING], 7 * DAY]);
      await world.pass(7 * DAY);
    }
    expect(await freezeQueue()).toMatch(/^NotFreezable\([1-9]/);
    expect(await world.attempt(GUARDIAN, 'stop', [[POSTING], 2 * DAY + 60])).toMatch(/^StopTooLong\(/);
    await world.pass(SETTINGS.freezeDelay);
    expect(await freezeQueue()).toBe('accepted');
  });

  it('for ever: nothing is asked for, posted, proven or dropped', async () => {
    const batch = await post(world, 1, [PAID]);
    await exit();
    const overdue = await newBatch(world, [exited(USER, 1n)]);
    await world.pass(SETTINGS.freezeDelay);
    expect(await freezeQueue()).toBe('accepted');
    expect(await world.attempt(USER, 'exit', [], { value: FEE })).toBe('IsFrozen()');
    expect(await world.attempt(USER, 'setKey', [1n], { value: FEE })).toBe('IsFrozen()');
    expect(await world.attempt(USER, 'deposit', [USER.address, 0n, 0n], { value: FEE })).toBe('IsFrozen()');
    expect(await world.attempt(SEQUENCER, 'sequenceBatch', [2, overdue])).toBe('IsFrozen()');
    expect(await world.attempt(STRANGER, 'settleBatch', [2, overdue, proofOf(world, batch)])).toBe('IsFrozen()');
    expect(await verify(batch)).toBe('IsFrozen()');
    expect(await drop(batch)).toBe('IsFrozen()');
    expect(await freezeUnproven(batch)).toBe('IsFrozen()');
  });
});

it('is blocked for no longer than the freeze takes, whatever is posted', async () => {
  await exit();
  const start = Number(await world.read('clock', []));
  let batch: PostedRecords | null = null;
  for (;;) {
    if (batch !== null && (await drop(batch)) === 'accepted') batch = null;
    if (batch === null) batch = await post(world, 1, [exited(USER, BigInt(await world.now()))]);
    if ((await freezeQueue()) === 'accepted') break;
    await world.pass(6 * 3600);
  }
  expect(Number(await world.read('clock', [])) - start).toBeLessThan(SETTINGS.freezeDelay + 7 * 3600);
});

describe('a version that a guardian revokes', () => {
  const revoke = (from = GUARDIAN, version = 1): Promise<string> => world.attempt(from, 'revokeVersion', [version]);

  it('is revoked by a guardian alone, if there is one', async () => {
    for (const other of [STRANGER, ADMIN, SEQUENCER, PROVER]) expect(await revoke(other)).toMatch(UNAUTHORISED);
    expect(await revoke(GUARDIAN, 0)).toBe('UnusableVersion(0)');
    expect(await revoke(GUARDIAN, 2)).toBe('UnusableVersion(2)');
    expect(await revoke()).toBe('accepted');
  });

  it('posts and proves nothing more', async () => {
    const batch = await post(world, 1, [PAID]);
    await revoke();
    expect(await verify(batch)).toBe('VersionIsRevoked(1)');
    const next = await newBatch(world, [PAID]);
    expect(await world.attempt(SEQUENCER, 'sequenceBatch', [2, next])).toBe('VersionIsRevoked(1)');
    expect(await drop(batch)).toBe('accepted');
  });

  it('loses what it proved and has not matured, and the queue has it again, without its fee', async () => {
    await exit();
    const batch = await post(world, 1, [exited(USER, 999n)]);
    const time = await consolidate(world, batch, { root: 5n });
    const fee = await world.read('owed', [PROVER.address]);
    expect(await drop(batch, time)).toMatch(/^NotDroppable\(/);
    await revoke();
    expect(await drop(batch, time + 1)).toBe('OtherBatch(1)');
    expect(await drop(batch, time)).toBe('accepted');
    expect(await counts()).toEqual({ posted: 0, proven: 0, items: 0, provenItems: 0 });
    await world.send(ADMIN, 'announceVerifiers', [
      [world.acceptAll, world.acceptAll, world.acceptAll, world.acceptAll],
    ]);
    await world.pass(SETTINGS.changeDelay);
    await world.send(STRANGER, 'adoptVerifiers', []);
    const again = await post(world, 1, [exited(USER, 5n)]);
    expect(again.posted).toMatchObject({ version: 2, itemFees: 0n });
    expect(await verify(again)).toBe('accepted');
    expect(await world.read('owed', [PROVER.address])).toBe(fee);
  });

  it('keeps what has matured', async () => {
    const batch = await post(world, 1, [PAID]);
    const time = await consolidate(world, batch);
    await revoke();
    await world.pass(SETTINGS.alarmDelay);
    expect(await drop(batch, time)).toBe('HasMatured(1)');
  });
});

describe('another version', () => {
  it('is of batches that are posted later; a batch is proven by its own, and is of it in its context', async () => {
    const first = await post(world, 1, [PAID]);
    const others = [world.acceptAll, world.acceptAll, world.stateProofs, world.stateProofs];
    await world.send(ADMIN, 'announceVerifiers', [others]);
    await world.pass(SETTINGS.changeDelay);
    await world.send(STRANGER, 'adoptVerifiers', []);
    const second = await post(world, 2, [PAID]);
    expect([first.posted.version, second.posted.version]).toEqual([1, 2]);
    expect(await verify(first)).toBe('accepted');
    // These verifiers accept nothing.
    expect(await verify(second)).not.toBe('accepted');
  });
});

describe('the alarm', () => {
  const raise = (batch: PostedRecords, at: number, root: bigint, data?: Hex): Promise<string> => {
    const proof = proofOf(world, batch, { root, prover: STRANGER.address });
    const given = data === undefined ? proof : { ...proof, data };
    return world.attempt(USER, 'raiseAlarm', [batch.number, batch.posted, at, STRANGER.address, given]);
  };

  it('is raised by proofs that lead elsewhere: the batch and all behind it are void, the contract ends', async () => {
    await exit();
    await consolidate(world, await post(world, 1, [PAID]), { root: 7n });
    const batch = await post(world, 2, [exited(USER, 999n)]);
    const time = await consolidate(world, batch, { root: 8n });
    await consolidate(world, await post(world, 3, [PAID]), { root: 9n });
    expect(await raise(batch, time, 8n)).toBe('SameRoot(8)');
    expect(await raise(batch, time, 6n, '0x30')).toBe('OtherData(2)');
    expect(await raise(batch, time + 1, 6n)).toBe('OtherBatch(2)');
    expect(await raise({ ...batch, number: 0 }, time, 6n)).toBe('NotConsolidated(0)');
    expect(await raise({ ...batch, number: 4 }, time, 6n)).toBe('NotConsolidated(4)');
    expect(await raise(batch, time, 6n)).toBe('accepted');
    expect(await world.read('consolidatedRoot', [])).toBe(7n);
    expect(await world.read('alarmed', [])).toBe(true);
    expect(await counts()).toEqual({ posted: 1, proven: 1, items: 0, provenItems: 0 });
    const next = await newBatch(world, [PAID]);
    expect(await world.attempt(SEQUENCER, 'sequenceBatch', [2, next])).toBe('IsFrozen()');
  });

  it('is for batches that have not matured: what has stays', async () => {
    const batch = await post(world, 1, [PAID]);
    const time = await consolidate(world, batch, { root: 8n });
    await world.pass(SETTINGS.alarmDelay);
    expect(await raise(batch, time, 6n)).toBe('HasMatured(1)');
  });

  it('is raised after a freeze, too, before anybody leaves', async () => {
    await exit();
    const batch = await post(world, 1, [PAID]);
    await world.pass(SETTINGS.freezeDelay);
    const time = await consolidate(world, batch, { root: 8n });
    await freezeQueue();
    expect(await raise(batch, time, 6n)).toBe('accepted');
    expect(await world.read('lastConsolidated', [])).toBe(0);
  });

  it('needs the data, whatever prover is named: 0, who evaluated nothing, included', async () => {
    await world.send(USER, 'deposit', [USER.address, 0n, 3n], { value: 1000n * FEE });
    const batch = await post(world, 1, [deposited(USER, 3n)]);
    const time = await consolidate(world, batch, { root: 8n });
    const nobody = `0x${'00'.repeat(20)}` as const;
    const proof = proofOf(world, batch, { root: 6n, prover: nobody, logHash: 0n, txHash: 0n });
    const [rules] = proof.rulesChunks;
    const none = { ...proof, data: '0x' as Hex, rulesChunks: [{ ...rules!, dataOut: 0n }] };
    expect(await world.attempt(USER, 'raiseAlarm', [1, batch.posted, time, nobody, none])).toBe('OtherData(1)');
  });
});
