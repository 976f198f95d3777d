import { describe, expect, it } from 'vitest';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import { prove } from '../../../src/proof/prover/prove.js';
import { verifyProof } from '../../../src/proof/verifier/verify.js';
import { read, run, slotsEndingIn, write } from '../../machine/circuits/world.js';
import { binaryProver, circuit, keys } from './prover.js';

// Slots by the last bits of their tree keys: a, b and c share the first level.
const [a] = slotsEndingIn('011') as [bigint];
const [b] = slotsEndingIn('111') as [bigint];
const [c] = slotsEndingIn('01') as [bigint];
const [d] = slotsEndingIn('0') as [bigint];

interface Case {
  readonly state: readonly (readonly [bigint, bigint])[];
  readonly batch: readonly RequestedAccess[];
  /** What the rows of the trace must show. */
  readonly reads: readonly object[];
  readonly writes: readonly object[];
}

const any = expect.any(BigInt);
const casesOf = (bits: 1 | 2): Readonly<Record<string, Case>> => ({
  'reads a present entry and updates another': {
    state: [
      [a, 7n],
      [b, 5n],
    ],
    batch: [read(a), write(b, 6n)],
    reads: [{ otherLeaf: null }],
    writes: [{ effect: 'update' }],
  },
  'reads an absent entry at an empty node and creates it there': {
    state: [
      [a, 7n],
      [b, 5n],
    ],
    batch: [read(d), write(d, 1n)],
    reads: [],
    writes: [{ effect: 'createAtEmpty' }],
  },
  'reads an absent entry at an empty node and deletes beside an inner node': {
    state: [
      [a, 7n],
      [b, 5n],
      [c, 3n],
    ],
    batch: [read(d), write(c, 0n)],
    reads: [{ otherLeaf: null }],
    writes: [{ effect: 'delete', siblingChildren: Array.from({ length: 2 ** bits }, () => any) }],
  },
  'reads an absent entry at another leaf and creates one beside that leaf': {
    state: [[a, 7n]],
    batch: [read(d), write(b, 5n)],
    reads: [{ otherLeaf: { key: any } }],
    writes: [{ effect: 'createBesideLeaf', extension: bits === 1 ? 3 : 2 }],
  },
  'deletes, so that a leaf moves up': {
    state: [
      [a, 7n],
      [b, 5n],
    ],
    batch: [write(b, 0n)],
    reads: [],
    writes: [{ effect: 'deleteAndLift', extension: bits === 1 ? 3 : 2 }],
  },
  'writes what is there': { state: [[a, 7n]], batch: [write(a, 7n)], reads: [{ otherLeaf: null }], writes: [] },
  'reads more entries than there are read rows': {
    state: [[a, 7n]],
    batch: [read(a), read(d), read(a)],
    reads: [{ otherLeaf: null }, { otherLeaf: { key: any } }],
    writes: [],
  },
});

describe.each([
  { circuitName: 's14', bits: 2, prover: async () => ({ circuit, keys }) },
  { circuitName: 's14b', bits: 1, prover: binaryProver },
] as const)('a proof with $circuitName of a batch that', ({ bits, prover }) => {
  it.each(Object.entries(casesOf(bits)))('%s is made and verifies', async (_, { state, batch, reads, writes }) => {
    const { circuit: proven, keys: provingKeys } = await prover();
    const { trace } = await run(state, batch, bits);
    expect(trace.reads).toMatchObject(reads);
    expect(trace.writes).toMatchObject(writes);
    const { proof } = await prove({ trace, circuit: proven, keys: provingKeys });
    const verdict = await verifyProof({
      proof: { chunks: [proof] },
      keys: [provingKeys],
      batch,
      acceptedRoots: [trace.publics.oldRoot],
    });
    expect(verdict).toMatchObject({ valid: true, assumed: [] });
  });
});
