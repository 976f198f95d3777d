import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RequestedAccess } from '../../src/batch/access.js';
import { circuitInputs } from '../../src/witness/inputs.js';
import { type Trace } from '../../src/trace/trace.js';
import { type Program, program } from './harness.js';
import { poseidon, read, run, slotsEndingIn, write } from './world.js';

const SIZE = { accesses: 9, readRows: 2, writeRows: 4, levels: 10, bitsPerLevel: 1 };

let circuit: Program;
beforeAll(async () => {
  circuit = await program('Transition(9, 2, 4, 10)');
});

const accept = async (trace: Trace): Promise<void> => {
  expect(await circuit.run(circuitInputs(poseidon, trace, SIZE))).toHaveProperty('accepted');
};

// Tree keys by their last bits: a and b part at level 3, c shares nothing with them.
const [a] = slotsEndingIn('0011') as [bigint];
const [b] = slotsEndingIn('1011') as [bigint];
const [c] = slotsEndingIn('0') as [bigint];
const [beside] = slotsEndingIn('0111') as [bigint];

const KINDS: Record<string, { state: [bigint, bigint][]; access: RequestedAccess; row: unknown }> = {
  'reads a present entry': { state: [[a, 7n]], access: read(a), row: { otherLeaf: null } },
  'reads an absent entry at an empty node': { state: [[a, 7n], [b, 5n]], access: read(c), row: { otherLeaf: null } },
  'reads an absent entry at another leaf': { state: [[a, 7n]], access: read(c), row: { otherLeaf: expect.anything() } },
  'updates': { state: [[a, 7n], [b, 5n]], access: write(a, 8n), row: { effect: 'update' } },
  'creates at an empty node': { state: [[a, 7n], [b, 5n]], access: write(c, 1n), row: { effect: 'createAtEmpty' } },
  'creates the first entry': { state: [], access: write(c, 1n), row: { effect: 'createAtEmpty' } },
  'creates beside a leaf': { state: [[a, 7n]], access: write(b, 5n), row: { effect: 'createBesideLeaf', extension: 4 } },
  'deletes beside an inner node': {
    state: [[a, 7n], [b, 5n], [beside, 3n]],
    access: write(beside, 0n),
    row: { effect: 'delete', siblingChildren: expect.anything() },
  },
  'deletes the last entry': { state: [[a, 7n]], access: write(a, 0n), row: { effect: 'delete', siblingChildren: null } },
  'deletes, and a leaf moves up to the root': {
    state: [[a, 7n], [b, 5n]],
    access: write(b, 0n),
    row: { effect: 'deleteAndLift', extension: 4 },
  },
  'deletes, and a leaf moves up part of the way': {
    state: [[a, 7n], [b, 5n], [c, 1n]],
    access: write(b, 0n),
    row: { effect: 'deleteAndLift', extension: 3 },
  },
  'writes what is there': { state: [[a, 7n]], access: write(a, 7n), row: { otherLeaf: null } },
  'deletes what is not there': { state: [[a, 7n]], access: write(b, 0n), row: { otherLeaf: expect.anything() } },
};

describe('the transition circuit accepts a batch that', () => {
  it.each(Object.entries(KINDS))('%s', async (_, { state, access, row }) => {
    const { trace } = await run(state, [access]);
    expect([...trace.reads, ...trace.writes]).toMatchObject([row]);
    await accept(trace);
  });

  it('reads more keys than it has read rows', async () => {
    const { trace } = await run([[a, 7n]], [read(a), read(b), read(c), write(beside, 1n)]);
    expect(trace.reads).toHaveLength(3);
    await accept(trace);
  });

  it('fills every access and every row', async () => {
    const { trace } = await run(
      [[a, 7n], [b, 5n], [c, 1n]],
      [read(a), write(a, 1n), write(b, 0n), read(b), write(c, 9n), read(c), write(beside, 4n), read(100n), read(200n)],
    );
    expect([trace.log.length, trace.reads.length, trace.writes.length]).toEqual([9, 2, 4]);
    await accept(trace);
  });
});

describe('the transition circuit', () => {
  it('accepts whatever the executor makes of random batches', async () => {
    const slot = fc.bigInt({ min: 1n, max: 8n });
    const value = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }));
    const access = fc.oneof(slot.map(read), fc.tuple(slot, value).map(([s, v]) => write(s, v)));
    const state = fc.uniqueArray(fc.tuple(slot, value), { selector: ([s]) => s, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(state, fc.array(access, { minLength: 1, maxLength: 9 }), async (entries, accesses) => {
        const { trace } = await run(entries, accesses);
        fc.pre(trace.keys.length <= 6 && trace.writes.length <= 4);
        await accept(trace);
      }),
      { numRuns: process.env['ROOTSHIFT_LONG'] === undefined ? 40 : 2000 },
    );
  });
});
