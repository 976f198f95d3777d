import { EMPTY } from './node.js';
import type { Digest, Inner, Node } from './node.js';
import { withDigit } from './path.js';
import { childrenOf, isSole } from './read.js';
import type { TreeScheme } from './scheme.js';

/** A node in a tree, before it is read. */
export interface Place {
  readonly digest: Digest;
  readonly level: number;
  /** The smallest key that leads there: the digits above the node, and else zeros. */
  readonly path: bigint;
}

/** A place on a way down. */
export interface Step extends Place {
  /** Is the node the only child of the one above? In a canonical tree it is no leaf then. */
  readonly alone: boolean;
}

/**
 * The places below an inner node, of empty ones, too.
 * @throws {MalformedTreeError} there is no such node at its place in a tree of the scheme: it has no level below
 */
export function stepsBelow(scheme: TreeScheme, node: Inner, { level, path }: Place): Step[] {
  const children = childrenOf(scheme, node, { key: path, level });
  const alone = isSole(children);
  return children.map((digest, digit) => ({
    digest,
    level: level + 1,
    path: withDigit(path, level, scheme.bitsPerLevel, digit),
    alone,
  }));
}

/** A place that is in one tree, and what is at the same place of another. */
interface Pair extends Step {
  readonly known: Digest;
}

/** Nodes that are read at once. */
const TOGETHER = 1 << 10;

/**
 * Visits the nodes under `root`, each once, but for those that are at the same place under `known` and not
 * alone there: a node above those below it, many at a time. Both trees may be larger than memory.
 * @param visit gives the nodes at some places, in their order, or null for one not to go further from
 * @param readKnown gives nodes of the other tree, or null for one that cannot be read
 * @throws {MalformedTreeError} an inner node has no level below, or no children
 */
export async function walk(
  scheme: TreeScheme,
  root: Digest,
  known: Digest,
  visit: (places: readonly Step[]) => Promise<readonly (Node | null)[]>,
  readKnown: (digests: readonly Digest[]) => Promise<readonly (Node | null)[]>,
): Promise<void> {
  // What is alone where the other tree has more beside it may have become a leaf too deep.
  const isNew = (pair: Pair): boolean => pair.digest !== EMPTY && (pair.digest !== pair.known || pair.alone);
  // The last are taken first, so that there are never many more than what lies beside one path.
  const waiting = [{ digest: root, level: 0, path: 0n, alone: false, known }].filter(isNew);
  while (waiting.length > 0) {
    const pairs = waiting.splice(-TOGETHER);
    const nodes = await visit(pairs);
    const toCompare = pairs
      .filter((pair, i) => nodes[i]?.kind === 'inner' && pair.known !== EMPTY)
      .map((pair) => pair.known);
    const others = toCompare.length === 0 ? [] : await readKnown(toCompare);
    let next = 0;
    for (const [i, pair] of pairs.entries()) {
      const node = nodes[i];
      if (node?.kind !== 'inner') continue;
      const other = pair.known === EMPTY ? null : others[next++];
      const below = stepsBelow(scheme, node, pair).map((step, digit) => ({
        ...step,
        known: other?.kind === 'inner' ? other.children[digit]! : EMPTY,
      }));
      waiting.push(...below.filter(isNew));
    }
  }
}
