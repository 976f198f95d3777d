import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDriver } from '../../src/engine/database.js';
import { StorageError, UnknownOutcomeError } from '../../src/state/hashdb/driver.js';
import { freshFolder } from '../cli/cli.js';
import { startServing } from '../cli/serving.js';

const KILLS = process.env['ROOTSHIFT_LONG'] ? 50 : 3;
const HEAD = Uint8Array.of(255);
const word = (i: number) => Uint8Array.of(i >> 8, i & 255);

test(`a server killed ${KILLS} times under load has all that it said was written, and whole; a write that was under way is there or not`, async () => {
  const folder = await freshFolder();
  const server = await startServing(folder, ['--create', 'quad']);
  const remote = await openDriver(server.url);
  onTestFinished(() => remote.close());
  let running = server;
  let made = 0;
  const write = async (next: number): Promise<void> => {
    const many = Array.from({ length: 200 }, (_, i) => ({
      key: Uint8Array.of(254, ...word(next), ...word(i)),
      value: word(next),
    }));
    const head = { key: HEAD, value: made === 0 ? undefined : word(made) };
    expect(await remote.writeIf(head, [{ key: HEAD, value: word(next) }, ...many])).toBe(true);
    made = next;
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const enough = made + 3 + Math.floor(Math.random() * 5);
    const writing = (async () => {
      for (;;) await write(made + 1);
    })().catch((error: unknown) => error);
    while (made < enough) await remote.getMany([HEAD]);
    await running.end('SIGKILL');
    const error = await writing;
    expect(error).toBeInstanceOf(StorageError);

    running = await startServing(folder, ['--listen', new URL(server.url).host]);
    const [head] = await remote.getMany([HEAD]);
    const number = (head![0]! << 8) + head![1]!;
    expect(error instanceof UnknownOutcomeError ? [made, made + 1] : [made]).toContain(number);
    made = number;
    let count = 0;
    for await (const _record of remote.iterate(Uint8Array.of(254), HEAD)) count++;
    expect(count).toBe(200 * number);
  }
  expect((await running.end()).code).toBe(0);
  const local = await openDriver(path.join(folder, '.rootshift', 'db'));
  expect(await local.getMany([HEAD])).toEqual([Buffer.from(word(made))]);
  await local.close();
});
