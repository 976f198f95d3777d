import { describe, expect, it } from 'vitest';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { put, unseal } from '../../../src/state/hashdb/seal.js';
import { POSEIDON2_KOALABEAR } from '../../../src/linea/suite/poseidon2.js';
import { checkState } from '../../../src/linea/store/check.js';
import { StateDb } from '../../../src/linea/store/state-db.js';
import { draws, Model, remembering } from '../world/blocks.js';

const suite = remembering(POSEIDON2_KOALABEAR);
const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;

async function someBlocks(blocks: number) {
  const db = await StateDb.open(new MemoryDriver(), suite, { createIfMissing: true });
  const model = new Model();
  const draw = draws(8);
  for (let i = 0; i < blocks; i++) await db.apply(model.next(draw));
  const entries = [...model.accounts.values()].reduce((sum, { slots }) => sum + 1 + slots.size, 0);
  return { db, entries };
}

async function recordsOf(db: StateDb): Promise<(readonly [Uint8Array, Uint8Array])[]> {
  const records: (readonly [Uint8Array, Uint8Array])[] = [];
  for await (const record of db.driver.iterate(Uint8Array.of(), Uint8Array.of(0xff))) records.push(record);
  return records;
}

async function write(db: StateDb, key: Uint8Array, value: Uint8Array | null): Promise<void> {
  const guard = { key: Buffer.from('never'), value: undefined };
  expect(await db.driver.writeIf(guard, [{ key, value }])).toBe(true);
}

describe("a check of a database of Linea's state", () => {
  it('finds it whole, after blocks, after some were taken back, and after some were forgotten', async () => {
    const { db, entries } = await someBlocks(7);
    expect(await checkState(db)).toEqual({ damages: [], blocks: 8, entries });
    await db.rollback();
    await db.rollback();
    await db.prune(3);
    expect(await checkState(db)).toMatchObject({ damages: [], blocks: 3 });
    const fresh = await StateDb.open(new MemoryDriver(), suite, { createIfMissing: true });
    expect(await checkState(fresh)).toEqual({ damages: [], blocks: 1, entries: 0 });
  });

  it('finds records that are missing, and ones with a bit changed and the checksum made anew', async () => {
    const { db } = await someBlocks(3);
    const seen = new Map<string, number>();
    for (const [key, record] of await recordsOf(db)) {
      const letter = String.fromCharCode(key[0]!);
      if (letter === 'f') continue;
      seen.set(letter, (seen.get(letter) ?? 0) + 1);
      if (!LONG && seen.get(letter)! > 5) continue;
      await write(db, key, null);
      expect([Buffer.from(key).toString('hex'), (await checkState(db)).damages]).not.toEqual([expect.anything(), []]);
      // Only the keys of 'c' say something; what a block accessed has no hash.
      if (letter !== 'c' && letter !== 'a') {
        const body = Uint8Array.from(unseal(key, record));
        body[body.length - 1]! ^= 1;
        await write(db, key, put(key, body).value);
        expect([Buffer.from(key).toString('hex'), (await checkState(db)).damages]).not.toEqual([expect.anything(), []]);
      }
      await write(
        db,
        key,
        record.map((byte, i) => (i === record.length - 1 ? byte ^ 1 : byte)),
      );
      expect((await checkState(db)).damages[0]).toContain('does not match its checksum');
      await write(db, key, record);
    }
    expect([...seen.keys()].sort().join('')).toBe('abchklnos');
    expect((await checkState(db)).damages).toEqual([]);
  });

  it('finds records of no block, and of no kind', async () => {
    const { db } = await someBlocks(2);
    for (const [key, says] of [
      [Buffer.from('cxxxxxxxxx'), 'belongs to no kept block'],
      [Buffer.from('zebra'), 'is of no known kind'],
    ] as const) {
      await write(db, key, put(key, new Uint8Array()).value);
      expect((await checkState(db)).damages).toEqual([expect.stringContaining(says)]);
      await write(db, key, null);
    }
  });
});
