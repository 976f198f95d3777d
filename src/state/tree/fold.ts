import type { Digest, Node } from './node.js';
import { digitAt } from './path.js';
import { hashNode } from './scheme.js';
import type { TreeScheme } from './scheme.js';

/** The nodes that one write makes. */
export class NewNodes {
  readonly nodes = new Map<Digest, Node>();

  constructor(readonly scheme: TreeScheme) {}

  put(node: Node): Digest {
    const digest = hashNode(this.scheme, node);
    this.nodes.set(digest, node);
    return digest;
  }
}

/**
 * From a node up to the root: `end` stands below all levels of `siblings`, on the path of `key`. `parentOf` is told the
 * children of each inner node on the way and returns what stands for it; nodes are hashes, or drafts without one.
 */
export const foldUp = <Node>(
  parentOf: (children: Node[]) => Node,
  bitsPerLevel: number,
  key: bigint,
  siblings: readonly (readonly Node[])[],
  end: Node,
): Node =>
  siblings.reduceRight<Node>(
    (child, row, level) => parentOf(row.toSpliced(digitAt(key, level, bitsPerLevel), 0, child)),
    end,
  );
