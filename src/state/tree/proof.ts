import { foldUp } from './fold.js';
import { EMPTY } from './node.js';
import type { Digest } from './node.js';
import { shareLevels } from './path.js';
import { valueAt } from './read.js';
import type { ReadPath } from './read.js';
import { arityOf, hashNode, leafAt, levelsOf } from './scheme.js';
import type { TreeScheme } from './scheme.js';

/**
 * Whether a path proves what it claims; if not, the first thing that is wrong.
 * @see {@link verifyPath}
 */
export type PathVerdict = { readonly valid: true } | { readonly valid: false; readonly reason: string };

/**
 * The verdict of a check of numbers that a caller may have made up: one that is out of its range is no error, but
 * proves nothing.
 * @param check throws a `RangeError` for such a number
 */
export function verdictInRange<Verdict>(
  check: () => Verdict,
): Verdict | { readonly valid: false; readonly reason: string } {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { valid: false, reason: error.message };
  }
}

/**
 * Checks, from the path alone, that `key` has `value` (0: absent) in the tree with `root`. Numbers out of range make
 * the path invalid: a key and its alias modulo r are never the same.
 *
 * @example
 * const path = await readPath(db, db.scheme, root, 5n);
 * verifyPath(db.scheme, root, 5n, 7n, path).valid; // whether key 5 has value 7
 */
export function verifyPath(scheme: TreeScheme, root: Digest, key: bigint, value: bigint, path: ReadPath): PathVerdict {
  const reason = flawOf(scheme, key, path) ?? mismatch(scheme, root, key, value, path);
  return reason === undefined ? { valid: true } : { valid: false, reason };
}

/** What keeps a path from being one of `key`, whatever it claims. */
function flawOf(scheme: TreeScheme, key: bigint, { siblings, end }: ReadPath): string | undefined {
  const level = siblings.length;
  const width = arityOf(scheme) - 1;
  if (key < 0n || key >= scheme.keyLimit) return `key ${key} is out of the range of ${scheme.id}`;
  if (level > levelsOf(scheme)) return `the path has ${level} levels, but the key has only ${levelsOf(scheme)}`;
  for (const [l, row] of siblings.entries()) {
    if (row.length !== width) return `expected ${width} siblings at level ${l}, got ${row.length}`;
    const strange = row.find((digest) => digest < 0n || digest >= scheme.digestLimit);
    if (strange !== undefined) return `sibling ${strange} at level ${l} is out of the range of ${scheme.id}`;
  }
  const noSiblings = siblings.at(-1)?.every((digest) => digest === EMPTY) ?? false;
  if (end.kind === 'empty') return noSiblings ? 'the path ends below a node without children' : undefined;
  const { leaf } = end;
  if (leaf.key < 0n || leaf.key >= scheme.keyLimit) return `the leaf's key ${leaf.key} is out of range`;
  if (leaf.value <= 0n || leaf.value >= scheme.valueLimit) return `the leaf's value ${leaf.value} is out of range`;
  if (!shareLevels(leaf.key, key, level, scheme.bitsPerLevel)) {
    return `the path ends at a leaf of key ${leaf.key}, which does not belong there`;
  }
  if (noSiblings) return `the leaf of key ${leaf.key} is deeper than its path needs`;
  return undefined;
}

/** What a well-formed path shows, where that is not what is claimed. */
function mismatch(scheme: TreeScheme, root: Digest, key: bigint, value: bigint, path: ReadPath): string | undefined {
  const shown = valueAt(path, key);
  if (shown !== value)
    return `the path shows ${shown === 0n ? 'no value' : `value ${shown}`}, but the claim is ${value}`;
  const { siblings, end } = path;
  const digest = end.kind === 'empty' ? EMPTY : hashNode(scheme, leafAt(scheme, end.leaf, siblings.length));
  const folded = foldUp((children) => scheme.hashInner(children), scheme.bitsPerLevel, key, siblings, digest);
  return folded === root ? undefined : `the path leads to root ${folded}, but the claim is ${root}`;
}
