import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/state/batch/batch.js';
import { entryId, treeKey } from '../../../src/state/batch/encoding.js';
import { parseBatch } from '../../../src/state/batch/parse.js';
import { proveEntries, proveEntry } from '../../../src/engine/prove-entry.js';
import { startingState } from '../../../src/engine/starting-state.js';
import { execute } from '../../../src/machine/executor/executor.js';
import { toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { changeOf } from '../../../src/state/hashdb/change.js';
import { digestOf, entryKeyOf, keys, ranges } from '../../../src/state/hashdb/codec.js';
import { DigestSet } from '../../../src/state/hashdb/digest-set.js';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { openLevel } from '../../../src/state/hashdb/level.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { put } from '../../../src/state/hashdb/seal.js';
import { encodeRoot } from '../../../src/state/hashdb/root-record.js';
import { PrunedRootError, UnknownRootError } from '../../../src/state/hashdb/roots.js';
import { checkChunk } from '../../../src/state/snapshot/chunk.js';
import type { CheckedChunk } from '../../../src/state/snapshot/chunk.js';
import { coverOf } from '../../../src/state/snapshot/cover.js';
import { exportChunks } from '../../../src/state/snapshot/export.js';
import { quad } from '../tree/schemes.js';
import { drivers, freshFolder } from './drivers.js';
import { anyWrites, contentUnder, interrupted, newDb, plain, plains, write, written } from './world.js';
import type { Content } from './world.js';

interface State {
  readonly root: bigint;
  readonly content: Content;
}

/** Commits batches, and tells what each root holds, the empty one first. */
async function historyOf(db: HashDb, batches: readonly (readonly Entry[])[]): Promise<State[]> {
  const states: State[] = [{ root: 0n, content: new Map() }];
  for (const batch of batches) {
    const content = written(states.at(-1)!.content, batch);
    states.push({ root: (await write(db, batch)).root, content });
  }
  return states;
}

async function digestsUnder(db: HashDb, root: bigint, found: Set<bigint>): Promise<void> {
  for (let digests = [root].filter((digest) => digest !== 0n); digests.length > 0;) {
    for (const digest of digests) found.add(digest);
    const nodes = await db.getNodes(digests);
    digests = nodes.flatMap((node) => (node.kind === 'inner' ? node.children.filter((digest) => digest !== 0n) : []));
  }
}

const keysIn = async (
  driver: Driver,
  { from, before }: { from: Uint8Array; before: Uint8Array },
): Promise<Uint8Array[]> => {
  const found: Uint8Array[] = [];
  for await (const [key] of driver.iterate(from, before)) found.push(key);
  return found;
};

/** Holds a database to what it should keep: these states in full, and no node or index entry beside them. */
async function expectKept(driver: Driver, states: readonly State[], kept: ReadonlySet<bigint>): Promise<void> {
  // Opened anew, so that nothing is read from a cache.
  const db = await newDb(driver);
  const digests = new Set<bigint>();
  const entries = new Set<string>();
  for (const { root, content } of states) {
    if (!kept.has(root)) {
      await expect(contentUnder(db, root)).rejects.toThrow(PrunedRootError);
      continue;
    }
    expect(new Map(await contentUnder(db, root))).toEqual(content);
    await digestsUnder(db, root, digests);
    for (const id of content.keys()) entries.add(id);
  }
  expect(new Set((await keysIn(driver, ranges.nodes)).map(digestOf))).toEqual(digests);
  expect(new Set((await keysIn(driver, ranges.entries)).map((key) => entryId(entryKeyOf(key))))).toEqual(entries);
  expect(await db.nodeCount()).toBe(digests.size);
  const history = await db.history();
  expect(new Set(history.filter(({ pruned }) => !pruned).map(({ root }) => root))).toEqual(kept);
}

const anyHistory = fc.array(anyWrites(8), { minLength: 1, maxLength: 6 });

describe('prune', () => {
  test('keeps the last roots and the named ones whole, and nothing beside them', () =>
    fc.assert(
      fc.asyncProperty(
        anyHistory,
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        fc.nat(),
        async (batches, keepLast, i, j) => {
          const driver = new MemoryDriver();
          const db = await newDb(driver);
          const states = await historyOf(db, batches);
          const named = states[i % states.length]!.root;
          const asked = states[j % states.length]!.root;
          await db.roots.name(named, 'named');
          const kept = new Set([0n, named, asked, ...states.slice(-keepLast).map(({ root }) => root)]);
          const { roots, nodes, entries } = await db.prune({ keepLast, keep: [asked] });
          expect(new Set(roots.map(({ root }) => root))).toEqual(
            new Set(states.map(({ root }) => root).filter((root) => !kept.has(root))),
          );
          await expectKept(driver, states, kept);
          // Once more, with nothing left to do.
          expect(await db.prune({ keepLast, keep: [asked] })).toEqual({ roots: [], nodes: 0, entries: 0 });
          if (roots.length === 0) expect([nodes, entries]).toEqual([0, 0]);
        },
      ),
      { numRuns: 40 },
    ));

  test('leaves the current root at least, and keeps none that there is not', async () => {
    const db = await newDb();
    const first = await write(db, plains(1, 3));
    await write(db, plains(2, 3));
    await expect(db.prune({ keepLast: 0 })).rejects.toThrow(RangeError);
    await expect(db.prune({ keepLast: 1, keep: [5n] })).rejects.toThrow(UnknownRootError);
    expect((await db.history()).some(({ pruned }) => pruned)).toBe(false);
    expect((await db.prune({ keepLast: 1 })).roots).toEqual([{ ...first, pruned: true }]);
    await expect(db.prune({ keepLast: 1, keep: [first!.root] })).rejects.toThrow(PrunedRootError);
    await expect(db.roots.name(first!.root, 'late')).rejects.toThrow(
      `root 0x${first!.root.toString(16).padStart(64, '0')} was pruned`,
    );
    await expect(db.entryValue(first!.root, 1n)).rejects.toThrow(PrunedRootError);
  });

  test('keeps a root that came back, under its old number, too', async () => {
    const driver = new MemoryDriver();
    const db = await newDb(driver);
    const states = await historyOf(db, [[plain(1, 7)], [plain(1, 8)], [plain(1, 7)]]);
    expect((await db.prune({ keepLast: 1 })).roots.map(({ number }) => number)).toEqual([2]);
    await expectKept(driver, states, new Set([0n, states[1]!.root]));
  });

  test('keeps the current root, even if its record says otherwise', async () => {
    const driver = new MemoryDriver();
    const db = await newDb(driver);
    const states = await historyOf(db, [plains(1, 9), plains(2, 9)]);
    const record = put(keys.root(2), encodeRoot({ ...(await db.current()), pruned: true }));
    await driver.writeIf({ key: Buffer.from('?'), value: undefined }, [record]);
    await db.prune({ keepLast: 1 });
    const current = states[2]!;
    for (const { slot, value } of current.content.values()) {
      expect(await db.entryValue(current.root, treeKey({ address: 0n, kind: 'storage', slot }))).toBe(value);
    }
  });

  test('gives space back', async () => {
    const folder = await freshFolder();
    const db = await newDb(await openLevel(folder, { createIfMissing: true }));
    const value = () => toUint256(BigInt(`0x${randomBytes(32).toString('hex')}`));
    for (let i = 0; i < 12; i++)
      await write(
        db,
        plains(0, 500).map((entry) => ({ ...entry, value: value() })),
      );
    const before = await db.sizeOnDisk();
    const { nodes } = await db.prune({ keepLast: 1 });
    expect(nodes).toBeGreaterThan(11 * 500);
    // A twelfth is left, and what LevelDB needs beside it.
    expect(await db.sizeOnDisk()).toBeLessThan(before / 4);
    await db.close();
  });
});

test('a root that was found is found again by one look, for as long as it is kept', async () => {
  const driver = new MemoryDriver();
  const db = await newDb(driver);
  let scans = 0;
  const iterate: Driver['iterate'] = (from, before) => {
    scans++;
    return driver.iterate(from, before);
  };
  const reader = await newDb({ ...interrupted(driver, async () => {}), iterate });
  const first = await write(db, [plain(1, 7)]);
  await write(db, [plain(1, 8)]);
  scans = 0;
  for (let i = 0; i < 3; i++) expect(await reader.roots.find(first.root)).toEqual(first);
  expect(scans).toBe(1);
  await db.prune({ keepLast: 1 });
  await expect(reader.roots.find(first.root)).rejects.toThrow(PrunedRootError);
  const again = await write(db, [plain(1, 7)]);
  for (let i = 0; i < 3; i++) expect(await reader.roots.find(first.root)).toEqual(again);
  expect(scans).toBe(3);
});

/** Does `work` at the nth call from now on. */
function once(n: number, work: () => Promise<unknown>): () => Promise<void> {
  let calls = 0;
  return async () => {
    if (++calls === n) await work();
  };
}

test('a set of digests has what was added, and next to nothing else', () => {
  const set = new DigestSet();
  const digest = (i: number) => BigInt(`0x${createHash('sha256').update(`${i}`).digest('hex')}`);
  for (let i = 0; i < 5_000; i++) set.add(digest(i));
  for (let i = 0; i < 5_000; i++) set.add(digest(i));
  expect(set.size).toBe(5_000);
  for (let i = 0; i < 10_000; i++) {
    expect(set.has(digest(i))).toBe(i < 5_000);
    expect(set.hasEndOf(keys.node(digest(i)))).toBe(i < 5_000);
  }
  for (const edge of [0n, (1n << 48n) - 1n]) {
    expect(set.has(edge)).toBe(false);
    set.add(edge);
    expect(set.has(edge)).toBe(true);
  }
});

describe('beside a prune', () => {
  test('what is committed between any two of its steps stays whole', () =>
    fc.assert(
      fc.asyncProperty(anyHistory, fc.integer({ min: 1, max: 24 }), fc.nat(), async (batches, moment, back) => {
        const driver = new MemoryDriver();
        const db = await newDb(driver);
        const states = await historyOf(db, batches);
        // A state that there was before: of its nodes, some are being deleted.
        const target = states[back % states.length]!;
        const absent = [...states.at(-1)!.content.values()].map((entry) => ({ ...entry, value: toUint256(0n) }));
        const commit = once(moment, () => write(db, [...absent, ...target.content.values()]));
        const pruner = await newDb(interrupted(driver, commit));
        await pruner.prune({ keepLast: 1 });
        await db.prune({ keepLast: 2 });
        const { number, root } = await db.current();
        const last = states.at(-1)!;
        const committed = number === batches.length + 1;
        if (committed) expect(root).toBe(target.root);
        // If it was committed before the prune chose what to keep, the one before it was not kept.
        const lastIsKept = (await db.history()).some((record) => record.number === batches.length && !record.pruned);
        await expectKept(driver, states, new Set([0n, root, ...(lastIsKept ? [last.root] : [])]));
      }),
      { numRuns: 60 },
    ));

  test('a commit finds again what it took to be there, if the prune has deleted it', () =>
    fc.assert(
      fc.asyncProperty(anyHistory, fc.integer({ min: 1, max: 5 }), fc.nat(), async (batches, moment, back) => {
        const driver = new MemoryDriver();
        const db = await newDb(driver);
        const states = await historyOf(db, batches);
        const target = states[back % states.length]!;
        const last = states.at(-1)!;
        const absent = [...last.content.values()].map((entry) => ({ ...entry, value: toUint256(0n) }));
        const change = await changeOf(db, last.root, [...absent, ...target.content.values()]);
        const committer = await newDb(
          interrupted(
            driver,
            once(moment + 1, () => db.prune({ keepLast: 1 })),
          ),
        );
        await committer.commit({ ...change, origin: 'write' });
        const dropped = new Set((await db.history()).filter(({ pruned }) => pruned).map(({ root }) => root));
        const kept = [...states, target]
          .map(({ root }) => root)
          .filter((root) => !dropped.has(root) || root === target.root);
        await expectKept(driver, states, new Set([0n, ...kept]));
      }),
      { numRuns: 60 },
    ));

  test.each([
    ['a leaf', [[plain(1, 7)], [plain(1, 0), plain(2, 8)]]],
    ['a tree', [plains(0, 9), plains(0, 9, 2)]],
  ])('a root of before, %s, that is committed by itself is whole, or is refused', async (_what, batches) => {
    for (const order of ['prune within commit', 'commit within prune'] as const) {
      const outcomes = new Set<string>();
      for (let moment = 1; moment < 12; moment++) {
        const driver = new MemoryDriver();
        const db = await newDb(driver);
        const states = await historyOf(db, batches);
        const [, back, last] = states as [State, State, State];
        const change = { parent: last.root, root: back.root, entriesDelta: back.content.size - last.content.size };
        const commit = async (on: HashDb): Promise<void> =>
          on
            .commit({
              ...change,
              nodes: new Map(),
              keyPreimages: new Map(),
              valuePreimages: new Map(),
              origin: 'write',
            })
            .then(
              () => void outcomes.add('committed'),
              (error: Error) => void outcomes.add(error.name),
            );
        const prune = (on: HashDb) => on.prune({ keepLast: 1 });
        const [inner, outer] = order === 'prune within commit' ? [prune, commit] : [commit, prune];
        await outer(
          await newDb(
            interrupted(
              driver,
              once(moment + 1, () => inner(db)),
            ),
          ),
        );
        const { root } = await db.current();
        expect(await contentUnder(await newDb(driver), root)).toEqual(root === back.root ? back.content : last.content);
        expect(await (await newDb(driver)).check()).toMatchObject({ damages: [] });
      }
      expect(outcomes).toContain('committed');
    }
  });

  test('what is imported between any two of its steps is whole once it is current', async () => {
    const source = await newDb();
    const { root } = await write(source, plains(0, 30, 5));
    const chunks: CheckedChunk[] = [];
    for await (const { bytes } of exportChunks(source, root, { limit: 300 }))
      chunks.push(await checkChunk(quad, root, bytes));
    const addAll = async (db: HashDb): Promise<void> => {
      for (const { content, ...part } of chunks) await db.parts(root).add(part, content);
    };
    let imports = 0;
    for (let moment = 1, isDone = true; isDone; moment++) {
      isDone = false;
      const driver = new MemoryDriver();
      const db = await newDb(driver);
      await historyOf(db, [plains(100, 30), plains(100, 30, 2)]);
      const pruner = await newDb(
        interrupted(
          driver,
          once(moment + 1, async () => {
            isDone = true;
            await addAll(db);
          }),
        ),
      );
      await pruner.prune({ keepLast: 1 });
      // The import goes on: what has been forgotten of it is read again.
      const there = (await db.parts(root).find()).parts.length;
      if (there < chunks.length) await addAll(db);
      const found = await db.parts(root).find();
      const cover = coverOf(quad, found.parts);
      expect(cover.root).toBe(root);
      await db.parts(root).commit(found, cover.nodes, cover.entries);
      expect(await (await newDb(driver)).check()).toMatchObject({ damages: [] });
      imports += Number(isDone);
    }
    expect(imports).toBeGreaterThan(5);
  });

  test('a name given before the roots are dropped keeps its root; one given after is refused', async () => {
    for (const [moment, isKept] of [
      [2, true],
      [5, false],
    ] as const) {
      const driver = new MemoryDriver();
      const db = await newDb(driver);
      const states = await historyOf(db, [[plain(1, 7)], [plain(1, 8)], [plain(1, 9)]]);
      const { root } = states[1]!;
      let naming: Promise<unknown> = Promise.resolve();
      const pruner = await newDb(
        interrupted(
          driver,
          once(moment, async () => {
            naming = db.roots.name(root, 'wanted').then(
              () => 'named',
              (error: unknown) => error,
            );
            await naming;
          }),
        ),
      );
      await pruner.prune({ keepLast: 1 });
      if (isKept) expect(await naming).toBe('named');
      else expect(await naming).toBeInstanceOf(PrunedRootError);
      await expectKept(driver, states, new Set([0n, states[3]!.root, ...(isKept ? [root] : [])]));
    }
  });

  test('a reader of a root that is pruned meanwhile gets the error that it was', async () => {
    const batch = parseBatch('{"accesses": [{"op": "read", "key": 1}]}');
    const reads: readonly ((db: HashDb, root: Fr) => Promise<unknown>)[] = [
      (db, root) => exportChunks(db, root).next(),
      (db, root) => proveEntry(db, plain(1, 0), { root }),
      (db, root) => proveEntries(db, [plain(1, 0)], { root }),
      async (db) => {
        const { reader, root } = await startingState(db, batch);
        return execute(reader, root, batch);
      },
    ];
    for (const read of reads) {
      const driver = new MemoryDriver();
      const db = await newDb(driver);
      const { root } = await write(db, plains(0, 9));
      await expect(read(await newDb(driver), toFr(root))).resolves.toBeDefined();
      const getMany = async (wanted: readonly Uint8Array[]) => {
        const isNode = wanted[0]?.[0] === keys.node(root)[0];
        if (isNode) await write(db, plains(0, 9, 2)).then(() => db.prune({ keepLast: 1 }));
        return driver.getMany(wanted);
      };
      const overtaken = await newDb({ ...interrupted(driver, async () => {}), getMany });
      await expect(read(overtaken, toFr(root))).rejects.toThrow(PrunedRootError);
    }
  });

  test('another prune gets in the way of nothing', async () => {
    for (let moment = 1; moment < 12; moment++) {
      const driver = new MemoryDriver();
      const db = await newDb(driver);
      const states = await historyOf(db, [plains(0, 9), plains(0, 9, 2), plains(2, 9, 3), plains(1, 9, 4)]);
      const pruner = await newDb(
        interrupted(
          driver,
          once(moment, () => db.prune({ keepLast: 1 })),
        ),
      );
      await pruner.prune({ keepLast: 2 });
      await expectKept(driver, states, new Set([0n, states[4]!.root]));
    }
  });
});

test('killed before any of its writes, a prune leaves what is kept whole, and the next one ends the work', async () => {
  for (let moment = 1; ; moment++) {
    const driver = new MemoryDriver();
    const db = await newDb(driver);
    const states = await historyOf(db, [plains(0, 9), plains(0, 9, 2), plains(2, 9, 3)]);
    let writes = 0;
    const dying = interrupted(driver, async (what) => {
      if (what === 'writeIf' && ++writes === moment) throw new Error('killed');
    });
    const ended = await (await newDb(dying)).prune({ keepLast: 1 }).then(
      () => true,
      () => false,
    );
    expect(await contentUnder(await newDb(driver), states[3]!.root)).toEqual(states[3]!.content);
    await db.prune({ keepLast: 1 });
    await expectKept(driver, states, new Set([0n, states[3]!.root]));
    if (ended) {
      expect(moment).toBeGreaterThan(2);
      return;
    }
  }
});

describe.each(drivers)('on the $name driver', ({ newStore }) => {
  test('prunes and commits go on at once, and what is kept is whole', async () => {
    const open = await newStore();
    const db = await newDb(await open());
    const states = await historyOf(
      db,
      Array.from({ length: 5 }, (_, i) => plains(0, 900, 1 + 1_000 * i)),
    );
    await db.roots.name(states[1]!.root, 'first');
    let content = states.at(-1)!.content;
    const commits = async (): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        // Back to values whose leaves are being deleted, and forward to new ones.
        const entries = plains(90 * i, 90, i % 2 === 0 ? 1 + 90 * i : 1 + 5_000 * i);
        await write(db, entries);
        content = written(content, entries);
      }
    };
    const [, pruned] = await Promise.all([commits(), db.prune({ keepLast: 1 })]);
    expect(pruned.nodes).toBeGreaterThan(2_000);
    expect(await contentUnder(db, (await db.current()).root)).toEqual(content);
    await db.prune({ keepLast: 1 });
    expect(await contentUnder(db, (await db.current()).root)).toEqual(content);
    expect(await contentUnder(db, states[1]!.root)).toEqual(states[1]!.content);
    await expect(contentUnder(db, states[3]!.root)).rejects.toThrow(PrunedRootError);
    await db.close();
  });
});
