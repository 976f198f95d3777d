/** One access of every kind there is, on the smallest state that shows it. */
import fc from 'fast-check';
import { type RequestedAccess } from '../../src/batch/access.js';
import { type CircuitSize, mainComponent } from '../../src/circuit/catalogue.js';
import { type Trace } from '../../src/trace/trace.js';
import { circuitInputs, type CircuitInputs } from '../../src/witness/inputs.js';
import { poseidon, read, run, slotsEndingIn, write } from './world.js';

/** A circuit that holds one access of any kind, with padding beside it. */
const SMALL_SIZE: CircuitSize = {
  accesses: 3, readRows: 1, writeRows: 1, updateRows: 0, levels: 6,
  tallReadRows: 0, tallWriteRows: 0, tallLevels: 6, bitsPerLevel: 1, topLevels: 0,
};
export const SMALL = mainComponent(SMALL_SIZE);
/** A circuit with several rows of each kind. */
const LARGER_SIZE: CircuitSize = { ...SMALL_SIZE, accesses: 9, readRows: 2, writeRows: 4, levels: 10, tallLevels: 10 };
export const LARGER = mainComponent(LARGER_SIZE);

export const smallInputs = (trace: Trace): CircuitInputs => circuitInputs(poseidon, trace, SMALL_SIZE);
export const largerInputs = (trace: Trace): CircuitInputs => circuitInputs(poseidon, trace, LARGER_SIZE);

export interface Kind {
  readonly state: readonly (readonly [slot: bigint, value: bigint])[];
  readonly access: RequestedAccess;
}

// Tree keys by their last bits: a and b part at level 3, c shares nothing with them.
const [a] = slotsEndingIn('0011') as [bigint];
const [b] = slotsEndingIn('1011') as [bigint];
const [c] = slotsEndingIn('0') as [bigint];
const [beside] = slotsEndingIn('0111') as [bigint];

export const KINDS: Readonly<Record<string, Kind>> = {
  'reads a present entry': { state: [[a, 7n]], access: read(a) },
  'reads an absent entry at an empty node': { state: [[a, 7n], [b, 5n]], access: read(c) },
  'reads an absent entry at another leaf': { state: [[a, 7n]], access: read(c) },
  'updates': { state: [[a, 7n], [b, 5n]], access: write(a, 8n) },
  'creates at an empty node': { state: [[a, 7n], [b, 5n]], access: write(c, 1n) },
  'creates the first entry': { state: [], access: write(c, 1n) },
  'creates beside a leaf': { state: [[a, 7n]], access: write(b, 5n) },
  'deletes beside an inner node': { state: [[a, 7n], [b, 5n], [beside, 3n]], access: write(beside, 0n) },
  'deletes the last entry': { state: [[a, 7n]], access: write(a, 0n) },
  'deletes, and a leaf moves up to the root': { state: [[a, 7n], [b, 5n]], access: write(b, 0n) },
  'deletes, and a leaf moves up part of the way': { state: [[a, 7n], [b, 5n], [c, 1n]], access: write(b, 0n) },
  'writes what is there': { state: [[a, 7n]], access: write(a, 7n) },
  'deletes what is not there': { state: [[a, 7n]], access: write(b, 0n) },
};

/** Batches that fit 9 accesses, 2 read rows and 4 write rows; the same ones every time. */
export async function randomBatches(count: number): Promise<Trace[]> {
  const slot = fc.bigInt({ min: 1n, max: 8n });
  const value = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }));
  const access = fc.oneof(slot.map(read), fc.tuple(slot, value).map(([s, v]) => write(s, v)));
  const state = fc.uniqueArray(fc.tuple(slot, value), { selector: ([s]) => s, maxLength: 8 });
  const traces: Trace[] = [];
  for (let seed = 1; traces.length < count; seed++) {
    const [batch] = fc.sample(fc.tuple(state, fc.array(access, { minLength: 6, maxLength: 9 })), { seed, numRuns: 1 });
    const { trace } = await run(...batch!);
    if (trace.keys.length <= 6 && trace.writes.length <= 4) traces.push(trace);
  }
  return traces;
}
