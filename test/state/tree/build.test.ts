import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildTree } from '../../../src/state/tree/build.js';
import type { BuiltPart } from '../../../src/state/tree/build.js';
import { LeafTable } from '../../../src/state/tree/leaf-table.js';
import type { Digest, Node } from '../../../src/state/tree/node.js';
import { EntryRangeError } from '../../../src/state/tree/scheme.js';
import type { TreeScheme } from '../../../src/state/tree/scheme.js';
import { nodesUnder } from '../../../src/state/tree/store.js';
import { canonicalRoot, treeOf, writes } from './model.js';
import { binary, remainingKeyScheme, schemes } from './schemes.js';

function tableOf(scheme: TreeScheme, rows: readonly (readonly [bigint, bigint])[]): LeafTable {
  const table = new LeafTable(scheme);
  for (const [key, value] of rows) table.push(key, value);
  return table;
}

async function build(table: LeafTable) {
  const parts: BuiltPart[] = [];
  const { root, entries } = await buildTree(table, async (part) => void parts.push(part));
  const nodes = new Map<Digest, Node>(parts.flatMap((part) => [...part.nodes]));
  return { root, entries, nodes, parts };
}

const present = (rows: readonly (readonly [bigint, bigint])[]) =>
  new Map([...new Map(rows)].filter(([, value]) => value !== 0n));

describe.each(schemes)('a tree of $id, built from the bottom', (scheme) => {
  test('is the one that writes make one after another: of equal keys the last counts, and value 0 is absent', () =>
    fc.assert(
      fc.asyncProperty(writes(scheme, 60), async (rows) => {
        const built = await build(tableOf(scheme, rows));
        const content = present(rows);
        const tree = await treeOf(scheme, content);
        expect(built.root).toBe(tree.root);
        expect(built.entries).toBe(content.size);
        expect(built.nodes).toEqual(nodesUnder(tree.root, tree.store.nodes));
      }),
      { numRuns: scheme.keyBits > 16 ? 20 : 100 },
    ));
});

describe.each([1, 2, 3])('a tree of many parts, %i bits a level', (bits) => {
  // Two thirds of all keys there are, some twice, and every fifth of them 0 at last.
  const scheme = remainingKeyScheme(bits);
  const rows = Array.from({ length: 60_000 }, (_, i) => [BigInt((i * 40_503) % 43_000), BigInt(i % 5)] as const);

  test('is canonical; its parts come bottom up, and each says which rows it holds', async () => {
    const table = tableOf(scheme, rows);
    const content = present(rows);
    const { root, entries, nodes, parts } = await build(table);
    expect(root).toBe(canonicalRoot(scheme, content));
    expect(entries).toBe(content.size);
    expect(parts.length).toBeGreaterThan(4);
    expect(nodesUnder(root, nodes).size).toBe(nodes.size);
    const told = parts.flatMap((part) => [...part.rows]).map((row) => table.entry(row));
    expect(told).toHaveLength(content.size);
    expect(new Map(told.map(({ key, value }) => [key, value]))).toEqual(content);
    const known = new Set<Digest>([0n]);
    for (const part of parts) {
      for (const digest of part.nodes.keys()) known.add(digest);
      for (const node of part.nodes.values()) {
        if (node.kind === 'inner') expect(node.children.every((child) => known.has(child))).toBe(true);
      }
    }
  });

  test('is given up if a part cannot be put', async () => {
    let put = 0;
    const failing = async () => {
      put++;
      if (put === 3) throw new Error('the disk is full');
    };
    await expect(buildTree(tableOf(scheme, rows), failing)).rejects.toThrow('the disk is full');
    expect(put).toBe(3);
  });
});

test('the same key many times over is one leaf, wherever its path would part from none', async () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => [7n, BigInt(i + 1)] as const);
  const { root, entries } = await build(tableOf(binary, rows));
  expect([root, entries]).toEqual([canonicalRoot(binary, new Map([[7n, 10_000n]])), 1]);
});

test('a table of nothing is the empty tree', async () => {
  expect(await build(tableOf(binary, []))).toMatchObject({ root: 0n, entries: 0, parts: [] });
});

test('a key or value out of range is refused, its neighbour is not', () => {
  const table = new LeafTable(binary);
  table.push(binary.keyLimit - 1n, binary.valueLimit - 1n);
  expect(table.entry(0)).toEqual({ key: binary.keyLimit - 1n, value: binary.valueLimit - 1n });
  expect(() => table.push(binary.keyLimit, 1n)).toThrow(EntryRangeError);
  expect(() => table.push(1n, binary.valueLimit)).toThrow(EntryRangeError);
  expect(table.size).toBe(1);
});
