import { digestOf, draftInner, draftLeaf, hashDrafts, isEmpty, keep, moveLeaf } from './draft.js';
import type { Draft, DraftLeaf } from './draft.js';
import { EMPTY } from './node.js';
import { foldUp } from './fold.js';
import type { Digest, Entry, Node } from './node.js';
import { openLeaf, openPaths } from './open.js';
import { digitAt, partingLevel, withDigit } from './path.js';
import { childrenOf } from './read.js';
import type { Siblings } from './read.js';
import { arityOf, checkEntry } from './scheme.js';
import type { TreeScheme } from './scheme.js';
import { nodesUnder, readNode } from './store.js';
import type { NodeReader } from './store.js';
import type { Transition } from './transition.js';

/** A tree after writes, and what each of them did. The tree before them does not change. */
export interface WriteInTurnResult {
  readonly root: Digest;
  /** The nodes of the new tree that the writes made; a store may have some of them already. */
  readonly nodes: ReadonlyMap<Digest, Node>;
  /** In the order of the writes. */
  readonly transitions: readonly Transition[];
}

/** A write whose siblings are not hashed yet. */
interface Written {
  readonly after: Draft;
  readonly siblings: readonly (readonly Draft[])[];
  readonly transition: (siblings: Siblings) => Transition;
  /** What else the transition shows. */
  readonly shown?: readonly Draft[];
}

/**
 * Writes the value at each key, one after another; 0 deletes. Hashes in the end, level by level, each node once that a
 * transition or the new tree shows. Of a node's versions in between these are the fewer, the nearer writes of
 * neighbouring paths stand together.
 * @throws {EntryRangeError} a key or value is not the scheme's
 * @throws {MissingNodeError} the store lacks a node on a path, or the sibling of a deleted leaf
 * @throws {MalformedTreeError} the store's nodes do not make a canonical tree of the scheme
 *
 * @example
 * const { transitions } = await writeInTurn(db, db.scheme, root, [{ key: 5n, value: 7n }, { key: 6n, value: 0n }]);
 */
export async function writeInTurn(
  reader: NodeReader,
  scheme: TreeScheme,
  root: Digest,
  writes: readonly Entry[],
): Promise<WriteInTurnResult> {
  for (const { key, value } of writes) checkEntry(scheme, key, value);
  const keys = writes.map(({ key }) => key);
  let top = await openPaths(reader, scheme, root, keys);
  const steps: Written[] = [];
  for (const entry of writes) {
    const step = await write(reader, scheme, top, entry);
    steps.push(step);
    top = step.after;
  }
  const shown = steps.flatMap((step) => [...step.siblings.flat(), ...(step.shown ?? [])]);
  const hashed = await hashDrafts(scheme, [...shown, top]);
  return {
    root: digestOf(top),
    nodes: nodesUnder(digestOf(top), hashed),
    transitions: steps.map(({ siblings, transition }) => transition(siblings.map((level) => level.map(digestOf)))),
  };
}

async function write(reader: NodeReader, scheme: TreeScheme, top: Draft, entry: Entry): Promise<Written> {
  const { key, value } = entry;
  const siblings: Draft[][] = [];
  let end = top;
  while (end.kind === 'inner') {
    const digit = digitAt(key, siblings.length, scheme.bitsPerLevel);
    siblings.push(end.children.toSpliced(digit, 1));
    end = end.children[digit]!;
  }
  const held = end.kind === 'leaf' ? end : null;
  if (held?.entry.key === key) {
    return value === 0n
      ? remove(scheme, siblings, held.entry, await soleSibling(reader, scheme, siblings, key))
      : replace(scheme, siblings, entry, held.entry.value);
  }
  const otherLeaf = held && held.entry;
  if (value === 0n) {
    return { after: top, siblings, transition: (hashes) => ({ kind: 'nothing', siblings: hashes, otherLeaf }) };
  }
  return held === null ? createAtEmpty(scheme, siblings, entry) : createBesideLeaf(scheme, siblings, entry, held);
}

function replace(scheme: TreeScheme, siblings: Draft[][], entry: Entry, oldValue: bigint): Written {
  const after = treeOver(scheme, entry.key, siblings, draftLeaf(scheme, entry, siblings.length));
  return { after, siblings, transition: (hashes) => ({ kind: 'update', siblings: hashes, oldValue }) };
}

function createAtEmpty(scheme: TreeScheme, siblings: Draft[][], entry: Entry): Written {
  const after = treeOver(scheme, entry.key, siblings, draftLeaf(scheme, entry, siblings.length));
  return { after, siblings, transition: (hashes) => ({ kind: 'createAtEmpty', siblings: hashes }) };
}

function createBesideLeaf(scheme: TreeScheme, siblings: Draft[][], entry: Entry, held: DraftLeaf): Written {
  const bits = scheme.bitsPerLevel;
  const otherLeaf = held.entry;
  const parting = partingLevel(entry.key, otherLeaf.key, bits);
  const noChildren = Array.from({ length: arityOf(scheme) }, () => keep(EMPTY));
  const partingRow = noChildren
    .with(digitAt(otherLeaf.key, parting, bits), moveLeaf(scheme, held, parting + 1))
    .toSpliced(digitAt(entry.key, parting, bits), 1);
  const extension = parting + 1 - siblings.length;
  const longer = [...siblings, ...Array.from({ length: extension - 1 }, () => noChildren.slice(1)), partingRow];
  return {
    after: treeOver(scheme, entry.key, longer, draftLeaf(scheme, entry, parting + 1)),
    siblings,
    transition: (hashes) => ({ kind: 'createBesideLeaf', siblings: hashes, extension, otherLeaf }),
  };
}

/** The node that deleting the leaf below `siblings` would leave alone; null if it leaves several, or nothing. */
async function soleSibling(
  reader: NodeReader,
  scheme: TreeScheme,
  siblings: Draft[][],
  key: bigint,
): Promise<DraftLeaf | readonly Draft[] | null> {
  const bits = scheme.bitsPerLevel;
  const level = siblings.length;
  const row = siblings.at(-1) ?? [];
  const [sole, another] = row.filter((sibling) => !isEmpty(sibling));
  if (sole === undefined || another !== undefined) return null;
  if (sole.kind === 'leaf') return sole;
  if (sole.kind === 'inner') return sole.children;
  const index = row.indexOf(sole);
  const siblingPath = withDigit(key, level - 1, bits, index < digitAt(key, level - 1, bits) ? index : index + 1);
  const place = { key: siblingPath, level };
  const node = await readNode(reader, sole.digest, place);
  return node.kind === 'leaf'
    ? openLeaf(scheme, sole.digest, node, place, false)
    : childrenOf(scheme, node, place).map(keep);
}

/** @param sole the leaf that is left alone, or an inner node's children */
function remove(
  scheme: TreeScheme,
  siblings: Draft[][],
  { key, value: oldValue }: Entry,
  sole: DraftLeaf | readonly Draft[] | null,
): Written {
  if (sole !== null && 'kind' in sole) {
    // The levels right above that have no other node would hold the lone leaf deeper than it need be.
    const stop = siblings.slice(0, -1).findLastIndex((row) => !row.every(isEmpty)) + 1;
    const shared = siblings.slice(0, stop);
    const extension = siblings.length - stop;
    const otherLeaf = sole.entry;
    return {
      after: treeOver(scheme, otherLeaf.key, shared, moveLeaf(scheme, sole, stop)),
      siblings: shared,
      transition: (hashes) => ({ kind: 'deleteAndLift', siblings: hashes, extension, otherLeaf, oldValue }),
    };
  }
  return {
    after: treeOver(scheme, key, siblings, keep(EMPTY)),
    siblings,
    shown: sole ?? [],
    transition: (hashes) => ({
      kind: 'delete',
      siblings: hashes,
      oldValue,
      siblingChildren: sole && sole.map(digestOf),
    }),
  };
}

/** The tree in which `end` stands below all levels of `siblings`, on the path of `key`. */
const treeOver = (scheme: TreeScheme, key: bigint, siblings: readonly (readonly Draft[])[], end: Draft): Draft =>
  foldUp(draftInner, scheme.bitsPerLevel, key, siblings, end);
