/** Who may stop what, for how long, and how those who may are changed; proofs play no part here. */
import { toFunctionSelector } from 'viem';
import type { Hex } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { PARTS } from '../../src/settlement/administer.js';
import { ROLES } from '../../src/settlement/roles.js';
import type { Role } from '../../src/settlement/roles.js';
import {
  ADMIN,
  dataOf,
  GUARDIAN,
  PROVER,
  put,
  refusal,
  SEQUENCER,
  SETTINGS,
  settlementForTests,
  storageOf,
  STRANGER,
  USER,
  ZERO_ADDRESS,
} from './world.js';

const DAY = 24 * 3600;
const EVERY_PART = Object.values(PARTS);
const UNAUTHORISED = /^AccessControlUnauthorizedAccount\(/;
const ADMIN_ROLE: Hex = `0x${'00'.repeat(32)}`;

const world = settlementForTests();

const BATCH = { data: dataOf([put(1n, 2n)]), fee: 0n, prover: ZERO_ADDRESS, logHash: 0n };
const OWN = dataOf([storageOf(BigInt(USER.address), 1n, 1n)]);

const idOf = (role: Role): Promise<Hex> =>
  world.reader.readContract({ address: world.contract, abi: SETTLEMENT_ABI, functionName: ROLES[role] });
const hasRole = async (role: Role, account: Hex): Promise<boolean> =>
  world.reader.readContract({
    address: world.contract,
    abi: SETTLEMENT_ABI,
    functionName: 'hasRole',
    args: [await idOf(role), account],
  });

/** What comes of a use of each part. */
const uses = {
  posting: () => refusal(world.send(SEQUENCER, 'sequenceBatches', [1, [BATCH]])),
  forcing: () => refusal(world.send(USER, 'forceBatch', [OWN])),
  proving: () => refusal(world.send(PROVER, 'verifyBatches', [1, []])),
  reading: () =>
    refusal(
      world.reader.readContract({
        address: world.contract,
        abi: SETTLEMENT_ABI,
        functionName: 'checkReads',
        args: [0, 1, BATCH.data, []],
      }),
    ),
};
const GOING = { posting: 'accepted', forcing: 'accepted', proving: 'NoBatches()', reading: 'NoChunks()' };
type PartName = keyof typeof uses;
const PART_NAMES = Object.keys(uses) as PartName[];

const stop = (parts: readonly number[], seconds: number, from = GUARDIAN): Promise<string> =>
  refusal(world.send(from, 'stop', [parts, seconds]));

describe('a stop', () => {
  it('is for the guardian, and so is its early end', async () => {
    for (const other of [STRANGER, SEQUENCER, PROVER, ADMIN]) {
      expect(await stop(EVERY_PART, DAY, other)).toMatch(UNAUTHORISED);
    }
    expect(await stop(EVERY_PART, DAY)).toBe('accepted');
    for (const other of [STRANGER, SEQUENCER, PROVER, ADMIN]) {
      expect(await refusal(world.send(other, 'resume', [EVERY_PART]))).toMatch(UNAUTHORISED);
    }
    await world.send(GUARDIAN, 'resume', [EVERY_PART]);
    expect(await uses.posting()).toBe('accepted');
  });

  it.each(PART_NAMES)('of %s stops it, and nothing else, and ends by itself', async (stopped) => {
    expect(await stop([PARTS[stopped]], DAY)).toBe('accepted');
    for (const part of PART_NAMES)
      expect(await uses[part](), part).toMatch(part === stopped ? /^PartStopped\(/ : GOING[part]);
    await world.restore();
    await stop([PARTS[stopped]], DAY);
    await world.pass(DAY);
    for (const part of PART_NAMES) expect(await uses[part](), part).toBe(GOING[part]);
  });

  it('of posting stops forced batches, too', async () => {
    await world.send(USER, 'forceBatch', [OWN]);
    await stop([PARTS.posting], DAY);
    expect(await refusal(world.send(SEQUENCER, 'sequenceForcedBatches', [1]))).toMatch(/^PartStopped\(0, /);
  });

  it('takes a second to seven days, of something', async () => {
    expect(await stop([], DAY)).toBe('NothingToStop()');
    expect(await stop(EVERY_PART, 0)).toBe('NothingToStop()');
    expect(await stop(EVERY_PART, 7 * DAY + 1)).toBe(`StopTooLong(${7 * DAY})`);
    expect(await stop(EVERY_PART, 2 ** 48 - 1)).toBe(`StopTooLong(${7 * DAY})`);
    expect(await stop(EVERY_PART, 7 * DAY)).toBe('accepted');
    // A shorter one does not end it.
    expect(await stop(EVERY_PART, 1)).toBe('accepted');
    await world.pass(6 * DAY);
    expect(await uses.posting()).toMatch(/^PartStopped/);
  });

  it('is refused once all stops together took 30 days, whatever parts they were of', async () => {
    for (let stops = 0; stops < 4; stops++) {
      expect(await stop([EVERY_PART[stops]!], 7 * DAY)).toBe('accepted');
      await world.pass(7 * DAY);
    }
    expect(await stop(EVERY_PART, 2 * DAY + 1)).toBe(`StopTooLong(${2 * DAY})`);
    expect(await stop(EVERY_PART, 2 * DAY)).toBe('accepted');
    await world.pass(2 * DAY);
    expect(await stop(EVERY_PART, 1)).toBe('StopTooLong(0)');
    expect(await uses.posting()).toBe('accepted');
  });

  it('that is prolonged again and again holds nothing for more than 30 days', async () => {
    const begin = Number((await world.reader.getBlock()).timestamp);
    let prolonged = 0;
    while ((await stop(EVERY_PART, 7 * DAY)) === 'accepted') {
      prolonged++;
      await world.pass(3 * DAY);
    }
    expect(prolonged).toBeGreaterThan(5);
    await world.pass(5 * DAY);
    expect(await uses.posting()).toBe('accepted');
    expect(Number((await world.reader.getBlock()).timestamp) - begin).toBeLessThan(36 * DAY);
    expect(await world.read('clock')).toBeGreaterThanOrEqual(begin);
  });

  it('that ends early gives back what it would still have taken', async () => {
    for (let stops = 0; stops < 10; stops++) {
      expect(await stop(EVERY_PART, 7 * DAY)).toBe('accepted');
      await world.pass(DAY);
      await world.send(GUARDIAN, 'resume', [EVERY_PART]);
    }
  });
});

describe('the clock', () => {
  const now = async () => Number((await world.reader.getBlock()).timestamp);
  const stood = async (): Promise<number> => (await now()) - Number(await world.read('clock'));

  it('stands still while anything is stopped, and for no longer', async () => {
    expect(await stood()).toBe(0);
    await stop([PARTS.reading], 100);
    await world.pass(40);
    const before = await stood();
    expect(before).toBeGreaterThanOrEqual(40);
    expect(before).toBeLessThan(60);
    // Another part meanwhile: the two overlap.
    await stop([PARTS.proving], 100);
    await world.pass(1000);
    const both = await stood();
    expect(both).toBeGreaterThanOrEqual(140);
    expect(both).toBeLessThan(160);
    await stop([PARTS.proving], DAY);
    await world.pass(10);
    // What is not stopped goes on already, which ends no stop.
    await world.send(GUARDIAN, 'resume', [[PARTS.reading]]);
    await world.pass(10);
    await world.send(GUARDIAN, 'resume', [[PARTS.proving]]);
    await world.pass(DAY);
    expect(await stood()).toBeGreaterThanOrEqual(both + 20);
    expect(await stood()).toBeLessThan(both + 60);
    await world.send(GUARDIAN, 'resume', [EVERY_PART]);
    expect(await stood()).toBeLessThan(both + 60);
  });

  it('is what time-outs count on: nobody is overdue for what was stopped', async () => {
    await world.send(USER, 'forceBatch', [OWN]);
    await stop([PARTS.posting], 3 * DAY);
    await world.pass(3 * DAY);
    expect(await refusal(world.send(STRANGER, 'sequenceForcedBatches', [1]))).toBe('ForcedBatchNotDue(0)');
    expect(await uses.posting()).toBe('accepted');
    await world.pass(SETTINGS.forceDelay);
    expect(await refusal(world.send(STRANGER, 'sequenceForcedBatches', [1]))).toBe('accepted');
  });
});

describe('a role', () => {
  it('is given and taken by the administrator, and nobody else', async () => {
    const sequencer = await idOf('sequencer');
    for (const other of [SEQUENCER, GUARDIAN, STRANGER]) {
      expect(await refusal(world.send(other, 'grantRole', [sequencer, STRANGER.address]))).toMatch(UNAUTHORISED);
      expect(await refusal(world.send(other, 'revokeRole', [sequencer, SEQUENCER.address]))).toMatch(UNAUTHORISED);
      expect(await refusal(world.send(other, 'revokeRole', [await idOf('guardian'), GUARDIAN.address]))).toMatch(
        UNAUTHORISED,
      );
    }
    expect(await refusal(world.send(STRANGER, 'renounceRole', [sequencer, SEQUENCER.address]))).toBe(
      'AccessControlBadConfirmation()',
    );
    await world.send(ADMIN, 'grantRole', [sequencer, STRANGER.address]);
    expect(await refusal(world.send(STRANGER, 'sequenceBatches', [1, [BATCH]]))).toBe('accepted');
    await world.send(ADMIN, 'revokeRole', [sequencer, STRANGER.address]);
    expect(await refusal(world.send(STRANGER, 'sequenceBatches', [2, [BATCH]]))).toMatch(UNAUTHORISED);
  });

  it('of a guardian is not taken at once: until the delay is over it can stop everything', async () => {
    const guardian = await idOf('guardian');
    await world.send(ADMIN, 'revokeRole', [guardian, GUARDIAN.address]);
    await world.pass(SETTINGS.changeDelay - 60);
    expect(await stop(EVERY_PART, DAY)).toBe('accepted');
    // Said once more it does not begin anew, nor end sooner.
    await world.send(ADMIN, 'revokeRole', [guardian, GUARDIAN.address]);
    await world.pass(60);
    expect(await stop(EVERY_PART, DAY)).toMatch(UNAUTHORISED);
    expect(await hasRole('guardian', GUARDIAN.address)).toBe(false);
    // One who gets the role again has it for as long as any other.
    await world.send(ADMIN, 'grantRole', [guardian, GUARDIAN.address]);
    await world.pass(2 * SETTINGS.changeDelay);
    expect(await hasRole('guardian', GUARDIAN.address)).toBe(true);
  });

  it('of a guardian that was to end is kept by granting it again', async () => {
    const guardian = await idOf('guardian');
    await world.send(ADMIN, 'revokeRole', [guardian, GUARDIAN.address]);
    await world.send(ADMIN, 'grantRole', [guardian, GUARDIAN.address]);
    await world.pass(2 * SETTINGS.changeDelay);
    expect(await hasRole('guardian', GUARDIAN.address)).toBe(true);
  });
});

describe('the administrator', () => {
  it('is somebody', async () => {
    await expect(world.deploySettlement({ roles: { ...SETTINGS.roles, admin: ZERO_ADDRESS } })).rejects.toThrow(
      toFunctionSelector('AccessControlInvalidDefaultAdmin(address)'),
    );
  });

  it('is followed by another in two steps, with the delay between them', async () => {
    expect(await refusal(world.send(STRANGER, 'beginDefaultAdminTransfer', [STRANGER.address]))).toMatch(UNAUTHORISED);
    await world.send(ADMIN, 'beginDefaultAdminTransfer', [USER.address]);
    expect(await refusal(world.send(USER, 'acceptDefaultAdminTransfer', []))).toMatch(
      /^AccessControlEnforcedDefaultAdminDelay\(/,
    );
    await world.pass(SETTINGS.changeDelay + 1);
    expect(await refusal(world.send(STRANGER, 'acceptDefaultAdminTransfer', []))).toMatch(
      /^AccessControlInvalidDefaultAdmin\(/,
    );
    expect(await world.read('defaultAdmin')).toBe(ADMIN.address);
    await world.send(USER, 'acceptDefaultAdminTransfer', []);
    expect(await world.read('defaultAdmin')).toBe(USER.address);
  });

  it('gives the role neither away nor up at once, nor shortens the delay', async () => {
    expect(await refusal(world.send(ADMIN, 'grantRole', [ADMIN_ROLE, STRANGER.address]))).toBe(
      'AccessControlEnforcedDefaultAdminRules()',
    );
    expect(await refusal(world.send(ADMIN, 'revokeRole', [ADMIN_ROLE, ADMIN.address]))).toBe(
      'AccessControlEnforcedDefaultAdminRules()',
    );
    expect(await refusal(world.send(ADMIN, 'renounceRole', [ADMIN_ROLE, ADMIN.address]))).toBe(
      'AccessControlEnforcedDefaultAdminDelay(0)',
    );
    const place = { address: world.contract, abi: SETTLEMENT_ABI, account: ADMIN } as const;
    const changed = world.reader.readContract({ ...place, functionName: 'changeDefaultAdminDelay', args: [1] });
    expect(await refusal(changed)).toBe('DelaysAreFixed()');
    const rolledBack = world.reader.readContract({ ...place, functionName: 'rollbackDefaultAdminDelay' });
    expect(await refusal(rolledBack)).toBe('DelaysAreFixed()');
  });

  describe('being gone', () => {
    beforeEach(async () => {
      await world.send(ADMIN, 'beginDefaultAdminTransfer', [ZERO_ADDRESS]);
      await world.pass(SETTINGS.changeDelay + 1);
      await stop(EVERY_PART, 7 * DAY);
      await world.send(ADMIN, 'renounceRole', [ADMIN_ROLE, ADMIN.address]);
    });

    it('leaves no stop behind that never ends', async () => {
      expect(await world.read('defaultAdmin')).toBe(ZERO_ADDRESS);
      expect(await uses.posting()).toMatch(/^PartStopped/);
      await world.pass(7 * DAY);
      for (const part of PART_NAMES) expect(await uses[part](), part).toBe(GOING[part]);
    });
  });
});
