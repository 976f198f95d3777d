import { type Digest, EMPTY, type Node } from './node.js';
import { withDigit } from './path.js';
import { type TreeScheme } from './scheme.js';

/** A node in a tree, before it is read. */
export interface Place {
  readonly digest: Digest;
  readonly level: number;
  /** The smallest key that leads there: the digits above the node, and else zeros. */
  readonly path: bigint;
}

/** A place that is in one tree, and what is at the same place of another. */
interface Pair extends Place {
  readonly known: Digest;
}

/** Nodes that are read at once. */
const TOGETHER = 1 << 10;

/**
 * Visits the nodes under `root`, each once, but for those that are at the same place under `known`: a
 * node above those below it, many at a time. Both trees may be larger than memory.
 * @param visit gives the nodes at some places, in their order, or null for one not to go further from
 * @param readKnown gives nodes of the other tree, or null for one that cannot be read
 */
export async function walk(
  scheme: TreeScheme,
  root: Digest,
  known: Digest,
  visit: (places: readonly Place[]) => Promise<readonly (Node | null)[]>,
  readKnown: (digests: readonly Digest[]) => Promise<readonly (Node | null)[]>,
): Promise<void> {
  const isNew = (pair: Pair): boolean => pair.digest !== EMPTY && pair.digest !== pair.known;
  // The last are taken first, so that there are never many more than what lies beside one path.
  const waiting = [{ digest: root, level: 0, path: 0n, known }].filter(isNew);
  while (waiting.length > 0) {
    const pairs = waiting.splice(-TOGETHER);
    const nodes = await visit(pairs);
    const toCompare = pairs.filter((pair, i) => nodes[i]?.kind === 'inner' && pair.known !== EMPTY).map((pair) => pair.known);
    const others = toCompare.length === 0 ? [] : await readKnown(toCompare);
    let next = 0;
    for (const [i, { level, path, known: beside }] of pairs.entries()) {
      const node = nodes[i];
      if (node?.kind !== 'inner') continue;
      const other = beside === EMPTY ? null : others[next++];
      const below = node.children.map((digest, digit) => ({
        digest,
        level: level + 1,
        path: withDigit(path, level, scheme.bitsPerLevel, digit),
        known: other?.kind === 'inner' ? other.children[digit]! : EMPTY,
      }));
      waiting.push(...below.filter(isNew));
    }
  }
}
