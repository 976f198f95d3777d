import type { Digest, Node } from './node.js';
import type { TreeScheme } from './scheme.js';
import type { NodeReader } from './store.js';
import type { Transition } from './transition.js';
import { writeInTurn } from './write-in-turn.js';

/**
 * A tree after a write. The tree before it does not change.
 * @see {@link writeLeaf}
 */
export interface WriteResult {
  readonly root: Digest;
  /** The nodes on the way to the new root that the write made; a store may have some of them already. */
  readonly nodes: ReadonlyMap<Digest, Node>;
  readonly transition: Transition;
}

/**
 * Writes `value` at `key`; 0 deletes. The tree is canonical before and after: every leaf sits at the
 * shallowest level at which its path is unique, so that one content has one root.
 * @throws {EntryRangeError} key or value are not the scheme's
 * @throws {MissingNodeError} the store lacks a node on the path, or the sibling of a deleted leaf
 * @throws {MalformedTreeError} the store's nodes do not make a canonical tree of the scheme
 *
 * @example
 * const written = await writeLeaf(db, db.scheme, root, 5n, 7n);
 * written.root; // of the tree in which key 5 has value 7
 */
export async function writeLeaf(
  reader: NodeReader,
  scheme: TreeScheme,
  root: Digest,
  key: bigint,
  value: bigint,
): Promise<WriteResult> {
  const { transitions, ...written } = await writeInTurn(reader, scheme, root, [{ key, value }]);
  return { ...written, transition: transitions[0]! };
}
