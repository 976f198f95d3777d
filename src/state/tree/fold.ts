import type { Digest, Node } from './node.js';
import { digitAt } from './path.js';
import type { Siblings } from './read.js';
import { hashNode, innerOf } from './scheme.js';
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
 * From a node up to the root: `digest` stands below all levels of `siblings`, on the path of `key`.
 * `put` is told each inner node on the way and returns its hash.
 */
export function foldUp(
  put: (node: Node) => Digest,
  bitsPerLevel: number,
  key: bigint,
  siblings: Siblings,
  digest: Digest,
): Digest {
  return siblings.reduceRight<Digest>(
    (child, row, level) => put(innerOf(row.toSpliced(digitAt(key, level, bitsPerLevel), 0, child))),
    digest,
  );
}
