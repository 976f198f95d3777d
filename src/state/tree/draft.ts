import { EMPTY } from './node.js';
import type { Digest, Entry, Leaf, Node } from './node.js';
import { leafAt, partition } from './scheme.js';
import type { TreeScheme } from './scheme.js';

/**
 * A node of a tree that is being made. Its hash is known from the start, or comes with `hashDrafts`. A kept child may
 * be opened, as leaf or inner node; nothing else about a draft changes, so that trees share drafts as they share nodes.
 */
export type Draft = Kept | DraftLeaf | DraftInner;

/** A node that was there before and is not looked into, or the empty one. */
interface Kept {
  readonly kind: 'kept';
  readonly digest: Digest;
}

export interface DraftLeaf {
  readonly kind: 'leaf';
  readonly entry: Entry;
  /** The entry as it is hashed where it sits. */
  readonly node: Leaf;
  /** Null until the leaf is hashed. */
  digest: Digest | null;
}

export interface DraftInner {
  readonly kind: 'inner';
  readonly children: Draft[];
  /** Hashes that have to be computed one after another until the node's is known. */
  readonly height: number;
  /** Null until the node is hashed. */
  digest: Digest | null;
}

export const keep = (digest: Digest): Draft => ({ kind: 'kept', digest });

/** A new leaf with `level` levels above it. */
export const draftLeaf = (scheme: TreeScheme, entry: Entry, level: number): DraftLeaf => ({
  kind: 'leaf',
  entry,
  node: leafAt(scheme, entry, level),
  digest: null,
});

/** A new inner node. */
export function draftInner(children: Draft[]): DraftInner {
  let height = 0;
  for (const child of children) height = Math.max(height, heightOf(child));
  return { kind: 'inner', children, height: 1 + height, digest: null };
}

function heightOf(draft: Draft): number {
  if (draft.digest !== null) return 0;
  return draft.kind === 'inner' ? draft.height : 1;
}

/** The leaf, with `level` levels above it: the same if its hash does not depend on them. */
export function moveLeaf(scheme: TreeScheme, leaf: DraftLeaf, level: number): DraftLeaf {
  const moved = draftLeaf(scheme, leaf.entry, level);
  return moved.node.key === leaf.node.key ? leaf : moved;
}

export const isEmpty = (draft: Draft): boolean => draft.digest === EMPTY;

/** The hash of a draft that is hashed. */
export const digestOf = ({ digest }: Draft): Digest => digest!;

/** The canonical subtree of leaves, whose keys differ and lead to one place with `level` levels above it. */
export function arrange(scheme: TreeScheme, leaves: readonly DraftLeaf[], level: number): Draft {
  const [first] = leaves;
  if (first === undefined) return keep(EMPTY);
  if (leaves.length === 1) return moveLeaf(scheme, first, level);
  const parts = partition(scheme, leaves, ({ entry }) => entry.key, level);
  return draftInner(parts.map((part) => arrange(scheme, part, level + 1)));
}

/**
 * Hashes drafts and all below them, each node once: first those that wait for no other, together, then those that wait
 * for these, and so on.
 * @returns the nodes that were hashed
 */
export async function hashDrafts(scheme: TreeScheme, drafts: Iterable<Draft>): Promise<ReadonlyMap<Digest, Node>> {
  const layers: Set<DraftLeaf | DraftInner>[] = [];
  for (const draft of drafts) collect(draft);
  const nodes = new Map<Digest, Node>();
  for (const layer of layers) {
    const made = Array.from(layer, nodeOf);
    const digests = await scheme.hashNodes(made);
    let next = 0;
    for (const draft of layer) {
      draft.digest = digests[next]!;
      nodes.set(draft.digest, made[next++]!);
    }
  }
  return nodes;

  function collect(draft: Draft): void {
    if (draft.kind === 'kept' || draft.digest !== null) return;
    const layer = (layers[heightOf(draft) - 1] ??= new Set());
    if (layer.has(draft)) return;
    layer.add(draft);
    if (draft.kind === 'inner') draft.children.forEach(collect);
  }
}

const nodeOf = (draft: DraftLeaf | DraftInner): Node =>
  draft.kind === 'leaf' ? draft.node : { kind: 'inner', children: draft.children.map(digestOf) };
