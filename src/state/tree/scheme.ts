import { add, FIELD_BITS, FIELD_ORDER, ONE, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { splitLimbs } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import { poseidon } from '../../base/hash/poseidon.js';
import type { Digest, Entry, Inner, Leaf, Node } from './node.js';
import { digitAt } from './path.js';

/**
 * The parameters of a tree: the node hash, what a leaf stores, and how many bits of the key choose a child. Everything
 * else is the same for all schemes.
 *
 * A leaf may store less than the key: the digits above it are known from where it sits. Its hash
 * then depends on its level, and leaves of two keys may be one and the same node.
 * @see {@link poseidonScheme}
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
  /** What the leaf of an entry holds for its value, which is not 0. */
  leafValue(value: Uint256): bigint;
  /** `leafValue` of each, in their order: for many at once. */
  leafValues(values: readonly Uint256[]): Promise<readonly bigint[]>;
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
 * Keys of Rootshift's own trees are below r and have not r - 1's first 128 bits: where circuits take a key's bits
 * apart, 128 of them decide that it is not the key plus r. It costs nobody a key: of hashes one in 2^128.3 is no less.
 */
export const KEY_LIMIT = ((FIELD_ORDER - 1n) >> 126n) << 126n;

/**
 * Rootshift's own trees over BN254. P is Poseidon's permutation of four lanes, of which lane 0 counts.
 *
 * | bits per level | leaf | inner node |
 * |---|---|---|
 * | 1 | `Poseidon3(key, Poseidon2(valueHi, valueLo), 1)` | `Poseidon2(a, b)`: circomlib's SMT, bit for bit |
 * | 2 | `P(1, key, valueHi, valueLo)` | `P(a, b, c, d) + a` |
 *
 * In a tree with two bits a level, one permutation with all lanes in use serves both kinds of node. The feed-forward, +
 * a, makes that a one-way function; without it, children could be computed from any root. A leaf has none, and its
 * first lane is 1: a leaf that was also an inner node would need y = y' + a for outputs y, y' of two different inputs,
 * or a = 0 for the same one, whose first lane is 1. So no leaf passes for an inner node, short of a collision. This is
 * the compression mode of the Poseidon2 paper (https://eprint.iacr.org/2023/323, section 3.1), with circomlib's
 * constants, 8 full and 56 partial rounds; on round numbers in this mode see https://eprint.iacr.org/2025/954. No
 * attack on it is known.
 *
 * @example
 * poseidonScheme(2).id; // 'bn254-poseidon4/whole-key-and-value/2'
 */
export function poseidonScheme(bitsPerLevel: 1 | 2): TreeScheme {
  switch (bitsPerLevel) {
    case 1:
      return BINARY;
    case 2:
      return QUAD;
    default:
      throw new RangeError(`expected 1 or 2 bits per level, got ${bitsPerLevel as number}`);
  }
}

/** Whole keys are stored. */
const OWN = {
  keyBits: FIELD_BITS,
  keyLimit: KEY_LIMIT,
  digestLimit: FIELD_ORDER,
  storedKey: (key: bigint) => key,
  wholeKey: (stored: bigint) => stored,
} as const;

const BINARY: TreeScheme = {
  ...OWN,
  id: 'bn254-poseidon/whole-key/1',
  bitsPerLevel: 1,
  valueLimit: FIELD_ORDER,
  leafValue: (value) => poseidon.hash(limbsOf(value)),
  leafValues: (values) => poseidon.hashMany(values.map(limbsOf)),
  hashLeaf: ({ key, value }) => poseidon.hash([key, value, ONE]),
  hashInner: (children) => poseidon.hash(children),
  hashNodes: (nodes) =>
    poseidon.hashMany(nodes.map((node) => (node.kind === 'leaf' ? [node.key, node.value, ONE] : node.children))),
};

const QUAD: TreeScheme = {
  ...OWN,
  id: 'bn254-poseidon4/whole-key-and-value/2',
  bitsPerLevel: 2,
  valueLimit: 1n << 256n,
  leafValue: (value) => value,
  leafValues: async (values) => values,
  hashLeaf: (leaf) => quadDigest(leaf, lane0(quadState(leaf))),
  hashInner: (children) => quadDigest({ kind: 'inner', children }, lane0(children)),
  hashNodes: async (nodes) => {
    const lanes = await poseidon.permuteMany(nodes.map(quadState));
    return nodes.map((node, i) => quadDigest(node, lanes[i]!));
  },
};

const limbsOf = (value: Uint256): readonly [Fr, Fr] => {
  const { hi, lo } = splitLimbs(value);
  return [hi, lo];
};

/** The four lanes that are permuted for a node of a quad tree. */
const quadState = (node: Node): readonly bigint[] =>
  node.kind === 'leaf' ? [ONE, node.key, ...limbsOf(node.value)] : node.children;

const lane0 = ([first, ...rest]: readonly bigint[]): Fr => poseidon.permute(first!, rest, 1)[0]!;

/** The node's hash, `lane` being lane 0 of its permuted state. */
const quadDigest = (node: Node, lane: Fr): Digest => (node.kind === 'leaf' ? lane : add(lane, toFr(node.children[0]!)));
