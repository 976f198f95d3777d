import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry, Node } from '../../../src/state/tree/node.js';
import { MissingNodeError, NodeOverlay, nodesUnder } from '../../../src/state/tree/store.js';
import type { Transition } from '../../../src/state/tree/transition.js';
import { EntryRangeError, hashNode } from '../../../src/state/tree/scheme.js';
import type { TreeScheme } from '../../../src/state/tree/scheme.js';
import { comparePaths } from '../../../src/state/tree/path.js';
import { writeInTurn } from '../../../src/state/tree/write-in-turn.js';
import { canonicalRoot, keys, Tree, treeOf, writes } from './model.js';
import { binary, quad, schemes } from './schemes.js';
import { watched } from './watched.js';

const entriesOf = (list: readonly (readonly [bigint, bigint])[]): Entry[] =>
  list.map(([key, value]) => ({ key, value }));

/** The scheme, and what it is asked to hash. */
function counted(scheme: TreeScheme): { readonly scheme: TreeScheme; readonly hashed: Node[] } {
  const hashed: Node[] = [];
  const hashNodes = (nodes: readonly Node[]) => {
    hashed.push(...nodes);
    return scheme.hashNodes(nodes);
  };
  return { scheme: { ...scheme, hashNodes }, hashed };
}

describe.each(schemes)('writes in turn to a tree of $id', (scheme) => {
  const runs = { numRuns: scheme.keyBits > 16 ? 25 : 100 };

  test('do what as many single writes do, and leave the nodes of the last tree alone', async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(writes(scheme, 30), writes(scheme, 40), async (content, list) => {
        const tree = await treeOf(scheme, content);
        const together = await writeInTurn(tree.store, scheme, tree.root, entriesOf(list));
        const single = new Tree(scheme);
        single.store.add(tree.store.nodes);
        single.root = tree.root;
        for (const [key] of content) single.content.set(key, tree.content.get(key) ?? 0n);
        const transitions: Transition[] = [];
        for (const [key, value] of list) transitions.push(await single.write(key, value));
        expect(together.transitions).toEqual(transitions);
        expect(together.root).toBe(single.root);
        const left = [...single.content].filter(([, value]) => value !== 0n);
        expect(together.root).toBe(canonicalRoot(scheme, new Map(left)));
        expect(nodesUnder(together.root, together.nodes)).toEqual(together.nodes);
        tree.store.add(together.nodes);
        expect(nodesUnder(together.root, tree.store.nodes)).toEqual(nodesUnder(single.root, single.store.nodes));
        for (const { kind } of transitions) kinds.add(kind);
      }),
      runs,
    );
    expect([...kinds].sort()).toEqual([
      'createAtEmpty',
      'createBesideLeaf',
      'delete',
      'deleteAndLift',
      'nothing',
      'update',
    ]);
  });

  test('hash nothing that neither a transition nor the new tree shows', () =>
    fc.assert(
      fc.asyncProperty(writes(scheme, 20), writes(scheme, 20), async (content, list) => {
        const tree = await treeOf(scheme, content);
        const { scheme: counting, hashed } = counted(scheme);
        const { root, nodes, transitions } = await writeInTurn(tree.store, counting, tree.root, entriesOf(list));
        const all = new Map(hashed.map((node) => [hashNode(scheme, node), node]));
        const shown = transitions.flatMap((transition) => [
          ...transition.siblings.flat(),
          ...('siblingChildren' in transition ? (transition.siblingChildren ?? []) : []),
        ]);
        const wanted = new Set([root, ...shown].flatMap((digest) => [...nodesUnder(digest, all).keys()]));
        for (const digest of all.keys()) expect(wanted).toContain(digest);
        for (const digest of nodes.keys()) expect(all.has(digest)).toBe(true);
      }),
      runs,
    ));

  test('of present keys, in the order of their paths, hash each node of the new tree once, and no other', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(keys(scheme), { minLength: 1, maxLength: 40, size: 'max' }),
        fc.nat(),
        async (list, chosen) => {
          const tree = await treeOf(
            scheme,
            list.map((key) => [key, 1n]),
          );
          const updates = list.filter((_, i) => (i * 7 + chosen) % 3 !== 0).sort(comparePaths);
          const { scheme: counting, hashed } = counted(scheme);
          const written = await writeInTurn(
            tree.store,
            counting,
            tree.root,
            updates.map((key) => ({ key, value: 2n })),
          );
          // Where leaves store the whole key, no two nodes are equal.
          if (scheme.keyBits > 16) expect(hashed).toHaveLength(written.nodes.size);
          expect(new Set(hashed.map((node) => hashNode(scheme, node)))).toEqual(new Set(written.nodes.keys()));
        },
      ),
      runs,
    ));
});

describe('reading', () => {
  test('asks once for each level, and then for a sibling that a delete leaves alone', async () => {
    const tree = await treeOf(
      quad,
      [0n, 1n, 2n, 4n, 8n].map((key) => [key, 7n] as const),
    );
    const store = watched(tree.store);
    await writeInTurn(
      store,
      quad,
      tree.root,
      entriesOf([
        [4n, 1n],
        [1n, 0n],
        [2n, 0n],
        [8n, 2n],
      ]),
    );
    expect(store.asked.map(({ length }) => length)).toEqual([1, 3, 2]);
    const alone = watched(tree.store);
    await writeInTurn(
      alone,
      quad,
      tree.root,
      entriesOf([
        [4n, 0n],
        [8n, 0n],
      ]),
    );
    expect(alone.asked.map(({ length }) => length)).toEqual([1, 1, 2, 1]);
  });
});

describe('writes in turn that cannot be done', () => {
  test('a key or value out of range is refused, its neighbour in range is not', async () => {
    const write = (key: bigint, value: bigint) =>
      writeInTurn(
        new NodeOverlay(),
        binary,
        0n,
        entriesOf([
          [1n, 1n],
          [key, value],
        ]),
      );
    await expect(write(binary.keyLimit - 1n, binary.valueLimit - 1n)).resolves.toMatchObject({
      root: expect.anything(),
    });
    await expect(write(binary.keyLimit, 1n)).rejects.toThrow(EntryRangeError);
    await expect(write(2n, binary.valueLimit)).rejects.toThrow(EntryRangeError);
  });

  test('a missing node is named with its level and a key that leads there', async () => {
    const tree = await treeOf(binary, [
      [0n, 4n],
      [1n, 7n],
      [3n, 5n],
    ]);
    const [root] = await tree.store.getNodes([tree.root]);
    const [zero, inner] = (root as Node & { kind: 'inner' }).children;
    const store = new NodeOverlay();
    store.add(
      new Map([
        [tree.root, root!],
        [zero!, { kind: 'leaf', key: 0n, value: 4n }],
      ]),
    );
    await expect(writeInTurn(store, binary, tree.root, entriesOf([[2n, 9n]]))).resolves.toBeDefined();
    const missing = writeInTurn(
      store,
      binary,
      tree.root,
      entriesOf([
        [2n, 9n],
        [3n, 9n],
      ]),
    );
    await expect(missing).rejects.toThrow(MissingNodeError);
    await expect(missing).rejects.toMatchObject({ digest: inner, place: { key: 3n, level: 1 } });
  });
});
