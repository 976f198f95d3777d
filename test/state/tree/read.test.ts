import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Node } from '../../../src/state/tree/node.js';
import { readPath, readPaths } from '../../../src/state/tree/read.js';
import { EntryRangeError } from '../../../src/state/tree/scheme.js';
import { MalformedTreeError, NodeOverlay } from '../../../src/state/tree/store.js';
import { contents, keys, treeOf } from './model.js';
import { binary, schemes } from './schemes.js';
import { watched } from './watched.js';

describe.each(schemes)('many paths at once in a tree of $id', (scheme) => {
  test('are those of each key alone, in the order of the keys, keys that occur twice included', () =>
    fc.assert(
      fc.asyncProperty(contents(scheme, 25), fc.array(keys(scheme), { maxLength: 25 }), async (content, asked) => {
        const { store, root } = await treeOf(scheme, content);
        const alone = await Promise.all(asked.map((key) => readPath(store, scheme, root, key)));
        expect(await readPaths(store, scheme, root, asked)).toEqual(alone);
      }),
      { numRuns: scheme.keyBits > 16 ? 20 : 100 },
    ));
});

test('ask once for each level, and for each node once', async () => {
  const entries = Array.from({ length: 64 }, (_, i) => [BigInt(i), 1n] as const);
  const tree = await treeOf(binary, entries);
  const store = watched(tree.store);
  await readPaths(
    store,
    binary,
    tree.root,
    entries.map(([key]) => key),
  );
  expect(store.asked.map(({ length }) => length)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect(new Set(store.asked.flat()).size).toBe(127);
});

test('need every node of every path: a missing or malformed one is named with its place, as for one path', async () => {
  const tree = await treeOf(binary, [
    [0n, 4n],
    [1n, 7n],
    [3n, 5n],
  ]);
  const [root] = await tree.store.getNodes([tree.root]);
  const [zero] = (root as Node & { kind: 'inner' }).children;
  const store = new NodeOverlay();
  store.add(
    new Map<bigint, Node>([
      [tree.root, root!],
      [zero!, { kind: 'leaf', key: 0n, value: 4n }],
    ]),
  );
  await expect(readPaths(store, binary, tree.root, [0n, 2n])).resolves.toHaveLength(2);
  await expect(readPaths(store, binary, tree.root, [0n, 3n])).rejects.toMatchObject({
    name: 'MissingNodeError',
    place: { key: 3n, level: 1 },
  });
  store.add(new Map([[zero!, { kind: 'leaf', key: 1n, value: 4n }]]));
  await expect(readPaths(store, binary, tree.root, [0n])).rejects.toThrow(MalformedTreeError);
  await expect(readPaths(store, binary, tree.root, [binary.keyLimit])).rejects.toThrow(EntryRangeError);
});

test('end at no leaf that is deeper than its path needs', async () => {
  const pathsIn = (...children: bigint[]) => {
    const store = new NodeOverlay();
    store.add(
      new Map<bigint, Node>([
        [99n, { kind: 'inner', children }],
        [98n, { kind: 'leaf', key: 1n, value: 7n }],
      ]),
    );
    return readPaths(store, binary, 99n, [1n, 3n]);
  };
  await expect(pathsIn(97n, 98n)).resolves.toHaveLength(2);
  await expect(pathsIn(0n, 98n)).rejects.toThrow(/leaf of key 1 is deeper than its path needs, at level 1/);
});
