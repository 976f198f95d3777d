/**
 * Dishonest provers against the path templates, on raw keys, so that the shape of the tree is plain to
 * see. Each attack stands beside its honest twin and names the constraint that refuses it.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { KEY_LIMIT } from '../../../src/state/tree/scheme.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { program } from './harness.js';
import type { HintChange, Program } from './harness.js';

const L = 5;
// A binary tree has one sibling a level: `siblings` is put beside the key's own slot.
const SOURCE = `
template Beside(L) {
    signal input {binary} bits[254]; signal input siblings[L];
    signal output {binary} path[L][1]; signal output slots[L][2];
    for (var l = 0; l < L; l++) {
        path[l][0] <== bits[l];
        slots[l][0] <== bits[l] * siblings[l];
        slots[l][1] <== siblings[l] - slots[l][0];
    }
}
template RawRead(L) {
    signal input root; signal input key; signal input hi; signal input lo;
    signal input active[L]; signal input siblings[L]; signal input other; signal input leafKey; signal input leafValue;
    signal {binary} bits[254] <== CanonicalBits()(key);
    signal {binary} path[L][1]; signal slots[L][2];
    (path, slots) <== Beside(L)(bits, siblings);
    signal computed;
    (computed, _, _) <== ReadRow(L, 1)(key, path, hi, lo, active, slots, other, [leafKey, leafValue]);
    computed === root;
}
template RawUpdate(L) {
    signal input rootBefore; signal input rootAfter; signal input key; signal input real;
    signal input oldLo; signal input newHi; signal input newLo; signal input active[L]; signal input siblings[L];
    signal {binary} bits[254] <== CanonicalBits()(key);
    signal {binary} isReal <== Bit()(real);
    signal {binary} path[L][1]; signal slots[L][2];
    (path, slots) <== Beside(L)(bits, siblings);
    signal before; signal after;
    (before, after, _, _) <== UpdateRow(L, 1)(isReal, key, path, 0, oldLo, newHi, newLo, active, slots);
    before === rootBefore;
    after === rootAfter;
}
template RawWrite(L) {
    signal input rootBefore; signal input rootAfter; signal input key;
    signal input oldHi; signal input oldLo; signal input newHi; signal input newLo;
    signal input shortActive[L]; signal input longActive[L]; signal input siblings[L];
    signal input other; signal input leafKey; signal input leafValue; signal input siblingChildren[2];
    signal output {binary} staysInner;
    signal {binary} bits[254] <== CanonicalBits()(key);
    signal {binary} path[L][1]; signal slots[L][2];
    (path, slots) <== Beside(L)(bits, siblings);
    signal before; signal after;
    (before, after, staysInner, _, _, _, _) <== WriteRow(L, 1, 0)(key, path, oldHi, oldLo, newHi, newLo,
        shortActive, longActive, slots, other, [leafKey, leafValue], siblingChildren);
    before === rootBefore;
    after === rootAfter;
}`;

const hash = (...inputs: bigint[]): bigint => poseidon.hash(inputs as Fr[]);
const valueHash = (value: bigint): bigint => hash(0n, value);
const leaf = (key: bigint, value: bigint): bigint => hash(key, valueHash(value), 1n);
const column = (...values: bigint[]): bigint[] => Array.from({ length: L }, (_, l) => values[l] ?? 0n);
const levels = (depth: number): bigint[] => Array.from({ length: L }, (_, l) => (l < depth ? 1n : 0n));

let reading: Program;
let writing: Program;
beforeAll(async () => {
  reading = await program(`RawRead(${L})`, { source: SOURCE });
  writing = await program(`RawWrite(${L})`, { source: SOURCE });
});

const readInputs = (change: CircuitInputs): CircuitInputs => ({
  hi: 0n,
  lo: 0n,
  active: levels(0),
  siblings: column(),
  other: 0n,
  leafKey: 0n,
  leafValue: 0n,
  ...change,
});
const writeInputs = (change: CircuitInputs): CircuitInputs => ({
  oldHi: 0n,
  oldLo: 0n,
  newHi: 0n,
  newLo: 0n,
  shortActive: levels(0),
  longActive: levels(0),
  siblings: column(),
  other: 0n,
  leafKey: 0n,
  leafValue: 0n,
  siblingChildren: [0n, 0n],
  ...change,
});

const accepted = async (circuit: Program, inputs: CircuitInputs): Promise<void> =>
  expect(await circuit.run(inputs)).toHaveProperty('accepted');
const refused = async (circuit: Program, inputs: CircuitInputs, source: string): Promise<void> =>
  expect(await circuit.run(inputs)).toMatchObject({ refused: { source: expect.stringContaining(source) as string } });

/** IsZero's hint: without an inverse, it calls every number 0. */
const NO_INVERSE: HintChange = {
  file: 'bits.circom',
  from: 'signal zeroInverse <-- in != 0 ? 1 / in : 0;',
  to: 'signal zeroInverse <-- 0;',
};

/** AssertNonZeroIs's hint, for a number that is said to be 0. */
const NO_DIFFERENCE: HintChange = {
  file: 'bits.circom',
  from: 'signal inverse <-- in != 0 ? 1 / in : 0;',
  to: 'signal inverse <-- 0;',
};

const ONE_OF_TWO = 'in * (in - 1) === 0';
const OLD_ROOT = 'before === rootBefore';
const NEW_ROOT = 'after === rootAfter';
const CANONICAL = 'out[i] * (1 - equal[i - 125] - out[i]) === 0';
const TIE = 'equal[0] === 0';

describe('canonical bits', () => {
  const HINT = 'out[i] <-- (in >> i) & 1;';
  // The low 28 bits of r - 1 are 0, so in + r is r - 1 with in + 1 in those bits.
  const aliased: HintChange = {
    file: 'bits.circom',
    from: HINT,
    to: 'out[i] <-- i < 28 ? ((in + 1) >> i) & 1 : (top >> i) & 1;',
  };
  const notABit: HintChange = {
    file: 'bits.circom',
    from: HINT,
    to: 'out[i] <-- i == 0 ? 2 : (i == 1 ? 1 : (i == 2 ? 0 : (in >> i) & 1));',
  };

  it.each([0n, 1n, 5n, KEY_LIMIT - 1n, FIELD_ORDER / 2n])('are the bits of %s', async (value) => {
    const outcome = await (await program('CanonicalBits()')).run({ in: value });
    if (!('accepted' in outcome)) throw new Error('refused');
    // A bit that the compiler expresses by others has no wire; all others are there to be compared.
    for (let i = 0; i < 254; i++) {
      const bit = outcome.accepted.get(`main.out[${i}]`);
      expect(bit).toBe((value >> BigInt(i)) & 1n);
    }
  });

  it('are refused for a key aliased by r, whose first bits are those of r - 1', async () => {
    expect((5n + FIELD_ORDER) >> 254n).toBe(0n);
    expect((5n + FIELD_ORDER) >> 126n).toBe((FIELD_ORDER - 1n) >> 126n);
    await refused(await program('CanonicalBits()', { hints: [aliased] }), { in: 5n }, TIE);
    await accepted(await program('CanonicalBits()'), { in: 5n });
  });

  it('are refused for a key aliased by r, whose first bits are greater', async () => {
    // in + r, bit by bit: in has but one bit, at a place where r has none.
    const place = 200n;
    expect([(FIELD_ORDER >> place) & 1n, (FIELD_ORDER + (1n << place)) >> 254n]).toEqual([0n, 0n]);
    const plus: HintChange = {
      file: 'bits.circom',
      from: HINT,
      to: `out[i] <-- i == ${place} ? 1 : (i == 0 ? 1 : (top >> i) & 1);`,
    };
    await refused(await program('CanonicalBits()', { hints: [plus] }), { in: 1n << place }, CANONICAL);
  });

  it('are refused from the first number on that shares them with r - 1, though it is below r', async () => {
    const circuit = await program('CanonicalBits()');
    await accepted(circuit, { in: KEY_LIMIT - 1n });
    for (const value of [KEY_LIMIT, FIELD_ORDER - 1n]) await refused(circuit, { in: value }, TIE);
  });

  it('are refused where one is 2 and the sum is right', async () => {
    await refused(await program('CanonicalBits()', { hints: [notABit] }), { in: 4n }, 'out[i] * (1 - out[i]) === 0');
  });
});

describe('a range check', () => {
  const notABit: HintChange = {
    file: 'bits.circom',
    from: 'bits[i] <-- (in >> i) & 1;',
    to: 'bits[i] <-- i == 0 ? in : 0;',
  };

  it('takes 0 to 2^n - 1, and no more', async () => {
    const circuit = await program('AssertBits(4)');
    for (const value of [0n, 1n, 15n]) await accepted(circuit, { in: value });
    for (const value of [16n, FIELD_ORDER - 1n]) await refused(circuit, { in: value }, 'sum === in');
  });

  it('refuses a bit that is the number itself', async () => {
    const liar = await program('AssertBits(4)', { hints: [notABit] });
    await accepted(liar, { in: 1n });
    await refused(liar, { in: 16n }, 'bits[i] * (bits[i] - 1) === 0');
  });
});

describe('a read row', () => {
  // Keys 1 (...01) and 3 (...11) part at level 1.
  const leaf1 = leaf(1n, 7n);
  const leaf3 = leaf(3n, 5n);
  const lower = hash(leaf1, leaf3);
  const root = hash(0n, lower);
  const present = readInputs({
    root,
    key: 1n,
    lo: 7n,
    active: levels(2),
    siblings: column(0n, leaf3),
    leafKey: 1n,
    leafValue: valueHash(7n),
  });
  const absentAtLeaf = readInputs({
    root,
    key: 5n,
    active: levels(2),
    siblings: column(0n, leaf3),
    other: 1n,
    leafKey: 1n,
    leafValue: valueHash(7n),
  });
  const absentAtEmpty = readInputs({ root, key: 2n, active: levels(1), siblings: column(lower) });

  it('shows a present entry, and refuses another value', async () => {
    await accepted(reading, present);
    await refused(reading, { ...present, lo: 8n }, 'present * (leaf[i + 1] - content[i]) === 0');
    await refused(reading, { ...present, lo: 8n, leafValue: valueHash(8n) }, 'computed === root');
    await refused(reading, { ...present, hi: 1n, leafValue: hash(1n, 7n) }, 'computed === root');
  });

  it('refuses to call a present entry absent at its own leaf', async () => {
    await accepted(reading, absentAtLeaf);
    await refused(reading, { ...present, lo: 0n, other: 1n }, 'in * inverse === when');
    await refused(reading, { ...present, lo: 0n, other: 0n }, 'computed === root');
  });

  it("refuses another key's leaf as the key's own", async () => {
    await refused(reading, { ...absentAtLeaf, lo: 7n, other: 0n }, 'present * (leaf[0] - key) === 0');
    await refused(reading, { ...absentAtLeaf, leafKey: 9n }, 'computed === root');
  });

  it('refuses a path that skips a level', async () => {
    await accepted(reading, absentAtEmpty);
    // Without level 0 the root looks like level 1: on the side of key 1 it is empty.
    const skipped = readInputs({ root, key: 1n, active: column(0n, 1n), siblings: column(0n, lower) });
    expect(hash(0n, lower)).toBe(root);
    await refused(reading, skipped, ONE_OF_TWO);
  });

  it('refuses a path that goes the other way', async () => {
    await refused(reading, { ...absentAtEmpty, key: 1n }, 'computed === root');
  });

  it.each(['other', 'active'])('refuses %s = 2', async (flag) => {
    await refused(reading, { ...present, [flag]: flag === 'active' ? column(2n, 1n) : 2n }, ONE_OF_TWO);
  });

  it('refuses a value whose limbs cancel in a sum as absent', async () => {
    const cancel = { hi: FIELD_ORDER - 1n, lo: 1n };
    const there = hash(1n, hash(cancel.hi, cancel.lo), 1n);
    const shown = readInputs({ root: there, key: 1n, ...cancel, leafKey: 1n, leafValue: hash(cancel.hi, cancel.lo) });
    await accepted(reading, shown);
    await refused(reading, { ...shown, root: 0n, leafKey: 0n, leafValue: 0n }, 'present * (leaf[0] - key) === 0');
  });

  it('refuses a hint that calls a value which is there 0', async () => {
    const liar = await program(`RawRead(${L})`, { source: SOURCE, hints: [NO_INVERSE] });
    await accepted(liar, absentAtEmpty);
    await refused(liar, present, 'in * out === 0');
  });
});

describe('a write row', () => {
  // Key 1 (...00001) and key 17 (...10001) part at level 4; key 2 (...00010) is on the other side of the root.
  const leaf17 = leaf(17n, 5n);
  const leaf1 = leaf(1n, 7n);
  const deep = hash(leaf1, leaf17); // at level 4
  const chain = (node: bigint, toLevel: number): bigint => {
    // Up from level 4 along key 1's path 1, 0, 0, 0: left on levels 3, 2, 1.
    let at = node;
    for (let l = 3; l >= toLevel; l--) at = l === 0 ? hash(0n, at) : hash(at, 0n);
    return at;
  };
  const both = chain(deep, 0);
  const create = writeInputs({
    rootBefore: leaf1,
    rootAfter: both,
    key: 17n,
    newLo: 5n,
    longActive: levels(5),
    siblings: column(0n, 0n, 0n, 0n, leaf1),
    other: 1n,
    leafKey: 1n,
    leafValue: valueHash(7n),
  });
  const deletion: CircuitInputs = { ...create, rootBefore: both, rootAfter: leaf1, oldLo: 5n, newLo: 0n };
  const update = writeInputs({
    rootBefore: both,
    rootAfter: chain(hash(leaf1, leaf(17n, 6n)), 0),
    key: 17n,
    oldLo: 5n,
    newLo: 6n,
    shortActive: levels(5),
    longActive: levels(5),
    siblings: column(0n, 0n, 0n, 0n, leaf1),
    leafKey: 17n,
    leafValue: valueHash(5n),
  });

  it('updates from the old value, and from no other', async () => {
    await accepted(writing, update);
    await refused(writing, { ...update, oldLo: 4n }, 'updates * (leaf[i + 1] - oldContent[i]) === 0');
    await refused(writing, { ...update, oldLo: 4n, leafValue: valueHash(4n) }, OLD_ROOT);
    await refused(writing, { ...update, rootAfter: both }, NEW_ROOT);
  });

  it("refuses an update of another key's leaf", async () => {
    await refused(writing, { ...update, leafKey: 1n, leafValue: valueHash(7n) }, 'updates * (leaf[0] - key) === 0');
  });

  it('refuses an update passed off as a create, which would leave the old leaf out', async () => {
    await refused(writing, { ...update, oldLo: 0n, leafKey: 0n, leafValue: 0n }, OLD_ROOT);
    await refused(writing, { ...update, oldLo: 0n, other: 1n }, 'in * inverse === when');
  });

  it('creates beside a leaf, and refuses to let that leaf vanish', async () => {
    await accepted(writing, create);
    // The new leaf in the other one's place, on no extension.
    await refused(writing, { ...create, longActive: levels(0), rootAfter: leaf17 }, 'in * inverse === nonZero');
  });

  it('refuses to put the other leaf in the wrong slot', async () => {
    // Keys part at level 4; here they part at level 3 already.
    const early = hash(leaf17, leaf1);
    await refused(
      writing,
      {
        ...create,
        longActive: levels(4),
        siblings: column(0n, 0n, 0n, leaf1),
        rootAfter: hash(0n, hash(hash(early, 0n), 0n)),
      },
      'extends[l] * (differs[l] - longEnd[l + 1]) === 0',
    );
  });

  it('refuses siblings on the extension, also if they cancel in a sum', async () => {
    const s = 3n;
    await refused(
      writing,
      { ...create, siblings: column(0n, s, FIELD_ORDER - s, 0n, leaf1) },
      'extends[l] * (siblings[l][i] - slot[l][i]) === 0',
    );
  });

  it('refuses an extension without another leaf', async () => {
    const empty = writeInputs({ rootBefore: 0n, rootAfter: leaf17, key: 17n, newLo: 5n });
    await accepted(writing, empty);
    const extended = { ...empty, longActive: levels(1), rootAfter: hash(0n, leaf17) };
    await refused(writing, extended, 'in * inverse === nonZero');
    const liar = await program(`RawWrite(${L})`, { source: SOURCE, hints: [NO_DIFFERENCE] });
    await accepted(liar, empty);
    await refused(liar, extended, 'in * (1 - nonZero) === 0');
    await refused(
      writing,
      { ...empty, longActive: levels(1), rootAfter: hash(0n, leaf17), other: 1n, leafKey: 2n },
      'extends[l] * (siblings[l][i] - slot[l][i]) === 0',
    );
  });

  it('refuses a lane that ends before the shared levels do', async () => {
    await refused(writing, { ...update, longActive: levels(4) }, ONE_OF_TWO);
  });

  it('lifts a lone leaf on a delete, and refuses to leave it behind', async () => {
    await accepted(writing, deletion);
    const behind: CircuitInputs = {
      ...deletion,
      other: 0n,
      leafKey: 0n,
      leafValue: 0n,
      shortActive: levels(5),
      longActive: levels(5),
      rootAfter: chain(hash(leaf1, 0n), 0),
    };
    await refused(writing, behind, 'leavesOne * (sum - inner) === 0');
    // The preimage of a leaf does not pass for that of an inner node.
    await refused(writing, { ...behind, siblingChildren: [1n, valueHash(7n)] }, 'leavesOne * (sum - inner) === 0');
  });

  it('refuses the delete that leaves one state with two roots in circomlib', async () => {
    // Key 2 goes from {1: 7, 2: 5}.
    const leaf2 = leaf(2n, 5n);
    const canonical = writeInputs({
      rootBefore: hash(leaf2, leaf1),
      rootAfter: leaf1,
      key: 2n,
      oldLo: 5n,
      longActive: levels(1),
      siblings: column(leaf1),
      other: 1n,
      leafKey: 1n,
      leafValue: valueHash(7n),
    });
    await accepted(writing, canonical);
    await refused(
      writing,
      { ...canonical, rootAfter: hash(0n, leaf1), shortActive: levels(1), other: 0n, leafKey: 0n, leafValue: 0n },
      'leavesOne * (sum - inner) === 0',
    );
  });

  it('refuses to lift a leaf too little', async () => {
    // It stops at level 2, below two empty siblings.
    await refused(
      writing,
      { ...deletion, shortActive: levels(2), rootAfter: hash(0n, hash(leaf1, 0n)) },
      'in * inverse === when',
    );
  });

  it('refuses to lift a leaf too far', async () => {
    // With key 2 in the tree, the leaf of 1 must stop at level 1.
    const leaf2 = leaf(2n, 9n);
    const before = hash(leaf2, chain(deep, 1));
    const right: CircuitInputs = {
      ...deletion,
      rootBefore: before,
      rootAfter: hash(leaf2, leaf1),
      shortActive: levels(1),
      siblings: column(leaf2, 0n, 0n, 0n, leaf1),
    };
    await accepted(writing, right);
    await refused(
      writing,
      { ...right, rootAfter: leaf1, shortActive: levels(0) },
      'extends[l] * (siblings[l][i] - slot[l][i]) === 0',
    );
  });

  it('deletes beside an inner node, and refuses to lift that', async () => {
    const leaf2 = leaf(2n, 9n);
    const inner = chain(deep, 1);
    const right = writeInputs({
      rootBefore: hash(leaf2, inner),
      rootAfter: hash(0n, inner),
      key: 2n,
      oldLo: 9n,
      shortActive: levels(1),
      longActive: levels(1),
      siblings: column(inner),
      siblingChildren: [chain(deep, 2), 0n],
    });
    await accepted(writing, right);
    await refused(writing, { ...right, siblingChildren: [0n, 0n] }, 'leavesOne * (sum - inner) === 0');
    await refused(
      writing,
      { ...right, rootAfter: inner, shortActive: levels(0), other: 1n, leafKey: 1n, leafValue: valueHash(7n) },
      'extends[l] * (siblings[l][i] - slot[l][i]) === 0',
    );
  });

  it('refuses every kind of write passed off as every other', async () => {
    const leaf2 = leaf(2n, 9n);
    const inner = chain(deep, 1);
    const kinds: Record<string, CircuitInputs> = {
      update,
      'create beside a leaf': create,
      'create at an empty node': writeInputs({ rootBefore: 0n, rootAfter: leaf17, key: 17n, newLo: 5n }),
      'delete and lift': deletion,
      'delete the last': writeInputs({ rootBefore: leaf17, rootAfter: 0n, key: 17n, oldLo: 5n }),
      'delete beside an inner node': writeInputs({
        rootBefore: hash(leaf2, inner),
        rootAfter: hash(0n, inner),
        key: 2n,
        oldLo: 9n,
        shortActive: levels(1),
        longActive: levels(1),
        siblings: column(inner),
        siblingChildren: [chain(deep, 2), 0n],
      }),
      nothing: writeInputs({
        rootBefore: leaf1,
        rootAfter: leaf1,
        key: 17n,
        other: 1n,
        leafKey: 1n,
        leafValue: valueHash(7n),
      }),
    };
    const presence = ({ oldLo, newLo }: CircuitInputs): string => `${oldLo !== 0n} ${newLo !== 0n}`;
    let tried = 0;
    for (const inputs of Object.values(kinds)) {
      await accepted(writing, inputs);
      for (const [oldLo, newLo] of [
        [0n, 0n],
        [0n, 5n],
        [5n, 0n],
        [5n, 6n],
      ] as const) {
        if (presence({ oldLo, newLo }) === presence(inputs)) continue;
        // With the row as it is, and with the leaf that the pretended kind would show.
        for (const own of [
          {},
          { other: 0n, leafKey: inputs['key']!, leafValue: valueHash(oldLo) },
        ] as CircuitInputs[]) {
          expect(await writing.run({ ...inputs, oldLo, newLo, ...own })).toHaveProperty('refused');
          tried++;
        }
      }
    }
    expect(tried).toBe(7 * 3 * 2);
  });

  it('refuses a leaf of value 0', async () => {
    const zero = writeInputs({ rootBefore: 0n, rootAfter: 0n, key: 17n });
    await accepted(writing, zero);
    await refused(
      writing,
      { ...zero, rootAfter: hash(17n, hash(0n, 0n), 1n), leafKey: 17n, leafValue: hash(0n, 0n) },
      NEW_ROOT,
    );
  });

  it('leaves an absent entry absent, and the leaf in its place alone', async () => {
    const nothing = writeInputs({
      rootBefore: leaf1,
      rootAfter: leaf1,
      key: 17n,
      other: 1n,
      leafKey: 1n,
      leafValue: valueHash(7n),
    });
    await accepted(writing, nothing);
    await refused(writing, { ...nothing, rootAfter: 0n }, NEW_ROOT);
    await refused(writing, { ...nothing, other: 0n }, OLD_ROOT);
  });

  it.each(['other', 'shortActive', 'longActive'])('refuses %s = 2', async (flag) => {
    await refused(writing, { ...update, [flag]: flag === 'other' ? 2n : column(2n, 1n, 1n, 1n, 1n) }, ONE_OF_TWO);
  });
});

describe('an update row', () => {
  const leaf1 = leaf(1n, 7n);
  const leaf3 = leaf(3n, 5n);
  const rootOf = (value: bigint): bigint => hash(0n, hash(leaf(1n, value), leaf3));
  const update: CircuitInputs = {
    rootBefore: rootOf(7n),
    rootAfter: rootOf(8n),
    key: 1n,
    real: 1n,
    oldLo: 7n,
    newHi: 0n,
    newLo: 8n,
    active: levels(2),
    siblings: column(0n, leaf3),
  };
  let updating: Program;
  beforeAll(async () => {
    updating = await program(`RawUpdate(${L})`, { source: SOURCE });
  });

  it('updates from the old value to the new one, and from or to no other', async () => {
    await accepted(updating, update);
    await refused(updating, { ...update, oldLo: 6n }, OLD_ROOT);
    await refused(updating, { ...update, newLo: 9n }, NEW_ROOT);
  });

  it('refuses a new value of 0, which would be a leaf that says nothing', async () => {
    await refused(updating, { ...update, newLo: 0n, rootAfter: rootOf(0n) }, 'real * (1 - stays) === 0');
  });

  it("refuses another key's leaf, a skipped level and a flag of 2", async () => {
    await refused(updating, { ...update, key: 3n, siblings: column(0n, leaf1) }, OLD_ROOT);
    await refused(updating, { ...update, active: column(0n, 1n) }, ONE_OF_TWO);
    await refused(updating, { ...update, active: column(2n, 1n) }, ONE_OF_TWO);
  });
});

describe('a path', () => {
  const SLOTS = `
template RawPath(b) {
    signal input digit[b]; signal input siblings[2 ** b]; signal output is[2 ** b];
    signal {binary} bits[1][b];
    for (var j = 0; j < b; j++) { bits[0][j] <== Bit()(digit[j]); }
    signal {binary} marks[1][2 ** b] <== Path(1, b)(bits, [siblings]);
    is <== marks[0];
}`;

  it.each([1, 2])("keeps the path's own slot free, for %i bits a level", async (b) => {
    const circuit = await program(`RawPath(${b})`, { source: SLOTS });
    for (let digit = 0; digit < 2 ** b; digit++) {
      const bits = Array.from({ length: b }, (_, j) => BigInt((digit >> j) & 1));
      const siblings = Array.from({ length: 2 ** b }, (_, i) => (i === digit ? 0n : BigInt(i + 5)));
      const outcome = await circuit.run({ digit: bits, siblings });
      if (!('accepted' in outcome)) throw new Error('refused');
      // A sibling in the own slot would be added to the path's node and stand for another one.
      await refused(
        circuit,
        { digit: bits, siblings: siblings.with(digit, 1n) },
        b === 1 ? 'low[l][0] === 0' : 'low[l][0] + bits[l][1]',
      );
    }
  });
});
