/** Plans of small batches: plain keys by slot, sizes as small as a test needs. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import { logHash } from '../../../src/state/batch/log.js';
import type { CircuitSize, RowGroup } from '../../../src/machine/circuit/catalogue.js';
import { execute } from '../../../src/machine/executor/executor.js';
import { ONE, ZERO, toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { ChangedState } from '../../../src/state/hashdb/changed-state.js';
import { planChunks } from '../../../src/machine/planner/plan.js';
import type { Chunk } from '../../../src/machine/planner/plan.js';
import { checkTrace } from '../../../src/machine/trace/check.js';
import { NodeOverlay } from '../../../src/state/tree/store.js';

const entry = (slot: number) => ({ address: 0n, kind: 'storage' as const, slot: toUint256(BigInt(slot)) });
export const read = (slot: number, value?: number): RequestedAccess => ({
  op: 'read',
  ...entry(slot),
  ...(value === undefined ? {} : { value: toUint256(BigInt(value)) }),
});
export const write = (slot: number, value: number): RequestedAccess => ({
  op: 'write',
  ...entry(slot),
  value: toUint256(BigInt(value)),
});
export const batchOf = (accesses: readonly RequestedAccess[]) => ({
  accesses,
  where: (index: number) => `accesses[${index}]`,
});

/** Rows of one length. */
export const rows = (count: number, levels: number): RowGroup[] => [{ rows: count, levels }];

/** A size in which nothing cuts but what is told. */
export const sizeWith = (bitsPerLevel: 1 | 2, told: Partial<CircuitSize>): CircuitSize => ({
  accesses: 999,
  readRows: rows(99, 60 / bitsPerLevel),
  updateRows: rows(99, 60 / bitsPerLevel),
  writeRows: rows(99, 60 / bitsPerLevel),
  bitsPerLevel,
  topLevels: 0,
  ...told,
});

/** Three accesses of any depth. */
export const deepSize = (bitsPerLevel: 1 | 2): CircuitSize =>
  sizeWith(bitsPerLevel, { accesses: 3, readRows: [], updateRows: [], writeRows: rows(3, 254 / bitsPerLevel) });

export const X: Fr = toFr(77n);

/** The whole plan of a batch on a database's current state. */
export async function plan(
  db: HashDb,
  accesses: readonly RequestedAccess[],
  ...sizes: readonly [CircuitSize, ...CircuitSize[]]
): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  const { root } = await db.current();
  for await (const chunk of planChunks({ reader: db, root, batch: batchOf(accesses), sizes, x: X })) {
    chunks.push(chunk);
  }
  return chunks;
}

/** The chunks are what they say: each a good trace, all of them together the batch executed at once. */
export async function expectWhole(
  db: HashDb,
  accesses: readonly RequestedAccess[],
  chunks: readonly Chunk[],
): Promise<void> {
  const { root } = await db.current();
  const whole = await execute(db, root, batchOf(accesses), { x: X });
  let before = { newRoot: toFr(root), logHash: ZERO, dataOut: ONE };
  let first = 0;
  const state = new ChangedState(db, root);
  for (const { trace, change, ...chunk } of chunks) {
    expect(checkTrace(trace)).toBeNull();
    expect(chunk).toMatchObject({ first, accesses: trace.log.length });
    expect(first % 3).toBe(0);
    const { newRoot, logHash: logHashIn, dataOut: dataIn } = before;
    expect(trace.publics).toMatchObject({ oldRoot: newRoot, logHashIn, dataIn, x: X });
    first += trace.log.length;
    before = trace.publics;
    state.add(change);
  }
  const log = chunks.flatMap(({ trace }) => trace.log);
  expect(log.map(({ op, slot, value }) => [op, slot, value])).toEqual(
    whole.trace.log.map(({ op, slot, value }) => [op, slot, value]),
  );
  expect(before).toMatchObject({ newRoot: whole.trace.publics.newRoot, dataOut: whole.trace.publics.dataOut });
  expect(before.logHash).toBe(logHash(whole.trace.log));
  const composed = state.change();
  expect(composed).toMatchObject({ parent: root, root: whole.change.root, entriesDelta: whole.change.entriesDelta });
  // Whatever the batch makes as a whole is there with the composed change, or was there before.
  const after = new NodeOverlay(db);
  after.add(composed.nodes);
  expect(await after.getNodes([...whole.change.nodes.keys()])).toEqual([...whole.change.nodes.values()]);
}

interface DeepSlots {
  readonly sharedBits: number;
  readonly slots: readonly [number, number];
}

/** Pairs of slots whose tree keys share that many low bits and no more; see scripts/find-deep-slots.ts. */
export const DEEP_SLOTS: readonly DeepSlots[] = (
  JSON.parse(await readFile(new URL('../../fixtures/deep-slots.json', import.meta.url), 'utf8')) as {
    sharedBits: number;
    slots: [string, string];
  }[]
).map(({ sharedBits, slots: [a, b] }) => ({ sharedBits, slots: [Number(a), Number(b)] }));
