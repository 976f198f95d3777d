import { EMPTY } from './node.js';
import type { Digest, Entry, Inner, Leaf, Node } from './node.js';
import { withDigit } from './path.js';
import { leafAt, partition } from './scheme.js';
import type { TreeScheme } from './scheme.js';

/** A node of a tree that is being made: kept as it was, or not hashed yet. */
export type Draft = Kept | DraftLeaf | DraftInner;

interface Kept {
  readonly kind: 'kept';
  readonly digest: Digest;
}

/** An entry. How deep its leaf sits is known when the whole draft is settled. */
interface DraftLeaf {
  readonly kind: 'leaf';
  readonly entry: Entry;
  /** The leaf of this entry in the tree before, if there was one: where it sits has perhaps not changed its hash. */
  readonly was: Stored<Leaf> | null;
}

export interface DraftInner {
  readonly kind: 'inner';
  readonly children: Draft[];
  /** The node that stood there, if it was an inner one. */
  readonly was: Stored<Inner> | null;
  /** A key that leads through the node. */
  readonly path: bigint;
}

export interface Stored<N extends Node> {
  readonly digest: Digest;
  readonly node: N;
}

/** An inner node whose only child that is not empty was kept: if that is a leaf, it moves up. */
export interface LoneChild {
  readonly parent: DraftInner;
  readonly digit: number;
  readonly digest: Digest;
  /** The child's. */
  readonly level: number;
  /** A key that leads to the child. */
  readonly path: bigint;
}

export const keep = (digest: Digest): Kept => ({ kind: 'kept', digest });
export const draftLeaf = (entry: Entry, was: Stored<Leaf> | null = null): DraftLeaf => ({ kind: 'leaf', entry, was });

/** The canonical subtree of `leaves`, whose keys differ and lead to one place with `level` levels above it. */
export function arrange(scheme: TreeScheme, leaves: readonly DraftLeaf[], level: number): Draft {
  const [first] = leaves;
  if (first === undefined) return keep(EMPTY);
  if (leaves.length === 1) return first;
  const parts = partition(scheme, leaves, ({ entry }) => entry.key, level);
  const children = parts.map((part) => arrange(scheme, part, level + 1));
  return { kind: 'inner', children, was: null, path: first.entry.key };
}

const isEmpty = (draft: Draft): boolean => draft.kind === 'kept' && draft.digest === EMPTY;

/**
 * Takes out what deletes have left: inner nodes without children, and those with a lone leaf, which
 * moves up. Where the lone child was kept, so that it is not known whether it is a leaf, `lone` is told.
 */
export function settle(scheme: TreeScheme, draft: Draft, level: number, lone: (child: LoneChild) => void): Draft {
  if (draft.kind !== 'inner') return draft;
  const { children, was, path } = draft;
  children.forEach((child, digit) => {
    children[digit] = settle(scheme, child, level + 1, lone);
  });
  if (was !== null && children.every((child, i) => child.kind === 'kept' && child.digest === was.node.children[i])) {
    return keep(was.digest);
  }
  const digit = children.findIndex((child) => !isEmpty(child));
  const child = children[digit];
  if (child === undefined) return keep(EMPTY);
  if (children.some((other, i) => i !== digit && !isEmpty(other))) return draft;
  if (child.kind === 'leaf') return child;
  if (child.kind === 'kept') {
    const childPath = withDigit(path, level, scheme.bitsPerLevel, digit);
    lone({ parent: draft, digit, digest: child.digest, level: level + 1, path: childPath });
  }
  return draft;
}

/** Hashes a settled draft with `top` levels above it: its leaves together, then its inner nodes level by level from the bottom. */
export async function hashDraft(
  scheme: TreeScheme,
  draft: Draft,
  top = 0,
): Promise<{ readonly root: Digest; readonly nodes: ReadonlyMap<Digest, Node> }> {
  const digests = new Map<Draft, Digest>();
  const nodes = new Map<Digest, Node>();
  const leaves: DraftLeaf[] = [];
  const leafNodes: Leaf[] = [];
  const levels: DraftInner[][] = [];
  const hash = async (drafts: readonly Draft[], made: readonly Node[]): Promise<void> => {
    const hashes = await scheme.hashNodes(made);
    made.forEach((node, i) => {
      nodes.set(hashes[i]!, node);
      digests.set(drafts[i]!, hashes[i]!);
    });
  };

  collect(draft, top);
  await hash(leaves, leafNodes);
  for (const inners of levels.toReversed()) {
    await hash(
      inners,
      inners.map(({ children }) => ({ kind: 'inner', children: children.map(digestOf) })),
    );
  }
  return { root: digestOf(draft), nodes };

  function collect(place: Draft, level: number): void {
    switch (place.kind) {
      case 'kept':
        return;
      case 'leaf': {
        const node = leafAt(scheme, place.entry, level);
        if (place.was?.node.key === node.key) {
          digests.set(place, place.was.digest);
          return;
        }
        leaves.push(place);
        leafNodes.push(node);
        return;
      }
      case 'inner':
        (levels[level - top] ??= []).push(place);
        for (const child of place.children) collect(child, level + 1);
    }
  }

  function digestOf(place: Draft): Digest {
    return place.kind === 'kept' ? place.digest : digests.get(place)!;
  }
}
