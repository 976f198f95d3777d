import { arrange, digestOf, draftInner, draftLeaf, hashDrafts, isEmpty, keep, moveLeaf } from './draft.js';
import type { Draft, DraftInner, DraftLeaf } from './draft.js';
import { EMPTY } from './node.js';
import type { Digest, Entry, Node } from './node.js';
import { openLeaf, openPaths } from './open.js';
import { withDigit } from './path.js';
import { checkEntry, partition } from './scheme.js';
import type { TreeScheme } from './scheme.js';
import { readNodes } from './store.js';
import type { NodePlace, NodeReader } from './store.js';

/**
 * A tree after many writes. The tree before them does not change.
 * @see {@link writeMany}
 */
export interface WriteManyResult {
  readonly root: Digest;
  /** The nodes of the new tree that the writes made; a store may have some of them already. */
  readonly nodes: ReadonlyMap<Digest, Node>;
  /** Present leaves after the writes, less those before. */
  readonly entriesDelta: number;
}

/** A kept child that changes leave alone below its parent: if it is a leaf, it moves up. */
interface LoneChild {
  readonly parent: DraftInner;
  readonly digit: number;
  readonly place: NodePlace;
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
  for (const { key, value } of entries) checkEntry(scheme, key, value);
  const before = await openPaths(reader, scheme, root, [...changes.keys()]);
  const lone: LoneChild[] = [];
  let made = write(scheme, before, entries, (child) => lone.push(child));
  if (await openLeaves(reader, scheme, lone)) made = write(scheme, before, entries, () => {});
  const nodes = await hashDrafts(scheme, [made.after]);
  return { root: digestOf(made.after), nodes, entriesDelta: made.entriesDelta };
}

/** Opens, all at once, those of the children that are leaves. @returns whether there are any */
async function openLeaves(reader: NodeReader, scheme: TreeScheme, lone: readonly LoneChild[]): Promise<boolean> {
  const digests = lone.map(({ parent, digit }) => digestOf(parent.children[digit]!));
  const nodes = await readNodes(reader, digests, (i) => lone[i]!.place);
  for (const [i, { parent, digit, place }] of lone.entries()) {
    const node = nodes[i]!;
    if (node.kind === 'leaf') parent.children[digit] = openLeaf(scheme, digests[i]!, node, place, false);
  }
  return nodes.some(({ kind }) => kind === 'leaf');
}

/** What the changes make of a tree that is open where they lead; `tellLone` is told what has to be looked at. */
function write(
  scheme: TreeScheme,
  before: Draft,
  entries: readonly Entry[],
  tellLone: (child: LoneChild) => void,
): { readonly after: Draft; readonly entriesDelta: number } {
  let entriesDelta = 0;
  return { after: entries.length === 0 ? before : changed(before, entries, 0), entriesDelta };

  /** `changes` lead to the draft, which has `level` levels above it; at least one. */
  function changed(draft: Draft, changes: readonly Entry[], level: number): Draft {
    if (draft.kind !== 'inner') return changedEnd(draft, changes, level);
    const parts = partition(scheme, changes, ({ key }) => key, level);
    const children = draft.children.map((child, digit) =>
      parts[digit]!.length === 0 ? child : changed(child, parts[digit]!, level + 1),
    );
    if (children.every((child, digit) => child === draft.children[digit])) return draft;
    const digit = children.findIndex((child) => !isEmpty(child));
    const child = children[digit];
    if (child === undefined) return keep(EMPTY);
    if (children.every((other, i) => i === digit || isEmpty(other))) {
      if (child.kind === 'leaf') return moveLeaf(scheme, child, level);
      const key = withDigit(changes[0]!.key, level, scheme.bitsPerLevel, digit);
      if (child.kind === 'kept') tellLone({ parent: draft, digit, place: { key, level: level + 1 } });
    }
    return draftInner(children);
  }

  /** What changes make of a leaf, or of nothing. */
  function changedEnd(end: Draft, changes: readonly Entry[], level: number): Draft {
    const held = end.kind === 'leaf' ? end : null;
    const overwrite = held && changes.find(({ key }) => key === held.entry.key);
    const stays = held !== null && (overwrite?.value ?? held.entry.value) === held.entry.value;
    const leaves = changes
      .filter((change) => change.value !== 0n && !(stays && change === overwrite))
      .map((entry): DraftLeaf => draftLeaf(scheme, entry, level));
    if (leaves.length === 0 && (stays || held === null)) return end;
    if (stays) leaves.push(held);
    entriesDelta += leaves.length - (held === null ? 0 : 1);
    return arrange(scheme, leaves, level);
  }
}
