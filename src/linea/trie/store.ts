import type { Digest, Hex, Opening, TrieState } from '../suite/suite.js';

/**
 * A leaf as a store keeps it: with the key and the value that its opening has the hashes of.
 * @see {@link applyAll}
 */
export interface Leaf {
  readonly opening: Opening;
  /** As they were given; of HEAD and TAIL, `0x`. */
  readonly key: Hex;
  readonly value: Hex;
}

/**
 * One trie as it was at some moment.
 * @see {@link applyAll}
 */
export interface TrieReader {
  /** Its next free node, and the root of its nodes. */
  state(): Promise<TrieState>;
  /** Nodes of a level (0: the leaves' hashes; 40: the root), by their index in it; undefined where nothing is below. */
  nodes(level: number, indices: readonly number[]): Promise<readonly (Digest | undefined)[]>;
  /** @throws {MissingLeafError} there is no leaf at an index */
  leaves(indices: readonly number[]): Promise<readonly Leaf[]>;
  /** The index of the leaf with the smallest key that is not below `hKey`: at last, TAIL's. */
  indexFrom(hKey: Digest): Promise<number>;
}

/**
 * What operations did to a trie: all by which the one after differs from the one before.
 * @see {@link applyAll}
 */
export interface TrieChange {
  readonly state: TrieState;
  /** By level, 0 to 40, then by index. */
  readonly nodes: readonly ReadonlyMap<number, Digest>[];
  /** By index; null where it was deleted. */
  readonly leaves: ReadonlyMap<number, Leaf | null>;
}

/** A pointer leads to a leaf that the store does not have: it is damaged. */
export class MissingLeafError extends Error {
  override readonly name = 'MissingLeafError';
  constructor(readonly index: number) {
    super(`leaf ${index} is missing from the store`);
  }
}
