import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import { entryId, treeKey } from '../../../src/state/batch/encoding.js';
import { dataPolynomial, logHash } from '../../../src/state/batch/log.js';
import { StateMismatchError, execute } from '../../../src/machine/executor/executor.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { ONE, ZERO, toFr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { MissingPreimageError } from '../../../src/state/hashdb/reader.js';
import { checkTrace } from '../../../src/machine/trace/check.js';
import { MissingNodeError } from '../../../src/state/tree/store.js';
import { databaseOf, pathKinds, plainEntry } from '../trace/honest.js';

beforeAll(async () => {});

const batchOf = (accesses: readonly RequestedAccess[]) => ({
  accesses,
  where: (index: number) => `accesses[${index}]`,
});
const write = (slot: number, value: number): RequestedAccess => ({ op: 'write', ...plainEntry(slot, value) });
const read = (slot: number): RequestedAccess => ({
  op: 'read',
  address: 0n,
  kind: 'storage',
  slot: toUint256(BigInt(slot)),
});

/** Few keys, so that they meet; a quarter of the writes and more delete. */
const anyAccess = fc
  .record({ op: fc.constantFrom('read', 'write'), slot: fc.nat(25), value: fc.nat(3) })
  .map(({ op, slot, value }) => (op === 'read' ? read(slot) : write(slot, value)));

const manyBatches = fc.array(fc.array(anyAccess, { minLength: 1, maxLength: 40, size: 'max' }), {
  minLength: 2,
  maxLength: 4,
});

describe.each([1, 2] as const)('batches on a tree of %i bits a level', (bits) => {
  it('do what they do to a map, prove every kind of path, and leave the tree of their content', async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(manyBatches, async (batches) => {
        const db = await databaseOf(bits, []);
        const model = new Map<string, Entry>();
        const held = (access: RequestedAccess): bigint => model.get(entryId(access))?.value ?? 0n;
        for (const accesses of batches) {
          const { trace, change } = await execute(db, (await db.current()).root, batchOf(accesses));
          expect(checkTrace(trace)).toBeNull();
          for (const [i, access] of accesses.entries()) {
            expect(trace.log[i]!.previousValue).toBe(held(access));
            expect(trace.log[i]!.value).toBe(access.op === 'read' ? held(access) : access.value);
            if (access.op === 'write') model.set(entryId(access), access);
          }
          for (const kind of pathKinds(trace)) kinds.add(kind);
          const record = await db.commit({ ...change, origin: 'prove' });
          const content = [...model.values()].filter(({ value }) => value !== 0n);
          expect(record.entries).toBe(content.length);
          expect(record.root).toBe((await loadEntries(db.scheme, content)).root);
          for (const entry of model.values()) {
            expect(await db.entryValue(record.root, treeKey(entry))).toBe(entry.value);
          }
        }
      }),
      { numRuns: 12, seed: 20472570 },
    );
    expect([...kinds].sort()).toEqual([
      'createAtEmpty',
      'createBesideLeaf',
      'delete',
      'deleteAndLift',
      'readAbsentAtEmpty',
      'readAbsentAtLeaf',
      'readPresent',
      'update',
    ]);
  });
});

describe('a batch', () => {
  it('of writes that cancel out leaves the root, and only reads', async () => {
    const db = await databaseOf(1, [plainEntry(1, 7)]);
    const { root } = await db.current();
    const accesses = [write(1, 8), write(2, 5), write(1, 7), write(2, 0), write(3, 0)];
    const { trace, change } = await execute(db, root, batchOf(accesses));
    expect(checkTrace(trace)).toBeNull();
    expect(change).toMatchObject({ parent: root, root, entriesDelta: 0 });
    expect(change.nodes.size).toBe(0);
    expect([trace.reads.length, trace.writes.length]).toEqual([3, 0]);
  });

  it('that deletes everything leaves the empty tree', async () => {
    const db = await databaseOf(
      1,
      [1, 2, 3, 4, 5].map((slot) => plainEntry(slot, 9)),
    );
    const { trace, change } = await execute(
      db,
      (await db.current()).root,
      batchOf([1, 2, 3, 4, 5].map((slot) => write(slot, 0))),
    );
    expect(checkTrace(trace)).toBeNull();
    expect(change).toMatchObject({ root: 0n, entriesDelta: -5 });
  });

  it('updates, then deletes, then creates, for any order of its accesses', async () => {
    const db = await databaseOf(1, [plainEntry(1, 7), plainEntry(2, 7), plainEntry(3, 7)]);
    const accesses = [write(10, 1), write(1, 0), write(2, 8), write(3, 0)];
    const { trace } = await execute(db, (await db.current()).root, batchOf(accesses));
    expect(trace.writes.map(({ key }) => key)).toEqual([2, 1, 3, 0]);
  });

  it('adds the nodes of its own tree and none of the trees in between', async () => {
    const db = await databaseOf(1, []);
    const writes = [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => write(slot, slot));
    const { change } = await execute(db, 0n, batchOf(writes));
    const inner = [...change.nodes.values()].filter(({ kind }) => kind === 'inner');
    expect(change.nodes.size - inner.length).toBe(8);
    const children = new Set(inner.flatMap((node) => (node.kind === 'inner' ? node.children : [])));
    for (const digest of change.nodes.keys()) expect(children.has(digest) || digest === change.root).toBe(true);
    expect(change.keyPreimages.size).toBe(8);
    expect(change.valuePreimages.get(db.scheme.leafValue(5n))).toBe(5n);
  });

  it('begins at 0 and 1, and continues where the chunk before it ended', async () => {
    const db = await databaseOf(1, []);
    const accesses = [write(1, 5), read(1), write(2, 6), write(1, 7), read(2)];
    const x = toFr(99n);
    const whole = await execute(db, 0n, batchOf(accesses), { x });
    expect(whole.trace.publics).toMatchObject({ oldRoot: ZERO, logHashIn: ZERO, dataIn: ONE, x });
    const head = await execute(db, 0n, batchOf(accesses.slice(0, 3)), { x });
    await db.commit({ ...head.change, origin: 'prove' });
    const { logHash: logHashIn, dataOut: dataIn, newRoot } = head.trace.publics;
    const tail = await execute(db, newRoot, batchOf(accesses.slice(3)), { x, logHashIn, dataIn });
    expect(checkTrace(tail.trace)).toBeNull();
    const { logHash: logHashOut, dataOut } = whole.trace.publics;
    expect(tail.trace.publics).toMatchObject({ logHash: logHashOut, dataOut, newRoot: whole.trace.publics.newRoot });
    expect(logHashOut).toBe(logHash(whole.trace.log));
    expect(dataOut).toBe(dataPolynomial(x, whole.trace.log));
  });

  it('may state what its reads return; another value is refused with the access, both values named', async () => {
    const db = await databaseOf(1, [plainEntry(1, 7)]);
    const { root } = await db.current();
    const stating = (value: number) =>
      batchOf([read(1), write(1, 8), { ...read(1), value: toUint256(BigInt(value)) } as RequestedAccess]);
    const { trace } = await execute(db, root, stating(8));
    expect(trace.log[2]!.value).toBe(8n);
    const refused = execute(db, root, stating(7));
    await expect(refused).rejects.toThrow(StateMismatchError);
    await expect(refused).rejects.toMatchObject({ index: 2, stated: 7n, held: 8n });
    await expect(refused).rejects.toThrow(
      `accesses[2]: the read states value 0x${'7'.padStart(64, '0')}, but the state has 0x${'8'.padStart(64, '0')}`,
    );
  });

  it('keeps kinds, slots and addresses apart', async () => {
    const db = await databaseOf(1, []);
    const entries = [
      { address: 1n, kind: 'storage', slot: toUint256(0n) },
      { address: 1n, kind: 'nonce', slot: toUint256(0n) },
      { address: 2n, kind: 'nonce', slot: toUint256(0n) },
      { address: 1n, kind: 'storage', slot: toUint256(1n << 128n) },
    ] as const;
    const accesses = entries.map((entry, i): RequestedAccess => ({
      op: 'write',
      ...entry,
      value: toUint256(BigInt(i + 1)),
    }));
    const { trace, change } = await execute(db, 0n, batchOf(accesses));
    expect(trace.keys.map(({ newValue }) => newValue)).toEqual([1n, 2n, 3n, 4n]);
    expect(change.entriesDelta).toBe(4);
  });

  it('on a root that the database lacks, or on a value without its preimage, is an error', async () => {
    const db = await databaseOf(1, [plainEntry(1, 7)]);
    const { root } = await db.current();
    await expect(execute(db, root, batchOf([read(1)]))).resolves.toBeDefined();
    await expect(execute(db, root + 1n, batchOf([read(1)]))).rejects.toThrow(MissingNodeError);
    const forgetful = {
      scheme: db.scheme,
      getNodes: db.getNodes.bind(db),
      entriesOf: async (leaves: readonly bigint[]) => leaves.map(() => undefined),
    };
    await expect(execute(forgetful, root, batchOf([read(1)]))).rejects.toThrow(MissingPreimageError);
  });
});

describe('loading entries', () => {
  it('gives one root for one content: zeros are absent, and the last of equal keys counts', async () => {
    const { scheme } = await databaseOf(1, []);
    const load = (...entries: readonly Entry[]) => loadEntries(scheme, entries);
    const plain = await load(plainEntry(1, 7), plainEntry(2, 5));
    const other = await load(plainEntry(3, 0), plainEntry(2, 4), plainEntry(1, 7), plainEntry(2, 5));
    expect(other.root).toBe(plain.root);
    expect([other.nodes, other.entriesDelta, plain.entriesDelta]).toEqual([plain.nodes, 2, 2]);
  });
});
