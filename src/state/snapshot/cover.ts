import type { Subtree } from '../hashdb/state-parts.js';
import { EMPTY } from '../tree/node.js';
import type { Digest, Node } from '../tree/node.js';
import { digitAt } from '../tree/path.js';
import { arityOf, hashNode, innerOf } from '../tree/scheme.js';
import type { TreeScheme } from '../tree/scheme.js';

const nameOf = (level: number, path: bigint): string => `${level}:${path}`;

/**
 * Subtrees of one tree, put together.
 * @see {@link coverOf}
 */
export interface Cover {
  /** Of the tree that has them and nothing else. */
  readonly root: Digest;
  readonly entries: number;
  /** The nodes above them. */
  readonly nodes: ReadonlyMap<Digest, Node>;
}

/**
 * Puts subtrees of one tree together, leaving out those that lie within others. Together they are all of it if the root
 * is its.
 *
 * @example
 * const chunk = await checkChunk(poseidonScheme(2), root, bytes);
 * coverOf(poseidonScheme(2), [chunk]).root === root; // whether one chunk is all
 */
export function coverOf(scheme: TreeScheme, subtrees: readonly Subtree[]): Cover {
  const bits = scheme.bitsPerLevel;
  const given = new Set(subtrees.map(({ level, path }) => nameOf(level, path)));
  const above = (path: bigint, level: number): bigint => BigInt.asUintN(bits * level, path);
  const isWithin = ({ level, path }: Subtree): boolean =>
    Array.from({ length: level }, (_, upper) => nameOf(upper, above(path, upper))).some((name) => given.has(name));
  const outermost = subtrees.filter((subtree) => !isWithin(subtree));
  const nodes = new Map<Digest, Node>();
  let row = new Map<bigint, Digest>();
  for (let level = Math.max(0, ...outermost.map((subtree) => subtree.level)); ; level--) {
    for (const subtree of outermost) if (subtree.level === level) row.set(subtree.path, subtree.digest);
    if (level === 0) break;
    const parents = new Map<bigint, Digest[]>();
    for (const [path, digest] of row) {
      const parent = above(path, level - 1);
      if (!parents.has(parent))
        parents.set(
          parent,
          Array.from({ length: arityOf(scheme) }, () => EMPTY),
        );
      parents.get(parent)![digitAt(path, level - 1, bits)] = digest;
    }
    row = new Map(
      [...parents].map(([path, children]) => {
        const node = innerOf(children);
        const digest = hashNode(scheme, node);
        nodes.set(digest, node);
        return [path, digest];
      }),
    );
  }
  return { root: row.get(0n) ?? EMPTY, entries: outermost.reduce((sum, { entries }) => sum + entries, 0), nodes };
}
