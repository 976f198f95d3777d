import { describe, expect, it } from 'vitest';
import type { WriteRow } from '../../../src/machine/trace/trace.js';
import { databaseOf, plainEntry } from '../trace/honest.js';
import { DEEP_SLOTS, deepSize, expectWhole, plan, read, rows, sizeWith, write } from './world.js';

const depthOf = ({ siblings, extension }: WriteRow): number => siblings.length + extension;

describe.each([1, 2] as const)('keys that share many bits, on a tree of %i bits a level', (bits) => {
  const three = rows(3, 26 / bits);
  const size = sizeWith(bits, { accesses: 3, readRows: three, updateRows: three, writeRows: three });
  const deep = deepSize(bits);

  it.each(DEEP_SLOTS)(
    '$sharedBits of them: pass through the deep circuit as long as both are there',
    async ({ sharedBits, slots: [a, b] }) => {
      const db = await databaseOf(bits, [plainEntry(1, 1), plainEntry(2, 2)]);
      const accesses = [
        write(a, 5),
        read(1),
        read(b, 0), // b's path ends at a's leaf, high up
        write(b, 6),
        read(1),
        read(2), // created beside it, far below
        read(1),
        read(2),
        write(3, 7),
        read(a, 5),
        write(b, 8),
        read(2),
        write(a, 0),
        read(1),
        read(2), // b's leaf moves up again
        write(b, 9),
        write(3, 0),
        read(a, 0),
      ];
      const chunks = await plan(db, accesses, size, deep);
      expect(chunks.map((chunk) => [chunk.accesses, chunk.size === deep])).toEqual([
        [3, false],
        [3, true],
        [3, false],
        [3, true],
        [3, true],
        [3, false],
      ]);
      await expectWhole(db, accesses, chunks);
      const level = Math.floor(sharedBits / bits) + 1;
      const [, created, , updated, deleted] = chunks.map(({ trace }) => trace.writes[0]!);
      expect([created, updated, deleted].map((row) => [row!.effect, depthOf(row!)])).toEqual([
        ['createBesideLeaf', level],
        ['update', level],
        ['deleteAndLift', level],
      ]);
    },
  );
});

it('three accesses that leave a large circuit no room go to the deep one, except at the end of a batch', async () => {
  const db = await databaseOf(2, [plainEntry(1, 1)]);
  const accesses = [1, 2, 3, 4, 5, 6, 7].map((slot) => read(slot));
  const deep = deepSize(2);
  const planned = async (levels: number) => {
    const size = sizeWith(2, { readRows: rows(3, levels), updateRows: [], writeRows: [] });
    const chunks = await plan(db, accesses, size, deep);
    await expectWhole(db, accesses, chunks);
    return chunks.map((chunk) => [chunk.accesses, chunk.size === deep]);
  };
  expect(await planned(255)).toEqual([
    [3, true],
    [3, true],
    [1, false],
  ]);
  expect(await planned(254)).toEqual([
    [3, false],
    [3, false],
    [1, false],
  ]);
});
