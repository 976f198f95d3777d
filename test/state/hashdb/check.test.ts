import { cp, mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { entryId, treeKey } from '../../../src/state/batch/encoding.js';
import { openSource } from '../../../src/engine/repair-source.js';
import { exportSnapshot } from '../../../src/engine/snapshot-folder.js';
import { type CheckReport, type RepairSource } from '../../../src/state/hashdb/check-report.js';
import { keys } from '../../../src/state/hashdb/codec.js';
import { encodeNode } from '../../../src/state/hashdb/node-record.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { DamagedRecordError, put, seal, unseal } from '../../../src/state/hashdb/record.js';
import { readPath } from '../../../src/state/tree/read.js';
import { contentUnder, newDb, plain, plains, write, written } from './world.js';

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
const flipped = (record: Uint8Array): Uint8Array => Buffer.from(record).with(record.length >> 1, record[record.length >> 1]! ^ 4);

const set = async ({ driver }: World, key: Uint8Array, change: (record: Uint8Array) => Uint8Array | null): Promise<void> => {
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
  await staging.add({ nodes: new Map([[5n, { kind: 'leaf', key: 1n, value: 2n }]]), keyPreimages: new Map(), valuePreimages: new Map() });
  expect(await check(world)).toMatchObject({ damages: [], unreachable: 1 });
  await world.db.prune({ keepLast: 2 });
  expect(await check(world)).toMatchObject({ damages: [], unreachable: 0 });
});

/** What is damaged, how, and what is said of it. */
const DAMAGES: readonly (readonly [what: string, sort: string, says: RegExp, damage: (world: World) => Promise<void>])[] = [
  ['a leaf flipped', 'node', /^node 0x.* at path \d+: does not have the checksum/, async (w) => set(w, keys.node(await leafOf(w, 3)), flipped)],
  ['a leaf deleted', 'node', /at path \d+: is missing$/, async (w) => set(w, keys.node(await leafOf(w, 3)), () => null)],
  ['the root deleted', 'node', /at the root: is missing$/, async (w) => set(w, keys.node(w.current.root), () => null)],
  ['an inner node flipped', 'node', /at the root: does not have/, async (w) => set(w, keys.node(w.current.root), flipped)],
  ['another node in its place, well sealed', 'node', /has a node of another hash$/, async (w) => {
    const key = keys.node(w.current.root);
    await set(w, key, () => put(key, encodeNode({ node: { kind: 'leaf', key: 1n, value: 2n }, entry: null })).value);
  }],
  ['a body of nothing, well sealed', 'node', /is not a leaf or an inner node/, async (w) => set(w, keys.node(w.current.root), () => seal(keys.node(w.current.root), Buffer.of(9)))],
  ['a leaf without its entry', 'preimage', /what it stands for is missing$/, async (w) => {
    const key = keys.node(await leafOf(w, 3));
    await set(w, key, (record) => seal(key, Buffer.from(unseal(key, record)).subarray(0, 65).with(0, 2)));
  }],
  ['a leaf with another entry', 'preimage', /it stands for another entry than it says$/, async (w) => {
    const key = keys.node(await leafOf(w, 3));
    await set(w, key, (record) => seal(key, Buffer.from(unseal(key, record)).with(85, 1)));
  }],
  ['an entry of the index deleted', 'index', /^the index's entry for the storage of 0x0+ at 0x0+3 is damaged or missing$/, (w) => set(w, keys.entry(plain(3, 0)), () => null)],
  ['an entry of the index flipped', 'index', /at 0x0+3 is damaged or missing$/, (w) => set(w, keys.entry(plain(3, 0)), flipped)],
  ['an entry of the index that leads elsewhere', 'index', /at 0x0+3 is damaged or missing$/, (w) => set(w, keys.entry(plain(3, 0)), () => put(keys.entry(plain(3, 0)), Buffer.alloc(32, 1)).value)],
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
    expect(repaired.damages.map(({ what }) => what)).toEqual(expect.arrayContaining(found.damages.map(({ what }) => what)));
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
  for await (const [key, value] of driver.iterate(Buffer.of(0), Buffer.of(255))) records.push(`${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`);
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

describe('another database that went on', () => {
  test('and pruned what is kept here gives back the records of the current and of named roots as kept', async () => {
    const [world, newer] = [await damagedDb(), await damagedDb()];
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
    const [world, fork] = [await damagedDb(), await newDb()];
    await write(fork, first);
    await write(fork, [plain(3, 98)]);
    await set(world, keys.root(2), () => null);
    expect((await check(world, await fork.asSource())).damages).toMatchObject([{ what: 'root record number 2 is damaged or missing', repaired: false }]);
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
    const [folder, bad] = [path.join(parent, 'snapshot'), path.join(parent, 'bad')];
    const world = await damagedDb();
    await exportSnapshot(world.db, { folder, root: world.current.root, chunkBytes: 600 });
    await cp(folder, bad, { recursive: true });
    for (let number = 0; number < 30; number++) await unlink(path.join(bad, `chunk-${String(number).padStart(6, '0')}`)).catch(() => {});
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
