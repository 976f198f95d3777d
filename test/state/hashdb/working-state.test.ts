import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/state/batch/batch.js';
import { AddressRangeError, entryId, treeKey } from '../../../src/state/batch/encoding.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { Uint256RangeError } from '../../../src/base/field/limbs.js';
import { HashDb, RootConflictError } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';
import { quad } from '../tree/schemes.js';

const entry = (slot: number) => ({ address: 3n, kind: 'storage' as const, slot: BigInt(slot) });
const word = (value: number) => BigInt(value);

const newDb = () => HashDb.open(new MemoryDriver(), quad, { createIfMissing: true });
const stateOf = async (db: HashDb) => new WorkingState(db, (await db.current()).root);

/** A model: a map for the database and each open sub-state. */
type Model = Map<string, Entry>[];
const contentOf = (model: Model): Entry[] => [...new Map(model.flatMap((level) => [...level])).values()];
const rootOf = async (model: Model) => (await loadEntries(quad, contentOf(model))).root;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), slot: fc.nat(6), value: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('begin' as const, 'keep' as const, 'commit' as const, 'rollBack' as const),
    }),
  },
);

describe('a working state', () => {
  test('holds what a stack of maps holds, and only a commit reaches the database', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
        const db = await newDb();
        const state = await stateOf(db);
        const committed = new Map<string, Entry>();
        let model: Model = [new Map()];
        for (const made of steps) {
          const before = await db.current();
          switch (made.do) {
            case 'set':
              state.set(entry(made.slot), word(made.value));
              model.at(-1)!.set(entryId(entry(made.slot)), { ...entry(made.slot), value: word(made.value) });
              break;
            case 'begin':
              state.begin();
              model.push(new Map());
              break;
            case 'rollBack':
              state.rollBack();
              model.pop();
              break;
            case 'keep': {
              const inner = model.at(-1)!;
              const around = model.at(-2);
              state.keep();
              if (around === undefined) break;
              for (const [id, set] of inner) around.set(id, set);
              model.pop();
              break;
            }
            case 'commit': {
              const record = await state.commit();
              for (const set of contentOf(model)) committed.set(entryId(set), set);
              model = [new Map()];
              const root = await rootOf([committed]);
              if (root === before.root) expect(record).toEqual(before);
              else expect(record).toMatchObject({ number: before.number + 1, root, origin: 'write' });
            }
          }
          if (model.length === 0) model = [new Map()];
          if (made.do !== 'commit') expect(await db.current()).toEqual(before);
          expect(state.depth).toBe(model.length - 1);
          expect(await state.root()).toBe(await rootOf([committed, ...model]));
          const held = new Map(contentOf([committed, ...model]).map(({ slot, value }) => [slot, value]));
          for (const slot of [0, 3, 6]) expect(await state.get(entry(slot))).toBe(held.get(word(slot)) ?? 0n);
        }
      }),
      { numRuns: 15 },
    ));

  test('that does not stand on the current root is refused, keeps its writes, and can be made anew', async () => {
    const db = await newDb();
    const winner = await stateOf(db);
    const loser = await stateOf(db);
    winner.set(entry(1), word(7));
    loser.set(entry(2), word(8));
    await winner.commit();
    await expect(loser.commit()).rejects.toThrow(RootConflictError);
    expect(await loser.get(entry(2))).toBe(8n);
    expect(await loser.get(entry(1))).toBe(0n);
    const again = await stateOf(db);
    again.set(entry(2), word(8));
    const record = await again.commit();
    expect([await again.get(entry(1)), await again.get(entry(2))]).toEqual([7n, 8n]);
    expect(record).toMatchObject({ number: 2, entries: 2 });
  });

  test('keeps for the next commit what is set while one is under way', async () => {
    const db = await newDb();
    const state = await stateOf(db);
    state.set(entry(1), word(7));
    state.set(entry(2), word(8));
    const committing = state.commit();
    state.set(entry(2), word(9));
    state.begin();
    state.set(entry(3), word(1));
    expect(await committing).toMatchObject({ number: 1, entries: 2 });
    expect(await state.getMany([entry(1), entry(2), entry(3)])).toEqual([7n, 9n, 1n]);
    expect(await db.entryValue((await db.current()).root, treeKey(entry(2)))).toBe(8n);
    expect(await state.commit()).toMatchObject({ number: 2, entries: 3 });
    const now = (await db.current()).root;
    expect(
      await db.entryValues(
        now,
        [1, 2, 3].map((slot) => treeKey(entry(slot))),
      ),
    ).toEqual([7n, 9n, 1n]);
  });

  test('that changes nothing is committed as the current root, unless the database moved on', async () => {
    const db = await newDb();
    const idle = await stateOf(db);
    const busy = await stateOf(db);
    const empty = await db.current();
    expect(await idle.commit()).toEqual(empty);
    idle.set(entry(1), word(0));
    expect(await idle.commit()).toEqual(empty);
    expect(await db.history()).toHaveLength(1);
    busy.set(entry(1), word(7));
    await busy.commit();
    await expect(idle.commit()).rejects.toThrow(RootConflictError);
    expect(await busy.commit()).toEqual(await db.current());
    expect(await db.history()).toHaveLength(2);
  });

  test('takes nothing that is out of range', async () => {
    const state = await stateOf(await newDb());
    for (const wrong of [2n ** 256n, -1n]) {
      expect(() => state.set(entry(1), wrong)).toThrow(Uint256RangeError);
      expect(() => state.set({ ...entry(1), slot: wrong }, 1n)).toThrow(Uint256RangeError);
      expect(() => state.set({ ...entry(1), address: wrong }, 1n)).toThrow(AddressRangeError);
    }
    expect(() =>
      state.set({ address: 2n ** 160n - 1n, kind: 'storage', slot: 2n ** 256n - 1n }, 2n ** 256n - 1n),
    ).not.toThrow();
  });

  test('reads an older root as it was, and commits nothing onto it', async () => {
    const db = await newDb();
    const first = await stateOf(db);
    first.set(entry(1), word(7));
    const { root } = await first.commit();
    first.set(entry(1), word(0));
    await first.commit();
    const older = new WorkingState(db, root);
    expect([await older.get(entry(1)), await first.get(entry(1))]).toEqual([7n, 0n]);
    older.set(entry(1), word(7));
    expect(await older.root()).toBe(root);
    await expect(older.commit()).rejects.toThrow(RootConflictError);
  });
});
