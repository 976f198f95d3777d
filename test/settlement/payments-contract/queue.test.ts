/** What users ask of a payments contract: deposits, keys, exits; what it costs, and what is refused. */
import { toHex } from 'viem';
import { describe, expect, it } from 'vitest';
import { GENESIS, accountEntry, accountValue } from '../../../src/rules/payments/account.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { changeOf } from '../../../src/state/hashdb/change.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { STRANGER, USER, ZERO_ADDRESS } from '../world.js';
import { deposited, FEE, paymentsForTests, post, SETTINGS } from './world.js';

const world = paymentsForTests();
const ETHER = 10n ** 18n;
const FULL = 2n ** 128n;

const deposit = (to: `0x${string}`, keyHash: bigint, amount: bigint, value = amount + FEE): Promise<string> =>
  world.attempt(USER, 'deposit', [to, keyHash, amount], { value });

it('begins with the tree of one leaf, Ethereum’s own account', async () => {
  const db = await HashDb.open(new MemoryDriver(), poseidonScheme(2), { createIfMissing: true });
  const { root } = await db.current();
  const entry = { ...accountEntry(GENESIS.address), value: accountValue(GENESIS.account) };
  const { root: genesis } = await changeOf(db, root, [entry]);
  expect(await world.read('consolidatedRoot', [])).toBe(genesis);
});

describe('a deposit', () => {
  it('is kept as it was asked for, with its fee; what is above is owed back', async () => {
    expect(await deposit(USER.address, 5n, ETHER, ETHER + FEE + 7n)).toBe('accepted');
    const asked = await world.read('operations', [0]);
    const clock = await world.read('clock', []);
    expect(asked).toEqual([USER.address, clock, 4, SETTINGS.lowestFee, 5n, ETHER]);
    expect(await world.read('owed', [USER.address])).toBe(7n);
    expect(await world.balance()).toBe(ETHER + FEE + 7n);
  });

  it('is for any account but that of Ethereum', async () => {
    expect(await deposit(STRANGER.address, 0n, 1n)).toBe('accepted');
    expect(await deposit(ZERO_ADDRESS, 0n, 1n)).toBe('NoAccount()');
  });

  it('sets the key of the sender’s own account alone', async () => {
    expect(await deposit(USER.address, 1n, 1n)).toBe('accepted');
    expect(await deposit(STRANGER.address, 1n, 1n)).toBe(`ForeignKey(${STRANGER.address})`);
  });

  it('sets a key hash below 2^128', async () => {
    expect(await deposit(USER.address, FULL - 1n, 1n)).toBe('accepted');
    expect(await deposit(USER.address, FULL, 1n)).toBe(`KeyHashOutOfRange(${FULL})`);
    expect(await world.attempt(USER, 'setKey', [FULL], { value: 2n * FEE })).toBe(`KeyHashOutOfRange(${FULL})`);
    expect(await world.attempt(USER, 'setKey', [FULL - 1n], { value: 2n * FEE })).toBe('accepted');
  });

  it('comes with its amount and its fee', async () => {
    expect(await deposit(USER.address, 0n, ETHER, ETHER + FEE - 1n)).toBe(
      `ValueTooLow(${ETHER + FEE}, ${ETHER + FEE - 1n})`,
    );
    expect(await deposit(USER.address, 0n, ETHER, ETHER + FEE)).toBe('accepted');
  });

  it('keeps the sum of all below 2^96', async () => {
    await world.tools.setBalance({ address: USER.address, value: 2n ** 97n });
    const most = 2n ** 96n - 1n;
    expect(await deposit(USER.address, 0n, most, most + FEE)).toBe('TooMuchEther()');
    expect(await deposit(USER.address, 0n, most - FEE, most)).toBe('accepted');
    expect(await deposit(USER.address, 0n, 0n, 2n * FEE)).toBe('TooMuchEther()');
  });

  it('is not made by sending ether', async () => {
    await expect(world.reader.call({ account: USER.address, to: world.contract, value: 1n })).rejects.toThrow();
  });
});

describe('a key and an exit', () => {
  it('are of the sender’s own account, and cost a fee', async () => {
    expect(await world.attempt(USER, 'setKey', [9n], { value: FEE })).toBe('accepted');
    expect(await world.attempt(STRANGER, 'exit', [], { value: FEE })).toBe('accepted');
    expect(await world.attempt(STRANGER, 'exit', [], { value: 2n * FEE - 1n })).toBe(
      `ValueTooLow(${2n * FEE}, ${2n * FEE - 1n})`,
    );
    const key = await world.read('operations', [0]);
    const exit = await world.read('operations', [1]);
    expect(key).toMatchObject([USER.address, expect.anything(), 5, SETTINGS.lowestFee, 9n, 0n]);
    expect(exit).toMatchObject([STRANGER.address, expect.anything(), 6, SETTINGS.lowestFee, 0n, 0n]);
  });
});

describe('dust', () => {
  it('costs more and more in a window, and then must wait for the next', async () => {
    const fees: bigint[] = [];
    for (let i = 0; i < SETTINGS.maxOperations; i++) {
      fees.push((await world.read('operationFee', [])) / FEE);
      expect(await world.attempt(USER, 'exit', [], { value: fees.at(-1)! * FEE })).toBe('accepted');
    }
    expect(fees).toEqual([1, 2, 4, 8, 16, 32, 64, 128].flatMap((fee) => [BigInt(fee), BigInt(fee)]));
    expect(await world.attempt(USER, 'exit', [], { value: 1000n * FEE })).toMatch(/^WindowFull\(/);
    await world.pass(SETTINGS.window);
    expect(await world.read('operationFee', [])).toBe(FEE);
    expect(await world.attempt(USER, 'exit', [], { value: FEE })).toBe('accepted');
  });

  it('is paid for to who proves it', async () => {
    await deposit(USER.address, 0n, 1n);
    const { posted } = await post(world, 1, [deposited(USER, 1n)]);
    expect(posted.itemFees).toBe(FEE);
  });
});

describe('a contract is refused', () => {
  it.each<[string, Partial<typeof SETTINGS>, string]>([
    ['that asks no fee', { lowestFee: 0 }, 'NoQueue('],
    ['that takes no operation', { maxOperations: 0 }, 'NoQueue('],
    ['whose windows have no end', { window: 31 * 24 * 3600 }, 'DelayOutOfRange('],
    ['that drops before a prover can prove', { dropTimeout: 24 * 3600 + 3599 }, 'DelayTooShort('],
    [
      'that freezes before the rest can help',
      { freezeDelay: SETTINGS.forceDelay + SETTINGS.dropTimeout + 86_399 },
      'DelayTooShort(',
    ],
    ['whose verifiers change before users are out', { changeDelay: SETTINGS.freezeDelay }, 'DelayTooShort('],
    ['whose payouts never wait for an alarm', { alarmDelay: 0 }, 'DelayOutOfRange('],
  ])('%s', async (_, settings, error) => {
    expect(await world.attemptDeploy(settings)).toContain(error);
    expect(await world.attemptDeploy({})).toBe('accepted');
  });

  it('whose verifiers are too few, or no contracts, or whose proofs of accounts nobody checks', async () => {
    const { acceptAll } = world;
    const nobody = toHex(7n, { size: 20 });
    expect(await world.attemptDeploy({}, [acceptAll, acceptAll])).toBe('OtherCount(4, 2)');
    expect(await world.attemptDeploy({}, [acceptAll, acceptAll, acceptAll, nobody])).toBe(`NoContract(${nobody})`);
    expect(await world.attemptDeploy({}, undefined, nobody)).toBe(`NoContract(${nobody})`);
  });
});
