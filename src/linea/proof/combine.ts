import { emptyTrie } from '../suite/empty.js';
import { DEPTH } from '../suite/suite.js';
import type { Digest, Suite } from '../suite/suite.js';
import type { TrieReader } from '../trie/store.js';
import { expect } from './verify-keys.js';

/*
 * One proof of many leaves: what they lack to be hashed up to the root, level by level from the leaves on, in the order
 * of the nodes. A node above two that are known needs nothing.
 */

/** Of a level: the nodes whose parents need them, but which are not known. `known` ascends. */
function lackingOf(known: readonly number[]): number[] {
  const there = new Set(known);
  return known.flatMap((node) => {
    const beside = node % 2 === 0 ? node + 1 : node - 1;
    return there.has(beside) ? [] : [beside];
  });
}

const parentsOf = (known: readonly number[]): number[] => [...new Set(known.map((node) => Math.floor(node / 2)))];

/** What leaves lack. */
export async function combinedSiblings(suite: Suite, reader: TrieReader, leaves: readonly number[]): Promise<Digest[]> {
  const { nodes: empty } = await emptyTrie(suite);
  const siblings: Digest[] = [];
  let known = leaves.toSorted((a, b) => a - b);
  for (let level = 0; level < DEPTH; level++) {
    const found = await reader.nodes(level, lackingOf(known));
    siblings.push(...found.map((node) => node ?? empty[level]!));
    known = parentsOf(known);
  }
  return siblings;
}

/**
 * The root to which leaves lead, by index.
 * @throws {ProofRefusedError} there are more siblings than they lack, or fewer
 */
export async function combinedRoot(
  suite: Suite,
  leaves: ReadonlyMap<number, Digest>,
  siblings: readonly Digest[],
): Promise<Digest> {
  let level = new Map([...leaves].sort(([a], [b]) => a - b));
  let used = 0;
  for (let i = 0; i < DEPTH; i++) {
    const nodes = [...level.keys()];
    for (const node of lackingOf(nodes)) {
      expect(used < siblings.length, 'it has too few siblings');
      level.set(node, siblings[used++]!);
    }
    const parents = parentsOf(nodes);
    const hashes = await suite.nodes(parents.map((node) => [level.get(2 * node)!, level.get(2 * node + 1)!]));
    level = new Map(parents.map((node, k) => [node, hashes[k]!]));
  }
  expect(used === siblings.length, 'it has too many siblings');
  return level.get(0)!;
}
