/**
 * Dishonest provers against what is particular to quad trees: leaves and inner nodes go through one permutation, and a
 * leaf holds the value itself. Raw keys, each attack beside its honest twin, with the constraint that refuses it.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { digitAt } from '../../../src/state/tree/path.js';
import { hashNode, innerOf, poseidonScheme } from '../../../src/state/tree/scheme.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { program } from './harness.js';
import type { Program } from './harness.js';

const L = 3;
const SOURCE = `
template RawRead(L) {
    signal input root; signal input key; signal input hi; signal input lo;
    signal input active[L]; signal input siblings[L][4]; signal input other; signal input leaf[3];
    signal {binary} bits[254] <== CanonicalBits()(key);
    signal {binary} path[L][2] <== Digits(0, L, 2)(bits);
    signal computed;
    (computed, _, _) <== ReadRow(L, 2)(key, path, hi, lo, active, siblings, other, leaf);
    computed === root;
}
template RawWrite(L) {
    signal input rootBefore; signal input rootAfter; signal input key; signal input old[2]; signal input new[2];
    signal input shortActive[L]; signal input longActive[L]; signal input siblings[L][4];
    signal input other; signal input leaf[3]; signal input siblingChildren[4];
    signal {binary} bits[254] <== CanonicalBits()(key);
    signal {binary} path[L][2] <== Digits(0, L, 2)(bits);
    signal before; signal after;
    (before, after, _, _, _, _, _) <== WriteRow(L, 2, 0)(key, path, old[0], old[1], new[0], new[1],
        shortActive, longActive, siblings, other, leaf, siblingChildren);
    before === rootBefore;
    after === rootAfter;
}`;

const scheme = poseidonScheme(2);
const NONE = [0n, 0n, 0n, 0n];
const leafHash = (key: bigint, hi: bigint, lo: bigint): bigint =>
  scheme.hashLeaf({ kind: 'leaf', key, value: (hi << 128n) + lo });
const inner = (...children: bigint[]): bigint => hashNode(scheme, innerOf(children));
/** A level's slots for each level, empty where none are given. */
const levelsOf = (...slots: bigint[][]): bigint[][] => Array.from({ length: L }, (_, l) => slots[l] ?? NONE);
const active = (depth: number): bigint[] => Array.from({ length: L }, (_, l) => (l < depth ? 1n : 0n));

let reading: Program;
let writing: Program;
beforeAll(async () => {
  reading = await program(`RawRead(${L})`, { source: SOURCE });
  writing = await program(`RawWrite(${L})`, { source: SOURCE });
});
const accepted = async (circuit: Program, inputs: CircuitInputs): Promise<void> =>
  expect(await circuit.run(inputs)).toHaveProperty('accepted');
const refused = async (circuit: Program, inputs: CircuitInputs, source: string): Promise<void> =>
  expect(await circuit.run(inputs)).toMatchObject({ refused: { source: expect.stringContaining(source) as string } });

const readInputs = (change: CircuitInputs): CircuitInputs => ({
  hi: 0n,
  lo: 0n,
  active: active(0),
  siblings: levelsOf(),
  other: 0n,
  leaf: [0n, 0n, 0n],
  ...change,
});

describe('a read row of a quad tree', () => {
  // Key 7 (digit 3) alone in its tree, with a value whose lower limb is 0.
  const key = 7n;
  const hi = 9n;
  const root = leafHash(key, hi, 0n);
  const shown = readInputs({ root, key, hi, leaf: [key, hi, 0n] });

  it('does not take a leaf for an inner node, whose last child is a limb that is 0', async () => {
    await accepted(reading, shown);
    // As children of the root, the leaf's lanes 1, key, hi and 0 would leave slot 3 empty, and so key 7 absent.
    const below = { active: active(1), siblings: levelsOf([1n, key, hi, 0n]) };
    await refused(reading, readInputs({ root, key, ...below }), 'computed === root');
    // Of an inner node with these children that is what the path shows.
    await accepted(reading, readInputs({ root: inner(1n, key, hi, 0n), key, ...below }));
  });

  it('does not take an inner node for a leaf of the key that is its second child', async () => {
    const node = inner(1n, key, hi, 0n);
    await refused(reading, { ...shown, root: node }, 'computed === root');
    expect(node).toBe(root + 1n);
  });

  it('refuses a value that differs from its leaf in either limb', async () => {
    const CONTENT = 'present * (leaf[i + 1] - content[i]) === 0';
    await refused(reading, { ...shown, hi: 8n }, CONTENT);
    await refused(reading, { ...shown, lo: 1n }, CONTENT);
    for (const [otherHi, lo] of [
      [8n, 0n],
      [hi, 1n],
    ] as const) {
      const other = { hi: otherHi, lo, leaf: [key, otherHi, lo] };
      await refused(reading, { ...shown, ...other }, 'computed === root');
      await accepted(reading, { ...shown, ...other, root: leafHash(key, otherHi, lo) });
    }
  });
});

describe('a write row of a quad tree', () => {
  const writeInputs = (change: CircuitInputs): CircuitInputs => ({
    old: [0n, 0n],
    new: [0n, 0n],
    shortActive: active(0),
    longActive: active(0),
    siblings: levelsOf(),
    other: 0n,
    leaf: [0n, 0n, 0n],
    siblingChildren: NONE,
    ...change,
  });
  // Keys 3 and 7 (digits 3 0 and 3 1) under one node, key 1 (digit 1) beside it.
  const leaf3 = leafHash(3n, 0n, 5n);
  const leaf7 = leafHash(7n, 9n, 0n);
  const leaf1 = leafHash(1n, 0n, 6n);
  const under = inner(leaf3, leaf7, 0n, 0n);

  it('updates from the old value, and from none that differs in either limb', async () => {
    const update = writeInputs({
      rootBefore: leaf7,
      rootAfter: leafHash(7n, 0n, 4n),
      key: 7n,
      old: [9n, 0n],
      new: [0n, 4n],
      leaf: [7n, 9n, 0n],
    });
    await accepted(writing, update);
    for (const old of [
      [8n, 0n],
      [9n, 1n],
    ]) {
      await refused(writing, { ...update, old }, 'updates * (leaf[i + 1] - oldContent[i]) === 0');
      await refused(writing, { ...update, old, leaf: [7n, ...old] }, 'before === rootBefore');
    }
    for (const wrong of [
      [1n, 4n],
      [0n, 5n],
    ])
      await refused(writing, { ...update, new: wrong }, 'after === rootAfter');
  });

  it('moves a leaf that stays alone up, and does not take its lanes for the children of an inner node', async () => {
    // Key 1 goes, and the node above stays alone: it shows its children.
    const deletion = writeInputs({
      rootBefore: inner(0n, leaf1, 0n, under),
      rootAfter: inner(0n, 0n, 0n, under),
      key: 1n,
      old: [0n, 6n],
      shortActive: active(1),
      longActive: active(1),
      siblings: levelsOf([0n, 0n, 0n, under]),
      siblingChildren: [leaf3, leaf7, 0n, 0n],
    });
    await accepted(writing, deletion);
    // Where the leaf of key 7 stays alone, it moves up to the root ...
    const lifted = {
      ...deletion,
      rootBefore: inner(0n, leaf1, 0n, leaf7),
      rootAfter: leaf7,
      shortActive: active(0),
      siblings: levelsOf([0n, 0n, 0n, leaf7]),
      other: 1n,
      leaf: [7n, 9n, 0n],
      siblingChildren: NONE,
    };
    await accepted(writing, lifted);
    // ... and cannot be passed off as an inner node that stays.
    const kept = {
      ...lifted,
      rootAfter: inner(0n, 0n, 0n, leaf7),
      shortActive: active(1),
      other: 0n,
      leaf: [0n, 0n, 0n],
      siblingChildren: [1n, 7n, 9n, 0n],
    };
    await refused(writing, kept, 'leavesOne * (sum - inner) === 0');
    await refused(writing, { ...kept, siblingChildren: [0n, 7n, 9n, 0n] }, 'leavesOne * (sum - inner) === 0');
  });

  it('creates beside a leaf, whose limbs are bound where it moves', async () => {
    const create = writeInputs({
      rootBefore: leaf7,
      rootAfter: inner(0n, 0n, 0n, under),
      key: 3n,
      new: [0n, 5n],
      longActive: active(2),
      siblings: levelsOf(NONE, [0n, leaf7, 0n, 0n]),
      other: 1n,
      leaf: [7n, 9n, 0n],
    });
    expect([digitAt(3n, 1, 2), digitAt(7n, 1, 2)]).toEqual([0, 1]);
    await accepted(writing, create);
    for (const leaf of [
      [7n, 8n, 0n],
      [7n, 9n, 1n],
    ])
      await refused(writing, { ...create, leaf }, 'extends[l] * (siblings[l][i] - slot[l][i]) === 0');
  });

  // Digits, least significant first: 5 is 1 1, 9 is 1 2, 2 is 2 0.
  const one = leafHash(1n, 0n, 7n);
  const leaf5 = leafHash(5n, 0n, 5n);
  const leaf9 = leafHash(9n, 0n, 3n);
  const leaf2 = leafHash(2n, 0n, 2n);
  const three = inner(one, leaf5, leaf9, 0n);

  it('creates beside a leaf, in the slot of its digit and of no other', async () => {
    const create = writeInputs({
      rootBefore: one,
      rootAfter: inner(0n, inner(one, leaf5, 0n, 0n), 0n, 0n),
      key: 5n,
      new: [0n, 5n],
      longActive: active(2),
      siblings: levelsOf([0n, 0n, 0n, 0n], [one, 0n, 0n, 0n]),
      other: 1n,
      leaf: [1n, 0n, 7n],
    });
    await accepted(writing, create);
    await refused(
      writing,
      {
        ...create,
        rootAfter: inner(0n, inner(0n, leaf5, one, 0n), 0n, 0n),
        siblings: levelsOf([0n, 0n, 0n, 0n], [0n, 0n, one, 0n]),
      },
      'extends[l] * (siblings[l][i] - slot[l][i]) === 0',
    );
    // Siblings that cancel in a sum, at the last level of the extension and above it.
    for (const siblings of [
      levelsOf([0n, 0n, 0n, 0n], [one, 0n, 3n, FIELD_ORDER - 3n]),
      levelsOf([3n, 0n, FIELD_ORDER - 3n, 0n], [one, 0n, 0n, 0n]),
    ]) {
      await refused(writing, { ...create, siblings }, 'extends[l] * (siblings[l][i] - slot[l][i]) === 0');
    }
    // A level too deep: there the keys agree no more.
    await refused(
      writing,
      { ...create, longActive: active(3), siblings: levelsOf([0n, 0n, 0n, 0n], [0n, 0n, 0n, 0n], [0n, one, 0n, 0n]) },
      'extends[l] * (differs[l] - longEnd[l + 1]) === 0',
    );
  });

  it('deletes where two siblings of any kind stay, and refuses to lift one of them', async () => {
    const deletion = writeInputs({
      rootBefore: inner(0n, three, 0n, 0n),
      rootAfter: inner(0n, inner(0n, leaf5, leaf9, 0n), 0n, 0n),
      key: 1n,
      old: [0n, 7n],
      shortActive: active(2),
      longActive: active(2),
      siblings: levelsOf([0n, 0n, 0n, 0n], [0n, leaf5, leaf9, 0n]),
    });
    await accepted(writing, deletion);
    await refused(
      writing,
      { ...deletion, rootAfter: leaf5, shortActive: active(0), other: 1n, leaf: [5n, 0n, 5n] },
      'extends[l] * (siblings[l][i] - slot[l][i]) === 0',
    );
  });

  it('lifts a lone leaf, and refuses to leave it behind or to pass it off as an inner node', async () => {
    const two = inner(one, leaf5, 0n, 0n);
    const deletion = writeInputs({
      rootBefore: inner(0n, two, leaf2, 0n),
      rootAfter: inner(0n, leaf5, leaf2, 0n),
      key: 1n,
      old: [0n, 7n],
      shortActive: active(1),
      longActive: active(2),
      siblings: levelsOf([0n, 0n, leaf2, 0n], [0n, leaf5, 0n, 0n]),
      other: 1n,
      leaf: [5n, 0n, 5n],
    });
    await accepted(writing, deletion);
    const behind: CircuitInputs = {
      ...deletion,
      rootAfter: inner(0n, inner(0n, leaf5, 0n, 0n), leaf2, 0n),
      shortActive: active(2),
      other: 0n,
      leaf: [0n, 0n, 0n],
    };
    await refused(writing, behind, 'leavesOne * (sum - inner) === 0');
    await refused(writing, { ...behind, siblingChildren: [1n, 5n, 0n, 5n] }, 'leavesOne * (sum - inner) === 0');
    // Two siblings made up of nothing: the leaf and its negative.
    await refused(
      writing,
      { ...behind, siblings: levelsOf([0n, 0n, leaf2, 0n], [0n, leaf5, 1n, 0n]) },
      'before === rootBefore',
    );
    // Too far: the root's other child stays.
    await refused(
      writing,
      { ...deletion, rootAfter: leaf5, shortActive: active(0) },
      'extends[l] * (siblings[l][i] - slot[l][i]) === 0',
    );
  });

  it('leaves a lone inner node where it is', async () => {
    const deletion = writeInputs({
      rootBefore: inner(0n, three, leaf2, 0n),
      rootAfter: inner(0n, three, 0n, 0n),
      key: 2n,
      old: [0n, 2n],
      shortActive: active(1),
      longActive: active(1),
      siblings: levelsOf([0n, three, 0n, 0n]),
      siblingChildren: [one, leaf5, leaf9, 0n],
    });
    await accepted(writing, deletion);
    await refused(
      writing,
      { ...deletion, siblingChildren: [one, leaf5, leaf9, 1n] },
      'leavesOne * (sum - inner) === 0',
    );
  });
});
