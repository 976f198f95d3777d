/** PostgreSQL on disks that get full in earnest: of its data, and of its log, over which it crashes. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/engine/database.js';
import { StorageError, UnknownOutcomeError } from '../../../src/state/hashdb/driver.js';
import type { RootRecord } from '../../../src/state/hashdb/root-record.js';
import { noDisks } from '../../full-disk.js';
import { startOnSmallDisks } from '../../postgres/small-disks.js';
import { plains, write } from './world.js';

describe.each([
  ['of its data', 'data', /could not extend file/],
  ['of its log', 'wal', /PANIC/],
] as const)('PostgreSQL on a full disk %s', (_name, which, says) =>
  test('a commit is refused; when there is room again commits are made, and all that were made stay', async ({
    skip,
  }) => {
    skip(noDisks !== null, noDisks ?? '');
    const { server, fill } = await startOnSmallDisks();
    const url = server.url();
    const db = await openDatabase(url, { createIfMissing: true });
    let slot = 0;
    const made: RootRecord[] = [await db.current()];
    const commit = async (): Promise<void> => void made.push(await write(db, plains((slot += 100), 100)));
    await commit();

    const makeRoom = fill(which);
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
