import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EntryKey, KINDS } from '../../../src/state/batch/access.js';
import { type Entry } from '../../../src/state/batch/batch.js';
import { parseEntries, formatEntryLine, CSV_HEADER } from '../../../src/state/batch/entries.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { type HashDb } from '../../../src/state/hashdb/hashdb.js';
import { type ListOptions } from '../../../src/state/hashdb/listing.js';
import { UnknownRootError } from '../../../src/state/hashdb/roots.js';
import { drivers } from './drivers.js';
import { anyKey, anyWrites, type Content, newDb, plains, write, written } from './world.js';

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
  await write(db, [...plains(100, 1_500).map((entry) => ({ ...entry, value: 0n as Entry['value'] })), ...plains(5_000, 20)]);
  expect(await list(db, root)).toEqual(entries);
  expect(await list(db, (await db.current()).root, { limit: 790 })).toEqual([...entries.slice(0, 100), ...entries.slice(1_600, 2_290)]);
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
      for await (const piece of parseEntries(form, (async function* () { yield text; })())) read.push(...piece);
      expect((await loadEntries(db.scheme, read)).root).toBe(root);
    }),
    { numRuns: 10 },
  ));
