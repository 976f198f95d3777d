import type { Fr } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';
import { emptyTrie } from '../../linea/suite/empty.js';
import { POSEIDON_BN254 } from '../../linea/suite/poseidon.js';
import { DEPTH } from '../../linea/suite/suite.js';
import type { Digest, Opening } from '../../linea/suite/suite.js';
import type { Path } from '../../linea/trace/trace.js';

export const leafHash = ({ prevLeaf, nextLeaf, hKey, hVal }: Opening): Fr =>
  poseidon.hash([BigInt(prevLeaf), BigInt(nextLeaf), hKey, hVal]);

/** The index of the node above, so many levels up. */
export const above = (index: number, levels: number): number => Math.floor(index / 2 ** levels);

/** A tree of which some nodes are known, in the suite poseidon-bn254. */
export class PartialTree {
  private constructor(
    private readonly empty: readonly Digest[],
    private readonly levels: readonly Map<number, Digest>[],
  ) {}

  static async create(): Promise<PartialTree> {
    const { nodes } = await emptyTrie(POSEIDON_BN254);
    return new PartialTree(
      nodes,
      Array.from({ length: DEPTH + 1 }, () => new Map<number, Digest>()),
    );
  }

  copy(): PartialTree {
    return new PartialTree(
      this.empty,
      this.levels.map((level) => new Map(level)),
    );
  }

  /** An unknown node is taken for an empty one. */
  node(level: number, index: number): Digest {
    return this.levels[level]!.get(index) ?? this.empty[level]!;
  }

  /** The siblings of a node's path, from a level on, so many. */
  siblings(index: number, levels: number): Digest[] {
    return Array.from({ length: levels }, (_, level) => {
      const at = above(index, level);
      return this.node(level, at % 2 === 0 ? at + 1 : at - 1);
    });
  }

  /** Learns the nodes of a leaf's path, and beside it; what is known already stays. */
  learn({ leafIndex, siblings }: Path, leaf: Digest): void {
    let hash = leaf;
    siblings.forEach((sibling, level) => {
      const at = above(leafIndex, level);
      this.learnNode(level, at, hash);
      this.learnNode(level, at % 2 === 0 ? at + 1 : at - 1, sibling);
      hash = poseidon.hash(at % 2 === 0 ? [hash, sibling] : [sibling, hash]);
    });
    this.learnNode(DEPTH, 0, hash);
  }

  /** Learns a node; one that is known already stays. */
  learnNode(level: number, index: number, hash: Digest): void {
    const known = this.levels[level]!;
    if (!known.has(index)) known.set(index, hash);
  }

  /** Makes another leaf of one whose path is known. */
  set(index: number, leaf: Digest): void {
    let hash = leaf;
    for (let level = 0; level < DEPTH; level++) {
      const at = above(index, level);
      this.levels[level]!.set(at, hash);
      const sibling = this.node(level, at % 2 === 0 ? at + 1 : at - 1);
      hash = poseidon.hash(at % 2 === 0 ? [hash, sibling] : [sibling, hash]);
    }
    this.levels[DEPTH]!.set(0, hash);
  }
}
