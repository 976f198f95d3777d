/**
 * What circuits are attacked on: one access of every kind there is, on the smallest state that shows it, and random
 * batches.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import type { CircuitSize } from '../../../src/machine/circuit/catalogue.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { CapacityError } from '../../../src/machine/witness/layout.js';
import { read, run, slotsEndingIn, write } from './world.js';

type Entries = readonly (readonly [slot: bigint, value: bigint])[];

/** A size, and the entries that its trees have beside those of a batch's own state. */
export interface Ground {
  readonly tree: string;
  readonly size: CircuitSize;
  readonly base: Entries;
}

/** An entry in each cell at level 2 of a binary tree and level 1 of a quad tree, so that all above is inner. */
const BASE: Entries = ['00', '01', '10', '11'].map((suffix, i) => [
  slotsEndingIn(suffix, 1, 5000n)[0]!,
  BigInt(90 + i),
]);

/** One row of each kind, so that an access of any kind finds its place, with padding beside it. */
const oneEach = (levels: number) => {
  const row = [{ rows: 1, levels }] as const;
  return { accesses: 3, readRows: row, updateRows: row, writeRows: row };
};

export const SMALL: readonly Ground[] = [
  { tree: 'a binary tree', base: [], size: { ...oneEach(7), bitsPerLevel: 1, topLevels: 0 } },
  { tree: 'a quad tree', base: [], size: { ...oneEach(4), bitsPerLevel: 2, topLevels: 0 } },
];

/** The smallest circuit that hashes the top of the tree once for all rows. */
export const SMALL_SHARED: Ground = {
  tree: 'a quad tree with its top shared',
  base: BASE,
  size: { ...oneEach(4), bitsPerLevel: 2, topLevels: 1 },
};

/** Rows of two lengths, of three for writes. */
export const severalRows = (levels: number, more: number) => ({
  accesses: 9,
  readRows: [
    { rows: 1, levels },
    { rows: 1, levels: more },
  ],
  updateRows: [
    { rows: 1, levels: levels - 1 },
    { rows: 1, levels },
  ],
  writeRows: [
    { rows: 1, levels: levels - 1 },
    { rows: 1, levels },
    { rows: 1, levels: more },
  ],
});

/** Several rows of each kind, of several lengths. */
export const LARGER: readonly Ground[] = [
  { tree: 'a binary tree', base: [], size: { ...severalRows(7, 12), bitsPerLevel: 1, topLevels: 0 } },
  { tree: 'a quad tree', base: [], size: { ...severalRows(4, 6), bitsPerLevel: 2, topLevels: 0 } },
  {
    tree: 'a binary tree with its top shared',
    base: BASE,
    size: { ...severalRows(10, 14), bitsPerLevel: 1, topLevels: 2 },
  },
  {
    tree: 'a quad tree with its top shared',
    base: BASE,
    size: { ...severalRows(5, 7), bitsPerLevel: 2, topLevels: 1 },
  },
];

/** @throws {CapacityError} the batch does not fit the size */
export async function honestInputs(
  { size, base }: Ground,
  state: Entries,
  accesses: readonly RequestedAccess[],
): Promise<CircuitInputs> {
  const { trace } = await run([...base, ...state], accesses, size.bitsPerLevel, size);
  return circuitInputs(trace, size);
}

interface Kind {
  readonly state: Entries;
  readonly accesses: readonly RequestedAccess[];
  /** What a trace's rows say of it, with so many bits a level. */
  readonly rows: (bits: number) => readonly object[];
}

// Tree keys by their last bits: a and b part at bit 5, beside parts from both at bit 2, c at bit 0.
const [a] = slotsEndingIn('000011') as [bigint];
const [b] = slotsEndingIn('100011') as [bigint];
const [beside] = slotsEndingIn('0111') as [bigint];
const [c] = slotsEndingIn('00') as [bigint];

// Values whose upper limb, or both, are not 0.
const HIGH = 3n << 128n;
const BOTH = HIGH + 7n;

const ONE_LEAF: Entries = [[a, BOTH]];
const TWO_LEAVES: Entries = [
  [a, BOTH],
  [b, 5n],
];
const someLeaf = expect.anything() as unknown;

export const KINDS: Readonly<Record<string, Kind>> = {
  'reads a present entry': { state: ONE_LEAF, accesses: [read(a)], rows: () => [{ otherLeaf: null }] },
  'reads an absent entry at an empty node': {
    state: TWO_LEAVES,
    accesses: [read(c)],
    rows: () => [{ otherLeaf: null }],
  },
  'reads an absent entry at another leaf': {
    state: ONE_LEAF,
    accesses: [read(c)],
    rows: () => [{ otherLeaf: someLeaf }],
  },
  'reads present entries in a read row and in an update row': {
    state: TWO_LEAVES,
    accesses: [read(a), read(b)],
    rows: () => [{ otherLeaf: null }, { otherLeaf: null }],
  },
  updates: { state: TWO_LEAVES, accesses: [write(a, HIGH)], rows: () => [{ effect: 'update' }] },
  'updates in an update row and in a write row': {
    state: TWO_LEAVES,
    accesses: [write(a, HIGH), write(b, 6n)],
    rows: () => [{ effect: 'update' }, { effect: 'update' }],
  },
  'creates at an empty node': {
    state: TWO_LEAVES,
    accesses: [write(c, 1n)],
    rows: () => [{ effect: 'createAtEmpty' }],
  },
  'creates the first entry': { state: [], accesses: [write(c, 1n)], rows: () => [{ effect: 'createAtEmpty' }] },
  'creates beside a leaf': {
    state: ONE_LEAF,
    accesses: [write(b, 5n)],
    rows: (bits) => [{ effect: 'createBesideLeaf', extension: 6 / bits }],
  },
  'deletes beside an inner node': {
    state: [...TWO_LEAVES, [beside, HIGH]],
    accesses: [write(beside, 0n)],
    rows: () => [{ effect: 'delete', siblingChildren: expect.anything() as unknown }],
  },
  'deletes the last entry': {
    state: ONE_LEAF,
    accesses: [write(a, 0n)],
    rows: () => [{ effect: 'delete', siblingChildren: null }],
  },
  'deletes, and a leaf moves up to the root': {
    state: TWO_LEAVES,
    accesses: [write(b, 0n)],
    rows: (bits) => [{ effect: 'deleteAndLift', extension: 6 / bits }],
  },
  'deletes, and a leaf moves up part of the way': {
    state: [...TWO_LEAVES, [c, 1n]],
    accesses: [write(b, 0n)],
    rows: (bits) => [{ effect: 'deleteAndLift', extension: 6 / bits - 1 }],
  },
  'writes what is there': { state: ONE_LEAF, accesses: [write(a, BOTH)], rows: () => [{ otherLeaf: null }] },
  'deletes what is not there': { state: ONE_LEAF, accesses: [write(b, 0n)], rows: () => [{ otherLeaf: someLeaf }] },
};

/** Inputs of random batches that fit; the same ones every time. */
export async function randomInputs(ground: Ground, count: number): Promise<CircuitInputs[]> {
  const slot = fc.bigInt({ min: 1n, max: 8n });
  const value = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }));
  const access = fc.oneof(
    slot.map(read),
    fc.tuple(slot, value).map(([s, v]) => write(s, v)),
  );
  const state = fc.uniqueArray(fc.tuple(slot, value), { selector: ([s]) => s, maxLength: 8 });
  const { accesses } = ground.size;
  const batch = fc.tuple(state, fc.array(access, { minLength: accesses - 2, maxLength: accesses }));
  const found: CircuitInputs[] = [];
  for (let seed = 1; found.length < count; seed++) {
    const [sample] = fc.sample(batch, { seed, numRuns: 1 });
    try {
      found.push(await honestInputs(ground, ...sample!));
    } catch (error) {
      if (!(error instanceof CapacityError)) throw error;
    }
  }
  return found;
}
