/** States of entries: how the tests of a database's upkeep make them. */
import fc from 'fast-check';
import type { EntryKey, Kind } from '../../../src/state/batch/access.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import { entryId } from '../../../src/state/batch/encoding.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { changeOf } from '../../../src/state/hashdb/change.js';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import type { RootRecord } from '../../../src/state/hashdb/root-record.js';
import { quad } from '../tree/schemes.js';

export const newDb = (driver: Driver = new MemoryDriver()): Promise<HashDb> =>
  HashDb.open(driver, quad, { createIfMissing: true });

/** A plain key-value user's entry. */
export const plain = (slot: number, value: number): Entry => ({
  address: 0n,
  kind: 'storage',
  slot: toUint256(BigInt(slot)),
  value: toUint256(BigInt(value)),
});

/** `count` plain entries with values of their own. */
export const plains = (from: number, count: number, value = 1): Entry[] =>
  Array.from({ length: count }, (_, i) => plain(from + i, value + i));

/** Writes entries on top of the current root, 0 deleting. */
export async function write(db: HashDb, entries: readonly Entry[]): Promise<RootRecord> {
  const { root } = await db.current();
  return db.commit({ ...(await changeOf(db, root, entries)), origin: 'write' });
}

/** Entries by what names them: a model of a state. */
export type Content = ReadonlyMap<string, Entry>;

/** A content with more entries written, 0 deleting. */
export function written(content: Content, entries: readonly Entry[]): Content {
  const next = new Map(content);
  for (const entry of entries) {
    if (entry.value === 0n) next.delete(entryId(entry));
    else next.set(entryId(entry), entry);
  }
  return next;
}

export async function contentUnder(db: HashDb, root: bigint): Promise<Content> {
  const content = new Map<string, Entry>();
  for await (const entry of db.entries(root)) content.set(entryId(entry), entry);
  return content;
}

const kinds: readonly Kind[] = ['balance', 'nonce', 'code', 'storage', 'length'];

/** Few addresses, at the ends of their range, too; slots of all lengths. */
export const anyKey: fc.Arbitrary<EntryKey> = fc
  .record({
    address: fc.constantFrom(0n, 1n, 255n, 256n, (1n << 160n) - 1n),
    kind: fc.constantFrom(...kinds),
    slot: fc.oneof(fc.constantFrom(0n, 1n, 255n, 256n, (1n << 256n) - 1n), fc.bigInt({ min: 0n, max: 40n })),
  })
  .map(({ address, kind, slot }) => ({ address, kind, slot: toUint256(kind === 'storage' ? slot : 0n) }));

/** Writes of which about a quarter delete. */
export const anyWrites = (maxLength: number): fc.Arbitrary<Entry[]> =>
  fc.array(
    fc
      .record({ key: anyKey, value: fc.constantFrom(0n, 1n, 7n, (1n << 256n) - 1n) })
      .map(({ key, value }) => ({ ...key, value: toUint256(value) })),
    { maxLength, size: 'max' },
  );

/** A driver at whose every write or look something else may happen first. */
export function interrupted(driver: Driver, before: (what: 'getMany' | 'writeIf') => Promise<void>): Driver {
  return {
    location: driver.location,
    getMany: async (keys) => {
      await before('getMany');
      return driver.getMany(keys);
    },
    writeIf: async (guard, changes) => {
      await before('writeIf');
      return driver.writeIf(guard, changes);
    },
    iterate: (from, end) => driver.iterate(from, end),
    sizeOnDisk: () => driver.sizeOnDisk(),
    compact: () => driver.compact(),
    close: () => driver.close(),
    [Symbol.asyncDispose]: () => driver.close(),
  };
}
