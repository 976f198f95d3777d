import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { changeOf } from '../../../src/state/hashdb/change.js';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { openPostgres } from '../../../src/state/hashdb/postgres.js';
import { RemoteChannel } from '../../../src/state/hashdb/remote-channel.js';
import { openRemote } from '../../../src/state/hashdb/remote.js';
import { readPaths } from '../../../src/state/tree/read.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { postgres } from '../../postgres/server.js';
import { serveStore } from '../../server/store-server.js';

const scheme = poseidonScheme(2);

interface Shared {
  readonly name: string;
  /** Opens the store of a test, anew each time. */
  readonly newStore: () => Promise<() => Promise<Driver>>;
  /** How often the driver asks the server while `work` goes on. */
  readonly roundTrips: (work: () => Promise<unknown>) => Promise<number>;
}

async function countCalls(
  spy: { mock: { calls: unknown[] }; mockRestore(): void },
  work: () => Promise<unknown>,
): Promise<number> {
  try {
    await work();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}

const shared: readonly Shared[] = [
  {
    name: 'postgres',
    newStore: async () => {
      const url = (await postgres()).url();
      return () => openPostgres(url, { createIfMissing: true });
    },
    roundTrips: (work) => countCalls(vi.spyOn(pg.Client.prototype, 'query'), work),
  },
  {
    name: 'grpc',
    newStore: async () => {
      const server = await serveStore(new MemoryDriver());
      onTestFinished(server.stop);
      return () => openRemote(server.url);
    },
    roundTrips: (work) => countCalls(vi.spyOn(RemoteChannel.prototype, 'read'), work),
  },
];

describe.each(shared)('over $name', ({ newStore, roundTrips }) => {
  test('reading many keys takes one round trip a level of the tree, and one for the values', async () => {
    const open = await newStore();
    const writer = await HashDb.open(await open(), scheme, { createIfMissing: true });
    const entries = Array.from({ length: 600 }, (_, i) => ({
      address: 0n,
      kind: 'storage' as const,
      slot: toUint256(BigInt(i)),
      value: toUint256(BigInt(i + 1)),
    }));
    const change = await changeOf(writer, 0n, entries);
    const { root } = await writer.commit({ ...change, origin: 'write' });
    await writer.close();
    // With nothing in its cache.
    const reader = await HashDb.open(await open(), scheme);
    const keys = [...change.keyPreimages.keys()];
    const depth = Math.max(...(await readPaths(reader, scheme, root, keys)).map(({ siblings }) => siblings.length));
    await reader.close();
    const fresh = await HashDb.open(await open(), scheme);
    const trips = await roundTrips(async () =>
      expect((await fresh.entryValues(root, keys)).reduce((a, b) => a + b, 0n)).toBe(180_300n),
    );
    // The nodes above the leaves, the leaves; the values are kept with them.
    expect([depth + 1, depth + 2]).toContain(trips);
    // What was read is not asked for again.
    expect(await roundTrips(() => fresh.entryValues(root, keys))).toBe(0);
    await fresh.close();
  });
});
