import { type Digest, EMPTY, type Entry, type Inner, type Leaf } from './node.js';
import { digitAt, shareLevels } from './path.js';
import { arityOf, checkKey, levelsOf, type TreeScheme } from './scheme.js';
import { MalformedTreeError, type NodePlace, type NodeReader, readNode, readNodes } from './store.js';

/**
 * `siblings[l]` are the `2^b - 1` siblings at level `l` (0 = the root's children), in the order of
 * their digits, the path's own digit left out.
 */
export type Siblings = readonly (readonly Digest[])[];

/** Where a path ends: at nothing, or at a leaf, which may be another key's. */
export type PathEnd = { readonly kind: 'empty' } | { readonly kind: 'leaf'; readonly leaf: Entry };

/** From the root as far as a key leads: a Merkle proof of the key's value, or of its absence. */
export interface ReadPath {
  readonly siblings: Siblings;
  readonly end: PathEnd;
}

/** A path as a store has it. */
export interface FoundPath extends ReadPath {
  /** Of the node at the end. */
  readonly digest: Digest;
}

/** The value that a path shows for `key`; 0 is absent. */
export const valueAt = (path: ReadPath, key: bigint): bigint =>
  path.end.kind === 'leaf' && path.end.leaf.key === key ? path.end.leaf.value : 0n;

/** The leaf of another key at which the path of `key` ends, if it does. */
export const otherLeafAt = (path: ReadPath, key: bigint): Entry | null =>
  path.end.kind === 'leaf' && path.end.leaf.key !== key ? path.end.leaf : null;

/**
 * Follows `key` down from `root`.
 * @throws {EntryRangeError} the key is not one of the scheme's
 * @throws {MissingNodeError} the store lacks a node on the path
 * @throws {MalformedTreeError} the store's nodes do not make a tree of the scheme
 */
export async function readPath(
  reader: NodeReader,
  scheme: TreeScheme,
  root: Digest,
  key: bigint,
): Promise<FoundPath> {
  checkKey(scheme, key);
  const siblings: Digest[][] = [];
  let digest = root;
  while (digest !== EMPTY) {
    const place = { key, level: siblings.length };
    const node = await readNode(reader, digest, place);
    if (node.kind === 'leaf') return { siblings, end: { kind: 'leaf', leaf: entryOf(scheme, node, place) }, digest };
    const children = childrenOf(scheme, node, place);
    const digit = digitAt(key, place.level, scheme.bitsPerLevel);
    siblings.push(children.toSpliced(digit, 1));
    digest = children[digit] as Digest;
  }
  return { siblings, end: { kind: 'empty' }, digest };
}

const ZERO_CODE = '0'.charCodeAt(0);

/** A node on the paths of some of the keys. */
interface Crossing {
  readonly digest: Digest;
  /** Indices of keys, at least one. */
  readonly members: readonly number[];
}

/**
 * What `readPath` gives for each of many keys, in their order, but reads the nodes of a level at once, and
 * each node once.
 */
export async function readPaths(
  reader: NodeReader,
  scheme: TreeScheme,
  root: Digest,
  keys: readonly bigint[],
): Promise<FoundPath[]> {
  for (const key of keys) checkKey(scheme, key);
  // A character a digit, the last one the root's: taken out many times over faster than from a number.
  const written = keys.map((key) => key.toString(arityOf(scheme)));
  const digitOf = (member: number, level: number): number =>
    level < written[member]!.length ? written[member]!.charCodeAt(written[member]!.length - 1 - level) - ZERO_CODE : 0;
  const siblings = keys.map((): (readonly Digest[])[] => []);
  const ends = keys.map((): Pick<FoundPath, 'end' | 'digest'> => ({ end: { kind: 'empty' }, digest: EMPTY }));
  let crossings: Crossing[] = root === EMPTY || keys.length === 0 ? [] : [{ digest: root, members: [...keys.keys()] }];
  for (let level = 0; crossings.length > 0; level++) {
    const placeOf = ({ members }: Crossing): NodePlace => ({ key: keys[members[0]!]!, level });
    const here = crossings;
    const nodes = await readNodes(reader, here.map(({ digest }) => digest), (i) => placeOf(here[i]!));
    crossings = [];
    for (const [i, crossing] of here.entries()) {
      const node = nodes[i]!;
      if (node.kind === 'leaf') {
        const end = { end: { kind: 'leaf', leaf: entryOf(scheme, node, placeOf(crossing)) }, digest: crossing.digest } as const;
        for (const member of crossing.members) ends[member] = end;
      } else {
        crossings.push(...cross(childrenOf(scheme, node, placeOf(crossing)), crossing.members, level));
      }
    }
  }
  return keys.map((_, i) => ({ siblings: siblings[i]!, ...ends[i]! }));

  /** Takes each member one level on. */
  function cross(children: readonly Digest[], members: readonly number[], level: number): Crossing[] {
    const parts = new Map<number, number[]>();
    for (const member of members) {
      const digit = digitOf(member, level);
      const part = parts.get(digit);
      if (part === undefined) parts.set(digit, [member]);
      else part.push(member);
    }
    const below: Crossing[] = [];
    for (const [digit, part] of parts) {
      const row = children.toSpliced(digit, 1);
      for (const member of part) siblings[member]!.push(row);
      if (children[digit] !== EMPTY) below.push({ digest: children[digit]!, members: part });
    }
    return below;
  }
}

/** @throws {MalformedTreeError} there is no such leaf at `place` in a tree of the scheme */
export function entryOf(scheme: TreeScheme, node: Leaf, place: NodePlace): Entry {
  const leaf: Entry = { key: scheme.wholeKey(node.key, place.level, place.key), value: node.value };
  if (!shareLevels(leaf.key, place.key, place.level, scheme.bitsPerLevel)) {
    throw new MalformedTreeError(`leaf of key ${leaf.key} sits where its key does not lead`, place);
  }
  if (leaf.value === 0n) throw new MalformedTreeError(`leaf of key ${leaf.key} has value 0`, place);
  return leaf;
}

/** @throws {MalformedTreeError} there is no such inner node at `place` in a tree of the scheme */
export function childrenOf(scheme: TreeScheme, { children }: Inner, place: NodePlace): readonly Digest[] {
  if (children.length !== arityOf(scheme) || place.level >= levelsOf(scheme)) {
    throw new MalformedTreeError(
      `expected an inner node of ${arityOf(scheme)} children above level ${levelsOf(scheme)}, ` +
        `got one of ${children.length}`,
      place,
    );
  }
  return children;
}
