import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldUp } from '../../../src/state/tree/fold.js';
import type { Digest, Entry } from '../../../src/state/tree/node.js';
import { digitAt, partingLevel } from '../../../src/state/tree/path.js';
import { readPath, valueAt } from '../../../src/state/tree/read.js';
import type { Siblings } from '../../../src/state/tree/read.js';
import { arityOf, hashNode, leafAt } from '../../../src/state/tree/scheme.js';
import type { TreeScheme } from '../../../src/state/tree/scheme.js';
import type { Transition } from '../../../src/state/tree/transition.js';
import { canonicalRoot, contents, keys, treeOf, Tree, values, writes } from './model.js';
import { binary, schemes } from './schemes.js';

/** Folds an entry (null: the empty node) up to the root. */
const rootOf = (scheme: TreeScheme, key: bigint, siblings: Siblings, leaf: Entry | null): Digest =>
  foldUp(
    (children) => scheme.hashInner(children),
    scheme.bitsPerLevel,
    key,
    siblings,
    leaf ? hashNode(scheme, leafAt(scheme, leaf, siblings.length)) : 0n,
  );

/** The longer lane of a create beside a leaf: down to where the two keys part, with the other leaf as a sibling. */
function longerLane(scheme: TreeScheme, key: bigint, siblings: Siblings, extension: number, other: Entry): Siblings {
  const bits = scheme.bitsPerLevel;
  const parting = siblings.length + extension - 1;
  expect(extension).toBeGreaterThanOrEqual(1);
  expect(partingLevel(key, other.key, bits)).toBe(parting);
  const rows = Array.from({ length: extension }, () => Array.from({ length: arityOf(scheme) }, (): Digest => 0n));
  const last = rows.at(-1) as Digest[];
  last[digitAt(other.key, parting, bits)] = hashNode(scheme, leafAt(scheme, other, parting + 1));
  return [...siblings, ...rows.map((row, i) => row.toSpliced(digitAt(key, siblings.length + i, bits), 1))];
}

/** The roots before and after, from nothing but the transition and what was written. */
function rootsShownBy(scheme: TreeScheme, t: Transition, key: bigint, value: bigint): [Digest, Digest] {
  const own = { key, value };
  switch (t.kind) {
    case 'nothing': {
      const root = rootOf(scheme, key, t.siblings, t.otherLeaf);
      return [root, root];
    }
    case 'update':
      return [rootOf(scheme, key, t.siblings, { key, value: t.oldValue }), rootOf(scheme, key, t.siblings, own)];
    case 'createAtEmpty':
      return [rootOf(scheme, key, t.siblings, null), rootOf(scheme, key, t.siblings, own)];
    case 'createBesideLeaf':
      return [
        rootOf(scheme, key, t.siblings, t.otherLeaf),
        rootOf(scheme, key, longerLane(scheme, key, t.siblings, t.extension, t.otherLeaf), own),
      ];
    case 'delete':
      return [rootOf(scheme, key, t.siblings, { key, value: t.oldValue }), rootOf(scheme, key, t.siblings, null)];
    case 'deleteAndLift':
      return [
        rootOf(scheme, key, longerLane(scheme, key, t.siblings, t.extension, t.otherLeaf), { key, value: t.oldValue }),
        rootOf(scheme, key, t.siblings, t.otherLeaf),
      ];
  }
}

describe.each(schemes)('a tree of $id', (scheme) => {
  // Two BN254 keys can share 253 levels of Poseidon; the small schemes are cheap.
  const runs = { numRuns: scheme.keyBits > 16 ? 20 : 100 };

  test('after any writes, has the canonical root of its content', () =>
    fc.assert(
      fc.asyncProperty(writes(scheme, 40), async (list) => {
        const tree = new Tree(scheme);
        for (const [key, value] of list) {
          await tree.write(key, value);
          expect(tree.root).toBe(canonicalRoot(scheme, tree.content));
        }
      }),
      runs,
    ));

  test('every write shows both roots by its transition alone', () =>
    fc.assert(
      fc.asyncProperty(writes(scheme, 40), async (list) => {
        const tree = new Tree(scheme);
        for (const [key, value] of list) {
          const before = tree.root;
          const transition = await tree.write(key, value);
          expect(rootsShownBy(scheme, transition, key, value)).toEqual([before, tree.root]);
        }
      }),
      runs,
    ));

  test('a delete that leaves one inner sibling shows its children, and no other delete does', () =>
    fc.assert(
      fc.asyncProperty(writes(scheme, 40), async (list) => {
        const tree = new Tree(scheme);
        for (const [key, value] of list) {
          const t = await tree.write(key, value);
          if (t.kind !== 'delete') continue;
          const staying = (t.siblings.at(-1) ?? []).filter((digest) => digest !== 0n);
          expect(t.siblingChildren && scheme.hashInner(t.siblingChildren)).toBe(
            staying.length === 1 ? staying[0] : null,
          );
        }
      }),
      runs,
    ));

  test('the same content in any order has the same root', () =>
    fc.assert(
      fc.asyncProperty(
        contents(scheme, 30).chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        async ([list, shuffled]) => {
          expect((await treeOf(scheme, shuffled)).root).toBe((await treeOf(scheme, list)).root);
        },
      ),
      runs,
    ));

  test('deleting everything gives root 0', () =>
    fc.assert(
      fc.asyncProperty(contents(scheme, 30), async (list) => {
        const tree = await treeOf(scheme, list);
        await tree.writeAll(list.map(([key]) => [key, 0n] as const));
        expect(tree.root).toBe(0n);
      }),
      runs,
    ));

  test('insert then delete gives the root back, and so does writing another value and back', () =>
    fc.assert(
      fc.asyncProperty(contents(scheme, 20), keys(scheme), values(scheme), async (list, key, value) => {
        const tree = await treeOf(scheme, list);
        const before = tree.root;
        const held = tree.content.get(key) ?? 0n;
        await tree.write(key, value);
        await tree.write(key, held);
        expect(tree.root).toBe(before);
      }),
      runs,
    ));

  test('reads back what was written, at its own root and at every older one', () =>
    fc.assert(
      fc.asyncProperty(writes(scheme, 20), keys(scheme), async (list, stranger) => {
        const tree = new Tree(scheme);
        const history: [Digest, Map<bigint, bigint>][] = [[0n, new Map()]];
        for (const [key, value] of list) {
          await tree.write(key, value);
          history.push([tree.root, new Map(tree.content)]);
        }
        for (const [root, content] of history) {
          for (const key of [...content.keys(), stranger]) {
            const path = await readPath(tree.store, scheme, root, key);
            expect(valueAt(path, key)).toBe(content.get(key) ?? 0n);
          }
        }
      }),
      { numRuns: 10 },
    ));
});

test('random writes meet every kind of transition', async () => {
  const met = new Set<string>();
  for (const list of fc.sample(writes(binary, 40), { numRuns: 8, seed: 1 })) {
    const tree = new Tree(binary);
    for (const [key, value] of list) met.add((await tree.write(key, value)).kind);
  }
  expect([...met].sort()).toEqual([
    'createAtEmpty',
    'createBesideLeaf',
    'delete',
    'deleteAndLift',
    'nothing',
    'update',
  ]);
});
