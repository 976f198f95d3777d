/** Small states and batches for circuit tests: plain keys, by slot. */
import type { Access, RequestedAccess } from '../../../src/state/batch/access.js';
import { treeKey } from '../../../src/state/batch/encoding.js';
import { execute } from '../../../src/machine/executor/executor.js';
import type { ExecuteOptions, Execution } from '../../../src/machine/executor/executor.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';

const entry = (slot: bigint) => ({ address: 0n, kind: 'storage' as const, slot: toUint256(slot) });

export const read = (slot: bigint): RequestedAccess => ({ op: 'read', ...entry(slot) });
export const write = (slot: bigint, value: bigint): RequestedAccess & Access => ({
  op: 'write',
  ...entry(slot),
  value: toUint256(value),
});

/** The state with these slots and values, and what the accesses do to it. */
export async function run(
  state: ReadonlyMap<bigint, bigint> | readonly (readonly [bigint, bigint])[],
  accesses: readonly RequestedAccess[],
  bits: 1 | 2 = 1,
  options: ExecuteOptions = {},
): Promise<Execution> {
  const db = await HashDb.open(new MemoryDriver(), poseidonScheme(bits), { createIfMissing: true });
  const entries = [...state].map(([slot, value]) => ({ ...entry(slot), value: toUint256(value) }));
  await db.commit({ ...(await loadEntries(db.scheme, entries)), origin: 'load' });
  const batch = { accesses, where: (i: number) => `accesses[${i}]` };
  return execute(db, (await db.current()).root, batch, { x: toFr(7n), ...options });
}

/** The tree key of a slot. */
export const keyOf = (slot: bigint): Fr => treeKey(entry(slot));

/**
 * The first slots from `from` on whose tree keys end in these bits, written with the bit of level 0 last:
 * `'10'` is right at level 1 and left at level 0.
 */
export function slotsEndingIn(suffix: string, count = 1, from = 1n): bigint[] {
  const wanted = BigInt(`0b${suffix}`);
  const mask = (1n << BigInt(suffix.length)) - 1n;
  const found: bigint[] = [];
  for (let slot = from; found.length < count; slot++) {
    if ((keyOf(slot) & mask) === wanted) found.push(slot);
  }
  return found;
}
