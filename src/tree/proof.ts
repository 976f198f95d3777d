import { foldUp } from './fold.js';
import { type Digest, EMPTY } from './node.js';
import { type ReadPath, valueAt } from './read.js';
import { arityOf, hashNode, leadsTo, leafAt, levelsOf, type TreeScheme } from './scheme.js';

/** Whether a path proves what it claims; if not, the first thing that is wrong. */
export type PathVerdict = { readonly valid: true } | { readonly valid: false; readonly reason: string };

/**
 * Checks that in the tree with `root`, `key` has `value` (0: is absent), from the path alone.
 * Numbers out of range make the path invalid: a key and its alias modulo r are never the same.
 */
export function verifyPath(
  scheme: TreeScheme,
  root: Digest,
  key: bigint,
  value: bigint,
  path: ReadPath,
): PathVerdict {
  const invalid = (reason: string): PathVerdict => ({ valid: false, reason });
  const level = path.siblings.length;
  const width = arityOf(scheme) - 1;
  if (key < 0n || key >= scheme.keyLimit) return invalid(`key ${key} is out of the range of ${scheme.id}`);
  if (level > levelsOf(scheme)) return invalid(`the path has ${level} levels, the key only ${levelsOf(scheme)}`);
  const narrow = path.siblings.findIndex((row) => row.length !== width);
  if (narrow !== -1) return invalid(`expected ${width} siblings at level ${narrow}, got ${path.siblings[narrow]?.length}`);
  const outside = path.siblings.findIndex((row) => row.some((digest) => digest < 0n || digest >= scheme.digestLimit));
  if (outside !== -1) return invalid(`a sibling at level ${outside} is out of the range of ${scheme.id}`);
  let digest = EMPTY;
  if (path.end.kind === 'leaf') {
    const { leaf } = path.end;
    if (leaf.key < 0n || leaf.key >= scheme.keyLimit) return invalid(`the leaf's key ${leaf.key} is out of range`);
    if (leaf.value <= 0n || leaf.value >= scheme.valueLimit) return invalid(`the leaf's value ${leaf.value} is out of range`);
    if (!leadsTo(scheme, leaf.key, key, level)) return invalid(`the path ends at a leaf of key ${leaf.key}, which does not lead there`);
    digest = hashNode(scheme, leafAt(scheme, leaf, level));
  }
  const shown = valueAt(path, key);
  if (shown !== value) return invalid(`the path shows ${shown === 0n ? 'no value' : `value ${shown}`}, the claim is ${value}`);
  const folded = foldUp((node) => hashNode(scheme, node), scheme.bitsPerLevel, key, path.siblings, digest);
  return folded === root ? { valid: true } : invalid(`the path leads to root ${folded}, the claim is ${root}`);
}
