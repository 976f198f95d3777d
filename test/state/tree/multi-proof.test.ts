import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proveMany, verifyCombined } from '../../../src/state/tree/multi-proof.js';
import type { MultiProof } from '../../../src/state/tree/multi-proof.js';
import type { Digest, Entry } from '../../../src/state/tree/node.js';
import { readPath } from '../../../src/state/tree/read.js';
import { EntryRangeError } from '../../../src/state/tree/scheme.js';
import type { TreeScheme } from '../../../src/state/tree/scheme.js';
import { MissingNodeError } from '../../../src/state/tree/store.js';
import { contents, keys, treeOf, values } from './model.js';
import type { Tree } from './model.js';
import { binary, quad, remainingKeyScheme, schemes } from './schemes.js';

const ascending = (list: readonly bigint[]): bigint[] => [...new Set(list)].sort((a, b) => (a < b ? -1 : 1));

interface Combined {
  readonly root: Digest;
  readonly claims: readonly Entry[];
  readonly proof: MultiProof;
}

async function combined({ scheme, store, root, content }: Tree, asked: readonly bigint[]): Promise<Combined> {
  const sorted = ascending(asked);
  const claims = sorted.map((key) => ({ key, value: content.get(key) ?? 0n }));
  return { root, claims, proof: await proveMany(store, scheme, root, sorted) };
}

const verify = (scheme: TreeScheme, { root, claims, proof }: Combined) => verifyCombined(scheme, root, claims, proof);

/** Keys of which about half are in the tree. */
const trees = (scheme: TreeScheme) =>
  fc
    .tuple(contents(scheme, 20), fc.array(keys(scheme), { minLength: 1, maxLength: 8 }), fc.nat())
    .map(([content, strangers, seed]) => ({
      content,
      asked: [...strangers, ...content.filter((_, i) => (i * 7 + seed) % 3 === 0).map(([key]) => key)],
    }));

describe.each(schemes)('a combined proof over $id', (scheme) => {
  const runs = { numRuns: scheme.keyBits > 16 ? 20 : 100 };

  test('shows the values of present and absent keys, and no other values', () =>
    fc.assert(
      fc.asyncProperty(trees(scheme), values(scheme), async ({ content, asked }, other) => {
        const honest = await combined(await treeOf(scheme, content), asked);
        expect(verify(scheme, honest)).toEqual({ valid: true });
        for (const [i, { key, value }] of honest.claims.entries()) {
          for (const lie of [0n, value + 1n, other].filter((x) => x !== value && x < scheme.valueLimit)) {
            const claims = honest.claims.with(i, { key, value: lie });
            expect(verify(scheme, { ...honest, claims })).toMatchObject({ valid: false });
          }
        }
      }),
      runs,
    ));

  test('has each node once, and none that can be computed', () =>
    fc.assert(
      fc.asyncProperty(trees(scheme), async ({ content, asked }) => {
        const tree = await treeOf(scheme, content);
        const { proof, claims } = await combined(tree, asked);
        const beside = new Set<string>();
        const crossed = new Set<string>();
        for (const { key } of claims) {
          const { siblings } = await readPath(tree.store, scheme, tree.root, key);
          const place = (level: number, digit: bigint) =>
            `${BigInt.asUintN(scheme.bitsPerLevel * level, key)}/${level}/${digit}`;
          for (const [level, row] of siblings.entries()) {
            const own = BigInt.asUintN(scheme.bitsPerLevel, key >> BigInt(scheme.bitsPerLevel * level));
            crossed.add(place(level, own));
            for (const [i, digest] of row.entries())
              if (digest !== 0n) beside.add(place(level, BigInt(i) + (BigInt(i) < own ? 0n : 1n)));
          }
        }
        expect(proof.siblings).toHaveLength([...beside].filter((at) => !crossed.has(at)).length);
      }),
      runs,
    ));

  test('stands for no other key and no other root', () =>
    fc.assert(
      fc.asyncProperty(trees(scheme), keys(scheme), async ({ content, asked }, stranger) => {
        const honest = await combined(await treeOf(scheme, content), asked);
        expect(verify(scheme, { ...honest, root: honest.root + 1n })).toMatchObject({ valid: false });
        // Where nothing but the other key is claimed, the shape has to lead there: it shows what holds for it, or
        // nothing.
        const value = new Map(content).get(stranger) ?? 0n;
        const lie = { ...honest, claims: [{ key: stranger, value: value === 0n ? 1n : 0n }] };
        expect(verify(scheme, lie)).toMatchObject({ valid: false });
      }),
      runs,
    ));

  test('is the only one: any other shape, sibling or leaf, more, fewer or in another order, is refused', () =>
    fc.assert(
      fc.asyncProperty(trees(scheme), async ({ content, asked }) => {
        const honest = await combined(await treeOf(scheme, content), asked);
        for (const proof of otherProofs(honest.proof)) {
          expect(verify(scheme, { ...honest, proof })).toMatchObject({ valid: false });
        }
      }),
      // Some hundred proofs a run, and paths of up to 254 levels.
      { numRuns: scheme.keyBits > 16 ? 2 : 30 },
    ));
});

/** Lists that differ from `list` in one item, one more, one fewer, or the order of two neighbours. */
function* otherLists<T>(list: readonly T[], others: (item: T) => readonly T[]): Generator<T[]> {
  for (const [i, item] of list.entries()) {
    yield list.toSpliced(i, 1);
    yield list.toSpliced(i, 0, item);
    yield list.slice(0, i);
    for (const other of others(item)) yield list.with(i, other);
    const next = list[i + 1];
    if (next !== undefined && next !== item) yield list.with(i, next).with(i + 1, item);
  }
}

function* otherProofs(proof: MultiProof): Generator<MultiProof> {
  for (const shape of otherLists([...proof.shape], (letter) => [...'iloesz?'].filter((other) => other !== letter)))
    yield { ...proof, shape: shape.join('') };
  for (const letter of 'iloesz ') yield { ...proof, shape: proof.shape + letter };
  for (const siblings of otherLists(proof.siblings, (x) => [x + 1n, x - 1n, 0n, -x])) yield { ...proof, siblings };
  yield { ...proof, siblings: [...proof.siblings, 1n] };
  const otherLeaves = (leaf: Entry) => [
    { ...leaf, key: leaf.key + 1n },
    { ...leaf, value: leaf.value + 1n },
    { ...leaf, value: 0n },
  ];
  for (const leaves of otherLists(proof.otherLeaves, otherLeaves)) yield { ...proof, otherLeaves: leaves };
  yield { ...proof, otherLeaves: [...proof.otherLeaves, { key: 1n, value: 1n }] };
}

describe('the claims', () => {
  const tree = () =>
    treeOf(binary, [
      [0n, 4n],
      [1n, 7n],
      [3n, 5n],
    ]);

  test('stand in ascending order, each once, and there is one', async () => {
    const honest = await combined(await tree(), [0n, 1n, 2n]);
    const [zero, one, two] = honest.claims as [Entry, Entry, Entry];
    for (const claims of [[one, zero, two], [zero, two, one], [zero, one, one, two], [zero, one, two, two], []]) {
      expect(verify(binary, { ...honest, claims })).toMatchObject({
        valid: false,
        reason: expect.stringMatching(/^expected distinct keys in ascending order|^expected at least one key/),
      });
    }
    expect(verify(binary, { ...honest, claims: [zero, two] })).toMatchObject({ valid: false });
    expect(verify(binary, honest)).toEqual({ valid: true });
  });

  test('are in range: no alias of a key, a value, a sibling or a leaf is taken for it', async () => {
    const honest = await combined(await tree(), [1n, 5n]);
    const r = FIELD_ORDER;
    const [one, five] = honest.claims as [Entry, Entry];
    expect(verify(binary, { ...honest, claims: [one, { ...five, key: 5n + r }] })).toMatchObject({
      reason: expect.stringMatching(/key .* out of the range/),
    });
    expect(verify(binary, { ...honest, claims: [{ ...one, value: 7n + r }, five] })).toMatchObject({
      reason: expect.stringMatching(/value .* out of the range/),
    });
    const siblings = honest.proof.siblings.map((x) => x + r);
    expect(verify(binary, { ...honest, proof: { ...honest.proof, siblings } })).toMatchObject({
      reason: expect.stringMatching(/sibling .* out of the range/),
    });
    const absent = await combined(await tree(), [4n]);
    expect(verify(binary, absent)).toEqual({ valid: true });
    for (const other of [
      { key: r, value: 4n },
      { key: binary.keyLimit, value: 4n },
      { key: 0n, value: 4n + r },
    ]) {
      const proof = { ...absent.proof, otherLeaves: [other] };
      expect(verify(binary, { ...absent, proof })).toMatchObject({
        reason: expect.stringMatching(/of another leaf is out of the range/),
      });
    }
  });
});

describe('a root that hides no honest tree', () => {
  const leaf = (key: bigint, value: bigint) => binary.hashLeaf({ kind: 'leaf', key, value });
  const absent = (...list: bigint[]) => list.map((key) => ({ key, value: 0n }));

  test('with a leaf where its key does not lead proves nobody absent', () => {
    const root = binary.hashInner([leaf(1n, 7n), 5n]);
    const proof = { shape: 'ios', siblings: [5n], otherLeaves: [{ key: 1n, value: 7n }] };
    expect(verifyCombined(binary, root, absent(0n), proof)).toMatchObject({
      reason: expect.stringMatching(/does not belong there/),
    });
    const honest = { ...proof, otherLeaves: [{ key: 2n, value: 7n }] };
    expect(verifyCombined(binary, binary.hashInner([leaf(2n, 7n), 5n]), absent(0n), honest)).toEqual({ valid: true });
  });

  test('does not let a key be absent at its own leaf', () => {
    const proof = { shape: 'o', siblings: [], otherLeaves: [{ key: 1n, value: 7n }] };
    expect(verifyCombined(binary, leaf(1n, 7n), absent(1n), proof)).toMatchObject({
      reason: expect.stringMatching(/claimed absent/),
    });
    expect(verifyCombined(binary, leaf(1n, 7n), absent(0n, 1n), proof)).toMatchObject({
      reason: expect.stringMatching(/claimed absent/),
    });
    expect(verifyCombined(binary, leaf(1n, 7n), absent(0n, 2n), proof)).toEqual({ valid: true });
  });

  test('holds one present key at one leaf, and beside it any that are absent', () => {
    const proof = { shape: 'l', siblings: [], otherLeaves: [] };
    const one = { key: 1n, value: 7n };
    const three = { key: 3n, value: 7n };
    expect(verifyCombined(binary, leaf(1n, 7n), [one, three], proof)).toMatchObject({
      reason: expect.stringMatching(/several keys/),
    });
    expect(verifyCombined(binary, leaf(1n, 7n), absent(1n, 3n), proof)).toMatchObject({
      reason: expect.stringMatching(/all are claimed absent/),
    });
    expect(verifyCombined(binary, leaf(1n, 7n), [one, ...absent(3n)], proof)).toEqual({ valid: true });
  });

  test('has no present key at nothing or at another leaf', () => {
    const present = [{ key: 1n, value: 7n }];
    expect(verifyCombined(binary, 0n, present, { shape: 'e', siblings: [], otherLeaves: [] })).toMatchObject({
      reason: expect.stringMatching(/^nothing is/),
    });
    expect(verifyCombined(binary, 0n, absent(1n), { shape: 'e', siblings: [], otherLeaves: [] })).toEqual({
      valid: true,
    });
    const other = { shape: 'o', siblings: [], otherLeaves: [{ key: 3n, value: 7n }] };
    expect(verifyCombined(binary, leaf(3n, 7n), present, other)).toMatchObject({
      reason: expect.stringMatching(/ends at another leaf/),
    });
  });

  test('has no lone leaf below the root, and no inner node of nothing', () => {
    const tooDeep = {
      reason: expect.stringMatching(/a leaf is deeper than its path needs, below the node at level 0/),
    };
    for (const [letter, claims, otherLeaves] of [
      ['l', [{ key: 2n, value: 7n }], []],
      ['o', absent(0n), [{ key: 2n, value: 7n }]],
    ] as const) {
      const lone = { shape: `i${letter}z`, siblings: [], otherLeaves };
      const beside = { shape: `i${letter}s`, siblings: [5n], otherLeaves };
      expect(verifyCombined(binary, binary.hashInner([leaf(2n, 7n), 0n]), claims, lone)).toMatchObject(tooDeep);
      expect(verifyCombined(binary, binary.hashInner([leaf(2n, 7n), 5n]), claims, beside)).toEqual({ valid: true });
    }
    const nothing = { shape: 'iez', siblings: [], otherLeaves: [] };
    expect(verifyCombined(binary, binary.hashInner([0n, 0n]), absent(0n), nothing)).toMatchObject({
      reason: expect.stringMatching(/inner node without children/),
    });
    expect(
      verifyCombined(binary, binary.hashInner([0n, 5n]), absent(0n), { ...nothing, shape: 'ies', siblings: [5n] }),
    ).toEqual({ valid: true });
  });

  test('has no levels below the last', () => {
    const scheme = remainingKeyScheme(1);
    const chain = (levels: number): [Digest, string] => {
      if (levels === 0) return [0n, 'e'];
      const [digest, shape] = chain(levels - 1);
      return [scheme.hashInner([digest, 5n]), `i${shape}s`];
    };
    for (const [levels, verdict] of [
      [16, { valid: true }],
      [17, { reason: expect.stringMatching(/below the last level/) }],
    ] as const) {
      const [root, shape] = chain(levels);
      expect(
        verifyCombined(scheme, root, absent(0n), {
          shape,
          siblings: Array.from({ length: levels }, () => 5n),
          otherLeaves: [],
        }),
      ).toMatchObject(verdict);
    }
  });
});

test('all keys of a tree are proven without a single sibling', async () => {
  const entries = Array.from({ length: 40 }, (_, i) => [BigInt(i * i), BigInt(i + 1)] as const);
  const tree = await treeOf(quad, entries);
  const { claims, proof, root } = await combined(
    tree,
    entries.map(([key]) => key),
  );
  expect(proof).toMatchObject({ siblings: [], otherLeaves: [] });
  expect(verify(quad, { root, claims, proof })).toEqual({ valid: true });
});

test('proving needs keys of the scheme and the nodes of their paths', async () => {
  const tree = await treeOf(binary, [
    [0n, 4n],
    [1n, 7n],
  ]);
  await expect(proveMany(tree.store, binary, tree.root, [0n, binary.keyLimit])).rejects.toThrow(EntryRangeError);
  await expect(proveMany(tree.store, binary, tree.root + 1n, [0n])).rejects.toThrow(MissingNodeError);
});
