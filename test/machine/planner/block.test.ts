import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseBatch } from '../../../src/state/batch/parse.js';
import { DIMENSIONS, utilisation } from '../../../src/machine/planner/utilisation.js';
import { databaseOf } from '../trace/honest.js';
import { expectWhole, plan, sizeWith } from './world.js';

const batch = parseBatch(
  await readFile(new URL('../../../examples/mainnet-block-20472570.json', import.meta.url), 'utf8'),
);

describe('a plan of a mainnet block', () => {
  it('has 36 chunks in a circuit of 26 rows and 60 accesses, its write rows nearly full', async () => {
    const size = sizeWith(2, {
      accesses: 60,
      readRows: 8,
      writeRows: 5,
      updateRows: 11,
      levels: 13,
      tallReadRows: 1,
      tallWriteRows: 1,
      tallLevels: 32,
    });
    const db = await databaseOf(2, batch.prestate);
    const chunks = await plan(db, batch.accesses, size);
    expect(chunks).toHaveLength(36);
    await expectWhole(db, batch.accesses, chunks);
    const uses = chunks.map((chunk) => utilisation(chunk));
    for (const use of uses) {
      for (const dimension of DIMENSIONS) {
        expect(use[dimension].room).toBe(size[dimension]);
        expect(use[dimension].used).toBeLessThanOrEqual(size[dimension]);
      }
    }
    expect(uses.reduce((sum, { accesses }) => sum + accesses.used, 0)).toBe(1211);
    expect(uses.reduce((sum, { writeRows }) => sum + writeRows.used, 0)).toBeGreaterThan(0.9 * 36 * size.writeRows);
  });
});
