import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../../src/engine/database.js';
import { StorageError, UnknownOutcomeError } from '../../../src/state/hashdb/driver.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { startServing } from '../../cli/serving.js';
import { limitFiles, noDisks, noLimits, smallDisk } from '../../full-disk.js';
import { freshFolder } from './drivers.js';
import { plains, write } from './world.js';

interface Place {
  readonly db: HashDb;
  readonly fill: () => void;
  readonly makeRoom: () => void;
  /** Lets go of the database. */
  readonly end: () => Promise<void>;
  readonly folder: string;
}

const create = { createIfMissing: true };

async function embeddedOnSmallDisk(): Promise<Place> {
  const disk = smallDisk(4_096);
  const folder = path.join(disk.folder, 'db');
  const db = await openDatabase(folder, create);
  return { db, folder, fill: () => {}, makeRoom: () => disk.resize(65_536), end: () => db.close() };
}

/** A server of a process of its own, ended with SIGTERM. */
async function served(folder: string, room: (pid: number) => Pick<Place, 'fill' | 'makeRoom'>): Promise<Place> {
  const server = await startServing(path.dirname(folder), ['--db', folder, '--create', 'quad']);
  const db = await openDatabase(server.url);
  const end = async (): Promise<void> => {
    await db.close();
    expect((await server.end()).code).toBe(0);
  };
  return { db, folder, ...room(server.pid), end };
}

async function servedOnSmallDisk(): Promise<Place> {
  const disk = smallDisk(4_096);
  return served(path.join(disk.folder, 'db'), () => ({ fill: () => {}, makeRoom: () => disk.resize(65_536) }));
}

const servedWithLimit = async (bytes: number): Promise<Place> =>
  served(await freshFolder(), (pid) => ({
    fill: () => limitFiles(pid, bytes),
    makeRoom: () => limitFiles(pid, 'unlimited'),
  }));

const places: readonly (readonly [name: string, not: string | null, open: () => Promise<Place>])[] = [
  ['embedded on a full disk', noDisks, embeddedOnSmallDisk],
  ['served from a full disk', noDisks, servedOnSmallDisk],
  // LevelDB's log ends in the middle of a record at any byte, the first of a block's among them.
  ...[300_000, 5 * 32_768 + 3, 1_000_001].map(
    (bytes) => [`served with files of ${bytes} bytes at most`, noLimits, () => servedWithLimit(bytes)] as const,
  ),
];

describe.each(places)('%s', (_name, why, open) => {
  test('a commit is refused; what is committed when there is room again stays, and it is all whole', async ({
    skip,
  }) => {
    skip(why !== null, why ?? '');
    const { db, folder, fill, makeRoom, end } = await open();
    const roots = [await db.current()];
    fill();
    let slot = 0;
    const commit = async (): Promise<void> => void roots.push(await write(db, plains((slot += 100), 100)));
    const refusal = await (async () => {
      for (;;) await commit();
    })().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StorageError);
    if (!(refusal instanceof UnknownOutcomeError))
      expect((refusal as Error).message).toMatch(
        /^could not write the database at .*(No space left on device|File too large)/,
      );
    const before = roots.length;
    expect(before).toBeGreaterThan(3);

    makeRoom();
    // The refused one may have been made after all only where nobody could tell.
    const current = await db.current();
    if (current.number !== roots.at(-1)!.number) {
      expect(refusal).toBeInstanceOf(UnknownOutcomeError);
      roots.push(current);
    }
    for (let i = 0; i < 20; i++) await commit();
    await end();

    const again = await openDatabase(folder);
    onTestFinished(() => again.close());
    expect(await again.history()).toEqual(roots);
    expect(await again.check()).toMatchObject({ damages: [], unreachable: 0, roots: roots.length - 1 });
  });
});

describe('a disk that fails', () => {
  afterEach(() => vi.restoreAllMocks());

  /** The next batch fails, before it was written or after. */
  function failNext(when: 'before' | 'after'): void {
    const real = ClassicLevel.prototype.batch;
    vi.spyOn(ClassicLevel.prototype, 'batch').mockImplementationOnce(function (this: ClassicLevel) {
      const batch = (real as () => ReturnType<ClassicLevel['batch']>).call(this) as unknown as {
        write(options: object): Promise<void>;
      };
      const write = batch.write.bind(batch);
      batch.write = async (options) => {
        if (when === 'after') await write(options);
        throw new Error('IO error: 000003.log: Input/output error');
      };
      return batch as never;
    } as never);
  }

  test('before it has a write refuses the commit, and the next one is made', async () => {
    const folder = await freshFolder();
    const db = await openDatabase(folder, create);
    onTestFinished(() => db.close());
    const first = await write(db, plains(0, 10));
    failNext('before');
    await expect(write(db, plains(10, 10))).rejects.toThrow(
      /^could not write the database at .*: IO error: 000003\.log: Input\/output error$/,
    );
    expect(await db.current()).toEqual(first);
    expect(await write(db, plains(10, 10))).toMatchObject({ number: 2, entries: 20 });
  });

  test('when it has a write already does not refuse it: it was made', async () => {
    const db = await openDatabase(await freshFolder(), create);
    onTestFinished(() => db.close());
    failNext('after');
    const made = await write(db, plains(0, 10));
    expect(made).toMatchObject({ number: 1, entries: 10 });
    expect(await db.current()).toEqual(made);
  });

  test('lets those who read meanwhile go on', async () => {
    const db = await openDatabase(await freshFolder(), create);
    onTestFinished(() => db.close());
    const { root } = await write(db, plains(0, 3_000));
    const listed: bigint[] = [];
    const reading = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) expect(await db.entryValues(root, [7n, 8n])).toHaveLength(2);
    };
    const readers = [reading(), reading()];
    for await (const { slot } of db.entries(root)) {
      listed.push(slot);
      if (listed.length % 500 !== 1) continue;
      failNext('before');
      await expect(write(db, plains(5_000, 1))).rejects.toThrow(StorageError);
    }
    await Promise.all(readers);
    expect(listed).toHaveLength(3_000);
    expect(new Set(listed).size).toBe(3_000);
  });
});
