import type { Digest, Hex, Opening } from '../suite/suite.js';

/**
 * The way from a leaf to the root of a tree: 40 siblings, that of the leaf first.
 * @see {@link verifyBlock}
 */
export interface Path {
  readonly leafIndex: number;
  readonly siblings: readonly Digest[];
}

interface Common {
  /** Which trie: `0x`, the account trie; an address, that account's storage trie. */
  readonly location: Hex;
  /** An address or a slot. */
  readonly key: Hex;
}

/**
 * Of an entry that is there.
 * @see {@link verifyBlock}
 */
export interface ReadTrace extends Common {
  readonly kind: 'read';
  readonly nextFreeNode: number;
  readonly subRoot: Digest;
  readonly leaf: Opening;
  readonly proof: Path;
  readonly value: Hex;
}

/**
 * Of an entry that is not there: its neighbours are each other's.
 * @see {@link verifyBlock}
 */
export interface ReadZeroTrace extends Common {
  readonly kind: 'read-zero';
  readonly nextFreeNode: number;
  readonly subRoot: Digest;
  readonly leftLeaf: Opening;
  readonly rightLeaf: Opening;
  readonly leftProof: Path;
  readonly rightProof: Path;
}

interface Change extends Common {
  /** After the change. */
  readonly newNextFreeNode: number;
  readonly oldSubRoot: Digest;
  readonly newSubRoot: Digest;
}

/**
 * Paths are in the tree as it is before their own step: left, new, right.
 * @see {@link verifyBlock}
 */
export interface InsertTrace extends Change {
  readonly kind: 'insert';
  readonly leftProof: Path;
  readonly newProof: Path;
  readonly rightProof: Path;
  readonly value: Hex;
  readonly priorLeftLeaf: Opening;
  readonly priorRightLeaf: Opening;
}

/**
 * Of an entry that gets another value.
 * @see {@link verifyBlock}
 */
export interface UpdateTrace extends Change {
  readonly kind: 'update';
  readonly proof: Path;
  readonly oldValue: Hex;
  readonly newValue: Hex;
  readonly priorUpdatedLeaf: Opening;
}

/**
 * Paths are in the tree as it is before their own step: left, deleted, right.
 * @see {@link verifyBlock}
 */
export interface DeleteTrace extends Change {
  readonly kind: 'delete';
  readonly leftProof: Path;
  readonly deletedProof: Path;
  readonly rightProof: Path;
  readonly deletedValue: Hex;
  readonly priorLeftLeaf: Opening;
  readonly priorDeletedLeaf: Opening;
  readonly priorRightLeaf: Opening;
}

/**
 * One operation on one trie, with all that a verifier needs who knows the trie's state before it.
 * @see {@link verifyBlock}
 */
export type Trace = ReadTrace | ReadZeroTrace | InsertTrace | UpdateTrace | DeleteTrace;
