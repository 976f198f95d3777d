import { arrange, draftLeaf, hashDraft, keep, settle } from './draft.js';
import type { Draft, LoneChild } from './draft.js';
import { EMPTY } from './node.js';
import type { Digest, Entry, Inner, Leaf, Node } from './node.js';
import { childrenOf, entryOf, isSole } from './read.js';
import { checkKey, checkValue, partition } from './scheme.js';
import type { TreeScheme } from './scheme.js';
import { readNodes } from './store.js';
import type { NodePlace, NodeReader } from './store.js';

/** A tree after many writes. The tree before them does not change. */
export interface WriteManyResult {
  readonly root: Digest;
  /** The nodes of the new tree that the writes made; a store may have some of them already. */
  readonly nodes: ReadonlyMap<Digest, Node>;
  /** Present leaves after the writes, less those before. */
  readonly entriesDelta: number;
}

/** A place that writes lead to, in the tree before them. */
interface Open {
  readonly digest: Digest;
  /** Key and new value; 0 deletes. At least one. */
  readonly changes: readonly Entry[];
  /** Is the node there the only child of its parent? */
  readonly alone: boolean;
  /** Where the new node belongs: the children of the one above, and which of them. */
  readonly siblings: Draft[];
  readonly digit: number;
}

/**
 * Writes a value at each key of `changes`; 0 deletes. The result is the same as with `writeLeaf` one by one, in any
 * order. Reads the nodes of a level together and hashes each new node once.
 * @throws {EntryRangeError} a key or value is not the scheme's
 * @throws {MissingNodeError} the store lacks a node on a path, or the sibling that a delete leaves alone
 * @throws {MalformedTreeError} the store's nodes do not make a canonical tree of the scheme
 *
 * @example
 * const written = await writeMany(db, db.scheme, root, new Map([[5n, 7n], [6n, 0n]])); // 0n deletes
 */
export async function writeMany(
  reader: NodeReader,
  scheme: TreeScheme,
  root: Digest,
  changes: ReadonlyMap<bigint, bigint>,
): Promise<WriteManyResult> {
  const entries = [...changes].map(([key, value]): Entry => ({ key, value }));
  for (const { key, value } of entries) {
    checkKey(scheme, key);
    checkValue(scheme, value);
  }
  const top: Draft[] = [keep(root)];
  let entriesDelta = 0;
  let open: Open[] =
    entries.length === 0 ? [] : [{ digest: root, changes: entries, alone: false, siblings: top, digit: 0 }];
  for (let level = 0; open.length > 0; level++) {
    const below: Open[] = [];
    const taken = open.filter(({ digest }) => digest !== EMPTY);
    const nodes = await readNodes(
      reader,
      taken.map(({ digest }) => digest),
      (i) => ({ key: pathOf(taken[i]!), level }),
    );
    let next = 0;
    for (const place of open) {
      const node = place.digest === EMPTY ? null : nodes[next++]!;
      if (node?.kind === 'inner') below.push(...goDown(scheme, place, node, level));
      else entriesDelta += writeEnd(scheme, place, node, level);
    }
    open = below;
  }
  const draft = await settleWith(reader, scheme, top[0]!);
  return { ...(await hashDraft(scheme, draft)), entriesDelta };
}

const pathOf = ({ changes }: Open): bigint => changes[0]!.key;

/** Puts an inner node's draft in its place, and opens those of its children that changes lead to. */
function goDown(scheme: TreeScheme, place: Open, node: Inner, level: number): Open[] {
  const path = pathOf(place);
  const digests = childrenOf(scheme, node, { key: path, level });
  const children = digests.map<Draft>(keep);
  place.siblings[place.digit] = { kind: 'inner', children, was: { digest: place.digest, node }, path };
  const alone = isSole(digests);
  return partition(scheme, place.changes, ({ key }) => key, level).flatMap((changes, digit) =>
    changes.length === 0 ? [] : [{ digest: digests[digit]!, changes, alone, siblings: children, digit }],
  );
}

/**
 * Puts in its place what changes make of a leaf, or of nothing.
 * @returns by how many leaves that is more
 */
function writeEnd(scheme: TreeScheme, place: Open, node: Leaf | null, level: number): number {
  const { digest, changes, alone, siblings } = place;
  const at = { key: pathOf(place), level };
  const held = node && entryOf(scheme, node, at, alone);
  const heldAfter = held && (changes.find(({ key }) => key === held.key)?.value ?? held.value);
  const stays = held !== null && heldAfter === held.value;
  const leaves = changes
    .filter(({ key, value }) => value !== 0n && !(stays && key === held.key))
    .map((entry) => draftLeaf(entry));
  if (stays && leaves.length === 0) return 0;
  if (stays) leaves.push(draftLeaf(held, { digest, node: node! }));
  siblings[place.digit] = arrange(scheme, leaves, level);
  return leaves.length - (held === null ? 0 : 1);
}

/** Settles a draft, with a look at all the children at once that stay alone: those that are leaves move up. */
async function settleWith(reader: NodeReader, scheme: TreeScheme, draft: Draft): Promise<Draft> {
  const lone: LoneChild[] = [];
  const settled = settle(scheme, draft, 0, (child) => lone.push(child));
  const placeOf = ({ path, level }: LoneChild): NodePlace => ({ key: path, level });
  const nodes = await readNodes(
    reader,
    lone.map(({ digest }) => digest),
    (i) => placeOf(lone[i]!),
  );
  for (const [i, child] of lone.entries()) {
    const node = nodes[i]!;
    if (node.kind === 'inner') continue;
    const entry = entryOf(scheme, node, placeOf(child), false);
    child.parent.children[child.digit] = draftLeaf(entry, { digest: child.digest, node });
  }
  return nodes.some(({ kind }) => kind === 'leaf') ? settle(scheme, settled, 0, () => {}) : settled;
}
