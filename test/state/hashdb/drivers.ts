import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import { openLevel } from '../../../src/state/hashdb/level.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { openPostgres } from '../../../src/state/hashdb/postgres.js';
import { openRemote } from '../../../src/state/hashdb/remote.js';
import { postgres } from '../../postgres/server.js';
import { serveStore } from '../../server/store-server.js';

/** A directory that does not exist yet, and will not be there after the test. */
export async function freshFolder(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'rootshift-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return join(parent, 'hashdb');
}

/** Serves what a driver keeps until the test is done. */
async function served(driver: Driver): Promise<() => Promise<Driver>> {
  const server = await serveStore(driver);
  onTestFinished(async () => {
    await server.stop();
    await driver.close();
  });
  return () => openRemote(server.url);
}

/** Every driver: how to get a new empty store of it that can be opened, closed and opened again. */
export const drivers: readonly { name: string; newStore: () => Promise<() => Promise<Driver>> }[] = [
  {
    name: 'memory',
    newStore: async () => {
      const driver = new MemoryDriver();
      return async () => driver;
    },
  },
  {
    name: 'level',
    newStore: async () => {
      const folder = await freshFolder();
      return () => openLevel(folder, { createIfMissing: true });
    },
  },
  {
    name: 'postgres',
    newStore: async () => {
      const url = (await postgres()).url();
      return () => openPostgres(url, { createIfMissing: true });
    },
  },
  { name: 'grpc over memory', newStore: () => served(new MemoryDriver()) },
  {
    name: 'grpc over level',
    newStore: async () => served(await openLevel(await freshFolder(), { createIfMissing: true })),
  },
];
