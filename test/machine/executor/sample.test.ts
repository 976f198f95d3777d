import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { takeTransactions } from '../../../src/state/batch/batch.js';
import { parseBatch } from '../../../src/state/batch/parse.js';
import { execute } from '../../../src/machine/executor/executor.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { openLevel } from '../../../src/state/hashdb/level.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { checkTrace } from '../../../src/machine/trace/check.js';
import { formatTrace, parseTrace } from '../../../src/machine/trace/file.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';

const block = parseBatch(
  readFileSync(new URL('../../../examples/mainnet-block-20472570.json', import.meta.url), 'utf8'),
);

beforeAll(async () => {});

async function loadBlock(driver: Driver, bits: 1 | 2): Promise<HashDb> {
  const db = await HashDb.open(driver, poseidonScheme(bits), { createIfMissing: true });
  await db.commit({ ...(await loadEntries(db.scheme, block.prestate)), origin: 'load' });
  return db;
}

describe.each([1, 2] as const)('the mainnet block, %i bits a level', (bits) => {
  it('executes in full, with the figures that its source gives', async () => {
    const db = await loadBlock(new MemoryDriver(), bits);
    const before = await db.current();
    expect(before.entries).toBe(444);
    const { trace, change } = await execute(db, before.root, block);
    expect(trace.log).toHaveLength(1211);
    expect(trace.keys).toHaveLength(603);
    expect(trace.writes).toHaveLength(327);
    expect(trace.reads).toHaveLength(603 - 327);
    expect(checkTrace(trace)).toBeNull();
    const text = formatTrace(trace);
    expect(parseTrace(text)).toEqual(trace);

    await db.commit({ ...change, origin: 'prove' });
    for (const key of trace.keys) expect(await db.entryValue(change.root, key.treeKey)).toBe(key.newValue);
    expect((await db.current()).entries).toBe(
      444 +
        trace.keys.reduce((sum, { oldValue, newValue }) => sum + Number(newValue !== 0n) - Number(oldValue !== 0n), 0),
    );
  });
});

describe('the first three transactions', () => {
  it('are 26 accesses to 12 keys; 10 keys change', async () => {
    const db = await loadBlock(new MemoryDriver(), 1);
    const { trace } = await execute(db, (await db.current()).root, takeTransactions(block, 3));
    expect([trace.log.length, trace.writes.length, trace.reads.length]).toEqual([26, 10, 2]);
  });
});

it('the embedded database and the memory give one trace', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rootshift-executor-'));
  const embedded = await loadBlock(await openLevel(join(folder, 'db'), { createIfMissing: true }), 1);
  try {
    const memory = await loadBlock(new MemoryDriver(), 1);
    const batch = takeTransactions(block, 20);
    const { root } = await memory.current();
    expect(await execute(embedded, root, batch)).toEqual(await execute(memory, root, batch));
  } finally {
    await embedded.close();
    await rm(folder, { recursive: true });
  }
});
