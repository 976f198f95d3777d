import { describe, expect, it } from 'vitest';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import { NoDatabaseError, NotADatabaseError } from '../../../src/state/hashdb/driver.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { POSEIDON_BN254 } from '../../../src/linea/suite/poseidon.js';
import { POSEIDON2_KOALABEAR } from '../../../src/linea/suite/poseidon2.js';
import {
  ConcurrentBlockError,
  NoSuchBlockError,
  StateDb,
  StateFormatError,
} from '../../../src/linea/store/state-db.js';
import { find } from '../../../src/linea/trie/find.js';
import { applyBlock } from '../../../src/linea/world/apply-block.js';
import type { WorldReader } from '../../../src/linea/world/world.js';
import { MemoryWorld } from '../../../src/linea/world/world.js';
import { drivers } from '../../state/hashdb/drivers.js';
import { ACCOUNTS, addressOf, draws, Model, remembering, SLOTS, slotOf } from '../world/blocks.js';

const suite = remembering(POSEIDON2_KOALABEAR);
const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const BLOCKS = LONG ? 60 : 6;

async function dump(driver: Driver): Promise<string[]> {
  const records: string[] = [];
  for await (const [key, value] of driver.iterate(Uint8Array.of(), Uint8Array.of(0xff))) {
    records.push(`${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`);
  }
  return records;
}

/** All accounts and slots, and the leaves that come from any key on. */
async function contentOf(world: WorldReader): Promise<unknown[]> {
  const accounts = await world.trie(0);
  const content: unknown[] = [await accounts.state()];
  for (let i = 0; i < ACCOUNTS; i++) {
    const [hKey] = await suite.addresses([BigInt(addressOf(i))]);
    const found = await find(accounts, hKey!);
    content.push(found, await accounts.indexFrom(hKey! + 1n));
    if (found === null) continue;
    const storage = await world.trie(found.index);
    content.push(await storage.state());
    for (let k = 0; k < SLOTS; k++) {
      const [slotKey] = await suite.words([BigInt(slotOf(k))]);
      content.push(await find(storage, slotKey!), await storage.indexFrom(slotKey! + 1n));
    }
  }
  return content;
}

describe.each(drivers)("Linea's state on the $name driver", ({ newStore }) => {
  it('does blocks as in memory, keeps each of them, takes them back and forgets them', async () => {
    const open = await newStore();
    let db = await StateDb.open(await open(), suite, { createIfMissing: true });
    const world = new MemoryWorld(suite);
    const model = new Model();
    const draw = draws(3);
    const contents = [await contentOf(world)];
    const dumps = [await dump(db.driver)];
    const roots = [await db.root(0)];
    const blocks: Awaited<ReturnType<typeof db.apply>>[] = [];
    for (let number = 1; number <= BLOCKS; number++) {
      const accesses = model.next(draw);
      const expected = await applyBlock(suite, world, accesses);
      const done = await db.apply(accesses);
      expect(done).toEqual({ ...expected, number });
      blocks.push(done);
      await world.commit(expected.change);
      contents.push(await contentOf(world));
      dumps.push(await dump(db.driver));
      roots.push(expected.newRoot);
    }
    if (!(db.driver instanceof MemoryDriver)) {
      await db.close();
      db = await StateDb.open(await open(), suite);
    }
    for (const [number, content] of contents.entries()) {
      expect(await contentOf(await db.at(number))).toEqual(content);
      expect(await db.root(number)).toBe(roots[number]);
    }
    for (const [i, { number: _, ...block }] of blocks.entries()) expect(await db.redo(i + 1)).toEqual(block);
    const back = BLOCKS - 3;
    for (let number = BLOCKS; number > back; number--) await db.rollback();
    expect(await dump(db.driver)).toEqual(dumps[back]);
    await db.prune(back - 2);
    for (let number = back - 2; number <= back; number++) {
      expect(await contentOf(await db.at(number))).toEqual(contents[number]);
    }
    expect(await db.redo(back)).toEqual(expect.objectContaining({ traces: blocks[back - 1]!.traces }));
    await expect(db.redo(back - 2)).rejects.toThrow(`it has those of blocks ${back - 1} to ${back}`);
    await expect(db.redo(back + 1)).rejects.toThrow(NoSuchBlockError);
    await expect(db.at(back - 3)).rejects.toThrow(NoSuchBlockError);
    await expect(db.at(back + 1)).rejects.toThrow(`keeps blocks ${back - 2} to ${back}`);
    await db.rollback();
    await db.rollback();
    await expect(db.rollback()).rejects.toThrow(NoSuchBlockError);
    expect(await db.head()).toEqual({ number: back - 2, first: back - 2 });
    await db.close();
  });
});

describe("a database of Linea's state", () => {
  const block = {
    accounts: [{ address: addressOf(1), after: { nonce: 1n, balance: 1n }, isDestroyed: false, slots: [] }],
  };

  it('is refused with another suite, and where there is another database or none', async () => {
    const driver = new MemoryDriver();
    await expect(StateDb.open(driver, suite)).rejects.toThrow(NoDatabaseError);
    await StateDb.open(driver, suite, { createIfMissing: true });
    await expect(StateDb.open(driver, suite)).resolves.toBeInstanceOf(StateDb);
    await expect(StateDb.open(driver, POSEIDON_BN254)).rejects.toThrow(StateFormatError);
    await expect(HashDb.open(driver, poseidonScheme(2))).rejects.toThrow(NotADatabaseError);
    const other = new MemoryDriver();
    await HashDb.open(other, poseidonScheme(2), { createIfMissing: true });
    await expect(StateDb.open(other, suite)).rejects.toThrow(NotADatabaseError);
  });

  it('lets one of two writers win, and is as if the other had not been', async () => {
    const driver = new MemoryDriver();
    const db = await StateDb.open(driver, suite, { createIfMissing: true });
    const results = await Promise.allSettled([db.apply(block), db.apply(block)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [refused] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toBeInstanceOf(ConcurrentBlockError);
    expect(await db.head()).toEqual({ number: 1, first: 0 });
  });

  it('is unchanged by a block that is refused', async () => {
    const db = await StateDb.open(new MemoryDriver(), suite, { createIfMissing: true });
    await db.apply(block);
    const before = await dump(db.driver);
    const wrong = {
      accounts: [...block.accounts, { ...block.accounts[0]!, address: addressOf(2), isDestroyed: true }],
    };
    await expect(db.apply(wrong)).rejects.toThrow('was not there before');
    expect(await dump(db.driver)).toEqual(before);
  });
});
