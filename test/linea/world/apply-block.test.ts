import { keccak_256 } from '@noble/hashes/sha3.js';
import { describe, expect, it } from 'vitest';
import { accountFromHex } from '../../../src/linea/suite/account-bytes.js';
import { MIMC_BLS12_377 } from '../../../src/linea/suite/mimc.js';
import { POSEIDON_BN254 } from '../../../src/linea/suite/poseidon.js';
import { POSEIDON2_KOALABEAR } from '../../../src/linea/suite/poseidon2.js';
import { bytesToNumber } from '../../../src/linea/suite/suite.js';
import type { Suite } from '../../../src/linea/suite/suite.js';
import type { Trace } from '../../../src/linea/trace/trace.js';
import { verifyBlock } from '../../../src/linea/trace/verify-block.js';
import { find } from '../../../src/linea/trie/find.js';
import { applyBlock, emptyStateRoot } from '../../../src/linea/world/apply-block.js';
import { BlockAccessError } from '../../../src/linea/world/block.js';
import type { AccountAccess } from '../../../src/linea/world/block.js';
import { MemoryWorld } from '../../../src/linea/world/world.js';
import { ACCOUNTS, addressOf, draws, Model, remembering, SLOTS, slotOf } from './blocks.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;

async function holds(suite: Suite, world: MemoryWorld, model: Model): Promise<void> {
  const accounts = await world.trie(0);
  for (let i = 0; i < ACCOUNTS; i++) {
    const [hKey] = await suite.addresses([BigInt(addressOf(i))]);
    const found = await find(accounts, hKey!);
    const expected = model.accounts.get(addressOf(i));
    if (expected === undefined) {
      expect(found).toBeNull();
      continue;
    }
    const { nonce, balance, codeHash, keccakCodeHash, codeSize } = accountFromHex(suite, found!.leaf.value);
    expect({ nonce, balance, codeSize }).toEqual({
      nonce: expected.nonce,
      balance: expected.balance,
      codeSize: BigInt(expected.code.length),
    });
    expect(codeHash).toBe(await suite.code(expected.code));
    expect(keccakCodeHash).toBe(bytesToNumber(keccak_256(expected.code)));
    const storage = await world.trie(found!.index);
    for (let k = 0; k < SLOTS; k++) {
      const [slotKey] = await suite.words([BigInt(slotOf(k))]);
      const slot = await find(storage, slotKey!);
      expect(slot === null ? 0n : BigInt(slot.leaf.value)).toBe(expected.slots.get(slotOf(k)) ?? 0n);
    }
  }
}

describe('blocks', () => {
  it.each([
    [POSEIDON2_KOALABEAR, LONG ? 400 : 40],
    [POSEIDON_BN254, LONG ? 100 : 8],
    [MIMC_BLS12_377, LONG ? 100 : 4],
  ] as const)('%o leave what they say, with traces that are accepted and lead there', async (plain, count) => {
    const suite = remembering(plain);
    const world = new MemoryWorld(suite);
    const model = new Model();
    const draw = draws(7);
    const kinds = new Set<string>();
    let root = await emptyStateRoot(suite);
    for (let block = 0; block < count; block++) {
      const { oldRoot, newRoot, traces, change } = await applyBlock(suite, world, model.next(draw));
      expect(oldRoot).toBe(root);
      expect(await verifyBlock(suite, root, traces)).toEqual({ isAccepted: true, oldRoot, newRoot });
      await world.commit(change);
      await holds(suite, world, model);
      root = newRoot;
      for (const { kind, location } of traces) kinds.add(`${location === '0x' ? 'account' : 'slot'} ${kind}`);
    }
    if (count >= 40) expect(kinds.size).toBe(10);
  });

  const suite = remembering(POSEIDON2_KOALABEAR);
  const address = addressOf(1);
  const created: AccountAccess = {
    address,
    after: { nonce: 1n, balance: 2n },
    isDestroyed: false,
    slots: [
      { slot: slotOf(1), after: 5n },
      { slot: slotOf(2), after: 6n },
    ],
  };
  const kindsOf = (traces: readonly Trace[]): string[] =>
    traces.map(({ kind, location }) => `${location === '0x' ? 'W' : 'S'}-${kind}`);

  async function afterCreation(access: Omit<AccountAccess, 'address'>): Promise<string[]> {
    const world = new MemoryWorld(suite);
    await world.commit((await applyBlock(suite, world, { accounts: [created] })).change);
    return kindsOf((await applyBlock(suite, world, { accounts: [{ address, ...access }] })).traces);
  }

  it('have their traces in the order of Linea', async () => {
    const isDestroyed = false;
    const slots = [{ slot: slotOf(1) }, { slot: slotOf(3) }];
    expect(kindsOf((await applyBlock(suite, new MemoryWorld(suite), { accounts: [created] })).traces)).toEqual([
      'S-insert',
      'S-insert',
      'W-insert',
    ]);
    expect(await afterCreation({ isDestroyed, slots: [{ slot: slotOf(1) }] })).toEqual(['W-read', 'S-read']);
    // A slot that is set to 0 is read first.
    expect(await afterCreation({ isDestroyed, slots: [{ slot: slotOf(1), after: 0n }] })).toEqual([
      'S-read',
      'S-delete',
      'W-update',
    ]);
    // One that is written and restored is only read.
    expect(await afterCreation({ isDestroyed, slots: [{ slot: slotOf(1), after: 5n }] })).toEqual(['W-read', 'S-read']);
    expect((await afterCreation({ isDestroyed: true, after: null, slots })).sort()).toEqual([
      'S-read',
      'S-read-zero',
      'W-delete',
    ]);
    const again = { nonce: 9n, balance: 9n };
    expect(await afterCreation({ isDestroyed: true, after: again, slots: [{ slot: slotOf(1), after: 7n }] })).toEqual([
      'W-delete',
      'S-insert',
      'W-insert',
    ]);
    // A value that stays is read in the old storage, and inserted in the new.
    expect(await afterCreation({ isDestroyed: true, after: again, slots: [{ slot: slotOf(1), after: 5n }] })).toEqual([
      'S-read',
      'W-delete',
      'S-insert',
      'W-insert',
    ]);
    const absent = { address: addressOf(5), isDestroyed, slots: [] };
    expect(kindsOf((await applyBlock(suite, new MemoryWorld(suite), { accounts: [absent] })).traces)).toEqual([
      'W-read-zero',
    ]);
  });

  it('that do not fit the world or themselves are refused', async () => {
    const world = new MemoryWorld(suite);
    const good = { address, isDestroyed: false, slots: [] } as const;
    const refused = async (...accounts: AccountAccess[]): Promise<void> => {
      await expect(applyBlock(suite, world, { accounts })).rejects.toThrow(BlockAccessError);
    };
    await expect(applyBlock(suite, world, { accounts: [good] })).resolves.toHaveProperty('newRoot');
    await refused(good, good);
    await refused({ ...created, slots: [{ slot: slotOf(1) }, { slot: slotOf(1), after: 1n }] });
    await refused({ ...good, isDestroyed: true });
    await refused({ ...good, slots: [{ slot: slotOf(1), after: 1n }] });
    await world.commit((await applyBlock(suite, world, { accounts: [created] })).change);
    await refused({ ...good, after: null });
    await refused({ ...good, after: null, isDestroyed: true, slots: [{ slot: slotOf(1), after: 1n }] });
  });
});
