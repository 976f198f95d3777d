import { cp, mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Entry } from '../../../src/state/batch/batch.js';
import { entryId, treeKey } from '../../../src/state/batch/encoding.js';
import { openSource } from '../../../src/engine/repair-source.js';
import { exportSnapshot } from '../../../src/engine/snapshot-folder.js';
import type { CheckReport, RepairSource } from '../../../src/state/hashdb/check-report.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { changeOf } from '../../../src/state/hashdb/change.js';
import { keys } from '../../../src/state/hashdb/codec.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { encodeNode } from '../../../src/state/hashdb/node-record.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { DamagedRecordError } from '../../../src/state/hashdb/record.js';
import { put, seal, unseal } from '../../../src/state/hashdb/seal.js';
import { encodeHead, encodeRoot } from '../../../src/state/hashdb/root-record.js';
import type { RootRecord } from '../../../src/state/hashdb/root-record.js';
import type { Inner, Leaf, Node } from '../../../src/state/tree/node.js';
import { hashNode } from '../../../src/state/tree/scheme.js';
import { readPath } from '../../../src/state/tree/read.js';
import { drivers } from './drivers.js';
import { contentUnder, interrupted, newDb, plain, plains, write, written } from './world.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';

const first = plains(0, 40, 5);
const second = [plain(3, 99), plain(7, 0), plain(60, 1)];
const content = written(written(new Map(), first), second);

async function damagedDb() {
  const driver = new MemoryDriver();
  const db = await newDb(driver);
  const old = await write(db, first);
  const current = await write(db, second);
  await db.roots.name(old.root, 'old');
  return { driver, db, old, current };
}
type World = Awaited<ReturnType<typeof damagedDb>>;

/** A record's bytes, with one of them changed. */
const flipped = (record: Uint8Array): Uint8Array =>
  Buffer.from(record).with(record.length >> 1, record[record.length >> 1]! ^ 4);

const set = async (
  { driver }: World,
  key: Uint8Array,
  change: (record: Uint8Array) => Uint8Array | null,
): Promise<void> => {
  const [record] = await driver.getMany([key]);
  await driver.writeIf({ key: Buffer.from('?'), value: undefined }, [{ key, value: change(record!) }]);
};

const leafOf = async ({ db, current }: World, slot: number): Promise<bigint> =>
  (await readPath(db, db.scheme, current.root, treeKey(plain(slot, 0)))).digest;

const whole = (report: CheckReport): boolean => report.damages.every(({ repaired }) => repaired);
const check = async (world: World, source?: RepairSource): Promise<CheckReport> =>
  (await newDb(world.driver)).check(source === undefined ? {} : { source });

test('finds nothing in a database that is whole, and says what there is', async () => {
  const world = await damagedDb();
  const report = await check(world);
  expect(report).toMatchObject({ damages: [], affected: [], places: [], roots: 2, unreachable: 0 });
  expect(report.nodes).toBe(await world.db.nodeCount());
});

test('counts what no kept root needs, which is no damage', async () => {
  const world = await damagedDb();
  const staging = await world.db.stage();
  await staging.add({
    nodes: new Map([[5n, { kind: 'leaf', key: 1n, value: 2n }]]),
    keyPreimages: new Map(),
    valuePreimages: new Map(),
  });
  expect(await check(world)).toMatchObject({ damages: [], unreachable: 1 });
  await world.db.prune({ keepLast: 2 });
  expect(await check(world)).toMatchObject({ damages: [], unreachable: 0 });
});

/** What is damaged, how, and what is said of it. */
const DAMAGES: readonly (readonly [
  what: string,
  sort: string,
  says: RegExp,
  damage: (world: World) => Promise<void>,
])[] = [
  [
    'a leaf flipped',
    'node',
    /^node 0x.* at path \d+: does not match its checksum/,
    async (w) => set(w, keys.node(await leafOf(w, 3)), flipped),
  ],
  [
    'a leaf deleted',
    'node',
    /at path \d+: is missing$/,
    async (w) => set(w, keys.node(await leafOf(w, 3)), () => null),
  ],
  ['the root deleted', 'node', /at the root: is missing$/, async (w) => set(w, keys.node(w.current.root), () => null)],
  [
    'an inner node flipped',
    'node',
    /at the root: does not match/,
    async (w) => set(w, keys.node(w.current.root), flipped),
  ],
  [
    'another node in its place, well sealed',
    'node',
    /has a node of another hash$/,
    async (w) => {
      const key = keys.node(w.current.root);
      await set(w, key, () => put(key, encodeNode({ node: { kind: 'leaf', key: 1n, value: 2n }, entry: null })).value);
    },
  ],
  [
    'a body of nothing, well sealed',
    'node',
    /is not a leaf or an inner node/,
    async (w) => set(w, keys.node(w.current.root), () => seal(keys.node(w.current.root), Buffer.of(9))),
  ],
  [
    'a leaf without its entry',
    'preimage',
    /its entry is missing$/,
    async (w) => {
      const key = keys.node(await leafOf(w, 3));
      await set(w, key, (record) => seal(key, Buffer.from(unseal(key, record)).subarray(0, 65).with(0, 2)));
    },
  ],
  [
    'a leaf with another entry',
    'preimage',
    /its entry does not match its key$/,
    async (w) => {
      const key = keys.node(await leafOf(w, 3));
      await set(w, key, (record) => seal(key, Buffer.from(unseal(key, record)).with(85, 1)));
    },
  ],
  [
    'an entry of the index deleted',
    'index',
    /^the index's entry for the storage of 0x0+ at 0x0+3 is damaged or missing$/,
    (w) => set(w, keys.entry(plain(3, 0)), () => null),
  ],
  [
    'an entry of the index flipped',
    'index',
    /at 0x0+3 is damaged or missing$/,
    (w) => set(w, keys.entry(plain(3, 0)), flipped),
  ],
  [
    'an entry of the index that leads elsewhere',
    'index',
    /at 0x0+3 is damaged or missing$/,
    (w) => set(w, keys.entry(plain(3, 0)), () => put(keys.entry(plain(3, 0)), Buffer.alloc(32, 1)).value),
  ],
  ['the head flipped', 'head', /^the head, .* is damaged$/, (w) => set(w, keys.head, flipped)],
  ['the head deleted', 'head', /^the head, .* is missing$/, (w) => set(w, keys.head, () => null)],
  ['a root record flipped', 'root', /^root record number 1 /, (w) => set(w, keys.root(1), flipped)],
  ['the current root record deleted', 'root', /^root record number 2 /, (w) => set(w, keys.root(2), () => null)],
  ['a name flipped', 'name', /^the name old is damaged$/, (w) => set(w, keys.name('old'), flipped)],
];

describe.each(DAMAGES)('%s', (_what, sort, says, damage) => {
  test('is found and named, and repaired from another database', async () => {
    const world = await damagedDb();
    const twin = await damagedDb();
    await damage(world);
    const before = await driverText(world.driver);
    const found = await check(world);
    expect(found.damages.length).toBeGreaterThan(0);
    expect(whole(found)).toBe(false);
    for (const told of found.damages) expect(told).toMatchObject({ sort, repaired: false });
    expect(found.damages[0]!.what).toMatch(says);
    expect(await driverText(world.driver)).toBe(before);

    const repaired = await check(world, await twin.db.asSource());
    expect(repaired.damages.map(({ what }) => what)).toEqual(
      expect.arrayContaining(found.damages.map(({ what }) => what)),
    );
    expect(repaired.damages.filter((told) => !told.repaired)).toEqual([]);
    expect(await check(world)).toMatchObject({ damages: [], unreachable: 0 });
    const db = await newDb(world.driver);
    expect(await contentUnder(db, (await db.current()).root)).toEqual(content);
    expect(await contentUnder(db, world.old.root)).toEqual(written(new Map(), first));
    expect(await db.history()).toEqual(await twin.db.history());
  });
});

async function driverText(driver: MemoryDriver): Promise<string> {
  const records: string[] = [];
  for await (const [key, value] of driver.iterate(Buffer.of(0), Buffer.of(255)))
    records.push(`${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`);
  return records.join('\n');
}

describe('what a lost node holds', () => {
  test('is told by its entries, as far as the index has them', async () => {
    const world = await damagedDb();
    await set(world, keys.node(await leafOf(world, 3)), () => null);
    const report = await check(world);
    // The leaf of slot 3 is another one under the older root.
    expect(report.affected).toEqual([{ address: 0n, kind: 'storage', slot: 3n }]);
    expect(report.places).toHaveLength(1);
    const root = await damagedDb();
    await set(root, keys.node(root.current.root), () => null);
    const all = await check(root);
    expect(new Set(all.affected.map(entryId))).toEqual(new Set([...content.keys(), entryId(plain(7, 0))]));
    expect(all.places).toEqual(['at the root']);
  });
});

describe('beside a writer', () => {
  /** Runs a check at whose nth look at the database, or write, something else happens first. */
  async function checkBeside(n: number, world: World, work: () => Promise<unknown>, source?: RepairSource) {
    let looks = 0;
    let isDone = false;
    const driver = interrupted(world.driver, async () => {
      if (++looks !== n) return;
      isDone = true;
      await work();
    });
    const report = await (await newDb(driver)).check(source === undefined ? {} : { source });
    return { report, isDone };
  }

  const works: readonly (readonly [what: string, work: (world: World) => Promise<unknown>])[] = [
    ['a commit', ({ db }) => write(db, [plain(3, 1), plain(77, 7)])],
    [
      'a commit that takes entries back',
      ({ db }) =>
        write(
          db,
          first.map((entry) => ({ ...entry, value: toUint256(0n) })),
        ),
    ],
    [
      'a prune',
      async ({ db }) => {
        await db.roots.unname('old');
        await db.prune({ keepLast: 1 });
      },
    ],
    ['a name', ({ db, current }) => db.roots.name(current.root, 'new')],
  ];

  test.each(works)('%s is no damage, and is not taken back', async (_what, work) => {
    let moved = 0;
    // Look 1 opens the database, look 2 is the head as the check finds it.
    for (let n = 3, isDone = true; isDone; n++) {
      const world = await damagedDb();
      const twin = await damagedDb();
      await work(twin);
      const source = n % 2 === 0 ? await (await damagedDb()).db.asSource() : undefined;
      const found = await checkBeside(n, world, () => work(world), source);
      expect(found.report).toMatchObject({ damages: [], affected: [], moved: found.isDone });
      ({ isDone } = found);
      moved += Number(isDone);
      if (!isDone) continue;
      expect(await world.db.history()).toEqual(await twin.db.history());
      expect(await world.db.roots.names()).toEqual(await twin.db.roots.names());
      expect(await check(world)).toMatchObject({ damages: [], moved: false, nodes: (await check(twin)).nodes });
    }
    expect(moved).toBeGreaterThan(4);
  });

  test.each(DAMAGES.filter(([, sort]) => sort !== 'head'))(
    '%s is repaired, and a commit meanwhile stays',
    async (_what, _sort, _says, damage) => {
      const source = await (await damagedDb()).db.asSource();
      for (let n = 2, isDone = true; isDone; n++) {
        const world = await damagedDb();
        const twin = await damagedDb();
        // Made before the damage, of which it then asks nothing.
        const change = { ...(await changeOf(world.db, world.current.root, [plain(88, 8)])), origin: 'write' } as const;
        const { root } = await twin.db.commit(change);
        await damage(world);
        const found = await checkBeside(
          n,
          world,
          () => world.db.commit(change).catch((error: unknown) => expect(error).toBeInstanceOf(DamagedRecordError)),
          source,
        );
        ({ isDone } = found);
        expect(found.report.damages.filter((told) => !told.repaired)).toEqual([]);
        const current = await (await newDb(world.driver)).current();
        const last = await check(world, source);
        expect(last.damages).toEqual([]);
        if (current.root === root)
          expect(await contentUnder(await newDb(world.driver), root)).toEqual(written(content, [plain(88, 8)]));
        else expect(current).toEqual(world.current);
      }
    },
  );

  test.each(drivers.filter(({ name }) => ['postgres', 'grpc over memory'].includes(name)))(
    'on $name, no acknowledged commit is lost to repairs',
    async ({ newStore }) => {
      const open = await newStore();
      const db = await newDb(await open());
      const checker = await newDb(await open());
      const twin = await newDb();
      for (const on of [db, twin]) await write(on, first);
      const source = await twin.asSource();
      const acknowledged: RootRecord[] = [await db.current()];
      let isOver = false;
      const writing = (async () => {
        for (let i = 0; !isOver; i++) acknowledged.push(await write(db, [plain(100 + i, 1), plain(i % 40, i + 1)]));
      })();
      for (let moved = 0; moved < 3;) {
        const report = await checker.check({ source });
        expect(report.damages).toEqual([]);
        moved += Number(report.moved);
      }
      isOver = true;
      await writing;
      expect((await db.history()).slice(1)).toEqual(acknowledged);
      expect(await checker.check()).toMatchObject({ damages: [], moved: false });
      await Promise.all([db.close(), checker.close()]);
    },
  );
});

describe('without a source', () => {
  /** Roots 0 to 4, of which 1 and 2 are pruned, and 3 is named. */
  async function longer(): Promise<World> {
    const driver = new MemoryDriver();
    const db = await newDb(driver);
    for (const batch of [[plain(1, 1)], [plain(1, 2)], first]) await write(db, batch);
    const old = await db.current();
    await db.roots.name(old.root, 'old');
    const current = await write(db, second);
    await db.prune({ keepLast: 1 });
    return { driver, db, old, current };
  }

  test.each([0, 1, 3])('an old root record, number %i, is made anew of those around it', async (number) => {
    const world = await longer();
    const history = await world.db.history();
    const key = keys.root(number);
    await set(world, key, flipped);
    await expect(world.db.history()).rejects.toThrow(DamagedRecordError);
    // What it does not tell of can be read all the same.
    expect((await world.db.roots.find(world.current.root)).number).toBe(4);
    const what = `root record number ${number} is damaged or missing`;
    expect((await check(world)).damages).toEqual([{ sort: 'root', what, repaired: false }]);
    expect((await world.db.check({ repair: true })).damages).toEqual([{ sort: 'root', what, repaired: true }]);
    const rebuilt = history[number]!;
    const known =
      number === 0 ? rebuilt : { ...rebuilt, origin: 'rebuilt', entries: rebuilt.pruned ? 0 : rebuilt.entries };
    expect(await world.db.history()).toEqual(history.with(number, known as RootRecord));
    expect(await check(world)).toMatchObject({ damages: [], unreachable: 0 });
    expect(await contentUnder(await newDb(world.driver), world.old.root)).toEqual(written(new Map(), first));
  });

  test('a root record is not remade if it is current, or if its nodes or its neighbour are damaged too', async () => {
    for (const numbers of [[1, 2], [4]]) {
      const world = await longer();
      for (const number of numbers) await set(world, keys.root(number), flipped);
      const report = await world.db.check({ repair: true });
      expect(report.damages).toMatchObject([
        {
          what: expect.stringMatching(
            numbers.length === 2 ? /^root records number 1 to 2 are/ : /^root record number 4 is/,
          ),
          repaired: false,
        },
      ]);
    }
    const world = await longer();
    const { digest } = await readPath(world.db, world.db.scheme, world.old.root, treeKey(plain(3, 0)));
    await set(world, keys.node(digest), () => null);
    await set(world, keys.root(3), flipped);
    const { damages } = await world.db.check({ repair: true });
    expect(damages).toMatchObject([
      { sort: 'node', repaired: false },
      { sort: 'root', repaired: false },
    ]);
  });

  test('a damaged name can be taken back; a repair drops it, for nobody knows what it stood for', async () => {
    for (const drop of [
      async ({ db }: World) => db.roots.unname('old'),
      async ({ db }: World) => {
        const what = 'the name old is damaged; its root is not known, and the name is dropped';
        expect((await db.check({ repair: true })).damages).toEqual([{ sort: 'name', what, repaired: true }]);
      },
    ]) {
      const world = await damagedDb();
      await world.db.roots.name(world.current.root, 'new');
      await set(world, keys.name('old'), flipped);
      await expect(world.db.roots.names()).rejects.toThrow(DamagedRecordError);
      await expect(world.db.roots.named('old')).rejects.toThrow(DamagedRecordError);
      expect(await world.db.roots.named('new')).toBe(world.current.root);
      await drop(world);
      expect([...(await world.db.roots.names()).keys()]).toEqual(['new']);
      await expect(world.db.roots.unname('old')).rejects.toThrow('no root is named old');
      expect(await check(world)).toMatchObject({ damages: [] });
    }
  });

  test('a name is not taken from a source that has it for a root which is not here', async () => {
    const world = await damagedDb();
    const fork = await newDb();
    await fork.roots.name((await write(fork, [plain(1, 98)])).root, 'old');
    await set(world, keys.name('old'), flipped);
    expect((await check(world, await fork.asSource())).damages).toMatchObject([{ sort: 'name', repaired: true }]);
    expect(await world.db.roots.names()).toEqual(new Map());
  });

  test('the index, the head and the number of entries are made anew', async () => {
    const world = await damagedDb();
    await set(world, keys.entry(plain(3, 0)), () => null);
    await set(world, keys.head, flipped);
    await set(world, keys.root(2), () => put(keys.root(2), encodeRoot({ ...world.current, entries: 7 })).value);
    const { damages } = await world.db.check({ repair: true });
    expect(damages.map(({ sort, repaired }) => [sort, repaired])).toEqual([
      ['head', true],
      ['index', true],
      ['root', true],
    ]);
    expect(damages[2]!.what).toBe(`root record number 2 states 7 entries, but its tree has ${content.size}`);
    expect(await check(world)).toMatchObject({ damages: [] });
    expect(await world.db.current()).toEqual(world.current);
    expect(await world.db.nodeCount()).toBe(await (await damagedDb()).db.nodeCount());
  });
});

describe('numbers that are forged', () => {
  const FAR = 2 ** 45;

  test('of the head, tell a gap, not a record each', async () => {
    const world = await damagedDb();
    await set(world, keys.head, () => put(keys.head, encodeHead({ number: FAR, writes: 9, nodes: FAR })).value);
    const source = await (await damagedDb()).db.asSource();
    for (const report of [await check(world), await check(world, source)]) {
      expect(report.damages[0]).toEqual({
        sort: 'root',
        what: `root records number 3 to ${FAR} are damaged or missing`,
        repaired: false,
      });
      expect(report.roots).toBe(2);
    }
    // No head at all: that number can be none.
    const twin = await damagedDb();
    await set(twin, keys.head, () => put(keys.head, Buffer.alloc(24, 0xff)).value);
    await expect(twin.db.current()).rejects.toThrow(DamagedRecordError);
    expect((await check(twin, source)).damages).toEqual([
      { sort: 'head', what: 'the head, which names the current root, is damaged', repaired: true },
    ]);
    expect(await twin.db.current()).toEqual(twin.current);
  });

  test('of a root record after the current one, are not of the history', async () => {
    const world = await damagedDb();
    const key = keys.root(FAR);
    await set(world, key, () => put(key, encodeRoot(world.current)).value);
    expect(await check(world)).toMatchObject({ damages: [], roots: 2 });
  });
});

describe('a tree that is not canonical', () => {
  const leafNode = (entry: Entry): Leaf => ({
    kind: 'leaf',
    key: treeKey(entry),
    value: poseidonScheme(2).leafValue(entry.value),
  });

  /** Commits nodes as they are, the last being the root. */
  async function forged(db: HashDb, entries: readonly Entry[], inners: (leaves: readonly bigint[]) => Inner[]) {
    const nodes = new Map<bigint, Node>();
    const put = (node: Node): bigint => {
      const digest = hashNode(db.scheme, node);
      nodes.set(digest, node);
      return digest;
    };
    const leaves = entries.map((entry) => put(leafNode(entry)));
    const root = inners(leaves).map(put).at(-1)!;
    const keyPreimages = new Map(
      entries.map(({ address, kind, slot }) => [treeKey({ address, kind, slot }), { address, kind, slot }]),
    );
    const valuePreimages = new Map(entries.map(({ value }) => [db.scheme.leafValue(value), value]));
    const { root: parent, entries: before } = await db.current();
    return db.commit({
      parent,
      root,
      nodes,
      keyPreimages,
      valuePreimages,
      entriesDelta: entries.length - before,
      origin: 'write',
    });
  }
  const digitOf = (entry: Entry): number => Number(treeKey(entry) & 3n);
  const row = (...at: (readonly [digit: number, digest: bigint])[]): Inner => ({
    kind: 'inner',
    children: [0, 1, 2, 3].map((digit) => at.find(([d]) => d === digit)?.[1] ?? 0n),
  });
  const one = plain(1, 7);
  const two = plains(2, 20).find((entry) => digitOf(entry) !== digitOf(plain(1, 7)))!;
  const tooDeep = /at path \d: is a leaf deeper than its path needs$/;

  test('is reported, even if all but the empty places were checked before', async () => {
    const db = await newDb();
    await forged(db, [one, two], ([a, b]) => [row([digitOf(one), a!], [digitOf(two), b!])]);
    expect(await db.check()).toMatchObject({ damages: [] });
    await forged(db, [one], ([a]) => [row([digitOf(one), a!])]);
    for (const report of [await db.check(), await db.check({ source: await db.asSource() })]) {
      expect(report.damages).toMatchObject([{ sort: 'node', what: expect.stringMatching(tooDeep), repaired: false }]);
      expect(report.affected).toEqual([{ address: 0n, kind: 'storage', slot: one.slot }]);
    }
    // Older than the honest one, which is checked first then.
    const zero = await newDb();
    await forged(zero, [one], ([a]) => [row([digitOf(one), a!])]);
    await forged(zero, [one, two], ([a, b]) => [row([digitOf(one), a!], [digitOf(two), b!])]);
    expect((await zero.check()).damages).toMatchObject([{ what: expect.stringMatching(tooDeep) }]);
  });

  test('as one with a leaf of an entry that is absent', async () => {
    for (const [value, told] of [
      [0, 1],
      [5, 0],
    ] as const) {
      const db = await newDb();
      await forged(db, [one, plain(Number(two.slot), value)], ([a, b]) => [
        row([digitOf(one), a!], [digitOf(two), b!]),
      ]);
      const { damages } = await db.check();
      expect(damages.filter(({ what }) => what.endsWith('its entry does not match its key'))).toHaveLength(told);
    }
  });
});

describe('another database that went on', () => {
  test('and pruned what is kept here gives back the records of the current and of named roots as kept', async () => {
    const world = await damagedDb();
    const newer = await damagedDb();
    await write(newer.db, [plain(1, 1)]);
    await newer.db.roots.unname('old');
    await newer.db.prune({ keepLast: 1 });
    const history = await world.db.history();
    for (const { number } of history.slice(1)) await set(world, keys.root(number), () => null);
    expect(whole(await check(world, await newer.db.asSource()))).toBe(true);
    expect(await world.db.history()).toEqual(history);
    await world.db.prune({ keepLast: 1 });
    expect(await check(world)).toMatchObject({ damages: [], roots: 2, unreachable: 0 });
  });

  test('from an older root gives no current one', async () => {
    const world = await damagedDb();
    const fork = await newDb();
    await write(fork, first);
    await write(fork, [plain(3, 98)]);
    await set(world, keys.root(2), () => null);
    expect((await check(world, await fork.asSource())).damages).toMatchObject([
      { what: 'root record number 2 is damaged or missing', repaired: false },
    ]);
    await expect(world.db.current()).rejects.toThrow(DamagedRecordError);
    // Its twin, which went the same way.
    expect(whole(await check(world, await (await damagedDb()).db.asSource()))).toBe(true);
    expect(await world.db.current()).toEqual(world.current);
  });
});

describe('a snapshot repairs', () => {
  test('the nodes of its root, and of them only those that it proves', async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'rootshift-check-'));
    onTestFinished(() => rm(parent, { recursive: true, force: true }));
    const folder = path.join(parent, 'snapshot');
    const bad = path.join(parent, 'bad');
    const world = await damagedDb();
    await exportSnapshot(world.db, { directory: folder, root: world.current.root, chunkBytes: 600 });
    await cp(folder, bad, { recursive: true });
    for (let number = 0; number < 30; number++)
      await unlink(path.join(bad, `chunk-${String(number).padStart(6, '0')}`)).catch(() => {});
    await set(world, keys.node(world.current.root), flipped);
    for (const slot of [3, 9, 60]) await set(world, keys.node(await leafOf(await twinOf(), slot)), () => null);
    const dishonest = await openSource(bad);
    expect(whole(await check(world, dishonest.source))).toBe(false);
    const honest = await openSource(folder);
    expect(whole(await check(world, honest.source))).toBe(true);
    expect(await check(world)).toMatchObject({ damages: [], unreachable: 0 });
    expect(await contentUnder(await newDb(world.driver), world.current.root)).toEqual(content);
  });
});

const twinOf = (): Promise<World> => damagedDb();
