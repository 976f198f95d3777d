import { stat } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../../src/state/batch/access.js';
import type { EntryKey } from '../../../src/state/batch/access.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import { parseEntries, formatEntryLine, CSV_HEADER } from '../../../src/state/batch/entries.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { exportEntries } from '../../../src/engine/export-entries.js';
import { exportSnapshot } from '../../../src/engine/snapshot-folder.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { changeOf } from '../../../src/state/hashdb/change.js';
import { keys } from '../../../src/state/hashdb/codec.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { IncompleteIndexError } from '../../../src/state/hashdb/indexed.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import type { ListOptions } from '../../../src/state/hashdb/listing.js';
import { UnknownRootError } from '../../../src/state/hashdb/roots.js';
import { drivers, freshFolder } from './drivers.js';
import { anyKey, anyWrites, newDb, plains, write, written } from './world.js';
import type { Content } from './world.js';

const list = async (db: HashDb, root: bigint, options: ListOptions = {}): Promise<Entry[]> => {
  const entries: Entry[] = [];
  for await (const entry of db.entries(root, options)) entries.push(entry);
  return entries;
};

const compare = (a: EntryKey, b: EntryKey): number => {
  const order = (x: bigint | number, y: bigint | number): number => (x < y ? -1 : x > y ? 1 : 0);
  return order(a.address, b.address) || order(KINDS[a.kind], KINDS[b.kind]) || order(a.slot, b.slot);
};
const inOrder = (content: Content): Entry[] => [...content.values()].sort(compare);

describe.each(drivers)('the entries of a root, on the $name driver', ({ newStore }) => {
  test('come by address, kind and slot, and are those of that root', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(anyWrites(12), { minLength: 1, maxLength: 3 }),
        anyKey,
        fc.integer({ min: 1, max: 8 }),
        async (batches, { address, ...rest }, limit) => {
          const db = await newDb(await (await newStore())());
          const states: { root: bigint; content: Content }[] = [{ root: 0n, content: new Map() }];
          for (const batch of batches) {
            const { root } = await write(db, batch);
            states.push({ root, content: written(states.at(-1)!.content, batch) });
          }
          const after = { address, ...rest };
          for (const { root, content } of states) {
            const all = inOrder(content);
            expect(await list(db, root)).toEqual(all);
            expect(await list(db, root, { address })).toEqual(all.filter((entry) => entry.address === address));
            expect(await list(db, root, { limit })).toEqual(all.slice(0, limit));
            expect(await list(db, root, { after })).toEqual(all.filter((entry) => compare(entry, after) > 0));
            const rest = all.filter((entry) => entry.address === address && compare(entry, after) > 0);
            expect(await list(db, root, { address, after, limit })).toEqual(rest.slice(0, limit));
          }
          await db.close();
        },
      ),
      { numRuns: 8 },
    ));
});

test('more entries than are read at once come all, each once', async () => {
  const db = await newDb();
  const entries = plains(0, 2_300);
  const { root } = await write(db, entries);
  await write(db, [
    ...plains(100, 1_500).map((entry) => ({ ...entry, value: 0n as Entry['value'] })),
    ...plains(5_000, 20),
  ]);
  expect(await list(db, root)).toEqual(entries);
  expect(await list(db, (await db.current()).root, { limit: 790 })).toEqual([
    ...entries.slice(0, 100),
    ...entries.slice(1_600, 2_290),
  ]);
});

describe('an index that lacks entries', () => {
  const entries = [...plains(0, 5), ...plains(0, 5).map((entry) => ({ ...entry, address: 77n }))];
  async function lacking(slots: readonly number[]) {
    const driver = new MemoryDriver();
    const db = await newDb(driver);
    const { root } = await write(db, entries);
    await write(db, plains(90, 3));
    const changes = slots.map((slot) => ({
      key: keys.entry({ address: 77n, kind: 'storage', slot: toUint256(BigInt(slot)) }),
      value: null,
    }));
    await driver.writeIf({ key: Buffer.from('?'), value: undefined }, changes);
    return { db, root };
  }

  test('gives no list of all, and names what it lacks', async () => {
    expect(await list((await lacking([])).db, (await lacking([])).root)).toHaveLength(10);
    const { db, root } = await lacking([3]);
    await expect(list(db, root)).rejects.toThrow(
      /^the database is damaged: its index lacks the storage of 0x0{38}4d at 0x0{63}3$/,
    );
    await expect(list((await lacking([0, 1, 2, 3, 4])).db, root)).rejects.toThrow(/ and 2 more$/);
    // Of a part nobody knows how many there are.
    await expect(list(db, root, { limit: 9 })).resolves.toHaveLength(9);
    await expect(list(db, root, { address: 77n })).resolves.toHaveLength(4);
    await db.check({ repair: true });
    expect(await list(db, root)).toHaveLength(10);
  });

  test('is exported neither as a whole nor in the part that it lacks; no file is written', async () => {
    const file = path.join(await freshFolder(), 'entries.csv');
    const exported = ({ db, root }: Awaited<ReturnType<typeof lacking>>, options: ListOptions = {}) =>
      exportEntries(db, root, { form: 'csv', file, ...options });
    const bad = await lacking([3]);
    for (const options of [{}, { address: 77n }]) {
      await expect(exported(bad, options)).rejects.toThrow(IncompleteIndexError);
      await expect(stat(file)).rejects.toThrow(/ENOENT/);
    }
    expect(await exported(bad, { address: 0n })).toBe(5);
    const good = await lacking([]);
    expect([await exported(good), await exported(good, { address: 77n })]).toEqual([10, 5]);
  });
});

test('a record with another number of entries than its tree gives no full list, and no snapshot', async () => {
  const db = await newDb();
  const honest = await write(db, plains(0, 5));
  expect(await list(db, honest.root)).toHaveLength(5);
  const change = await changeOf(db, honest.root, plains(5, 2));
  const { root } = await db.commit({ ...change, entriesDelta: 3, origin: 'write' });
  const says = /record [0-9a-f]+ states 8 entries, but its tree has 7$/;
  await expect(list(db, root)).rejects.toThrow(says);
  const folder = await freshFolder();
  await expect(exportSnapshot(db, { directory: folder, root })).rejects.toThrow(says);
  await expect(
    exportSnapshot(db, { directory: path.join(folder, 'honest'), root: honest.root }),
  ).resolves.toMatchObject({ entries: 5 });
});

test('a root that the database never had has no list', async () => {
  const db = await newDb();
  const { root } = await write(db, plains(1, 2));
  await expect(list(db, root)).resolves.toHaveLength(2);
  await expect(list(db, root + 1n)).rejects.toThrow(UnknownRootError);
});

test.each(['csv', 'jsonl'] as const)('written as %s and read again, they make the root again', (form) =>
  fc.assert(
    fc.asyncProperty(anyWrites(30), async (entries) => {
      const db = await newDb();
      const { root } = await write(db, entries);
      const lines = (await list(db, root)).map((entry) => formatEntryLine(form, entry));
      const text = `${[...(form === 'csv' ? [CSV_HEADER] : []), ...lines].join('\n')}\n`;
      const read: Entry[] = [];
      for await (const piece of parseEntries(
        form,
        (async function* () {
          yield text;
        })(),
      ))
        read.push(...piece);
      expect((await loadEntries(db.scheme, read)).root).toBe(root);
    }),
    { numRuns: 10 },
  ),
);
