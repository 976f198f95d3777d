import { expect, onTestFinished, test } from 'vitest';
import { partKey } from '../../../src/state/hashdb/codec.js';
import { StorageError } from '../../../src/state/hashdb/driver.js';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { count, DamagedRecordError, word } from '../../../src/state/hashdb/record.js';
import { put } from '../../../src/state/hashdb/seal.js';
import { openRemote } from '../../../src/state/hashdb/remote.js';
import { serveStore } from '../../server/store-server.js';
import { newDb } from './world.js';

const key = (byte: number): Uint8Array => Uint8Array.of(byte);

/** A client of a server that answers as `changed` says. */
async function clientOf(changed: Partial<Driver>): Promise<Driver> {
  const server = await serveStore({ ...honest, ...changed });
  const client = await openRemote(server.url);
  onTestFinished(async () => {
    await client.close();
    await server.stop();
  });
  return client;
}

const held = new MemoryDriver();
const honest: Driver = {
  location: 'memory',
  getMany: (keys) => held.getMany(keys),
  writeIf: (guard, changes) => held.writeIf(guard, changes),
  iterate: (from, before) => held.iterate(from, before),
  sizeOnDisk: () => held.sizeOnDisk(),
  compact: () => held.compact(),
  close: () => held.close(),
  [Symbol.asyncDispose]: () => held.close(),
};

const giving = (...bytes: number[]): Partial<Driver> => ({
  async *iterate() {
    for (const byte of bytes) yield [key(byte), key(0)] as const;
  },
});
const rangeOf = async (client: Driver): Promise<number[]> => {
  const found: number[] = [];
  for await (const [at] of client.iterate(key(2), key(9))) found.push(at[0]!);
  return found;
};

test('records that come out of order, twice, or from elsewhere are refused: reading might never end', async () => {
  expect(await rangeOf(await clientOf(giving(2, 3, 8)))).toEqual([2, 3, 8]);
  for (const bytes of [
    [3, 2],
    [3, 3],
    [1, 3],
    [3, 9],
  ]) {
    const reading = rangeOf(await clientOf(giving(...bytes)));
    await expect(reading).rejects.toThrow(StorageError);
    await expect(reading).rejects.toThrow(/the server sent records out of order$/);
  }
  // Without end, as far as the server is concerned.
  await expect(rangeOf(await clientOf(giving(...Array.from({ length: 20 }, () => 3))))).rejects.toThrow(
    /out of order$/,
  );
});

test('more values than keys are refused', async () => {
  const giveSome = (more: number): Partial<Driver> => ({
    getMany: async (keys) => Array.from({ length: keys.length + more }, () => key(5)),
  });
  expect(await (await clientOf(giveSome(0))).getMany([key(1), key(2)])).toHaveLength(2);
  // The first call has no keys: it asks whether somebody is there.
  const greedy = await clientOf({
    getMany: async (keys) => Array.from({ length: keys.length === 0 ? 0 : 3 }, () => key(5)),
  });
  await expect(greedy.getMany([key(1), key(2)])).rejects.toThrow(
    /expected the values of 1 to 2 keys from the server, got 3$/,
  );
});

test('a part of a state that is deeper than any tree is damaged', async () => {
  const at = async (level: number): Promise<unknown> => {
    const driver = new MemoryDriver();
    const db = await newDb(driver);
    const part = put(partKey(5n, level, 0n), Buffer.concat([word(7n), count(1)]));
    await driver.writeIf({ key: key(0), value: undefined }, [part]);
    return db.parts(5n).find();
  };
  await expect(at(127)).resolves.toMatchObject({ parts: [{ level: 127 }] });
  await expect(at(128)).rejects.toThrow(DamagedRecordError);
});
