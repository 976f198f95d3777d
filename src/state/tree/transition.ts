import type { Digest, Entry } from './node.js';
import type { Siblings } from './read.js';

/**
 * What writing one key does to the tree, with what a proof of it needs. The two lanes, before and
 * after, share the levels of `siblings`; where one is longer it goes `extension` levels (at least 1)
 * further, down to where the key and `otherLeaf` part.
 * @see {@link writeLeaf}
 */
export type Transition = Nothing | Update | CreateAtEmpty | CreateBesideLeaf | Delete | DeleteAndLift;

/** Absent before and after. `otherLeaf` is where the path ends, or null for an empty node. */
export interface Nothing {
  readonly kind: 'nothing';
  readonly siblings: Siblings;
  readonly otherLeaf: Entry | null;
}

/** Present before and after; the values may be equal, and then so are the roots. */
export interface Update {
  readonly kind: 'update';
  readonly siblings: Siblings;
  readonly oldValue: bigint;
}

export interface CreateAtEmpty {
  readonly kind: 'createAtEmpty';
  readonly siblings: Siblings;
}

/** `otherLeaf` sat where the key's leaf would have; both move down to where they part. */
export interface CreateBesideLeaf {
  readonly kind: 'createBesideLeaf';
  readonly siblings: Siblings;
  readonly extension: number;
  readonly otherLeaf: Entry;
}

/** The leaf's place becomes empty; its siblings stay. */
export interface Delete {
  readonly kind: 'delete';
  readonly siblings: Siblings;
  readonly oldValue: bigint;
  /**
   * If exactly one sibling stays: its children, which show that it is an inner node and need not move
   * up. Else, and for the root's leaf, null.
   */
  readonly siblingChildren: readonly Digest[] | null;
}

/** The one sibling that stays is a leaf, `otherLeaf`: it moves up `extension` levels. */
export interface DeleteAndLift {
  readonly kind: 'deleteAndLift';
  readonly siblings: Siblings;
  readonly extension: number;
  readonly otherLeaf: Entry;
  readonly oldValue: bigint;
}
