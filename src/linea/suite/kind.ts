import { ACCOUNT_BYTES, accountFromHex } from './account-bytes.js';
import { EncodingRangeError } from './suite.js';
import type { Digest, Hex, Suite } from './suite.js';

/**
 * What a trie's keys and values are, and how they are hashed.
 * @see {@link applyAll}
 */
export interface TrieKind {
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** What the list is sorted by, of each key. */
  hashKeys(suite: Suite, keys: readonly Hex[]): Promise<Digest[]>;
  /** @throws {EncodingRangeError} a value cannot be hashed by the suite */
  hashValues(suite: Suite, values: readonly Hex[]): Promise<Digest[]>;
}

/**
 * Addresses, of accounts of 192 bytes.
 *
 * @example
 * await verifyKeys(POSEIDON2_KOALABEAR, ACCOUNT_TRIE, stateRoot, [keyProof]);
 */
export const ACCOUNT_TRIE: TrieKind = {
  keyBytes: 20,
  valueBytes: ACCOUNT_BYTES,
  hashKeys: (suite, keys) => suite.addresses(keys.map(BigInt)),
  hashValues: async (suite, values) => suite.accounts(values.map((value) => accountFromHex(suite, value))),
};

/**
 * Slots, of words.
 *
 * @example
 * await proveKeys(POSEIDON2_KOALABEAR, STORAGE_TRIE, trie, [slot]);
 */
export const STORAGE_TRIE: TrieKind = {
  keyBytes: 32,
  valueBytes: 32,
  hashKeys: (suite, keys) => suite.words(keys.map(BigInt)),
  hashValues: (suite, values) => suite.words(values.map(BigInt)),
};

/** Bytes of a key that stands for itself: 2^248 is a digest of every suite over a field of 253 bits or more. */
const ORDERED_KEY_BYTES = 31;

/**
 * Keys in their own order, which are not hashed: proofs of ranges then are of ranges of keys. A key stands in its leaf
 * as its number plus 1, as 0 is HEAD's. Values are words.
 *
 * Suites whose digests are limbs, as Poseidon2's are, do not have it: not every number is a digest.
 *
 * @example
 * await verifyEntries(POSEIDON_BN254, ORDERED_TRIE, topRoot, await proveEntries(POSEIDON_BN254, trie));
 */
export const ORDERED_TRIE: TrieKind = {
  keyBytes: ORDERED_KEY_BYTES,
  valueBytes: 32,
  async hashKeys(suite, keys) {
    if (!suite.isDigest(2n ** BigInt(8 * ORDERED_KEY_BYTES) - 1n)) {
      throw new EncodingRangeError(`suite ${suite.name} cannot keep keys that are not hashed: its digests are limbs`);
    }
    return keys.map((key) => BigInt(key) + 1n);
  },
  hashValues: (suite, values) => suite.words(values.map(BigInt)),
};

/** A key or a value is not what the trie holds. */
export class TrieInputError extends Error {
  override readonly name = 'TrieInputError';
}

/** @throws {TrieInputError} not `0x` and so many bytes in lower-case digits */
export function checkHex(what: string, hex: string, bytes: number): void {
  if (hex.length === 2 + 2 * bytes && /^0x[0-9a-f]*$/.test(hex)) return;
  throw new TrieInputError(`expected a ${what} of ${bytes} bytes, 0x and lower-case digits; got ${hex.slice(0, 80)}`);
}

/** @throws {TrieInputError} the hash of the key is not strictly between those of HEAD and TAIL */
export function checkKey(suite: Suite, key: Hex, hKey: Digest): void {
  if (hKey > 0n && hKey < suite.maxKey) return;
  throw new TrieInputError(`the hash of key ${key} is not strictly between the keys of HEAD and TAIL`);
}
