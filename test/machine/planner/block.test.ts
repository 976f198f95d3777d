import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { rowsIn } from '../../../src/machine/circuit/catalogue.js';
import { parseBatch } from '../../../src/state/batch/parse.js';
import { DIMENSIONS, roomIn, utilisation } from '../../../src/machine/planner/utilisation.js';
import { databaseOf } from '../trace/honest.js';
import { expectWhole, plan, rows, sizeWith } from './world.js';

const batch = parseBatch(
  await readFile(new URL('../../../examples/mainnet-block-20472570.json', import.meta.url), 'utf8'),
);

describe('a plan of a mainnet block', () => {
  it('has 36 chunks in a circuit of 26 rows and 60 accesses, its write rows nearly full', async () => {
    const size = sizeWith(2, {
      accesses: 60,
      readRows: [...rows(8, 13), ...rows(1, 32)],
      updateRows: rows(11, 13),
      writeRows: [...rows(5, 13), ...rows(1, 32)],
    });
    const db = await databaseOf(2, batch.prestate);
    const chunks = await plan(db, batch.accesses, size);
    expect(chunks).toHaveLength(36);
    await expectWhole(db, batch.accesses, chunks);
    const uses = chunks.map((chunk) => utilisation(chunk));
    for (const use of uses) {
      for (const dimension of DIMENSIONS) {
        expect(use[dimension].room).toBe(roomIn(size, dimension));
        expect(use[dimension].used).toBeLessThanOrEqual(roomIn(size, dimension));
      }
    }
    expect(uses.reduce((sum, { accesses }) => sum + accesses.used, 0)).toBe(1211);
    expect(uses.reduce((sum, { writeRows }) => sum + writeRows.used, 0)).toBeGreaterThan(
      0.85 * 36 * rowsIn(size.writeRows),
    );
  });
});
