import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { treeKey } from '../../src/state/batch/encoding.js';
import { openIfThere } from '../../src/engine/database.js';
import type { OpenDb } from '../../src/engine/database.js';
import { exportSnapshot, importSnapshot, verifySnapshot } from '../../src/engine/snapshot-folder.js';
import { FIELD_ORDER } from '../../src/base/field/fr.js';
import type { Driver } from '../../src/state/hashdb/driver.js';
import { HashDb } from '../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../src/state/hashdb/memory.js';
import { checkChunk, encodeChunk } from '../../src/state/snapshot/chunk.js';
import { exportChunks } from '../../src/state/snapshot/export.js';
import { formatManifest, SnapshotError } from '../../src/state/snapshot/manifest.js';
import { foldUp } from '../../src/state/tree/fold.js';
import type { Node } from '../../src/state/tree/node.js';
import { hashNode } from '../../src/state/tree/scheme.js';
import { contentUnder, interrupted, newDb, plain, plains, write, written } from '../state/hashdb/world.js';
import type { Content } from '../state/hashdb/world.js';
import { quad } from '../state/tree/schemes.js';

/** Small, so that a few hundred entries make many chunks. */
const CHUNK_BYTES = 1_500;

let parent: string;
let good: string;
let other: string;
let root: bigint;
let content: Content;

const entries = [
  ...plains(0, 300, 5),
  { ...plain(1, 9), address: 77n },
  { ...plain(0, 8), kind: 'nonce' as const, address: 78n },
];
const into = (driver: Driver) => async () => HashDb.open(driver, quad, { createIfMissing: true });
const load = (folder: string, driver: Driver = new MemoryDriver(), wanted?: bigint) =>
  importSnapshot(into(driver), { directory: folder, ...(wanted === undefined ? {} : { root: wanted }) });

beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'rootshift-snapshot-'));
  good = path.join(parent, 'good');
  other = path.join(parent, 'other');
  const db = await newDb();
  ({ root } = await write(db, entries));
  content = written(new Map(), entries);
  const { root: otherRoot } = await write(db, [plain(3, 1)]);
  await exportSnapshot(db, { directory: good, root, chunkBytes: CHUNK_BYTES });
  await exportSnapshot(db, { directory: other, root: otherRoot, chunkBytes: CHUNK_BYTES });
});
afterAll(() => rm(parent, { recursive: true, force: true }));

let copies = 0;
/** A copy of the good snapshot, tampered with. */
async function tampered(change: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = path.join(parent, `copy-${copies++}`);
  await cp(good, folder, { recursive: true });
  await change(folder);
  return folder;
}

const file = (folder: string, number: number): string => path.join(folder, `chunk-${String(number).padStart(6, '0')}`);
async function editManifest(
  folder: string,
  edit: (manifest: {
    entries: number;
    root: string;
    scheme: string;
    chunks: { level: number; path: string; entries: number }[];
  }) => void,
) {
  const name = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(name, 'utf8'));
  edit(manifest);
  await writeFile(name, JSON.stringify(manifest));
}

describe('a snapshot', () => {
  it('has many chunks; each can be verified against the root alone', async () => {
    const chunks = (await readdir(good)).filter((name) => name.startsWith('chunk-'));
    expect(chunks.length).toBeGreaterThan(15);
    for (const name of chunks) {
      const bytes = await readFile(path.join(good, name));
      expect(bytes.length).toBeLessThan(2 * CHUNK_BYTES);
      await expect(checkChunk(quad, root, bytes)).resolves.toBeDefined();
    }
    expect(await verifySnapshot({ directory: good, root })).toMatchObject({
      faults: [],
      manifest: { root, entries: 302 },
    });
  });

  it('is imported into an empty database, and is then the state it was made of', async () => {
    const driver = new MemoryDriver();
    expect(await load(good, driver, root)).toMatchObject({
      number: 1,
      root,
      parent: 0n,
      entries: 302,
      origin: 'import',
    });
    const db = await newDb(driver);
    expect(await contentUnder(db, root)).toEqual(content);
    const { root: next } = await write(db, [plain(3, 1)]);
    expect(await contentUnder(db, next)).toEqual(written(content, [plain(3, 1)]));
    expect(await db.prune({ keepLast: 5 })).toEqual({ roots: [], nodes: 0, entries: 0 });
    // Imported once more, on top of another state, it is current again.
    expect(await load(good, driver)).toMatchObject({ number: 3, root, parent: next });
    expect(await load(good, driver)).toMatchObject({ number: 3 });
    expect(await contentUnder(await newDb(driver), root)).toEqual(content);
  });

  it('of the empty state has no chunks', async () => {
    const folder = path.join(parent, 'empty');
    expect(await exportSnapshot(await newDb(), { directory: folder, root: 0n })).toMatchObject({
      entries: 0,
      chunks: [],
    });
    expect(await verifySnapshot({ directory: folder })).toMatchObject({ faults: [] });
  });

  it('is not written over something else', async () => {
    await expect(exportSnapshot(await newDb(), { directory: good, root: 0n })).rejects.toThrow(
      /expected an empty directory for a snapshot/,
    );
  });

  it('can be added in any order, chunk by chunk, and twice', async () => {
    const source = await newDb();
    await write(source, entries);
    const driver = new MemoryDriver();
    const db = await newDb(driver);
    const parts = db.parts(root);
    const chunks = [];
    for await (const { bytes } of exportChunks(source, root, { limit: CHUNK_BYTES }))
      chunks.push(await checkChunk(quad, root, bytes));
    for (const { content: nodes, ...part } of [...chunks.toReversed(), ...chunks.slice(0, 3)])
      await parts.add(part, nodes);
    expect((await parts.find()).parts).toHaveLength(chunks.length);
    expect(await db.history()).toHaveLength(1);
    expect(await load(good, driver)).toMatchObject({ root });
  });
});

it('is made of no database whose tree is not canonical, or has no end', async () => {
  const chunksOf = async (nodes: readonly (readonly [bigint, Node])[]) => {
    const db = await newDb();
    const change = {
      parent: 0n,
      root: 99n,
      nodes: new Map(nodes),
      keyPreimages: new Map([[1n, key]]),
      valuePreimages: new Map([[7n, value]]),
      entriesDelta: 1,
    };
    await db.commit({ ...change, origin: 'write' });
    return exportChunks(db, 99n).next();
  };
  const { value, ...key } = plain(1, 7);
  const leaf = [98n, { kind: 'leaf', key: 1n, value: 7n }] as const;
  await expect(chunksOf([[99n, { kind: 'inner', children: [0n, 98n, 0n, 0n] }], leaf])).rejects.toThrow(
    /is deeper than its path needs/,
  );
  await expect(chunksOf([[99n, { kind: 'inner', children: [99n, 99n, 99n, 99n] }]])).rejects.toThrow(/above level 127/);
  await expect(chunksOf([[99n, leaf[1]]])).resolves.toMatchObject({ value: { entries: 1 } });
});

describe('an import', () => {
  it('goes on where it was interrupted: chunks that are there are not read again', async () => {
    const driver = new MemoryDriver();
    const broken = await tampered((folder) => rm(file(folder, 9)));
    await expect(load(broken, driver)).rejects.toThrow(
      /^chunk 9 of the snapshot at .* is not valid: no such file or directory$/,
    );
    expect((await (await newDb(driver)).current()).root).toBe(0n);
    const rest = await tampered(async (folder) => {
      for (let number = 0; number < 9; number++) await rm(file(folder, number));
    });
    await expect(load(rest, driver)).resolves.toMatchObject({ root });
    expect(await contentUnder(await newDb(driver), root)).toEqual(content);
  });

  it('begins anew what a prune has dropped meanwhile', async () => {
    const driver = new MemoryDriver();
    let writes = 0;
    const pruning = interrupted(driver, async (what) => {
      if (what === 'writeIf' && ++writes === 6) await (await newDb(driver)).prune({ keepLast: 1 });
    });
    await expect(importSnapshot(into(pruning), { directory: good })).resolves.toMatchObject({ root });
    expect(await contentUnder(await newDb(driver), root)).toEqual(content);
  });

  it('makes a database for no snapshot that is bad from its beginning', async () => {
    const driver = new MemoryDriver();
    const openDb: OpenDb = (options) => HashDb.open(driver, quad, options);
    for (const [change, complaint] of [
      [(folder: string) => writeFile(file(folder, 0), ''), /^chunk 0 .*it is truncated/],
      [(folder: string) => editManifest(folder, (manifest) => (manifest.chunks = [])), /is not complete/],
    ] as const) {
      await expect(importSnapshot(openDb, { directory: await tampered(change) })).rejects.toThrow(complaint);
      expect(await openIfThere(openDb)).toBeNull();
    }
    await expect(importSnapshot(openDb, { directory: good })).resolves.toMatchObject({ root });
  });

  it('that is given up is dropped by the next prune', async () => {
    const driver = new MemoryDriver();
    await expect(load(await tampered((folder) => rm(file(folder, 9))), driver)).rejects.toThrow(SnapshotError);
    const db = await newDb(driver);
    expect(await db.nodeCount()).toBeGreaterThan(50);
    await db.prune({ keepLast: 1 });
    expect(await db.nodeCount()).toBe(0);
    expect((await db.parts(root).find()).parts).toEqual([]);
  });
});

const flip = (at: number) => async (folder: string) => {
  const bytes = await readFile(file(folder, 4));
  const i = at < 0 ? bytes.length + at : at;
  await writeFile(file(folder, 4), bytes.with(i, bytes[i]! ^ 1));
};

describe('a dishonest snapshot changes nothing, and is refused', () => {
  it.each<[what: string, change: (folder: string) => Promise<unknown>, complaint: RegExp]>([
    ['with a value changed', flip(-1), /^chunk 4 .*its entries and its path give root 0x/],
    ['with a sibling changed', flip(100), /^chunk 4 .*give root 0x/],
    ['with a root of its own', flip(20), /^chunk 4 .*it belongs to root 0x/],
    ['with a path changed', flip(73), /^chunk 4 .*(an entry that belongs elsewhere|is not the one)/],
    ['that begins otherwise', flip(0), /^chunk 4 .*it is not a chunk of a snapshot$/],
    [
      'cut short',
      async (folder) => writeFile(file(folder, 4), (await readFile(file(folder, 4))).subarray(0, -7)),
      /^chunk 4 .*it is truncated/,
    ],
    [
      'with more at its end',
      async (folder) => writeFile(file(folder, 4), Buffer.concat([await readFile(file(folder, 4)), Buffer.alloc(3)])),
      /^chunk 4 .*or has extra bytes$/,
    ],
    ['with an empty chunk', (folder) => writeFile(file(folder, 4), ''), /^chunk 4 .*it is truncated/],
    [
      'with a chunk of another root',
      (folder) => cp(file(other, 4), file(folder, 4)),
      /^chunk 4 .*it belongs to root 0x/,
    ],
    [
      'with two chunks swapped',
      async (folder) => {
        await rename(file(folder, 4), file(folder, 99));
        await rename(file(folder, 5), file(folder, 4));
        await rename(file(folder, 99), file(folder, 5));
      },
      /^chunk 4 .*it is not the one in the manifest$/,
    ],
    [
      'with a chunk in place of another',
      (folder) => cp(file(folder, 6), file(folder, 4)),
      /^chunk 4 .*it is not the one/,
    ],
    ['with a chunk missing', (folder) => rm(file(folder, 4)), /^chunk 4 .*no such file/],
    [
      'that keeps a chunk to itself',
      (folder) => editManifest(folder, (manifest) => manifest.chunks.pop()),
      /is not complete: its chunks are only a part of the state with root/,
    ],
    [
      'that says a chunk twice',
      (folder) => editManifest(folder, ({ chunks }) => chunks.push(chunks[2]!)),
      /chunk \d+ is the same as chunk 2$/,
    ],
    [
      'that lies about the entries',
      (folder) => editManifest(folder, (manifest) => manifest.entries++),
      /has 302 entries, but its manifest says 303$/,
    ],
    [
      "that lies about a chunk's entries",
      (folder) => editManifest(folder, ({ chunks }) => chunks[4]!.entries--),
      /^chunk 4 .*has \d+ entries, but the manifest says \d+$/,
    ],
    [
      'that lies about the root',
      (folder) => editManifest(folder, (manifest) => (manifest.root = `0x${(root + 1n).toString(16)}`)),
      /^chunk 0 .*it belongs to root/,
    ],
    [
      'of a root that no state has',
      (folder) => editManifest(folder, (manifest) => (manifest.root = `0x${FIELD_ORDER.toString(16)}`)),
      /manifest\.json: root: expected a field element, below the order of BN254, got /,
    ],
    [
      'of another scheme',
      (folder) => editManifest(folder, (manifest) => (manifest.scheme = 'sha256')),
      /expected a tree with .* got sha256$/,
    ],
    ['without a manifest', (folder) => rm(path.join(folder, 'manifest.json')), /could not read .*manifest.json/],
    [
      'with a manifest of something else',
      (folder) => writeFile(path.join(folder, 'manifest.json'), '{"format":"x"}'),
      /format: expected "rootshift-snapshot"/,
    ],
  ])('%s', async (_what, change, complaint) => {
    const folder = await tampered(change);
    const driver = new MemoryDriver();
    const refused = await load(folder, driver).catch((error: Error) => error);
    expect((refused as Error).message).toMatch(complaint);
    expect(await (await newDb(driver)).history()).toHaveLength(1);
    const checked = await verifySnapshot({ directory: folder }).then(
      ({ faults }) => faults,
      (error: Error) => [error.message],
    );
    expect(checked[0]).toMatch(complaint);
    // The honest one goes into the same database.
    await expect(load(good, driver)).resolves.toMatchObject({ root, entries: 302 });
    expect(await contentUnder(await newDb(driver), root)).toEqual(content);
  });

  it('of a tree that is not canonical: a lone leaf three levels deep', async () => {
    const entry = plain(3, 7);
    const nothing = [0n, 0n, 0n];
    const key = treeKey(entry);
    const leaf = { kind: 'leaf', key, value: quad.leafValue(entry.value) } as const;
    const place = { level: 3, path: BigInt.asUintN(6, key) };
    const chunkOf = (siblings: readonly (readonly bigint[])[]) => {
      const top = foldUp((children) => quad.hashInner(children), 2, key, siblings, hashNode(quad, leaf));
      return { root: top, bytes: encodeChunk({ root: top, ...place, siblings, entries: [entry] }) };
    };
    const lone = chunkOf([nothing, nothing, nothing]);
    const folder = await mkdtemp(path.join(parent, 'lone-'));
    await writeFile(file(folder, 0), lone.bytes);
    const manifest = { root: lone.root, scheme: quad.id, entries: 1, chunks: [{ ...place, entries: 1 }] };
    await writeFile(path.join(folder, 'manifest.json'), formatManifest(manifest));
    const complaint = /^chunk 0 .* is not valid: its only entry is deeper than its path needs$/;
    await expect(load(folder)).rejects.toThrow(complaint);
    expect((await verifySnapshot({ directory: folder })).faults).toMatchObject([expect.stringMatching(complaint)]);
    // Its twins: beside something else, and at the root.
    const beside = chunkOf([nothing, nothing, [0n, 5n, 0n]]);
    await expect(checkChunk(quad, beside.root, beside.bytes)).resolves.toBeDefined();
    const db = await newDb();
    const honest = path.join(parent, 'honest');
    await exportSnapshot(db, { directory: honest, root: (await write(db, [entry])).root });
    await expect(load(honest)).resolves.toMatchObject({ entries: 1 });
  });

  it('of another root than the one that is wanted', async () => {
    await expect(load(good, new MemoryDriver(), root + 1n)).rejects.toThrow(/expected root 0x/);
  });
});
