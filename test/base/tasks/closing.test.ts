import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Closing } from '../../../src/base/tasks/closing.js';
import { openDatabase } from '../../../src/engine/database.js';
import { DatabaseLockedError } from '../../../src/state/hashdb/locked-error.js';

it('`await using` closes a database at the end of its block, also when the block throws', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-closing-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const use = async (work: () => Promise<void>): Promise<void> => {
    await using db = await openDatabase(path.join(folder, 'db'), { createIfMissing: true });
    expect((await db.current()).entries).toBe(0);
    await work();
  };
  await expect(use(() => use(async () => {}))).rejects.toThrow(DatabaseLockedError);
  await use(async () => {});
});

it('everything else that has to be closed is closed once', async () => {
  class Counting extends Closing {
    closed = 0;
    async close(): Promise<void> {
      this.closed++;
    }
  }
  const counting = new Counting();
  {
    await using used = counting;
    expect(used.closed).toBe(0);
  }
  expect(counting.closed).toBe(1);
});
