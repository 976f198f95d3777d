/**
 * The hash of a node; a number whose range the scheme's hash decides. 0 stands for the empty node.
 * @see {@link writeLeaf}
 */
export type Digest = bigint;

/**
 * The empty node, and so the root of the empty tree. No other node may hash to it.
 *
 * @example
 * root === EMPTY; // whether the state has no entries
 */
export const EMPTY: Digest = 0n;

/** A key and its value: what a leaf means, wherever in the tree it sits. The value is never 0. */
export interface Entry {
  readonly key: bigint;
  readonly value: bigint;
}

/** A leaf as it is hashed and stored. `key` is what the scheme keeps there: the whole key, or what remains of it. */
export interface Leaf extends Entry {
  readonly kind: 'leaf';
}

/** `2^b` children in the order of their digits, at least one of them not empty. */
export interface Inner {
  readonly kind: 'inner';
  readonly children: readonly Digest[];
}

/**
 * A node of the tree other than the empty one, which has no content.
 * @see {@link NodeOverlay}
 */
export type Node = Leaf | Inner;
