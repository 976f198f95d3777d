import { bytesToHex } from '@noble/hashes/utils.js';
import { BodyReader, count, joinBytes, toBytes, toNumber, word } from '../../state/hashdb/record.js';
import type { Digest, Hex, TrieState } from '../suite/suite.js';
import type { Leaf } from '../trie/store.js';
import type { TrieId } from '../world/world.js';

/*
 * How a database of Linea's state is laid out, version 2. All numbers are unsigned and big-endian. Bodies are sealed,
 * but for that of 'f'.
 *
 *   key                                  body
 *   'f'                                  JSON {"format", "version", "suite"}
 *   'h'                                  number of the current block(8) first block that is kept(8)
 *   'b' number(8)                        state root(32)
 *   'a' number(8)                        what the block accessed, as JSON: its traces can be made anew
 *
 * The current state:
 *
 *   's' trie(6)                          next free node(6) root(32)
 *   'n' trie(6) level(1) index(6)        hash(32); all of it 0 for a leaf that was deleted
 *   'l' trie(6) index(6)                 previous(6) next(6) hKey(32) hVal(32) bytes of the key(1) key value
 *   'k' trie(6) hKey(32)                 index(6)
 *
 * Its history: what a block changed, and what stood there before.
 *
 *   'c' number(8) key                    nothing
 *   'o' key number(8)                    0, or 1 and the body before
 *
 * No key of the current state begins with another, so that the records of 'o' of one key stand together, in order.
 */
export const FORMAT = 'rootshift-linea';
export const VERSION = 2;

const INDEX_BYTES = 6;
const NUMBER_BYTES = 8;
const index = (x: number): Uint8Array => toBytes(BigInt(x), INDEX_BYTES);
const tagged = (letter: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  joinBytes([Buffer.from(letter), ...parts]);

export const keys = {
  format: tagged('f'),
  head: tagged('h'),
  block: (number: number): Uint8Array => tagged('b', count(number)),
  accesses: (number: number): Uint8Array => tagged('a', count(number)),
  state: (trie: TrieId): Uint8Array => tagged('s', index(trie)),
  node: (trie: TrieId, level: number, at: number): Uint8Array =>
    tagged('n', index(trie), Uint8Array.of(level), index(at)),
  leaf: (trie: TrieId, at: number): Uint8Array => tagged('l', index(trie), index(at)),
  entry: (trie: TrieId, hKey: Digest): Uint8Array => tagged('k', index(trie), word(hKey)),
  changed: (number: number, key: Uint8Array): Uint8Array => tagged('c', count(number), key),
  old: (key: Uint8Array, number: number): Uint8Array => tagged('o', key, count(number)),
} as const;

/** Keys `from <= key < before`. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly before: Uint8Array;
}

/** All keys that begin with some bytes, none of which is 0xff throughout. */
const beginningWith = (from: Uint8Array): KeyRange => ({
  from,
  before: joinBytes([from, new Uint8Array(64).fill(0xff)]),
});

export const ranges = {
  /** Of a trie: the records with a letter. */
  trie: (letter: 'n' | 'l' | 'k', trie: TrieId): KeyRange => beginningWith(tagged(letter, index(trie))),
  /** Of a trie's keys, those from one on. */
  entriesFrom: (trie: TrieId, hKey: Digest): KeyRange => ({
    ...beginningWith(tagged('k', index(trie))),
    from: keys.entry(trie, hKey),
  }),
  /** What stood under those of a trie's keys from one on. */
  oldEntriesFrom: (trie: TrieId, hKey: Digest): KeyRange => ({
    ...beginningWith(tagged('o', tagged('k', index(trie)))),
    from: tagged('o', keys.entry(trie, hKey)),
  }),
  changed: (number: number): KeyRange => beginningWith(tagged('c', count(number))),
  /** What stood under a key before the blocks after `number`. */
  oldAfter: (key: Uint8Array, number: number): KeyRange => ({
    ...beginningWith(tagged('o', key)),
    from: keys.old(key, number + 1),
  }),
} as const;

/** The key that a record of 'c' is of. */
export const changedKey = (key: Uint8Array): Uint8Array => key.subarray(1 + NUMBER_BYTES);
/** The hashed key in the key of a record of 'k', or of its history. */
export const hKeyOf = (key: Uint8Array): Digest => {
  const entry = key[0] === 'o'.charCodeAt(0) ? key.subarray(1, -NUMBER_BYTES) : key;
  return toNumber(entry.subarray(1 + INDEX_BYTES));
};
export const encodeIndex = index;
export const decodeIndex = (key: Uint8Array, body: Uint8Array): number => {
  const fields = new BodyReader(key, body, 'a leaf index');
  const at = Number(fields.number(INDEX_BYTES));
  fields.end();
  return at;
};

/**
 * Which blocks a database has: the newest, and the first whose state is kept.
 * @see {@link StateDb}
 */
export interface Head {
  readonly number: number;
  readonly first: number;
}

export const encodeHead = ({ number, first }: Head): Uint8Array => joinBytes([count(number), count(first)]);
export function decodeHead(key: Uint8Array, body: Uint8Array): Head {
  const fields = new BodyReader(key, body, 'a head');
  const head = { number: fields.count(), first: fields.count() };
  fields.end();
  return head;
}

export const encodeDigest = word;
export function decodeDigest(key: Uint8Array, body: Uint8Array): Digest {
  const fields = new BodyReader(key, body, 'a hash');
  const digest = fields.word();
  fields.end();
  return digest;
}

export const encodeState = ({ nextFreeNode, subRoot }: TrieState): Uint8Array =>
  joinBytes([index(nextFreeNode), word(subRoot)]);
export function decodeState(key: Uint8Array, body: Uint8Array): TrieState {
  const fields = new BodyReader(key, body, "a trie's state");
  const state = { nextFreeNode: Number(fields.number(INDEX_BYTES)), subRoot: fields.word() };
  fields.end();
  return state;
}

const bytesOf = (hex: Hex): Uint8Array => Buffer.from(hex.slice(2), 'hex');

export function encodeLeaf({ opening, key, value }: Leaf): Uint8Array {
  const { prevLeaf, nextLeaf, hKey, hVal } = opening;
  const name = bytesOf(key);
  const fixed = [index(prevLeaf), index(nextLeaf), word(hKey), word(hVal), Uint8Array.of(name.length)];
  return joinBytes([...fixed, name, bytesOf(value)]);
}

export function decodeLeaf(key: Uint8Array, body: Uint8Array): Leaf {
  const fields = new BodyReader(key, body, 'a leaf');
  const opening = {
    prevLeaf: Number(fields.number(INDEX_BYTES)),
    nextLeaf: Number(fields.number(INDEX_BYTES)),
    hKey: fields.word(),
    hVal: fields.word(),
  };
  const nameBytes = fields.byte();
  const name = fields.bytes(nameBytes);
  const value = body.subarray(2 * INDEX_BYTES + 64 + 1 + nameBytes);
  return { opening, key: `0x${bytesToHex(name)}`, value: `0x${bytesToHex(value)}` };
}
