import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import { treeKey } from '../../../src/state/batch/encoding.js';
import { deepestOf, rowsIn } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitSize, RowGroup } from '../../../src/machine/circuit/catalogue.js';
import { StateMismatchError, execute } from '../../../src/machine/executor/executor.js';
import { BrokenChainError, ChangedState } from '../../../src/state/hashdb/changed-state.js';
import type { Chunk } from '../../../src/machine/planner/plan.js';
import { prefixShape } from '../../../src/machine/planner/prefix.js';
import { DIMENSIONS, roomIn, utilisation } from '../../../src/machine/planner/utilisation.js';
import type { Dimension } from '../../../src/machine/planner/utilisation.js';
import type { Effect, Trace } from '../../../src/machine/trace/trace.js';
import { readPaths } from '../../../src/state/tree/read.js';
import { CapacityError, layOut } from '../../../src/machine/witness/layout.js';
import { databaseOf, plainEntry } from '../trace/honest.js';
import { batchOf, DEEP_SLOTS, deepSize, expectWhole, plan, read, rows, sizeWith, write } from './world.js';

const anyAccess = fc
  .record({ op: fc.constantFrom('read', 'write'), slot: fc.nat(25), value: fc.nat(3) })
  .map(({ op, slot, value }) => (op === 'read' ? read(slot) : write(slot, value)));
const anyBatch = fc.array(anyAccess, { minLength: 1, maxLength: 50, size: 'max' });
const group = (most: number) => fc.record({ rows: fc.nat(most), levels: fc.integer({ min: 2, max: 12 }) });
/** Up to three lengths of a kind, shorter ones first. */
const anyRows = (most: number) =>
  fc.array(group(most), { maxLength: 3 }).map((groups) => groups.toSorted((a, b) => a.levels - b.levels));
const anyRoom = fc.record({
  accesses: fc.integer({ min: 1, max: 6 }).map((steps) => 3 * steps),
  readRows: anyRows(4),
  updateRows: anyRows(3),
  writeRows: anyRows(4),
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const lengths = (chunks: readonly Chunk[]): number[] => chunks.map(({ accesses }) => accesses);
const twice = (slots: readonly number[], access: (slot: number) => RequestedAccess): RequestedAccess[] =>
  slots.flatMap((slot) => [access(slot), access(slot)]);

/** Slots whose paths go deeper than 26 bits, where all of them are present. */
const DEEP = DEEP_SLOTS.slice(0, 2).flatMap(({ slots }) => slots);
const HELD = [...range(0, 13), ...DEEP].map((slot) => plainEntry(slot, 1 + slot));

describe.each([1, 2] as const)('a plan on a tree of %i bits a level', (bits) => {
  it('is the batch, cut at multiples of three into parts that fit', async () => {
    const lengthsMet = new Set<number>();
    const levelsMet = new Set<number>();
    await fc.assert(
      fc.asyncProperty(anyBatch, anyRoom, async (accesses, room) => {
        const db = await databaseOf(bits, HELD);
        const chunks = await plan(db, accesses, sizeWith(bits, room), deepSize(bits));
        await expectWhole(db, accesses, chunks);
        for (const { size, trace } of chunks) {
          layOut(trace, size);
          lengthsMet.add(trace.log.length);
          levelsMet.add(deepestOf(size));
        }
      }),
      { numRuns: 20, seed: 20472570 },
    );
    expect(lengthsMet.size).toBeGreaterThan(4);
    expect(levelsMet).toContain(deepestOf(deepSize(bits)));
    expect(levelsMet.size).toBeGreaterThan(3);
  });

  it('is of chunks as long as can be, where no path is too deep', async () => {
    let chunksMet = 0;
    await fc.assert(
      fc.asyncProperty(anyBatch, anyRoom, async (accesses, room) => {
        const db = await databaseOf(bits, HELD);
        const long = (groups: readonly RowGroup[]) => rows(rowsIn(groups), 60 / bits);
        const size = sizeWith(bits, {
          accesses: room.accesses,
          readRows: long(room.readRows),
          updateRows: long(room.updateRows),
          writeRows: long(room.writeRows),
        });
        const state = new ChangedState(db, (await db.current()).root);
        for (const chunk of await plan(db, accesses, size, deepSize(bits))) {
          const left = accesses.slice(chunk.first);
          // The deep circuit is for three that do not fit the first, which does not hold more of them either.
          for (let count = chunk.size === size ? chunk.accesses + 3 : 3; count - 3 < left.length; count += 3) {
            const { trace } = await execute(state, state.root, batchOf(left.slice(0, count)), size);
            expect(() => layOut(trace, size)).toThrow(CapacityError);
          }
          state.add(chunk.change);
          chunksMet++;
        }
      }),
      { numRuns: 10, seed: 20472570 },
    );
    expect(chunksMet).toBeGreaterThan(30);
  });

  it('knows of a prefix, from the trace of the whole, which keys change and how', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatch, fc.nat(50), async (accesses, length) => {
        const db = await databaseOf(bits, HELD);
        const { root } = await db.current();
        const { trace: whole } = await execute(db, root, batchOf(accesses));
        const { trace } = await execute(db, root, batchOf(accesses.slice(0, length)));
        const shape = prefixShape(whole, length);
        const { log, keys } = trace;
        expect(shape).toMatchObject({ log, keys });
        const kindOf = (effect: Effect): string => effect.replace(/(AtEmpty|BesideLeaf|AndLift)$/, '');
        const rows = ({ reads, writes }: Trace) => [
          reads.map(({ key }) => key),
          writes.map(({ key, effect }) => [key, kindOf(effect)]),
        ];
        expect(rows(shape)).toEqual(rows(trace));
      }),
      { numRuns: 10, seed: 20472570 },
    );
  });

  /** What runs out, in which size and batch, and where that cuts. */
  const creates = twice(range(100, 105), (slot) => write(slot, 7));
  const updates = twice(range(0, 5), (slot) => write(slot, 99));
  const deepReads = DEEP.flatMap((slot) => [read(slot), read(slot), read(slot)]);
  const deepWrites = DEEP.flatMap((slot) => [write(slot, 3), read(slot), write(slot, 4)]);
  const few = (count: number) => rows(count, 60 / bits);
  const shallow = (longReads: number, longWrites: number): Partial<CircuitSize> => ({
    readRows: [...rows(99, 26 / bits), ...few(longReads)],
    updateRows: [],
    writeRows: [...rows(99, 26 / bits), ...few(longWrites)],
  });
  const cuts: readonly [
    what: string,
    dimension: Dimension,
    room: Partial<CircuitSize>,
    enough: Partial<CircuitSize>,
    accesses: readonly RequestedAccess[],
    lengths: readonly number[],
  ][] = [
    ['accesses', 'accesses', { accesses: 6 }, { accesses: 999 }, range(0, 13).map((slot) => read(slot)), [6, 6, 1]],
    [
      'read rows',
      'readRows',
      { readRows: few(4), updateRows: [], writeRows: [] },
      { readRows: few(99) },
      twice(range(0, 5), (slot) => read(slot)),
      [6, 4],
    ],
    ['write rows', 'writeRows', { writeRows: few(4) }, { writeRows: few(99) }, creates, [6, 4]],
    ['update rows', 'updateRows', { updateRows: few(4), writeRows: [] }, { updateRows: few(99) }, updates, [6, 4]],
    [
      'levels',
      'levels',
      shallow(0, 0),
      shallow(99, 99),
      [read(0), read(1), read(2), ...deepReads.slice(0, 4), ...updates.slice(0, 4)],
      [3, 3, 3, 2],
    ],
    ['long read rows', 'readRows', shallow(2, 0), shallow(99, 0), deepReads, [6, 6]],
    ['long write rows', 'writeRows', shallow(0, 2), shallow(0, 99), deepWrites, [6, 6]],
  ];

  it('can be cut by each capacity', () => {
    expect(new Set(cuts.map(([, dimension]) => dimension))).toEqual(new Set(DIMENSIONS));
  });

  it.each(cuts)('is cut where %s run out, and only for that', async (_, dimension, room, more, accesses, expected) => {
    const db = await databaseOf(bits, HELD);
    const size = sizeWith(bits, room);
    const chunks = await plan(db, accesses, size, deepSize(bits));
    expect(lengths(chunks)).toEqual(expected);
    await expectWhole(db, accesses, chunks);
    const roomier = { ...size, ...more };
    const enough = await plan(db, accesses, roomier, deepSize(bits));
    expect(lengths(enough)).toEqual([accesses.length]);
    expect(utilisation(enough[0]!)[dimension].room).toBe(roomIn(roomier, dimension));
    expect(roomIn(roomier, dimension)).toBeGreaterThan(roomIn(size, dimension));
  });

  it('takes a long prefix that leaves little to prove', async () => {
    const db = await databaseOf(bits, HELD);
    const accesses = [
      ...range(0, 6).map((slot) => write(slot, 50)),
      ...range(0, 6).map((slot) => write(slot, 1 + slot)),
    ];
    const size = sizeWith(bits, { readRows: few(6), writeRows: few(2), updateRows: [] });
    const chunks = await plan(db, accesses, size, deepSize(bits));
    expect(lengths(chunks)).toEqual([12]);
    expect(chunks[0]!.trace.writes).toEqual([]);
  });

  it('leaves the database as it was, and can be committed chunk by chunk or at once', async () => {
    const accesses = range(0, 8).flatMap((slot) => [write(slot, 0), write(50 + slot, 7), read(slot)]);
    const db = await databaseOf(bits, HELD);
    const other = await databaseOf(bits, HELD);
    const before = await db.current();
    const chunks = await plan(db, accesses, sizeWith(bits, { accesses: 9 }));
    expect(await db.current()).toEqual(before);
    const state = new ChangedState(db, before.root);
    for (const { change } of chunks) {
      await db.commit({ ...change, origin: 'prove' });
      state.add(change);
    }
    await other.commit({ ...state.change(), origin: 'prove' });
    const inSteps = await db.current();
    const atOnce = await other.current();
    expect([atOnce.root, atOnce.entries]).toEqual([inSteps.root, inSteps.entries]);
    expect(await other.nodeCount()).toBeLessThan(await db.nodeCount());
    expect(await other.entryValue(atOnce.root, chunks[0]!.trace.keys[1]!.treeKey)).toBe(7n);
  });
});

/** A size in which nothing cuts but levels, and what is told. */
const withRows = (levels: number, told: Partial<CircuitSize> = {}): CircuitSize => {
  const many = rows(99, levels);
  return sizeWith(2, { readRows: many, updateRows: many, writeRows: many, ...told });
};

describe('what no circuit holds', () => {
  const size = withRows(13);
  const accesses = [read(0), read(1), read(2), read(3), read(DEEP[0]!), read(4)];

  it('is refused by the access that is too much and the capacity that it exceeds; another one takes it', async () => {
    const db = await databaseOf(2, HELD);
    const refused = plan(db, accesses, size);
    await expect(refused).rejects.toThrow(CapacityError);
    await expect(refused).rejects.toThrow(
      /^accesses\[4\]: no circuit is large enough: the batch needs 1[4-9] tree levels; the circuit has room for 13$/,
    );
    const chunks = await plan(db, accesses, size, deepSize(2));
    expect(chunks.map((chunk) => [chunk.accesses, deepestOf(chunk.size)])).toEqual([
      [3, 127],
      [3, 127],
    ]);
  });

  it('is refused by the deep circuit in its own words, if it is that one that it exceeds', async () => {
    const db = await databaseOf(2, HELD);
    const deep = { ...deepSize(2), writeRows: rows(1, 127) };
    await expect(plan(db, accesses, size, deep)).rejects.toThrow(
      /^accesses\[4\]: .* needs 2 rows for distinct keys .* has room for 1$/,
    );
    await expect(plan(db, accesses, size, { ...deep, writeRows: rows(3, 127) })).resolves.toHaveLength(2);
  });
});

describe('circuits in order of preference', () => {
  it('each take what those before them cannot begin', async () => {
    const db = await databaseOf(2, []);
    // The first needs a top of inner nodes, which the empty tree has not; the second no deep path; the third nothing.
    const top = withRows(13, { topLevels: 1 });
    const accesses = [
      ...range(0, 30).map((slot) => write(slot, 7)),
      ...DEEP.slice(0, 3).map((slot) => write(slot, 7)),
      ...range(0, 32).map((slot) => read(slot % 9)),
    ];
    const shallow = withRows(13, { accesses: 30 });
    const chunks = await plan(db, accesses, top, shallow, deepSize(2));
    expect(chunks.map(({ size, ...chunk }) => [size.topLevels, deepestOf(size), chunk.accesses])).toEqual([
      [0, 13, 30],
      [0, 127, 3],
      [1, 13, 32],
    ]);
    await expectWhole(db, accesses, chunks);
    expect(chunks.map(({ trace }) => trace.cells.length)).toEqual([0, 0, 4]);
  });
});

describe('a chunk that a smaller circuit holds, too', () => {
  const sizes = [24, 12, 6].map((accesses) =>
    sizeWith(2, { accesses, readRows: rows(accesses / 2, 13), updateRows: [], writeRows: rows(1, 13) }),
  );
  const chunksOf = async (accesses: readonly RequestedAccess[]): Promise<number[][]> => {
    const db = await databaseOf(2, HELD);
    const chunks = await plan(db, accesses, ...(sizes as [CircuitSize, ...CircuitSize[]]), deepSize(2));
    await expectWhole(db, accesses, chunks);
    return chunks.map((chunk) => [chunk.accesses, chunk.size.accesses]);
  };
  const reads = (count: number): RequestedAccess[] => range(0, count).map((i) => read(i % 3));

  it('goes to the smallest that does', async () => {
    expect(await chunksOf(reads(24 + 5))).toEqual([
      [24, 24],
      [5, 6],
    ]);
    expect(await chunksOf(reads(24 + 7))).toEqual([
      [24, 24],
      [7, 12],
    ]);
    expect(await chunksOf(reads(24 + 13))).toEqual([
      [24, 24],
      [13, 24],
    ]);
    expect(await chunksOf(reads(3))).toEqual([[3, 6]]);
  });

  it('is not cut to fit a smaller one', async () => {
    // Six accesses, but two rows too many of those that change.
    const writes = [write(1, 50), write(1, 51), write(2, 50), write(2, 51), write(3, 50), write(3, 51)];
    expect(await chunksOf([...reads(3), ...writes.slice(0, 2)])).toEqual([[5, 6]]);
    const roomier = sizes.map((size, i) => ({ ...size, writeRows: rows(i === 0 ? 3 : 1, 13) }));
    const db = await databaseOf(2, HELD);
    const chunks = await plan(db, writes, ...(roomier as unknown as [CircuitSize, ...CircuitSize[]]), deepSize(2));
    expect(chunks.map((chunk) => [chunk.accesses, chunk.size.accesses])).toEqual([[6, 24]]);
  });

  it('goes to the deep circuit only for what needs it', async () => {
    expect(await chunksOf([...reads(9), read(DEEP[0]!), ...reads(5)])).toEqual([
      [9, 12],
      [3, 3],
      [3, 6],
    ]);
  });
});

describe('a read that the state does not bear out', () => {
  it('is told by its place in the batch, not in its chunk', async () => {
    const db = await databaseOf(2, HELD);
    const stating = (value: number) => [...range(0, 7).map((slot) => write(slot, 9)), read(5, value), read(6)];
    const size = sizeWith(2, { accesses: 3 });
    await expect(plan(db, stating(9), size)).resolves.toHaveLength(3);
    const refused = plan(db, stating(8), size);
    await expect(refused).rejects.toThrow(StateMismatchError);
    await expect(refused).rejects.toMatchObject({ index: 7, stated: 8n, held: 9n });
    await expect(refused).rejects.toThrow(/^accesses\[7\]: the read states/);
  });
});

describe('a state with changes on top', () => {
  it('takes only changes made from its root', async () => {
    const db = await databaseOf(2, HELD);
    const { root } = await db.current();
    const { change } = await execute(db, root, batchOf([write(1, 5)]));
    const state = new ChangedState(db, root);
    state.add(change);
    expect(state.root).toBe(change.root);
    expect(() => state.add(change)).toThrow(BrokenChainError);
    const keys = [2, 1].map((slot) => treeKey(plainEntry(slot, 0)));
    const leaves = await readPaths(state, state.scheme, state.root, keys);
    expect(await state.entriesOf(leaves.map(({ digest }) => digest))).toEqual([plainEntry(2, 3), plainEntry(1, 5)]);
  });
});
