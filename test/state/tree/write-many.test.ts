import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest, Node } from '../../../src/state/tree/node.js';
import { EntryRangeError, leafAt } from '../../../src/state/tree/scheme.js';
import { MalformedTreeError, NodeOverlay, nodesUnder } from '../../../src/state/tree/store.js';
import { writeMany } from '../../../src/state/tree/write-many.js';
import { canonicalRoot, contents, keys, Tree, treeOf, writes } from './model.js';
import { binary, quad, remainingKeyScheme, schemes } from './schemes.js';
import { watched } from './watched.js';

describe.each(schemes)('many writes at once to a tree of $id', (scheme) => {
  const runs = { numRuns: scheme.keyBits > 16 ? 20 : 100 };

  test('make the same tree as single writes, batch after batch, and return how the number of leaves changes', () =>
    fc.assert(
      fc.asyncProperty(fc.array(writes(scheme, 25), { maxLength: 5 }), async (batches) => {
        const single = new Tree(scheme);
        const store = new NodeOverlay();
        let root: Digest = 0n;
        for (const batch of batches) {
          const before = single.content.size;
          await single.writeAll(batch);
          const result = await writeMany(store, scheme, root, new Map(batch));
          store.add(result.nodes);
          expect(result.root).toBe(single.root);
          expect(result.root).toBe(canonicalRoot(scheme, single.content));
          expect(result.entriesDelta).toBe(single.content.size - before);
          root = result.root;
        }
        // Every node of the last tree was made by one of the batches.
        expect(nodesUnder(root, store.nodes)).toEqual(nodesUnder(root, single.store.nodes));
      }),
      runs,
    ));

  test('do not depend on their order', () =>
    fc.assert(
      fc.asyncProperty(
        contents(scheme, 15),
        writes(scheme, 15).chain((list) => {
          const batch = [...new Map(list)];
          return fc.tuple(fc.constant(batch), fc.shuffledSubarray(batch, { minLength: batch.length }));
        }),
        async (content, [batch, shuffled]) => {
          const { store, root } = await treeOf(scheme, content);
          const one = await writeMany(store, scheme, root, new Map(batch));
          const other = await writeMany(store, scheme, root, new Map(shuffled));
          expect(other.root).toBe(one.root);
          expect(other.nodes).toEqual(one.nodes);
        },
      ),
      runs,
    ));

  test('delete everything, at once or but for one entry', () =>
    fc.assert(
      fc.asyncProperty(contents(scheme, 25), async (content) => {
        const { store, root } = await treeOf(scheme, content);
        const deletes = content.map(([key]) => [key, 0n] as const);
        const gone = await writeMany(store, scheme, root, new Map(deletes));
        expect(gone).toEqual({ root: 0n, nodes: new Map(), entriesDelta: content.length === 0 ? 0 : -content.length });
        const [first, ...others] = content;
        if (first === undefined) return;
        const left = await writeMany(store, scheme, root, new Map(others.map(([key]) => [key, 0n])));
        expect(left.root).toBe(scheme.hashLeaf(leafAt(scheme, { key: first[0], value: first[1] }, 0)));
      }),
      runs,
    ));

  test('that change nothing make nothing', () =>
    fc.assert(
      fc.asyncProperty(contents(scheme, 15), keys(scheme), async (content, stranger) => {
        const { store, root } = await treeOf(scheme, content);
        const same = new Map([[stranger, 0n], ...content]);
        if (content.some(([key]) => key === stranger)) same.delete(stranger);
        expect(await writeMany(store, scheme, root, same)).toEqual({ root, nodes: new Map(), entriesDelta: 0 });
      }),
      runs,
    ));

  test('make only nodes of the new tree, and no node twice', () =>
    fc.assert(
      fc.asyncProperty(contents(scheme, 15), writes(scheme, 15), async (content, batch) => {
        const { store, root } = await treeOf(scheme, content);
        const hashed: Node[] = [];
        const counting = {
          ...scheme,
          hashNodes: async (nodes: readonly Node[]) => {
            hashed.push(...nodes);
            return scheme.hashNodes(nodes);
          },
        };
        const result = await writeMany(store, counting, root, new Map(batch));
        expect(nodesUnder(result.root, result.nodes)).toEqual(result.nodes);
        // Where leaves store the whole key, no two nodes are equal.
        if (scheme.keyBits > 16) expect(hashed).toHaveLength(result.nodes.size);
      }),
      runs,
    ));
});

describe('reading', () => {
  test('asks once for each level, for each node once, and once for the siblings that deletes leave alone', async () => {
    const entries = Array.from({ length: 64 }, (_, i) => [BigInt(i), BigInt(i + 1)] as const);
    const tree = await treeOf(binary, entries);
    const store = watched(tree.store);
    // 0 and 32, 1 and 33, ... are neighbours on the last level.
    await writeMany(store, binary, tree.root, new Map(entries.slice(0, 32).map(([key]) => [key, 0n])));
    expect(store.asked.map(({ length }) => length)).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
    expect(new Set(store.asked.flat()).size).toBe(127);
  });

  test('looks at no sibling where two stay, or none', async () => {
    const tree = await treeOf(
      quad,
      [0n, 1n, 2n, 4n].map((key) => [key, 7n] as const),
    );
    const store = watched(tree.store);
    await writeMany(
      store,
      quad,
      tree.root,
      new Map([
        [1n, 0n],
        [4n, 0n],
      ]),
    );
    expect(store.asked.map(({ length }) => length)).toEqual([1, 2, 1, 1]);
    const all = watched(tree.store);
    await writeMany(all, quad, tree.root, new Map([0n, 1n, 2n, 4n].map((key) => [key, 0n])));
    expect(all.asked.map(({ length }) => length)).toEqual([1, 3, 2]);
  });
});

describe('a write of many that cannot be done', () => {
  test('a key or value out of range is refused, its neighbour in range is not', async () => {
    const write = (key: bigint, value: bigint) =>
      writeMany(
        new NodeOverlay(),
        binary,
        0n,
        new Map([
          [1n, 1n],
          [key, value],
        ]),
      );
    await expect(write(binary.keyLimit - 1n, binary.valueLimit - 1n)).resolves.toMatchObject({ entriesDelta: 2 });
    for (const [key, value] of [
      [binary.keyLimit, 1n],
      [-1n, 1n],
      [2n, binary.valueLimit],
      [2n, -1n],
    ] as const) {
      await expect(write(key, value)).rejects.toThrow(EntryRangeError);
    }
  });

  test('a missing node is named with its level and a key that leads there', async () => {
    const tree = await treeOf(binary, [
      [0n, 4n],
      [1n, 7n],
      [3n, 5n],
    ]);
    const [root] = await tree.store.getNodes([tree.root]);
    const store = new NodeOverlay();
    store.add(new Map([[tree.root, root!]]));
    const [zero, inner] = (root as Node & { kind: 'inner' }).children;
    store.add(new Map([[zero!, { kind: 'leaf', key: 0n, value: 4n }]]));
    await expect(writeMany(store, binary, tree.root, new Map([[2n, 9n]]))).resolves.toBeDefined();
    await expect(
      writeMany(
        store,
        binary,
        tree.root,
        new Map([
          [2n, 9n],
          [3n, 9n],
        ]),
      ),
    ).rejects.toMatchObject({ name: 'MissingNodeError', digest: inner, place: { key: 3n, level: 1 } });
  });

  test('without the sibling that a delete leaves alone, the error names the sibling', async () => {
    const tree = await treeOf(binary, [
      [0n, 4n],
      [1n, 7n],
    ]);
    const own = leafAt(binary, { key: 0n, value: 4n }, 1);
    const [root] = await tree.store.getNodes([tree.root]);
    const store = new NodeOverlay();
    store.add(
      new Map([
        [tree.root, root!],
        [binary.hashLeaf(own), own],
      ]),
    );
    await expect(writeMany(store, binary, tree.root, new Map([[0n, 5n]]))).resolves.toBeDefined();
    await expect(writeMany(store, binary, tree.root, new Map([[0n, 0n]]))).rejects.toMatchObject({
      name: 'MissingNodeError',
      digest: binary.hashLeaf({ kind: 'leaf', key: 1n, value: 7n }),
      place: { key: 1n, level: 1 },
    });
  });

  test('nodes that make no canonical tree are refused as a single write refuses them', async () => {
    const leaf = { kind: 'leaf', key: 1n, value: 7n } as const;
    const digest = binary.hashLeaf(leaf);
    const write = (children: bigint[], key: bigint, value: bigint) => {
      const store = new NodeOverlay();
      store.add(
        new Map<bigint, Node>([
          [99n, { kind: 'inner', children }],
          [digest, leaf],
        ]),
      );
      return writeMany(store, binary, 99n, new Map([[key, value]]));
    };
    await expect(write([5n, digest], 1n, 8n)).resolves.toBeDefined();
    await expect(write([digest, 5n], 0n, 8n)).rejects.toThrow(MalformedTreeError);
    await expect(write([digest, 5n], 0n, 8n)).rejects.toThrow(/does not lead/);
    await expect(write([digest], 0n, 8n)).rejects.toThrow(/2 children.*got one with 1/);
    await expect(write([99n, 99n], 0n, 8n)).rejects.toThrow(/level 254/);
    for (const [key, value] of [
      [1n, 0n],
      [1n, 8n],
      [3n, 8n],
    ] as const) {
      await expect(write([0n, digest], key, value)).rejects.toThrow(/leaf of key 1 is deeper than its path needs/);
    }
    await expect(write([5n, digest], 3n, 8n)).resolves.toBeDefined();
  });

  test('two entries with equal remaining keys and values share one leaf node, also when one moves up', async () => {
    const scheme = remainingKeyScheme(1);
    const tree = await treeOf(scheme, [
      [2n, 9n],
      [3n, 9n],
    ]);
    const { root } = await writeMany(tree.store, scheme, tree.root, new Map([[2n, 0n]]));
    expect(root).toBe((await treeOf(scheme, [[3n, 9n]])).root);
  });
});
