import { emptyTrie } from '../suite/empty.js';
import { DEPTH } from '../suite/suite.js';
import type { Digest, Suite } from '../suite/suite.js';
import type { TrieReader } from './store.js';

/** A leaf whose path is wanted, and perhaps what its hash becomes. */
export interface Item {
  readonly index: number;
  /** 0 for a leaf that is deleted; undefined for one that is only read. */
  readonly hash: Digest | undefined;
}

/** Some tries' items in order, in groups: roots are wanted only after each group. */
export interface Folding {
  readonly reader: TrieReader;
  readonly groups: readonly (readonly Item[])[];
}

export interface Folded {
  /** Of each item of each group: the siblings of its leaf's path in the tree as it is before the item. */
  readonly siblings: readonly (readonly (readonly Digest[])[])[];
  /** After each group; undefined after one that only reads. */
  readonly roots: readonly (Digest | undefined)[];
  /** New nodes by level, 0 to 40, and by index: as they are in the end. */
  readonly nodes: readonly ReadonlyMap<number, Digest>[];
}

/** An item on its way to the root. */
interface Climber {
  node: number;
  /** Undefined: nothing is written, or a later item of the group has written over it. */
  hash: Digest | undefined;
  readonly siblings: Digest[];
}

/**
 * Hashes items up to the roots, a level at a time. A node on a level depends only on nodes one level below, and so all
 * operations' nodes of a level, of all tries, are hashed together, although each operation has its own root.
 */
export async function fold(suite: Suite, foldings: readonly Folding[]): Promise<Folded[]> {
  const { nodes: empty } = await emptyTrie(suite);
  const tries = foldings.map(({ reader, groups }) => ({
    reader,
    groups: groups.map((group) => group.map(({ index, hash }): Climber => ({ node: index, hash, siblings: [] }))),
    nodes: [] as Map<number, Digest>[],
  }));
  for (let level = 0; level < DEPTH; level++) {
    const writers: Climber[] = [];
    const pairs: [Digest, Digest][] = [];
    for (const trie of tries) {
      const latest = new Map<number, Digest>();
      trie.nodes.push(latest);
      const stored = await siblingsOf(trie.reader, level, trie.groups.flat());
      for (const group of trie.groups) {
        for (const [i, climber] of group.entries()) {
          const { node, hash } = climber;
          const beside = siblingOf(node);
          const sibling = latest.get(beside) ?? stored.get(beside) ?? empty[level]!;
          climber.siblings.push(sibling);
          climber.node = Math.floor(node / 2);
          if (hash === undefined) continue;
          latest.set(node, hash);
          // The next writer of the group stands on the same node above: its hash covers this one, too.
          const next = group.find((later, k) => k > i && later.hash !== undefined);
          if (next !== undefined && Math.floor(next.node / 2) === climber.node) {
            climber.hash = undefined;
            continue;
          }
          writers.push(climber);
          pairs.push(node % 2 === 0 ? [hash, sibling] : [sibling, hash]);
        }
      }
    }
    const hashes = await suite.nodes(pairs);
    writers.forEach((climber, i) => {
      climber.hash = hashes[i]!;
    });
  }
  return tries.map(({ groups, nodes }) => {
    const roots = groups.map((group) => group.findLast(({ hash }) => hash !== undefined)?.hash);
    const last = roots.findLast((root) => root !== undefined);
    return {
      siblings: groups.map((group) => group.map(({ siblings }) => siblings)),
      roots,
      nodes: [...nodes, new Map(last === undefined ? [] : [[0, last]])],
    };
  });
}

/** What writes leave behind, without the roots in between: each node is hashed once. `leaves` by index. */
export async function foldOnce(
  suite: Suite,
  reader: TrieReader,
  leaves: ReadonlyMap<number, Digest>,
): Promise<ReadonlyMap<number, Digest>[]> {
  const { nodes: empty } = await emptyTrie(suite);
  const nodes: ReadonlyMap<number, Digest>[] = [leaves];
  for (let level = 0; level < DEPTH; level++) {
    const written = nodes[level]!;
    const parents = [...new Set(Array.from(written.keys(), (node) => Math.floor(node / 2)))];
    const unknown = parents.flatMap((parent) => [2 * parent, 2 * parent + 1].filter((node) => !written.has(node)));
    const stored = new Map<number, Digest | undefined>();
    (await reader.nodes(level, unknown)).forEach((node, i) => stored.set(unknown[i]!, node));
    const child = (node: number): Digest => written.get(node) ?? stored.get(node) ?? empty[level]!;
    const hashes = await suite.nodes(parents.map((parent) => [child(2 * parent), child(2 * parent + 1)]));
    nodes.push(new Map(parents.map((parent, i) => [parent, hashes[i]!])));
  }
  return nodes;
}

const siblingOf = (node: number): number => (node % 2 === 0 ? node + 1 : node - 1);

/** Siblings as they are in the store. */
async function siblingsOf(
  reader: TrieReader,
  level: number,
  climbers: readonly Climber[],
): Promise<Map<number, Digest | undefined>> {
  const wanted = [...new Set(climbers.map(({ node }) => siblingOf(node)))];
  const found = await reader.nodes(level, wanted);
  return new Map(wanted.map((index, i) => [index, found[i]]));
}
