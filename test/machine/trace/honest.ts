import type { Access } from '../../../src/state/batch/access.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import { execute } from '../../../src/machine/executor/executor.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { toFr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';

export const plainEntry = (slot: number, value: number): Entry => ({
  address: 0n,
  kind: 'storage',
  slot: toUint256(BigInt(slot)),
  value: toUint256(BigInt(value)),
});

/** A database in memory that holds `entries`. */
export async function databaseOf(bits: 1 | 2, entries: readonly Entry[]): Promise<HashDb> {
  const db = await HashDb.open(new MemoryDriver(), poseidonScheme(bits), { createIfMissing: true });
  await db.commit({ ...(await loadEntries(db.scheme, entries)), origin: 'load' });
  return db;
}

/** What a trace shows, one name for each kind of path. */
export function pathKinds({ reads, writes, keys }: Trace): Set<string> {
  const readKinds = reads.map(({ key, otherLeaf }) => {
    if (keys[key]!.oldValue !== 0n) return 'readPresent';
    return otherLeaf === null ? 'readAbsentAtEmpty' : 'readAbsentAtLeaf';
  });
  return new Set([...readKinds, ...writes.map(({ effect }) => effect)]);
}

const ALL_KINDS = [
  'readPresent',
  'readAbsentAtEmpty',
  'readAbsentAtLeaf',
  'update',
  'createAtEmpty',
  'createBesideLeaf',
  'delete',
  'deleteAndLift',
];

/**
 * A trace with every kind of path in it, extensions of two levels and more, a delete that shows the
 * children of the sibling that stays, and keys accessed several times. Keys fall by their hashes, so
 * it is looked for; the search is the same every time.
 */
export async function richTrace(bits: 1 | 2): Promise<Trace> {
  for (let first = 0; ; first += 100) {
    const held = Array.from({ length: 14 }, (_, i) => plainEntry(first + i, 1 + i));
    const of = (op: 'read' | 'write', i: number, value: number): Access => ({ op, ...plainEntry(first + i, value) });
    const accesses = [
      ...[0, 1, 2].map((i) => of('write', i, 50 + i)),
      ...[3, 4, 5, 6, 7].map((i) => of('write', i, 0)),
      ...[8, 9].map((i) => of('read', i, 1 + i)),
      ...[20, 21, 22, 23, 24].map((i) => of('write', i, 70 + i)),
      ...[30, 31, 32, 33].map((i) => of('read', i, 0)),
      of('read', 0, 50),
      of('write', 0, 51),
      of('read', 0, 51),
      of('write', 10, 99),
      of('write', 10, 11),
    ];
    const db = await databaseOf(bits, held);
    const batch = { accesses, where: (index: number) => `accesses[${index}]` };
    const { trace } = await execute(db, (await db.current()).root, batch, { x: toFr(12345n) });
    const kinds = pathKinds(trace);
    const extends2 = (effect: string): boolean =>
      trace.writes.some((row) => row.effect === effect && row.extension >= 2);
    const rich =
      ALL_KINDS.every((kind) => kinds.has(kind)) &&
      extends2('createBesideLeaf') &&
      extends2('deleteAndLift') &&
      trace.writes.some(({ siblingChildren }) => siblingChildren !== null);
    if (rich) return trace;
  }
}
