import { EMPTY } from './node.js';
import type { Digest, Entry, Inner, Leaf } from './node.js';
import { digitAt, shareLevels } from './path.js';
import { arityOf, checkKey, levelsOf } from './scheme.js';
import type { TreeScheme } from './scheme.js';
import { MalformedTreeError, readNode, readNodes } from './store.js';
import type { NodePlace, NodeReader } from './store.js';

/**
 * `siblings[l]` are the `2^b - 1` siblings at level `l` (0 = the root's children), in the order of
 * their digits, the path's own digit left out.
 */
export type Siblings = readonly (readonly Digest[])[];

/**
 * Where a path ends: at nothing, or at a leaf, which may be another key's.
 * @see {@link valueAt}
 */
export type PathEnd = { readonly kind: 'empty' } | { readonly kind: 'leaf'; readonly leaf: Entry };

/**
 * From the root as far as a key leads: a Merkle proof of the key's value, or of its absence.
 * @see {@link valueAt}
 */
export interface ReadPath {
  readonly siblings: Siblings;
  readonly end: PathEnd;
}

/** A path as a store has it. */
export interface FoundPath extends ReadPath {
  /** Of the node at the end. */
  readonly digest: Digest;
}

/**
 * The value that a path shows for `key`; 0 is absent.
 *
 * @example
 * const path = await readPath(db, db.scheme, root, 5n);
 * valueAt(path, 5n); // 0n if there is no leaf of key 5
 */
export const valueAt = (path: ReadPath, key: bigint): bigint =>
  path.end.kind === 'leaf' && path.end.leaf.key === key ? path.end.leaf.value : 0n;

/** The leaf of another key at which the path of `key` ends, if it does. */
export const otherLeafAt = (path: ReadPath, key: bigint): Entry | null =>
  path.end.kind === 'leaf' && path.end.leaf.key !== key ? path.end.leaf : null;

/**
 * Follows `key` down from `root`.
 * @throws {EntryRangeError} the key is not one of the scheme's
 * @throws {MissingNodeError} the store lacks a node on the path
 * @throws {MalformedTreeError} the store's nodes do not make a canonical tree of the scheme
 *
 * @example
 * const path = await readPath(db, db.scheme, root, treeKey(entry));
 * verifyPath(db.scheme, root, treeKey(entry), db.scheme.leafValue(100n), path).valid;
 */
export async function readPath(reader: NodeReader, scheme: TreeScheme, root: Digest, key: bigint): Promise<FoundPath> {
  checkKey(scheme, key);
  const siblings: Digest[][] = [];
  let digest = root;
  while (digest !== EMPTY) {
    const place = { key, level: siblings.length };
    const node = await readNode(reader, digest, place);
    if (node.kind === 'leaf') {
      const alone = siblings.at(-1)?.every((sibling) => sibling === EMPTY) ?? false;
      return { siblings, end: { kind: 'leaf', leaf: entryOf(scheme, node, place, alone) }, digest };
    }
    const children = childrenOf(scheme, node, place);
    const digit = digitAt(key, place.level, scheme.bitsPerLevel);
    siblings.push(children.toSpliced(digit, 1));
    digest = children[digit] as Digest;
  }
  return { siblings, end: { kind: 'empty' }, digest };
}

const ZERO_CODE = '0'.charCodeAt(0);

/**
 * A node on the paths of some of the keys: those whose indices stand in one list from `from` to before `to`, at least
 * one.
 */
interface Crossing {
  readonly digest: Digest;
  /** Is the node the only child of the one above? */
  readonly alone: boolean;
  readonly from: number;
  readonly to: number;
}

/**
 * Does what `readPath` does for many keys, in order, but reads the nodes of a level together and each node once.
 *
 * @example
 * const [path] = await readPaths(db, db.scheme, root, [treeKey(entry)]);
 */
export async function readPaths(
  reader: NodeReader,
  scheme: TreeScheme,
  root: Digest,
  keys: readonly bigint[],
): Promise<FoundPath[]> {
  for (const key of keys) checkKey(scheme, key);
  const arity = arityOf(scheme);
  // A character a digit, the last one the root's: taken out many times over faster than from a number.
  const written = keys.map((key) => key.toString(arity));
  const digitOf = (member: number, level: number): number =>
    level < written[member]!.length ? written[member]!.charCodeAt(written[member]!.length - 1 - level) - ZERO_CODE : 0;
  const siblings = keys.map((): (readonly Digest[])[] => []);
  const ends = keys.map((): Pick<FoundPath, 'end' | 'digest'> => ({ end: { kind: 'empty' }, digest: EMPTY }));
  /** Indices of keys; those that lead to one node stand together. */
  const members = [...keys.keys()];
  let crossings: Crossing[] =
    root === EMPTY || keys.length === 0 ? [] : [{ digest: root, alone: false, from: 0, to: keys.length }];
  for (let level = 0; crossings.length > 0; level++) {
    const placeOf = ({ from }: Crossing): NodePlace => ({ key: keys[members[from]!]!, level });
    const here = crossings;
    const nodes = await readNodes(
      reader,
      here.map(({ digest }) => digest),
      (i) => placeOf(here[i]!),
    );
    crossings = [];
    for (const [i, crossing] of here.entries()) {
      const node = nodes[i]!;
      if (node.kind === 'leaf') {
        const leaf = entryOf(scheme, node, placeOf(crossing), crossing.alone);
        const end = { end: { kind: 'leaf', leaf }, digest: crossing.digest } as const;
        for (let at = crossing.from; at < crossing.to; at++) ends[members[at]!] = end;
      } else {
        cross(childrenOf(scheme, node, placeOf(crossing)), crossing, level);
      }
    }
  }
  return keys.map((_, i) => ({ siblings: siblings[i]!, ...ends[i]! }));

  /** Takes each member of a crossing one level on. */
  function cross(children: readonly Digest[], { from, to }: Crossing, level: number): void {
    const alone = isSole(children);
    for (let digit = 0, start = from; start < to; digit++) {
      const end = bringForward(digit, level, start, to);
      if (end === start) continue;
      const row = children.toSpliced(digit, 1);
      for (let at = start; at < end; at++) siblings[members[at]!]!.push(row);
      if (children[digit] !== EMPTY) crossings.push({ digest: children[digit]!, alone, from: start, to: end });
      start = end;
    }
  }

  /** Puts the members with a digit first among those from `start` to before `to`. @returns where they end */
  function bringForward(digit: number, level: number, start: number, to: number): number {
    let end = start;
    for (let at = start; at < to; at++) {
      const member = members[at]!;
      if (digitOf(member, level) !== digit) continue;
      members[at] = members[end]!;
      members[end++] = member;
    }
    return end;
  }
}

/** Is exactly one of an inner node's children not empty? In a canonical tree it is an inner node then, too. */
export const isSole = (children: readonly Digest[]): boolean =>
  children.filter((digest) => digest !== EMPTY).length === 1;

/**
 * @param alone is the leaf the only child of the node above?
 * @throws {MalformedTreeError} there is no such leaf at `place` in a canonical tree of the scheme
 */
export function entryOf(scheme: TreeScheme, node: Leaf, place: NodePlace, alone: boolean): Entry {
  const leaf: Entry = { key: scheme.wholeKey(node.key, place.level, place.key), value: node.value };
  if (!shareLevels(leaf.key, place.key, place.level, scheme.bitsPerLevel)) {
    throw new MalformedTreeError(`leaf of key ${leaf.key} is where its key does not lead`, place);
  }
  if (leaf.value === 0n) throw new MalformedTreeError(`leaf of key ${leaf.key} has value 0`, place);
  if (alone) throw new MalformedTreeError(`leaf of key ${leaf.key} is deeper than its path needs`, place);
  return leaf;
}

/** @throws {MalformedTreeError} there is no such inner node at `place` in a tree of the scheme */
export function childrenOf(scheme: TreeScheme, { children }: Inner, place: NodePlace): readonly Digest[] {
  if (children.length !== arityOf(scheme) || place.level >= levelsOf(scheme)) {
    throw new MalformedTreeError(
      `expected an inner node of ${arityOf(scheme)} children above level ${levelsOf(scheme)}, ` +
        `got one with ${children.length}`,
      place,
    );
  }
  if (children.every((digest) => digest === EMPTY))
    throw new MalformedTreeError('an inner node has no children', place);
  return children;
}
