import type { Uint256 } from '../../base/field/limbs.js';

/**
 * `0x` and an even number of lower-case hexadecimal digits: keys and values as they are before any hash.
 * @see {@link accountFromHex}
 */
export type Hex = `0x${string}`;

/**
 * What a suite's hash gives, read as 32 bytes, the most significant first.
 * @see {@link accountFromHex}
 */
export type Digest = bigint;

/** Levels between a leaf and the root: a trie has 2^40 leaf indices. */
export const DEPTH = 40;

/**
 * What a leaf is the hash of. `prevLeaf` and `nextLeaf` are leaf indices: of the neighbours in the order of keys.
 * @see {@link applyAll}
 */
export interface Opening {
  readonly prevLeaf: number;
  readonly nextLeaf: number;
  readonly hKey: Digest;
  readonly hVal: Digest;
}

/**
 * All that a top root commits to: everything a verifier has to know of a trie.
 * @see {@link applyAll}
 */
export interface TrieState {
  /** The leaf index that the next insert takes. It only grows. */
  readonly nextFreeNode: number;
  /** The root of the tree of depth 40. */
  readonly subRoot: Digest;
}

/**
 * An account as the account trie has it.
 * @see {@link accountFromHex}
 */
export interface Account {
  readonly nonce: Uint256;
  readonly balance: Uint256;
  /** The top root of its storage trie; of an empty one, if it has no storage. */
  readonly storageRoot: Digest;
  /** The suite's hash of its code. */
  readonly codeHash: Digest;
  readonly keccakCodeHash: Uint256;
  /** In bytes. */
  readonly codeSize: Uint256;
}

/** A key or a value that a suite cannot hash, as it stands for a number that is too large. */
export class EncodingRangeError extends RangeError {
  override readonly name = 'EncodingRangeError';
}

/** The most significant byte first. */
export const bytesToNumber = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** @throws {EncodingRangeError} `x` is 2^bits or above */
export function checkBits(what: string, x: bigint, bits: bigint): void {
  if (x >> bits !== 0n) throw new EncodingRangeError(`expected a ${what} below 2^${bits}, got ${x}`);
}

/**
 * A hash with its encodings: what an accumulator is made with. All functions take many at once and keep their order.
 * Digests that they are given are ones that the suite made, or ones for which `isDigest` holds.
 * @see {@link applyBlock}
 */
export interface Suite {
  readonly name: string;
  /** The key of TAIL. Keys of entries are above 0 and below it. */
  readonly maxKey: Digest;
  /** Bytes of a counter or a leaf index in the preimages that proofs show: of 64, every other 2 are 0. */
  readonly integerBytes: 32 | 64;
  /** Whether a number can be one of the suite's digests. */
  isDigest(x: bigint): boolean;
  /** Inner nodes, of their left and right children. */
  nodes(children: readonly (readonly [left: Digest, right: Digest])[]): Promise<Digest[]>;
  /** Leaves, of what they open to. */
  leaves(openings: readonly Opening[]): Promise<Digest[]>;
  /** Roots of tries, each of its next free node and of the root of its nodes. */
  tops(states: readonly TrieState[]): Promise<Digest[]>;
  /** The keys of accounts, of their addresses below 2^160. */
  addresses(addresses: readonly bigint[]): Promise<Digest[]>;
  /** The keys of storage slots, and what their values are in leaves. */
  words(words: readonly Uint256[]): Promise<Digest[]>;
  /**
   * What accounts are in leaves.
   * @throws {EncodingRangeError} a number is too large for the suite
   */
  accounts(accounts: readonly Account[]): Promise<Digest[]>;
  /** The hash of a contract's code; of no code, with no bytes. */
  code(code: Uint8Array): Promise<Digest>;
}
