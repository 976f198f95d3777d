import type { Fr } from '../base/field/fr.js';
import { foldUp } from '../state/tree/fold.js';
import { readLane, writeLanes } from '../machine/trace/path-rules.js';
import type { Lane, PathHashes } from '../machine/trace/path-rules.js';
import type { KeyRow, ReadRow, Siblings, WriteRow } from '../machine/trace/trace.js';

/** A key's way through the tree, before and after, with the hash of every node on it. */
export interface DrawnPath {
  /** From the root down to the leaf, or the empty node, at which the path ends; 0 is the empty node. */
  readonly before: readonly Fr[];
  /** The same afterwards; equal to `before` for a key that is only read. */
  readonly after: readonly Fr[];
  /** Beside the path at each level of the longer of the two, see `Siblings`. */
  readonly siblings: Siblings;
  /** Tree key of the leaf of another key at which the shorter way ends, or both do; null if there is none. */
  readonly otherKey: Fr | null;
}

export function drawRead(hashes: PathHashes, key: KeyRow, row: ReadRow): DrawnPath {
  const lane = readLane(hashes, key, row);
  const nodes = nodesOf(hashes, key, lane);
  return { before: nodes, after: nodes, siblings: lane.siblings, otherKey: row.otherLeaf?.key ?? null };
}

export function drawWrite(hashes: PathHashes, key: KeyRow, row: WriteRow): DrawnPath {
  const { before, after } = writeLanes(hashes, key, row);
  const longer = before.siblings.length > after.siblings.length ? before : after;
  return {
    before: nodesOf(hashes, key, before),
    after: nodesOf(hashes, key, after),
    siblings: longer.siblings,
    otherKey: row.otherLeaf?.key ?? null,
  };
}

function nodesOf({ scheme }: PathHashes, { treeKey }: KeyRow, { siblings, end }: Lane): Fr[] {
  const upwards: Fr[] = [end];
  const put = (children: readonly Fr[]): Fr => {
    const digest = scheme.hashInner(children) as Fr;
    upwards.push(digest);
    return digest;
  };
  foldUp(put, scheme.bitsPerLevel, treeKey, siblings, end);
  return upwards.reverse();
}
