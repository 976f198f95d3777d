import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Access } from '../../../src/state/batch/access.js';
import { formatBatch } from '../../../src/state/batch/format.js';
import { parseBatch } from '../../../src/state/batch/parse.js';
import { anyWrites } from '../hashdb/world.js';

const anyAccesses: fc.Arbitrary<Access[]> = anyWrites(20).chain((entries) =>
  fc.tuple(...entries.map((entry) => fc.constantFrom('read', 'write').map((op): Access => ({ op, ...entry })))),
);

it('a written batch is read back the same, for all kinds of accesses', () => {
  fc.assert(
    fc.property(anyAccesses, (accesses) => {
      const { accesses: read, prestate } = parseBatch(formatBatch(accesses));
      expect(read).toEqual(accesses);
      expect(prestate).toEqual([]);
    }),
  );
});
