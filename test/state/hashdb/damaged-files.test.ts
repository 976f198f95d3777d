import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/engine/database.js';
import { fsck } from '../../../src/engine/fsck.js';
import { openSource } from '../../../src/engine/repair-source.js';
import { exportSnapshot } from '../../../src/engine/snapshot-folder.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { DamagedFilesError } from '../../../src/state/hashdb/level-files.js';
import { DatabaseLockedError } from '../../../src/state/hashdb/locked-error.js';
import type { RootRecord } from '../../../src/state/hashdb/root-record.js';
import { freshFolder } from './drivers.js';
import { contentUnder, plain, plains, write } from './world.js';
import type { Content } from './world.js';

const long = process.env['ROOTSHIFT_LONG'] !== undefined;
const damages = long ? 400 : 60;
/** Entries of a commit. */
const size = 60;

let whole = '';
let snapshot = '';
let history: RootRecord[];
let content: Content;
let files: string[];
let names: ReadonlyMap<string, bigint>;

/** A database with tables and a log. */
beforeAll(async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'rootshift-damage-'));
  whole = path.join(parent, 'whole');
  snapshot = path.join(parent, 'snapshot');
  for (let opening = 0; opening < 3; opening++) {
    const db = await openDatabase(whole, { createIfMissing: true });
    for (let i = 0; i < 4; i++)
      await write(db, [...plains(size * (4 * opening + i), size, 3), plain(7, 100 * opening + i + 1)]);
    if (opening === 1) await db.roots.name((await db.current()).root, 'half');
    if (opening === 2)
      await exportSnapshot(db, { directory: snapshot, root: (await db.current()).root, chunkBytes: 40_000 });
    await db.close();
  }
  ({ history, content, names } = await reading(path.join(parent, 'read'), whole));
  files = (await readdir(whole)).filter((name) => /^(\d+\.(ldb|log)|MANIFEST-\d+|CURRENT|LOCK|LOG)$/.test(name)).sort();
  expect(files.filter((name) => name.endsWith('.ldb')).length).toBeGreaterThan(0);
  expect(
    (
      await stat(
        path.join(
          whole,
          files.find((name) => name.endsWith('.log'))!,
        ),
      )
    ).size,
  ).toBeGreaterThan(50_000);
  return () => rm(parent, { recursive: true });
});

/** What a copy of a database holds. */
async function reading(copy: string, of: string) {
  await cp(of, copy, { recursive: true });
  const db = await openDatabase(copy);
  try {
    return await heldBy(db);
  } finally {
    await db.close();
  }
}

const heldBy = async (db: HashDb) => ({
  history: await db.history(),
  content: await contentUnder(db, (await db.current()).root),
  names: await db.roots.names(),
});

/** The same numbers, whenever it is run: xorshift32. */
function randoms(seed: number): (below: number) => number {
  let x = seed * 2_654_435_761 + 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

const KINDS = ['flip', 'zeros', 'page', 'noise', 'cut', 'delete', 'empty', 'grow'] as const;
type Kind = (typeof KINDS)[number];

/** Damages a file. @returns what was done, and whether its end is gone, as after a crash */
async function damage(
  folder: string,
  name: string,
  kind: Kind,
  random: (below: number) => number,
): Promise<{ what: string; cutsEnd: boolean }> {
  const file = path.join(folder, name);
  const bytes = await readFile(file);
  const at = random(Math.max(1, bytes.length));
  const over = (with_: Uint8Array): Promise<void> => {
    bytes.set(with_.subarray(0, bytes.length - at), at);
    return writeFile(file, bytes);
  };
  const cutsEnd =
    kind === 'cut' || kind === 'empty' || (kind !== 'flip' && kind !== 'delete' && at + 4096 >= bytes.length);
  if (kind === 'flip') await over(Buffer.of((bytes[at] ?? 0) ^ (1 << random(8))));
  else if (kind === 'zeros') await over(Buffer.alloc(64));
  else if (kind === 'page') await over(Buffer.alloc(4096));
  else if (kind === 'noise') await over(Buffer.from(Array.from({ length: 64 }, () => random(256))));
  else if (kind === 'cut') await truncate(file, at);
  else if (kind === 'delete') await rm(file);
  else if (kind === 'empty') await truncate(file, 0);
  else await writeFile(file, Buffer.concat([bytes, Buffer.from(Array.from({ length: 50 }, () => 1 + random(255)))]));
  return { what: `${kind} of ${name} at ${at} of ${bytes.length}`, cutsEnd };
}

const bytesOf = async (folder: string): Promise<Map<string, string>> => {
  const entries = await readdir(folder, { withFileTypes: true });
  const read = async (name: string) => [name, (await readFile(path.join(folder, name))).toString('base64')] as const;
  return new Map(await Promise.all(entries.filter((entry) => entry.isFile()).map(({ name }) => read(name))));
};

test(`of ${damages} damages to its files each is found and named, and repaired; none ends the process`, async () => {
  const counts = { tried: 0, harmless: 0, crash: 0, found: 0, repairedFromDatabase: 0, repairedFromSnapshot: 0 };
  const missed: string[] = [];
  for (let seed = 0; seed < damages; seed++) {
    const random = randoms(seed + 1);
    const folder = await freshFolder();
    await cp(whole, folder, { recursive: true });
    const name = files[random(files.length)]!;
    const { what, cutsEnd } = await damage(folder, name, KINDS[seed % KINDS.length]!, random);
    const open = (options: object): Promise<HashDb> => openDatabase(folder, options);
    const before = await bytesOf(folder);
    counts.tried++;
    const opening = await openDatabase(folder).catch((error: unknown) => error as Error);
    if (!(opening instanceof Error)) {
      const held = await heldBy(opening);
      await opening.close();
      if (isDeepStrictEqual(held, { history, content, names })) counts.harmless++;
      // A log's end that is missing is what a crash leaves: the state is one that there was.
      else if (name.endsWith('.log') && cutsEnd) {
        expect(held.history, what).toEqual(history.slice(0, held.history.length));
        counts.crash++;
      } else missed.push(what);
      continue;
    }
    expect(opening, what).toBeInstanceOf(DamagedFilesError);
    expect(opening.message, what).toMatch(/^the database at .* is damaged: file \S+: .+/);

    const told = await fsck(open, null);
    const named = told.damages.filter(({ sort }) => sort === 'file').map((found) => found.what);
    expect(named.length, what).toBeGreaterThan(0);
    // A manifest that lost its end names files that are not there, and not itself.
    if (!name.startsWith('MANIFEST'))
      expect(
        named.every((text) => text.startsWith(`file ${name}: `)),
        `${what}: ${named[0]}`,
      ).toBe(true);
    expect(told.keptAside).toBeNull();
    expect(await bytesOf(folder), what).toEqual(before);
    counts.found++;

    const fromDatabase = seed % 3 !== 0;
    const source = await openSource(fromDatabase ? await copyOf(whole) : snapshot);
    const report = await fsck(open, source);
    await source.close();
    expect(await bytesOf(report.keptAside!), what).toEqual(new Map([...before].filter(([file]) => file !== 'LOCK')));
    const db = await openDatabase(folder);
    const held = await heldBy(db);
    expect(held.content, what).toEqual(content);
    expect(held.history.at(-1)!.root, what).toBe(history.at(-1)!.root);
    if (fromDatabase) {
      expect(
        report.damages.filter(({ repaired }) => !repaired),
        what,
      ).toEqual([]);
      expect(held.history, what).toEqual(history);
      expect(held.names, what).toEqual(names);
      expect(await db.check(), what).toMatchObject({ damages: [] });
      counts.repairedFromDatabase++;
    } else counts.repairedFromSnapshot++;
    // It is a database like any other again.
    await write(db, [plain(9_999, 1)]);
    await db.close();
    const again = await openDatabase(folder);
    expect((await again.current()).entries).toBe(content.size + 1);
    await again.close();
    await rm(folder, { recursive: true });
  }
  console.info('damages', counts);
  expect(missed).toEqual([]);
  expect(counts.found).toBeGreaterThan(damages / 2);
});

async function copyOf(folder: string): Promise<string> {
  const copy = await freshFolder();
  await cp(folder, copy, { recursive: true });
  return copy;
}

describe('a damaged database', () => {
  test('is in use by others, not damaged, while it is open', async () => {
    const folder = await copyOf(whole);
    const db = await openDatabase(folder);
    const table = (await readdir(folder)).find((name) => name.endsWith('.ldb'))!;
    const bytes = await readFile(path.join(folder, table));
    await writeFile(path.join(folder, table), bytes.fill(0, 100, 164));
    await expect(fsck((options) => openDatabase(folder, options), null)).rejects.toThrow(DatabaseLockedError);
    await db.close();
    await expect(openDatabase(folder)).rejects.toThrow(DamagedFilesError);
  });

  test('with all files gone but one is made anew from a source', async () => {
    const folder = await freshFolder();
    await mkdir(folder);
    await cp(path.join(whole, 'CURRENT'), path.join(folder, 'CURRENT'));
    const source = await openSource(snapshot);
    const report = await fsck((options) => openDatabase(folder, options), source);
    expect(report.damages.every(({ repaired }) => repaired)).toBe(true);
    const db = await openDatabase(folder);
    expect((await heldBy(db)).content).toEqual(content);
    await db.close();
  });
});
