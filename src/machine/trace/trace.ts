import type { Access, EntryKey } from '../../state/batch/access.js';
import type { Fr } from '../../base/field/fr.js';
import type { Uint256 } from '../../base/field/limbs.js';

/**
 * The public signals of a transition, in the circuit's order.
 *
 * @example
 * PUBLIC_SIGNALS.indexOf('newRoot'); // 1
 */
export const PUBLIC_SIGNALS = ['oldRoot', 'newRoot', 'logHashIn', 'logHash', 'x', 'dataIn', 'dataOut'] as const;
/**
 * The name of a public signal.
 * @see {@link parseSnarkjsPublics}
 */
export type PublicSignal = (typeof PUBLIC_SIGNALS)[number];
/**
 * What a proof says, by the names of its public signals. `dataOut` binds the writes to data only if `x` depends on
 * `logHash` and on that data, which the verifier has to make sure of: see `dataPolynomial`.
 * @see {@link parseSnarkjsPublics}
 */
export type PublicSignals = Readonly<Record<PublicSignal, Fr>>;

/** A row of the access log: access t (counted from 1) and what stood there before. */
export interface LogRow extends Access {
  /** The value of the same key just before this access. */
  readonly previousValue: Uint256;
  /** The time of the previous access to the same key; 0 if this is the first. Always below this row's own time. */
  readonly previousTime: number;
}

/** A row of the key table: each distinct key of the batch, once. */
export interface KeyRow extends EntryKey {
  /** `Poseidon3(accountTag, slotHi, slotLo)`. */
  readonly treeKey: Fr;
  readonly oldValue: Uint256;
  readonly newValue: Uint256;
  /** The time of the key's last access; at least 1. */
  readonly lastTime: number;
}

/** A leaf as a node states it: the tree key, and what it holds for the value (`TreeScheme.leafValue`). */
export interface LeafPreimage {
  readonly key: Fr;
  readonly value: bigint;
}

/**
 * `siblings[l]` are the `2^b - 1` siblings at level `l` (0 = the root's children), in the order of
 * their digits, the path's own digit left out. Empty nodes are 0.
 */
export type Siblings = readonly (readonly Fr[])[];

/** Shows, against the batch's old root, the value of a key that the batch does not change. */
export interface ReadRow {
  /** Index into the key table. */
  readonly key: number;
  readonly siblings: Siblings;
  /** For an absent key whose path ends at a leaf of another key: that leaf. Else null. */
  readonly otherLeaf: LeafPreimage | null;
}

/** What a write row does to its key, net over the whole batch. */
export type Effect = 'update' | 'createAtEmpty' | 'createBesideLeaf' | 'delete' | 'deleteAndLift' | 'nothing';

/**
 * Moves the tree from the root that the row before left by changing one key. Its two lanes, before and
 * after, share the levels of `siblings`; the lane with the longer path (after, for a create;
 * before, for a delete) goes `extension` levels further. The roots are what the lanes hash to.
 */
export interface WriteRow {
  /** Index into the key table. */
  readonly key: number;
  readonly effect: Effect;
  /** The siblings on the levels that both lanes share. */
  readonly siblings: Siblings;
  /** Levels that only the longer lane has: 0, but for createBesideLeaf and deleteAndLift. */
  readonly extension: number;
  /**
   * The leaf of another key at which the shorter lane ends: for createBesideLeaf, deleteAndLift, and
   * for a nothing whose path ends at such a leaf. Else null.
   */
  readonly otherLeaf: LeafPreimage | null;
  /**
   * For a delete below the root that leaves exactly one sibling: the `2^b` children of that sibling,
   * which show that it is an inner node and need not move up. Else null.
   */
  readonly siblingChildren: readonly Fr[] | null;
}

/**
 * Everything the circuit is told, as three tables.
 * @see {@link checkTrace}
 */
export interface Trace {
  /** Bits of the key that choose a child at each level: 1 for a binary tree. */
  readonly bitsPerLevel: 1 | 2;
  readonly publics: PublicSignals;
  readonly log: readonly LogRow[];
  readonly keys: readonly KeyRow[];
  /** One row for each key whose value did not change, in key-table order. */
  readonly reads: readonly ReadRow[];
  /**
   * One row for each key whose value changed, chained from `oldRoot` to `newRoot` in the order of a circuit's sections.
   */
  readonly writes: readonly WriteRow[];
  /**
   * The nodes some levels below the old root, for a circuit that hashes the levels above them once for
   * all rows: number i is the one that the digits of i lead to, the root's digit least significant. Empty
   * for other circuits, and where a node above them is not an inner one.
   */
  readonly cells: readonly Fr[];
}
