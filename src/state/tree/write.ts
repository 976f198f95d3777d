import { foldUp, NewNodes } from './fold.js';
import { EMPTY } from './node.js';
import type { Digest, Entry, Inner, Node } from './node.js';
import { digitAt, partingLevel, withDigit } from './path.js';
import { otherLeafAt, readPath, valueAt } from './read.js';
import type { ReadPath, Siblings } from './read.js';
import { arityOf, checkValue, leafAt } from './scheme.js';
import type { TreeScheme } from './scheme.js';
import { readNode } from './store.js';
import type { NodeReader } from './store.js';
import type { Transition } from './transition.js';

/** A tree after a write. The tree before it does not change. */
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
  checkValue(scheme, value);
  const path = await readPath(reader, scheme, root, key);
  const entry: Entry = { key, value };
  const oldValue = valueAt(path, key);
  const otherLeaf = otherLeafAt(path, key);
  if (oldValue !== 0n) {
    return value === 0n
      ? remove(scheme, path, { key, value: oldValue }, await soleSibling(reader, scheme, path, key))
      : update(scheme, path, entry, oldValue);
  }
  if (value === 0n) {
    return { root, nodes: new Map(), transition: { kind: 'nothing', siblings: path.siblings, otherLeaf } };
  }
  return otherLeaf ? createBesideLeaf(scheme, path, entry, otherLeaf) : createAtEmpty(scheme, path, entry);
}

function update(scheme: TreeScheme, { siblings }: ReadPath, entry: Entry, oldValue: bigint): WriteResult {
  return replaceEnd(scheme, siblings, entry, { kind: 'update', siblings, oldValue });
}

function createAtEmpty(scheme: TreeScheme, { siblings }: ReadPath, entry: Entry): WriteResult {
  return replaceEnd(scheme, siblings, entry, { kind: 'createAtEmpty', siblings });
}

function createBesideLeaf(scheme: TreeScheme, { siblings }: ReadPath, entry: Entry, otherLeaf: Entry): WriteResult {
  const bits = scheme.bitsPerLevel;
  const parting = partingLevel(entry.key, otherLeaf.key, bits);
  const made = new NewNodes(scheme);
  const other = made.put(leafAt(scheme, otherLeaf, parting + 1));
  const own = made.put(leafAt(scheme, entry, parting + 1));
  const noChildren = Array.from({ length: arityOf(scheme) }, () => EMPTY);
  const emptyRow = noChildren.slice(1);
  const partingRow = noChildren
    .with(digitAt(otherLeaf.key, parting, bits), other)
    .toSpliced(digitAt(entry.key, parting, bits), 1);
  const extension = parting + 1 - siblings.length;
  const longer = [...siblings, ...Array.from({ length: extension - 1 }, () => emptyRow), partingRow];
  return finish(made, entry.key, longer, own, { kind: 'createBesideLeaf', siblings, extension, otherLeaf });
}

/** The node that deleting the leaf at the path's end would leave alone: `none` if it leaves several, or nothing. */
type Sole = { readonly kind: 'none' } | Inner | { readonly kind: 'leaf'; readonly leaf: Entry };

async function soleSibling(reader: NodeReader, scheme: TreeScheme, path: ReadPath, key: bigint): Promise<Sole> {
  const bits = scheme.bitsPerLevel;
  const level = path.siblings.length;
  const row = path.siblings.at(-1);
  if (!row) return { kind: 'none' };
  const [digest, another] = row.filter((sibling) => sibling !== EMPTY);
  if (digest === undefined || another !== undefined) return { kind: 'none' };
  const index = row.indexOf(digest);
  const siblingPath = withDigit(key, level - 1, bits, index < digitAt(key, level - 1, bits) ? index : index + 1);
  const node = await readNode(reader, digest, { key: siblingPath, level });
  return node.kind === 'inner'
    ? node
    : { kind: 'leaf', leaf: { key: scheme.wholeKey(node.key, level, siblingPath), value: node.value } };
}

function remove(scheme: TreeScheme, { siblings }: ReadPath, { key, value: oldValue }: Entry, sole: Sole): WriteResult {
  if (sole.kind === 'leaf') {
    // The levels right above that have no other node would hold the lone leaf deeper than it need be.
    const stop = siblings.slice(0, -1).findLastIndex((row) => row.some((digest) => digest !== EMPTY)) + 1;
    const shared = siblings.slice(0, stop);
    const extension = siblings.length - stop;
    const transition = { kind: 'deleteAndLift', siblings: shared, extension, otherLeaf: sole.leaf, oldValue } as const;
    return replaceEnd(scheme, shared, sole.leaf, transition);
  }
  const siblingChildren = sole.kind === 'inner' ? sole.children : null;
  const transition = { kind: 'delete', siblings, oldValue, siblingChildren } as const;
  return finish(new NewNodes(scheme), key, siblings, EMPTY, transition);
}

/** The leaf of `entry` stands below all levels of `siblings`. */
function replaceEnd(scheme: TreeScheme, siblings: Siblings, entry: Entry, transition: Transition): WriteResult {
  const made = new NewNodes(scheme);
  const leaf = made.put(leafAt(scheme, entry, siblings.length));
  return finish(made, entry.key, siblings, leaf, transition);
}

function finish(made: NewNodes, key: bigint, siblings: Siblings, digest: Digest, transition: Transition): WriteResult {
  const root = foldUp((node) => made.put(node), made.scheme.bitsPerLevel, key, siblings, digest);
  return { root, nodes: made.nodes, transition };
}
