/** PostgreSQL on disks that get full in earnest: of its data, and of its log, over which it crashes. */
import { statfsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/engine/database.js';
import { StorageError, UnknownOutcomeError } from '../../../src/state/hashdb/driver.js';
import type { RootRecord } from '../../../src/state/hashdb/root-record.js';
import { noDisks, smallDisk } from '../../full-disk.js';
import type { SmallDisk } from '../../full-disk.js';
import { startPostgres } from '../../postgres/server.js';
import { plains, write } from './world.js';

const FLAGS = [
  'wal_level=minimal',
  'max_wal_senders=0',
  'min_wal_size=2MB',
  // No checkpoint gives room back before the disk is full.
  'max_wal_size=32MB',
  'wal_keep_size=0',
  'shared_buffers=16MB',
  // Else it makes room by itself, now and then.
  'autovacuum=off',
];

/** Takes a disk's room but for so many bytes. @returns what gives it back */
function fill({ folder }: SmallDisk, left: number): () => Promise<void> {
  const { bavail, bsize } = statfsSync(folder);
  const ballast = path.join(folder, 'ballast');
  writeFileSync(ballast, new Uint8Array(bavail * bsize - left));
  return () => rm(ballast);
}

describe.each([
  ['of its data', 'data', /could not extend file/],
  ['of its log', 'wal', /PANIC/],
] as const)('PostgreSQL on a full disk %s', (_name, which, says) =>
  test('a commit is refused; when there is room again commits are made, and all that were made stay', async ({
    skip,
  }) => {
    skip(noDisks !== null, noDisks ?? '');
    const disks = { data: smallDisk(192 << 10), wal: smallDisk(64 << 10) };
    const server = await startPostgres({ data: disks.data.folder, wal: disks.wal.folder, flags: FLAGS });
    onTestFinished(() => server.stop());
    const url = server.url();
    const db = await openDatabase(url, { createIfMissing: true });
    let slot = 0;
    const made: RootRecord[] = [await db.current()];
    const commit = async (): Promise<void> => void made.push(await write(db, plains((slot += 100), 100)));
    await commit();

    const makeRoom = fill(disks[which], 256 << 10);
    const refusal = await (async () => {
      for (;;) await commit();
    })().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StorageError);
    expect((refusal as Error).message).toMatch(
      /^(could not (write|read|reach) the database|the connection to the database) at postgres:/,
    );
    expect((refusal as Error).message).not.toMatch(/bug/);
    await makeRoom();
    await server.revive();
    expect(server.said.filter((line) => /No space left on device/.test(line)).join('\n')).toMatch(says);

    // Where nobody could tell, the refused one may have been made.
    const current = await db.current();
    if (current.number !== made.at(-1)!.number) {
      expect(refusal).toBeInstanceOf(UnknownOutcomeError);
      made.push(current);
    }
    for (let i = 0; i < 20; i++) await commit();
    await db.close();

    await server.kill();
    await server.start();
    const again = await openDatabase(url);
    onTestFinished(() => again.close());
    expect(await again.history()).toEqual(made);
    expect(await again.check()).toMatchObject({ damages: [], unreachable: 0, roots: made.length - 1 });
  }),
);
