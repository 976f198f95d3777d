import { ONE, FIELD_BITS, FIELD_ORDER } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';
import type { Digest, Entry, Inner, Leaf, Node } from './node.js';
import { digitAt } from './path.js';

/**
 * The parameters of a tree: the node hash, what a leaf stores, and how many bits of the key choose a child. Everything
 * else is the same for all schemes.
 *
 * A leaf may store less than the key: the digits above it are known from where it sits. Its hash
 * then depends on its level, and leaves of two keys may be one and the same node.
 */
export interface TreeScheme {
  /** Names hash, leaf encoding and bits a level; a database keeps it. */
  readonly id: string;
  /** b: a node has `2^b` children. */
  readonly bitsPerLevel: number;
  /** Bits in a key: a path has at most `ceil(keyBits / bitsPerLevel)` levels. */
  readonly keyBits: number;
  /** Keys are `0 <= key < keyLimit`, with `keyLimit <= 2^keyBits`. */
  readonly keyLimit: bigint;
  /** Values are `0 <= value < valueLimit`; 0 means absent. */
  readonly valueLimit: bigint;
  /** Hashes are `0 < digest < digestLimit`. */
  readonly digestLimit: bigint;
  /** What a leaf of `key` with `level` levels above it stores in the key's place. */
  storedKey(key: bigint, level: number): bigint;
  /** The inverse of `storedKey`; `path` is any number whose first `level` digits are those above the leaf. */
  wholeKey(stored: bigint, level: number, path: bigint): bigint;
  /** Never 0, which is the empty node's. */
  hashLeaf(leaf: Leaf): Digest;
  /** Never 0, and never a leaf's. */
  hashInner(children: readonly Digest[]): Digest;
  /** The hash of each node, in their order: for many at once. */
  hashNodes(nodes: readonly Node[]): Promise<readonly Digest[]>;
}

/** A key or value outside the scheme's range; nothing is ever reduced silently. */
export class EntryRangeError extends RangeError {
  override readonly name = 'EntryRangeError';
}

/** @throws {EntryRangeError} the key is not one of the scheme's */
export function checkKey(scheme: TreeScheme, key: bigint): void {
  if (key < 0n || key >= scheme.keyLimit) {
    throw new EntryRangeError(`expected a key of ${scheme.id}, 0 <= key < ${scheme.keyLimit}; got ${key}`);
  }
}

/** @throws {EntryRangeError} the value is not one of the scheme's */
export function checkValue(scheme: TreeScheme, value: bigint): void {
  if (value < 0n || value >= scheme.valueLimit) {
    throw new EntryRangeError(`expected a value of ${scheme.id}, 0 <= value < ${scheme.valueLimit}; got ${value}`);
  }
}

/** @throws {EntryRangeError} the key or the value is not one of the scheme's */
export function checkEntry(scheme: TreeScheme, key: bigint, value: bigint): void {
  checkKey(scheme, key);
  checkValue(scheme, value);
}

/** Children of an inner node. */
export const arityOf = (scheme: TreeScheme): number => 2 ** scheme.bitsPerLevel;

/** The most levels that a path can have. */
export const levelsOf = (scheme: TreeScheme): number => Math.ceil(scheme.keyBits / scheme.bitsPerLevel);

/** Items by the digit of their keys at `level`. */
export function partition<T>(
  scheme: TreeScheme,
  items: readonly T[],
  keyOf: (item: T) => bigint,
  level: number,
): T[][] {
  const parts = Array.from({ length: arityOf(scheme) }, (): T[] => []);
  for (const item of items) parts[digitAt(keyOf(item), level, scheme.bitsPerLevel)]!.push(item);
  return parts;
}

export function hashNode(scheme: TreeScheme, node: Node): Digest {
  switch (node.kind) {
    case 'leaf':
      return scheme.hashLeaf(node);
    case 'inner':
      return scheme.hashInner(node.children);
  }
}

/** The leaf of `entry` with `level` levels above it. */
export const leafAt = (scheme: TreeScheme, entry: Entry, level: number): Leaf => ({
  kind: 'leaf',
  key: scheme.storedKey(entry.key, level),
  value: entry.value,
});

export const innerOf = (children: readonly Digest[]): Inner => ({ kind: 'inner', children });

/**
 * Keys of Rootshift's own trees are below r and have not r - 1's first 128 bits: where circuits take a key's bits apart,
 * 128 of them decide that it is not the key plus r. It costs nobody a key: of hashes one in 2^128.3 is no less.
 */
export const KEY_LIMIT = ((FIELD_ORDER - 1n) >> 126n) << 126n;

/**
 * Rootshift's own trees: leaf `Poseidon3(key, value, 1)`, inner node `Poseidon_A(children)`, over
 * BN254. With one bit a level these are circomlib's SMT, bit for bit.
 *
 * @example
 * poseidonScheme(2).id; // 'bn254-poseidon/whole-key/2'
 */
export function poseidonScheme(bitsPerLevel: 1 | 2): TreeScheme {
  if (bitsPerLevel !== 1 && bitsPerLevel !== 2)
    throw new RangeError(`expected 1 or 2 bits per level, got ${bitsPerLevel as number}`);
  return {
    id: `bn254-poseidon/whole-key/${bitsPerLevel}`,
    bitsPerLevel,
    keyBits: FIELD_BITS,
    keyLimit: KEY_LIMIT,
    valueLimit: FIELD_ORDER,
    digestLimit: FIELD_ORDER,
    storedKey: (key) => key,
    wholeKey: (stored) => stored,
    hashLeaf: ({ key, value }) => poseidon.hash([key, value, ONE]),
    hashInner: (children) => poseidon.hash(children),
    hashNodes: (nodes) => poseidon.hashMany(nodes.map(preimageOf)),
  };
}

const preimageOf = (node: Node): readonly bigint[] =>
  node.kind === 'leaf' ? [node.key, node.value, ONE] : node.children;
