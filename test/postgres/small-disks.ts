/** A PostgreSQL server whose disks are small, to be filled. */
import { statfsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { smallDisk } from '../full-disk.js';
import type { PostgresServer } from './server.js';
import { startPostgres } from './server.js';

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

export type Disk = 'data' | 'wal';

/** Ends with the test. `fill` takes a disk's room but for a quarter of a MiB, and returns what gives it back. */
export async function startOnSmallDisks(): Promise<{
  readonly server: PostgresServer;
  readonly fill: (which: Disk) => () => Promise<void>;
}> {
  const disks = { data: smallDisk(192 << 10), wal: smallDisk(64 << 10) };
  const server = await startPostgres({ data: disks.data.folder, wal: disks.wal.folder, flags: FLAGS });
  onTestFinished(() => server.stop());
  const fill = (which: Disk): (() => Promise<void>) => {
    const { folder } = disks[which];
    const { bavail, bsize } = statfsSync(folder);
    const ballast = path.join(folder, 'ballast');
    writeFileSync(ballast, new Uint8Array(bavail * bsize - (256 << 10)));
    return () => rm(ballast);
  };
  return { server, fill };
}
