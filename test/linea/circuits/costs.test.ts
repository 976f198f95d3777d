/** What 64 operations over distinct keys cost, everything counted. Compiling the four circuits takes minutes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { compileSources, lineaSources } from '../../../src/machine/circuit/compile.js';
import { lineaMainSource } from '../../../src/machine/circuit/linea-catalogue.js';
import type { LineaSize } from '../../../src/machine/circuit/linea-catalogue.js';

const NONE: LineaSize = {
  operations: 65,
  points: 0,
  lists: 0,
  readRows: 0,
  changeRows: 0,
  appends: 0,
  levels: 24,
  topLevels: 0,
};

/** Of an insert both neighbours change, of a delete the leaf, too; all of them are distinct. */
const COSTS: readonly { readonly what: string; readonly size: LineaSize; readonly constraints: number }[] = [
  { what: 'read', size: { ...NONE, points: 64, readRows: 64, topLevels: 5 }, constraints: 374_369 },
  { what: 'update', size: { ...NONE, points: 64, changeRows: 64, topLevels: 6 }, constraints: 676_423 },
  { what: 'insert', size: { ...NONE, lists: 64, changeRows: 128, appends: 64, topLevels: 7 }, constraints: 1_366_865 },
  { what: 'delete', size: { ...NONE, lists: 64, changeRows: 192, topLevels: 8 }, constraints: 1_863_493 },
];

it.skipIf(!process.env['ROOTSHIFT_LONG']).each(COSTS)(
  '64 of kind $what have $constraints',
  async ({ size, constraints }) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
    try {
      const made = await compileSources(folder, lineaMainSource(size), await lineaSources());
      expect(made.constraints).toBe(constraints);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
