import { describe, expect, test } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import type { Node } from '../../../src/state/tree/node.js';
import { readPath } from '../../../src/state/tree/read.js';
import { EntryRangeError, KEY_LIMIT, leafAt } from '../../../src/state/tree/scheme.js';
import { MalformedTreeError, MissingNodeError, NodeOverlay } from '../../../src/state/tree/store.js';
import { writeLeaf } from '../../../src/state/tree/write.js';
import { Tree, treeOf } from './model.js';
import { binary, quad, remainingKeyScheme } from './schemes.js';

describe('edges', () => {
  test('two keys that part at the last bit share 253 levels, and the one that stays moves all the way up', async () => {
    const tree = await treeOf(binary, [[0n, 7n]]);
    const alone = tree.root;
    expect(await tree.write(1n << 253n, 8n)).toMatchObject({
      kind: 'createBesideLeaf',
      siblings: [],
      extension: 254,
      otherLeaf: { key: 0n, value: 7n },
    });
    expect((await readPath(tree.store, binary, tree.root, 0n)).siblings).toHaveLength(254);
    expect(await tree.write(1n << 253n, 0n)).toMatchObject({ kind: 'deleteAndLift', siblings: [], extension: 254 });
    expect(tree.root).toBe(alone);
  });

  test('the largest key is a key; what has the first 128 bits of r - 1 is not, nor is r or -1', async () => {
    const tree = new Tree(binary);
    await tree.write(KEY_LIMIT - 1n, 1n);
    expect(tree.content.size).toBe(1);
    for (const key of [KEY_LIMIT, FIELD_ORDER - 1n, FIELD_ORDER, -1n]) {
      await expect(tree.write(key, 1n)).rejects.toThrow(EntryRangeError);
      await expect(readPath(tree.store, binary, tree.root, key)).rejects.toThrow(EntryRangeError);
    }
  });

  test('the largest value, r - 1, is a value; r is not, nor is -1', async () => {
    const tree = new Tree(binary);
    await tree.write(1n, FIELD_ORDER - 1n);
    for (const value of [FIELD_ORDER, -1n]) await expect(tree.write(2n, value)).rejects.toThrow(EntryRangeError);
  });

  test('deleting key 2 from {1: 7, 2: 5} leaves the lone leaf at the root', async () => {
    const tree = await treeOf(binary, [
      [1n, 7n],
      [2n, 5n],
    ]);
    expect(await tree.write(2n, 0n)).toEqual({
      kind: 'deleteAndLift',
      siblings: [],
      extension: 1,
      otherLeaf: { key: 1n, value: 7n },
      oldValue: 5n,
    });
    expect(tree.root).toBe(binary.hashLeaf({ kind: 'leaf', key: 1n, value: 7n }));
  });

  test('deleting beside an inner node leaves it where it is and shows its children', async () => {
    const tree = await treeOf(binary, [
      [0n, 4n],
      [1n, 7n],
      [3n, 5n],
    ]);
    const leaf = (key: bigint, value: bigint) => binary.hashLeaf({ kind: 'leaf', key, value });
    const children = [leaf(1n, 7n), leaf(3n, 5n)];
    const inner = binary.hashInner(children);
    expect(await tree.write(0n, 0n)).toEqual({
      kind: 'delete',
      siblings: [[inner]],
      oldValue: 4n,
      siblingChildren: children,
    });
    expect(tree.root).toBe(binary.hashInner([0n, inner]));
  });

  test('in a quad tree two leaves that stay need not be shown', async () => {
    const tree = await treeOf(quad, [
      [0n, 4n],
      [1n, 7n],
      [3n, 5n],
    ]);
    expect(await tree.write(0n, 0n)).toMatchObject({ kind: 'delete', siblingChildren: null });
    expect(await tree.write(1n, 0n)).toMatchObject({ kind: 'deleteAndLift', extension: 1, siblings: [] });
  });

  test('a lifted leaf stops below the first level that has another node', async () => {
    // 0 and 8 part at level 3; 1 keeps level 0.
    const tree = await treeOf(binary, [
      [0n, 1n],
      [8n, 2n],
      [1n, 3n],
    ]);
    const transition = await tree.write(8n, 0n);
    expect(transition).toMatchObject({ kind: 'deleteAndLift', extension: 3, otherLeaf: { key: 0n, value: 1n } });
    expect(transition.siblings).toEqual([[binary.hashLeaf({ kind: 'leaf', key: 1n, value: 3n })]]);
  });

  test('updating with the value that is there changes nothing, and so does deleting what is not there', async () => {
    const tree = await treeOf(binary, [
      [1n, 7n],
      [2n, 5n],
    ]);
    const before = tree.root;
    expect(await tree.write(1n, 7n)).toMatchObject({ kind: 'update', oldValue: 7n });
    expect(await tree.write(3n, 0n)).toMatchObject({ kind: 'nothing', otherLeaf: { key: 1n, value: 7n } });
    expect(await tree.write(3n, 0n)).toMatchObject({ kind: 'nothing' });
    expect(tree.root).toBe(before);
    expect(await new Tree(binary).write(3n, 0n)).toEqual({ kind: 'nothing', siblings: [], otherLeaf: null });
  });

  test('two keys whose remaining keys and values are equal share one leaf node', async () => {
    const scheme = remainingKeyScheme(1);
    const tree = await treeOf(scheme, [
      [2n, 9n],
      [3n, 9n],
    ]);
    const shared = scheme.hashLeaf({ kind: 'leaf', key: 1n, value: 9n });
    expect(await tree.store.getNodes([tree.root])).toEqual([{ kind: 'inner', children: [shared, shared] }]);
    expect(await tree.write(2n, 0n)).toMatchObject({ kind: 'deleteAndLift', otherLeaf: { key: 3n, value: 9n } });
  });
});

describe('a store that is not whole', () => {
  test('a leaf of value 0 is refused: absence has no leaf', async () => {
    const storeOf = (value: bigint) => {
      const store = new NodeOverlay();
      store.add(new Map([[99n, { kind: 'leaf', key: 1n, value }]]));
      return store;
    };
    await expect(readPath(storeOf(1n), binary, 99n, 1n)).resolves.toMatchObject({ end: { leaf: { value: 1n } } });
    await expect(readPath(storeOf(0n), binary, 99n, 1n)).rejects.toThrow(/leaf of key 1 has value 0/);
  });

  test('a missing node is named with its level and the key that led there', async () => {
    const tree = await treeOf(binary, [
      [0n, 4n],
      [1n, 7n],
      [3n, 5n],
    ]);
    const [root] = await tree.store.getNodes([tree.root]);
    const store = new NodeOverlay();
    store.add(new Map([[tree.root, root!]]));
    const read = readPath(store, binary, tree.root, 3n);
    await expect(read).rejects.toThrow(MissingNodeError);
    await expect(read).rejects.toMatchObject({ place: { key: 3n, level: 1 } });
    await expect(read).rejects.toThrow(/node 0x[0-9a-f]+ is missing from the store at level 1 of the path of key 3/);
  });

  test('a delete needs the sibling that stays: without it the error names the sibling, not the key', async () => {
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
    await expect(writeLeaf(store, binary, tree.root, 0n, 5n)).resolves.toMatchObject({
      transition: { kind: 'update' },
    });
    await expect(writeLeaf(store, binary, tree.root, 0n, 0n)).rejects.toMatchObject({
      name: 'MissingNodeError',
      digest: binary.hashLeaf({ kind: 'leaf', key: 1n, value: 7n }),
      place: { key: 1n, level: 1 },
    });
  });

  test('a leaf where its key does not lead, an inner node too narrow and a leaf too deep are refused', async () => {
    const leaf = { kind: 'leaf', key: 1n, value: 7n } as const;
    const digest = binary.hashLeaf(leaf);
    const storeOf = (...children: bigint[]) => {
      const store = new NodeOverlay();
      store.add(
        new Map<bigint, Node>([
          [99n, { kind: 'inner', children }],
          [digest, leaf],
        ]),
      );
      return store;
    };
    await expect(readPath(storeOf(5n, digest), binary, 99n, 1n)).resolves.toMatchObject({ end: { leaf: { key: 1n } } });
    await expect(readPath(storeOf(digest, 5n), binary, 99n, 0n)).rejects.toThrow(MalformedTreeError);
    await expect(readPath(storeOf(digest), binary, 99n, 0n)).rejects.toThrow(/2 children.*got one with 1/);
    await expect(readPath(storeOf(99n, 99n), binary, 99n, 0n)).rejects.toThrow(/level 254/);
    await expect(writeLeaf(storeOf(5n, digest), binary, 99n, 1n, 8n)).resolves.toBeDefined();
    await expect(readPath(storeOf(0n, digest), binary, 99n, 1n)).rejects.toThrow(
      /leaf of key 1 is deeper than its path needs/,
    );
    for (const [key, value] of [
      [1n, 0n],
      [1n, 8n],
      [3n, 8n],
    ] as const) {
      await expect(writeLeaf(storeOf(0n, digest), binary, 99n, key, value)).rejects.toThrow(
        /leaf of key 1 is deeper than its path needs/,
      );
      await expect(writeLeaf(storeOf(5n, digest), binary, 99n, key, value === 0n ? 9n : value)).resolves.toBeDefined();
    }
    await expect(readPath(storeOf(0n, 0n), binary, 99n, 1n)).rejects.toThrow(/an inner node has no children/);
  });
});
