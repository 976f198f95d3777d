import * as circomlibjs from 'circomlibjs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { treeKey } from '../../../src/state/batch/encoding.js';
import { digitAt } from '../../../src/state/tree/path.js';
import { verifyPath } from '../../../src/state/tree/proof.js';
import { readPath } from '../../../src/state/tree/read.js';
import { hashNode, poseidonScheme } from '../../../src/state/tree/scheme.js';
import type { TreeScheme } from '../../../src/state/tree/scheme.js';
import { treeOf } from './model.js';

/** The door to circomlibjs's Poseidon, which has no types: its first lane starts as `first`. */
interface CircomlibPoseidon {
  (inputs: readonly bigint[], first: bigint): Uint8Array;
  readonly F: { toObject(x: Uint8Array): bigint; e(x: bigint): bigint };
}
const { buildPoseidon } = circomlibjs as unknown as { buildPoseidon(): Promise<CircomlibPoseidon> };
const circomlib = await buildPoseidon();
const lane0 = (first: bigint, ...rest: bigint[]): bigint =>
  circomlib.F.toObject(
    circomlib(
      rest.map((x) => circomlib.F.e(x)),
      circomlib.F.e(first),
    ),
  );

const field = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n });
const limb = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

describe('a quad tree', () => {
  const quad = poseidonScheme(2);

  test("has inner nodes that are circomlibjs's permutation of four children, with the first child added", () =>
    fc.assert(
      fc.property(field, field, field, field, (a, b, c, d) => {
        expect(quad.hashInner([a, b, c, d])).toBe((lane0(a, b, c, d) + a) % FIELD_ORDER);
      }),
      { numRuns: 20 },
    ));

  test("has leaves that are circomlibjs's permutation of 1, the key and the value's limbs", () =>
    fc.assert(
      fc.property(field, limb, limb, (key, hi, lo) => {
        const value = quad.leafValue((hi << 128n) + lo);
        expect(quad.hashLeaf({ kind: 'leaf', key, value })).toBe(lane0(1n, key, hi, lo));
      }),
      { numRuns: 20 },
    ));

  test('hashes many nodes of both kinds as it hashes each', async () => {
    const nodes = Array.from({ length: 700 }, (_, i) =>
      i % 3 === 0
        ? ({ kind: 'leaf', key: BigInt(i), value: BigInt(i) << 120n } as const)
        : ({ kind: 'inner', children: [BigInt(i % 2), 5n, FIELD_ORDER - BigInt(i), 0n] } as const),
    );
    expect(await quad.hashNodes(nodes)).toEqual(nodes.map((node) => hashNode(quad, node)));
  });
});

describe('a binary tree', () => {
  const binary = poseidonScheme(1);

  test("has leaves and inner nodes that are circomlib's", async () => {
    // circomlib's published vector: poseidon([1, 2]).
    const vector = 7853200120776062878684798364095072458815029376092732009249414926327459813530n;
    expect(binary.hashInner([1n, 2n])).toBe(vector);
    expect(binary.leafValue((1n << 128n) + 2n)).toBe(vector);
    expect(await binary.leafValues([(1n << 128n) + 2n])).toEqual([vector]);
    expect(binary.hashLeaf({ kind: 'leaf', key: 5n, value: 7n })).toBe(lane0(0n, 5n, 7n, 1n));
  });
});

describe('a present entry cannot be shown absent by its leaf, offered as an inner node', () => {
  /** Leaves whose lanes are those of an inner node's children: what the scheme avoids. */
  const flawed: TreeScheme = {
    ...poseidonScheme(2),
    hashLeaf: ({ key, value }) => poseidon.hash([key, value >> 128n, value & (2n ** 128n - 1n)]),
    hashNodes: async (nodes) => nodes.map((node) => hashNode(flawed, node)),
  };
  const slots = Array.from({ length: 200 }, (_, i) => BigInt(i + 1));
  const entries = slots.map((slot): [bigint, bigint] => [treeKey({ address: 0n, kind: 'storage', slot }), slot]);

  /** How many of the entries a leaf with the first lane `first` shows absent. */
  async function shownAbsent(scheme: TreeScheme, first: bigint): Promise<number> {
    const tree = await treeOf(scheme, entries);
    let shown = 0;
    for (const [key, value] of entries) {
      const { siblings } = await readPath(tree.store, scheme, tree.root, key);
      const lanes = [first, key, 0n, value];
      const digit = digitAt(key, siblings.length, 2);
      if (lanes[digit] !== 0n) continue;
      const path = { siblings: [...siblings, lanes.toSpliced(digit, 1)], end: { kind: 'empty' } as const };
      if (verifyPath(scheme, tree.root, key, 0n, path).valid) shown++;
    }
    return shown;
  }

  test('where a leaf has a first lane of its own', async () => {
    for (const first of [0n, 1n]) expect(await shownAbsent(poseidonScheme(2), first)).toBe(0);
  });

  test('as it could be if that lane were 0', async () => {
    expect(await shownAbsent(flawed, 0n)).toBeGreaterThan(80);
  });
});
