import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntryKey } from '../../../src/state/batch/access.js';
import { treeKey } from '../../../src/state/batch/encoding.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import type { Uint256 } from '../../../src/base/field/limbs.js';
import { keys } from '../../../src/state/hashdb/codec.js';
import { NoDatabaseError, NotADatabaseError } from '../../../src/state/hashdb/driver.js';
import { DatabaseSchemeError, DatabaseVersionError } from '../../../src/state/hashdb/format.js';
import { HashDb, RootConflictError } from '../../../src/state/hashdb/hashdb.js';
import type { Commit } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { encodeNode } from '../../../src/state/hashdb/node-record.js';
import { MissingPreimageError } from '../../../src/state/hashdb/reader.js';
import { DamagedRecordError } from '../../../src/state/hashdb/record.js';
import { seal } from '../../../src/state/hashdb/seal.js';
import { encodeHead, encodeRoot } from '../../../src/state/hashdb/root-record.js';
import { RootNameError, UnknownRootError } from '../../../src/state/hashdb/roots.js';
import { StagingInterruptedError } from '../../../src/state/hashdb/staging.js';
import { EMPTY } from '../../../src/state/tree/node.js';
import type { Digest, Node } from '../../../src/state/tree/node.js';
import { readPath, valueAt } from '../../../src/state/tree/read.js';
import type { TreeScheme } from '../../../src/state/tree/scheme.js';
import { MissingNodeError, NodeOverlay, nodesUnder } from '../../../src/state/tree/store.js';
import { writeLeaf } from '../../../src/state/tree/write.js';
import { writes } from '../tree/model.js';
import { binary, quad, remainingKeyScheme } from '../tree/schemes.js';
import { drivers } from './drivers.js';

/** What a batch of raw leaf writes commits, made on top of the current root. */
async function commitOf(db: HashDb, list: Iterable<readonly [bigint, bigint]>): Promise<Commit> {
  const parent = (await db.current()).root;
  const overlay = new NodeOverlay(db);
  let root = parent;
  let entriesDelta = 0;
  for (const [key, value] of list) {
    const result = await writeLeaf(overlay, db.scheme, root, key, value);
    overlay.add(result.nodes);
    root = result.root;
    const { kind } = result.transition;
    if (kind.startsWith('create')) entriesDelta++;
    if (kind.startsWith('delete')) entriesDelta--;
  }
  const none = { keyPreimages: new Map(), valuePreimages: new Map() };
  return { parent, root, nodes: overlay.nodes, ...none, entriesDelta, origin: 'load' };
}

/** Adds the digest of every node under a root: throws if one is missing. */
async function digestsUnder(db: HashDb, digest: Digest, found: Set<Digest>): Promise<void> {
  if (digest === 0n) return;
  found.add(digest);
  const [node] = await db.getNodes([digest]);
  if (node?.kind === 'inner') for (const child of node.children) await digestsUnder(db, child, found);
}

const commitAll = async (db: HashDb, list: Iterable<readonly [bigint, bigint]>) => db.commit(await commitOf(db, list));

const create = { createIfMissing: true };

describe.each(drivers)('a HashDb on the $name driver', ({ newStore }) => {
  const newDb = async (scheme: TreeScheme = binary) => HashDb.open(await (await newStore())(), scheme, create);

  test('begins with the empty tree', async () => {
    const db = await newDb();
    const empty = { number: 0, root: 0n, parent: 0n, entries: 0, origin: 'empty', pruned: false };
    expect(await db.current()).toEqual(empty);
    expect(await db.history()).toEqual([empty]);
    await db.close();
  });

  test('keeps every root, and every root stays readable, also after reopening', async () => {
    const open = await newStore();
    let db = await HashDb.open(await open(), binary, create);
    const first = await commitAll(db, [
      [1n, 7n],
      [2n, 5n],
    ]);
    const second = await commitAll(db, [
      [1n, 8n],
      [3n, 9n],
    ]);
    const third = await commitAll(db, [[2n, 0n]]);
    await db.close();
    db = await HashDb.open(await open(), binary);
    const history = await db.history();
    expect(history).toMatchObject([
      { number: 0, root: 0n },
      { number: 1, root: first.root, parent: 0n, entries: 2, origin: 'load' },
      { number: 2, root: second.root, parent: first.root, entries: 3 },
      { number: 3, root: third.root, parent: second.root, entries: 2 },
    ]);
    expect(await db.current()).toEqual(history[3]);
    const valuesUnder = async (root: bigint) =>
      Promise.all([1n, 2n, 3n].map(async (key) => valueAt(await readPath(db, binary, root, key), key)));
    expect(await Promise.all(history.map(({ root }) => valuesUnder(root)))).toEqual([
      [0n, 0n, 0n],
      [7n, 5n, 0n],
      [8n, 5n, 9n],
      [8n, 0n, 9n],
    ]);
    await db.close();
  });

  test.each([binary, quad, remainingKeyScheme(1), remainingKeyScheme(3)])(
    'has the root, the entries and the nodes that its content says, for $id',
    (scheme) =>
      fc.assert(
        fc.asyncProperty(fc.array(writes(scheme, 6), { maxLength: 4 }), async (batches) => {
          const db = await newDb(scheme);
          const content = new Map<bigint, bigint>();
          const digests = new Set<bigint>();
          for (const batch of batches) {
            const commit = await commitOf(db, batch);
            const record = await db.commit(commit);
            for (const [key, value] of batch) content.set(key, value);
            await digestsUnder(db, commit.root, digests);
            const entries = [...content.values()].filter((value) => value !== 0n).length;
            expect(record).toMatchObject({ entries, root: commit.root });
            expect(await db.nodeCount()).toBe(digests.size);
            expect(await db.current()).toEqual(record);
          }
          await db.close();
        }),
        { numRuns: 8 },
      ),
  );

  test('a node that is there already is neither counted nor written again', async () => {
    const db = await newDb();
    const roots: bigint[] = [];
    for (const [value, nodes] of [
      [7n, 1],
      [8n, 2],
      [7n, 2],
    ] as const) {
      roots.push((await commitAll(db, [[1n, value]])).root);
      expect(await db.nodeCount()).toBe(nodes);
    }
    expect(roots[2]).toBe(roots[0]);
    expect(await db.history()).toHaveLength(4);
    await db.close();
  });

  test('keeps the nodes under the new root, not those of the roots between two commits', async () => {
    const db = await newDb();
    const commit = await commitOf(db, [
      [1n, 7n],
      [1n, 8n],
      [2n, 5n],
      [3n, 9n],
    ]);
    await db.commit(commit);
    // Three leaves, and inner nodes above 1 and 3, and above those and 2.
    expect(await db.nodeCount()).toBe(5);
    expect(commit.nodes.size).toBeGreaterThan(5);
    await expect(db.getNodes([binary.hashLeaf({ kind: 'leaf', key: 1n, value: 7n })])).rejects.toThrow(
      MissingNodeError,
    );
    await expect(db.getNodes([binary.hashLeaf({ kind: 'leaf', key: 1n, value: 8n })])).resolves.toHaveLength(1);
    await db.close();
  });

  test('refuses a commit made from an older root, and changes nothing by it', async () => {
    const db = await newDb();
    const late = await commitOf(db, [[1n, 7n]]);
    const early = await commitAll(db, [[2n, 5n]]);
    await expect(db.commit(late)).rejects.toThrow(RootConflictError);
    await expect(db.commit(late)).rejects.toThrow(`onto root 0, but the current root is ${early.root}`);
    expect(await db.current()).toEqual(early);
    await expect(db.getNodes([late.root])).rejects.toThrow(MissingNodeError);
    await commitAll(db, [[1n, 7n]]);
    await db.close();
  });

  test('of commits made at once from one root, exactly one succeeds', async () => {
    const db = await newDb();
    const commits = await Promise.all([1n, 2n, 3n].map((value) => commitOf(db, [[1n, value]])));
    const outcomes = await Promise.allSettled(commits.map((commit) => db.commit(commit)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(2);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(RootConflictError);
    expect(await db.history()).toHaveLength(2);
    await db.close();
  });

  test('refuses a root that no node stands for', async () => {
    const db = await newDb();
    const good = await commitOf(db, [[1n, 7n]]);
    await expect(db.commit({ ...good, nodes: new Map<bigint, Node>() })).rejects.toThrow(MissingNodeError);
    await expect(db.commit(good)).resolves.toMatchObject({ number: 1 });
    await expect(db.commit({ ...good, parent: good.root, root: 0n, entriesDelta: -2 })).rejects.toThrow(RangeError);
    await db.close();
  });

  test('takes a state in parts, and shows nothing of it before its root is committed', async () => {
    const db = await newDb();
    const { root, nodes, keyPreimages, valuePreimages } = await commitOf(db, [
      [1n, 7n],
      [2n, 5n],
      [3n, 9n],
    ]);
    const staging = await db.stage();
    const needed = [...nodesUnder(root, nodes)];
    for (const part of [needed.slice(2), needed.slice(0, 2)])
      await staging.add({ nodes: new Map(part), keyPreimages, valuePreimages });
    expect(await db.history()).toHaveLength(1);
    const record = await staging.commit({ root, entries: 3, origin: 'load' });
    expect(record).toEqual({ number: 1, root, parent: 0n, entries: 3, origin: 'load', pruned: false });
    expect(await db.current()).toEqual(record);
    expect(await db.nodeCount()).toBe(needed.length);
    expect(valueAt(await readPath(db, binary, root, 3n), 3n)).toBe(9n);
    await db.close();
  });

  test('refuses to go on with a state in parts once something else was written', async () => {
    const db = await newDb();
    const { root, ...content } = await commitOf(db, [[1n, 7n]]);
    const staging = await db.stage();
    await staging.add(content);
    await commitAll(db, [[2n, 5n]]);
    await expect(staging.add(content)).rejects.toThrow(StagingInterruptedError);
    await expect(staging.commit({ root, entries: 1, origin: 'load' })).rejects.toThrow(StagingInterruptedError);
    expect(await db.history()).toHaveLength(2);
    await db.close();
  });

  test("names roots; a name is one root's until it is taken back", async () => {
    const db = await newDb();
    const one = await commitAll(db, [[1n, 7n]]);
    const two = await commitAll(db, [[1n, 8n]]);
    await db.roots.name(one.root, 'genesis');
    await db.roots.name(one.root, 'genesis');
    await db.roots.name(one.root, 'Also.this-1');
    expect(await db.roots.names()).toEqual(
      new Map([
        ['Also.this-1', one.root],
        ['genesis', one.root],
      ]),
    );
    await expect(db.roots.name(two.root, 'genesis')).rejects.toThrow(/genesis is already the name of root 0x.*/);
    for (const name of ['', '7', '0x7', 'a b', 'é', `a${'b'.repeat(64)}`]) {
      await expect(db.roots.name(one.root, name)).rejects.toThrow(RootNameError);
    }
    await expect(db.roots.name(5n, 'nothing')).rejects.toThrow(UnknownRootError);
    await db.roots.unname('genesis');
    await expect(db.roots.unname('genesis')).rejects.toThrow('no root is named genesis');
    await expect(db.roots.named('genesis')).rejects.toThrow(RootNameError);
    await db.roots.name(two.root, 'genesis');
    expect(await db.roots.named('genesis')).toBe(two.root);
    expect(await db.current()).toEqual(two);
    await db.close();
  });

  test('gives back entries and their values, under any root', async () => {
    const db = await newDb();
    const entry: EntryKey = { address: (1n << 160n) - 1n, kind: 'length', slot: toUint256((1n << 256n) - 1n) };
    const key = treeKey(entry);
    const commitValue = async (value: Uint256) => {
      const leaf = value === 0n ? 0n : db.scheme.leafValue(value);
      const commit = await commitOf(db, [[key, leaf]]);
      const preimages = { keyPreimages: new Map([[key, entry]]), valuePreimages: new Map([[leaf, value]]) };
      return db.commit({ ...commit, ...preimages, origin: 'prove' });
    };
    const most = toUint256((1n << 256n) - 1n);
    const one = await commitValue(most);
    const two = await commitValue(toUint256(1n));
    const gone = await commitValue(toUint256(0n));
    const { digest } = await readPath(db, binary, one.root, key);
    expect(await db.entriesOf([digest])).toEqual([{ ...entry, value: most }]);
    expect(await db.entryValue(0n, key)).toBe(0n);
    expect(await db.entryValue(one.root, key)).toBe(most);
    expect(await db.entryValue(two.root, key)).toBe(1n);
    expect(await db.entryValue(gone.root, key)).toBe(0n);
    expect(two.origin).toBe('prove');
    expect(await db.entryValues(two.root, [key, 5n, key])).toEqual([1n, 0n, 1n]);
    await expect(db.entryValue(12345n, key)).rejects.toThrow(UnknownRootError);
    await db.close();
  });

  test('a leaf value without a preimage is an error that names both', async () => {
    const db = await newDb();
    const { root } = await commitAll(db, [[1n, 7n]]);
    await expect(db.entryValue(root, 1n)).rejects.toThrow(MissingPreimageError);
    await expect(db.entryValue(root, 1n)).rejects.toThrow('no value for leaf value 7 of tree key 1');
    await db.close();
  });

  test('refuses an empty store unless it may create, and creates nothing by refusing', async () => {
    const open = await newStore();
    await expect(HashDb.open(await open(), binary)).rejects.toThrow(NoDatabaseError);
    await expect(HashDb.open(await open(), binary)).rejects.toThrow(NoDatabaseError);
    await (await HashDb.open(await open(), binary, create)).close();
    await (await HashDb.open(await open(), binary)).close();
  });

  test('refuses a tree of another scheme, by name', async () => {
    const open = await newStore();
    await (await HashDb.open(await open(), quad, create)).close();
    const other = HashDb.open(await open(), binary, create);
    await expect(other).rejects.toThrow(DatabaseSchemeError);
    await expect(other).rejects.toThrow(`has a tree with ${quad.id}, expected ${binary.id}`);
    await (await HashDb.open(await open(), quad)).close();
  });

  test('refuses another version by number, and what is no database', async () => {
    const put = async (record: string | null, key = keys.format) => {
      const open = await newStore();
      const driver = await open();
      const value = record === null ? null : Buffer.from(record);
      await driver.writeIf({ key: keys.head, value: undefined }, [{ key, value }]);
      await driver.close();
      return HashDb.open(await open(), binary, create);
    };
    const format = (version: number) => JSON.stringify({ format: 'rootshift-hashdb', version, scheme: binary.id });
    await (await put(format(3))).close();
    await expect(put(format(2))).rejects.toThrow(DatabaseVersionError);
    await expect(put(format(2))).rejects.toThrow(/has version 2, expected version 3/);
    await expect(put('{"format":"leveldown"}')).rejects.toThrow(NotADatabaseError);
    await expect(put('not JSON')).rejects.toThrow(NotADatabaseError);
    await expect(put('x', Buffer.from('stray'))).rejects.toThrow(/found records without a format/);
  });
});

test('a commit may have more nodes than a call can have arguments', async () => {
  const db = await HashDb.open(new MemoryDriver(), binary, create);
  const nodes = new Map(
    Array.from({ length: 200_000 }, (_, i): [Digest, Node] => [
      BigInt(i + 1) as Digest,
      { kind: 'inner', children: [BigInt(i + 2) as Digest, EMPTY] },
    ]),
  );
  nodes.set(200_001n as Digest, { kind: 'leaf', key: 1n, value: 1n });
  const none = { keyPreimages: new Map(), valuePreimages: new Map() };
  await db.commit({
    parent: (await db.current()).root,
    root: 1n as Digest,
    nodes,
    ...none,
    entriesDelta: 1,
    origin: 'load',
  });
  expect(await db.nodeCount()).toBe(nodes.size);
});

describe('a damaged record is refused, with its key', async () => {
  const damaged = async (key: Uint8Array, change: (record: Uint8Array) => Uint8Array | null) => {
    const driver = new MemoryDriver();
    const db = await HashDb.open(driver, binary, create);
    await commitAll(db, [
      [1n, 7n],
      [2n, 5n],
    ]);
    const [record] = await driver.getMany([key]);
    await driver.writeIf({ key: Buffer.from('x'), value: undefined }, [{ key, value: change(Buffer.from(record!)) }]);
    // Opened anew: what the first one holds in its cache was read before the damage.
    return HashDb.open(driver, binary);
  };
  const { root } = await commitAll(await HashDb.open(new MemoryDriver(), binary, create), [
    [1n, 7n],
    [2n, 5n],
  ]);
  const twoChildren: Node = { kind: 'inner', children: [3n, 4n] };
  const resealed = (change: (body: Uint8Array) => Uint8Array) =>
    seal(keys.node(root), change(Buffer.from(encodeNode({ node: twoChildren, entry: null }))));
  const flip = (at: number) => (record: Uint8Array) => {
    record[at] = (record[at] as number) ^ 1;
    return record;
  };

  test('its untouched twin is read', async () => {
    const db = await damaged(keys.node(root), (record) => record);
    expect(await db.getNodes([root])).toMatchObject([{ kind: 'inner' }]);
  });

  test.each([
    ['its form changed', flip(0)],
    ['the bits of its children changed', flip(1)],
    ['a bit of a child changed', flip(40)],
    ['its checksum changed', flip(66)],
    ['its end missing', (record: Uint8Array) => record.subarray(0, -1)],
    ['almost nothing left', (record: Uint8Array) => record.subarray(0, 3)],
    ['another record in its place', () => seal(keys.node(5n), encodeNode({ node: twoChildren, entry: null }))],
    ['a body of another length, well sealed', () => resealed((body) => Buffer.concat([body, Buffer.alloc(1)]))],
    ['a form of nothing, well sealed', () => resealed((body) => body.with(0, 9))],
    ['a child less than it says, well sealed', () => resealed((body) => body.subarray(0, -32))],
    ['bits of children that there cannot be, well sealed', () => resealed((body) => body.with(1, 0b111))],
    ['an empty node for a child, well sealed', () => resealed((body) => body.fill(0, 2, 34))],
  ])('a node with %s', async (_what, change) => {
    const db = await damaged(keys.node(root), change);
    await expect(db.getNodes([root])).rejects.toThrow(DamagedRecordError);
    await expect(readPath(db, binary, root, 1n)).rejects.toThrow(Buffer.from(keys.node(root)).toString('hex'));
  });

  test('the head, and the root that it names', async () => {
    await expect((await damaged(keys.head, flip(8))).current()).rejects.toThrow(DamagedRecordError);
    await expect((await damaged(keys.head, () => null)).current()).rejects.toThrow(/is missing/);
    await expect((await damaged(keys.root(1), () => null)).current()).rejects.toThrow(/is missing/);
    await expect((await damaged(keys.root(1), flip(5))).history()).rejects.toThrow(DamagedRecordError);
    const good = { number: 1, root, parent: 0n, entries: 2, origin: 'load', pruned: false } as const;
    const rewritten = (body: Uint8Array) => damaged(keys.root(1), () => seal(keys.root(1), body));
    await expect((await rewritten(encodeRoot(good))).current()).resolves.toEqual(good);
    await expect((await rewritten(encodeRoot(good).with(0, 9))).current()).rejects.toThrow(/not a root record/);
    await expect((await rewritten(encodeRoot(good).with(1, 2))).current()).rejects.toThrow(/not a root record/);
    const headless = damaged(keys.head, () =>
      seal(keys.head, encodeHead({ number: 1, writes: 1, nodes: 3 }).subarray(1)),
    );
    await expect((await headless).current()).rejects.toThrow(/not a head/);
  });
});
