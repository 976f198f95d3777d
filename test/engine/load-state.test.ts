import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/state/batch/batch.js';
import { treeKey } from '../../src/state/batch/encoding.js';
import { EntriesError, parseEntries } from '../../src/state/batch/entries.js';
import { databaseOn, openDatabase, openIfThere } from '../../src/engine/database.js';
import type { OpenDb } from '../../src/engine/database.js';
import { DatabaseNotEmptyError, loadState } from '../../src/engine/load-state.js';
import { loadEntries } from '../../src/machine/executor/load.js';
import { toUint256 } from '../../src/base/field/limbs.js';
import type { Driver } from '../../src/state/hashdb/driver.js';
import { DatabaseSchemeError } from '../../src/state/hashdb/format.js';
import { HashDb } from '../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../src/state/hashdb/memory.js';
import { poseidonScheme } from '../../src/state/tree/scheme.js';
import { freshFolder } from '../state/hashdb/drivers.js';

const entry = (slot: number, value: number): Entry => ({
  address: 0x7d0an,
  kind: 'storage',
  slot: toUint256(BigInt(slot)),
  value: toUint256(BigInt(value)),
});

async function folderOpener(): Promise<OpenDb> {
  const folder = path.join(await freshFolder(), 'db');
  return (options) => openDatabase(folder, options);
}

/** A database in a driver that stays. */
const driverOpener =
  (driver: Driver): OpenDb =>
  ({ bitsPerLevel = 2, createIfMissing = false }) =>
    HashDb.open(driver, poseidonScheme(bitsPerLevel), { createIfMissing });

describe.each([1, 2] as const)('a state loaded into a tree of %i bits a level', (bitsPerLevel) => {
  it('depends on the entries alone, not on their pieces: of equal ones the last counts, and 0 is absent', async () => {
    const openDb = await folderOpener();
    const pieces = [
      [entry(1, 7), entry(2, 5)],
      [],
      [entry(3, 9), entry(1, 8)],
      [entry(2, 0), entry(4, 0), { ...entry(1, 3), kind: 'nonce' as const, slot: toUint256(0n) }],
    ];
    const record = await loadState(openDb, pieces, { bitsPerLevel });
    const { root, nodes } = await loadEntries(poseidonScheme(bitsPerLevel), pieces.flat());
    expect(record).toMatchObject({ number: 1, root, parent: 0n, entries: 3, origin: 'load' });
    const db = await openDb({});
    expect(await db.current()).toEqual(record);
    expect(await db.nodeCount()).toBe(nodes.size);
    const asked = [entry(1, 0), entry(2, 0), entry(3, 0), entry(4, 0)].map((one) => treeKey(one));
    expect(await db.entryValues(root, asked)).toEqual([8n, 0n, 9n, 0n]);
    await db.close();
  });
});

describe('loading', () => {
  it('reports progress to the end, even if entries are absent or repeated', async () => {
    const told: unknown[] = [];
    await loadState(
      await folderOpener(),
      [
        [entry(1, 7), entry(2, 5)],
        [entry(3, 0), entry(1, 8)],
      ],
      { onProgress: (...progress) => void told.push(progress) },
    );
    expect(told).toEqual([
      ['building the tree', 0, 0],
      ['building the tree', 2, 2],
    ]);
  });

  it('of entries of which one is bad, or of none, makes no database', async () => {
    const openDb = await folderOpener();
    async function* text() {
      yield 'key,value\n1,2\n3,x\n';
    }
    await expect(loadState(openDb, parseEntries('csv', text()))).rejects.toThrow(
      /^line 3, value: expected a whole number/,
    );
    for (const none of [[[], []], [[entry(1, 0)]], [[entry(1, 7)], [entry(1, 0)]]]) {
      await expect(loadState(openDb, none)).rejects.toThrow(
        new EntriesError('expected at least one entry with a value other than 0, got none'),
      );
    }
    expect(await openIfThere(openDb)).toBeNull();
  });

  it('into a database that has a state is refused', async () => {
    const openDb = await folderOpener();
    const record = await loadState(openDb, [[entry(1, 7)]]);
    await expect(loadState(openDb, [[entry(2, 7)]])).rejects.toThrow(DatabaseNotEmptyError);
    const db = await openDb({});
    expect(await db.history()).toEqual([expect.objectContaining({ origin: 'empty' }), record]);
    await db.close();
  });

  it.each<
    [
      meanwhile: string,
      isThere: boolean,
      bitsPerLevel: 1 | 2,
      refusal: typeof DatabaseNotEmptyError | typeof DatabaseSchemeError,
    ]
  >([
    ['a state is loaded', true, 2, DatabaseNotEmptyError],
    ['a database is made and a state loaded', false, 2, DatabaseNotEmptyError],
    ['a database of another tree is made and a state loaded', false, 1, DatabaseSchemeError],
  ])(
    'is refused where %s while the entries are read, and leaves that as it is',
    async (_meanwhile, isThere, bitsPerLevel, refusal) => {
      const driver = new MemoryDriver();
      driver.close = async () => {};
      const openDb: OpenDb = (options) => databaseOn(driver, options);
      if (isThere) await openDb({ createIfMissing: true });
      let other;
      async function* slow() {
        yield [entry(1, 7), entry(2, 5)];
        other = await loadState(openDb, [[entry(3, 9)]], { bitsPerLevel });
      }
      await expect(loadState(openDb, slow())).rejects.toThrow(refusal);
      const db = await openDb({});
      expect(await db.current()).toEqual(other);
      expect(await db.check()).toMatchObject({ damages: [], unreachable: 0 });
      // Its twin, with nobody beside it.
      await expect(loadState(await folderOpener(), [[entry(1, 7), entry(2, 5)]])).resolves.toMatchObject({ number: 1 });
    },
  );

  it('that ends before the last write leaves the empty state, ready for the same load or another', async () => {
    for (const again of [
      [entry(1, 7), entry(2, 5)],
      [entry(1, 7), entry(2, 6), entry(3, 1)],
    ]) {
      const driver = new MemoryDriver();
      driver.close = async () => {};
      const whole = driver.writeIf.bind(driver);
      let writes = 0;
      driver.writeIf = async (...change) => {
        // The first makes the database, the second brings the nodes, the third the root.
        if (++writes === 3) throw new Error('killed');
        return whole(...change);
      };
      const openDb = driverOpener(driver);
      await expect(loadState(openDb, [[entry(1, 7), entry(2, 5)]])).rejects.toThrow('killed');
      const db = await openDb({});
      expect(await db.nodeCount()).toBeGreaterThan(0);
      expect(await db.current()).toMatchObject({ number: 0, root: 0n, entries: 0 });
      const { root } = await loadEntries(db.scheme, again);
      expect(await loadState(openDb, [again])).toMatchObject({ number: 1, root, entries: again.length });
      const asked = again.map((one) => treeKey(one));
      expect(await (await openDb({})).entryValues(root, asked)).toEqual(again.map(({ value }) => value));
    }
  });
});
