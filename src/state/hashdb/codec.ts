import { KINDS } from '../batch/access.js';
import type { EntryKey } from '../batch/access.js';
import { toUint256 } from '../../base/field/limbs.js';
import type { Digest } from '../tree/node.js';
import { readKind } from './entry-record.js';
import { BodyReader, count, putWord, shortWord, toBytes, toNumber, word, WORD_BYTES } from './record.js';

/*
 * How a database is laid out, version 3. All numbers are unsigned and big-endian; a short number is
 * length(1) and as many bytes, the first of them not 0.
 *
 *   key                                      body
 *   'f'                                      JSON {"format", "version", "scheme"}, the one record without a check
 *   'h'                                      number of the current root(8) writes(8) nodes(8)
 *   'r' number(8)                            origin(1) pruned(1) root(32) parent(32) entries(8)
 *   'm' name                                 root(32)
 *   'n' digest(32)                           inner: 0x01 bits of the children that are not empty(2^b / 8) child(32) ...
 *                                            leaf: 0x02 key(32) value(32)
 *                                            leaf of an entry: 0x03 key(32) value(32) kind(1) address(20) slot(short)
 *                                            value(short)
 *   'a' address(20) kind(1) slot(short)      tree key(32)
 *   'i' root(32) level(2) path(32)           hash(32) entries(8): a subtree of a snapshot that is being imported
 *
 * The records of 'a' are in the order of addresses, kinds and slots.
 */
export const VERSION = 3;

const NODE_TAG = 'n'.charCodeAt(0);
const tag = (letter: string): Uint8Array => Buffer.from(letter);
const tagged = (letter: string, rest: Uint8Array): Uint8Array => Buffer.concat([tag(letter), rest]);

export const keys = {
  format: tag('f'),
  head: tag('h'),
  root: (number: number): Uint8Array => tagged('r', count(number)),
  name: (name: string): Uint8Array => tagged('m', Buffer.from(name)),
  node: nodeKey,
  entry: (entry: EntryKey): Uint8Array => tagged('a', Buffer.concat([account(entry), shortWord(entry.slot)])),
} as const;

function nodeKey(digest: Digest): Uint8Array {
  const key = Buffer.allocUnsafe(1 + WORD_BYTES);
  key[0] = NODE_TAG;
  return putWord(key, 1, digest);
}

/** The key of a subtree that was imported for a root, `level` levels below it at `path`. */
export const partKey = (root: Digest, level: number, path: bigint): Uint8Array =>
  tagged('i', Buffer.concat([word(root), toBytes(BigInt(level), 2), word(path)]));

/** The subtrees that were imported for a root. */
export const partsOf = (root: Digest): KeyRange => {
  const from = tagged('i', word(root));
  return { from, before: Buffer.concat([from, Uint8Array.of(0xff)]) };
};

/** @throws {DamagedRecordError} no such key */
export function placeOf(key: Uint8Array): { readonly level: number; readonly path: bigint } {
  const fields = new BodyReader(key, key.subarray(33), 'a place in a tree');
  const place = { level: Number(fields.number(2)), path: fields.word() };
  fields.end();
  return place;
}

const account = ({ address, kind }: EntryKey): Uint8Array =>
  Buffer.concat([toBytes(address, 20), Uint8Array.of(KINDS[kind])]);

/** Keys `from <= key < before`. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly before: Uint8Array;
}

const all = (letter: string): KeyRange => ({ from: tag(letter), before: Uint8Array.of(letter.charCodeAt(0) + 1) });

/** All records of a sort. */
export const ranges = {
  roots: all('r'),
  names: all('m'),
  nodes: all('n'),
  entries: all('a'),
  parts: all('i'),
} as const;

/** The records of all entries of an address. */
export const entriesOfAddress = (address: bigint): KeyRange => {
  const next = address + 1n;
  const before = next >> 160n === 0n ? tagged('a', toBytes(next, 20)) : ranges.entries.before;
  return { from: tagged('a', toBytes(address, 20)), before };
};

/** The first key after another. */
export const following = (key: Uint8Array): Uint8Array => Buffer.concat([key, Uint8Array.of(0)]);

export const nameOf = (key: Uint8Array): string => Buffer.from(key.subarray(1)).toString();
export const numberOf = (key: Uint8Array): number => Number(toNumber(key.subarray(1)));
export const digestOf = (key: Uint8Array): Digest => toNumber(key.subarray(1));

/** The entry in an index record's key. @throws {DamagedRecordError} there is none */
export function entryKeyOf(key: Uint8Array): EntryKey {
  const fields = new BodyReader(key, key.subarray(1), 'the name of an entry');
  const address = fields.number(20);
  const kind = readKind(fields);
  const slot = toUint256(fields.shortWord());
  fields.end();
  return { address, kind, slot };
}

/** Where the leaf of an index record's entry is. */
export const encodeTreeKey: (treeKey: bigint) => Uint8Array = word;

/** @throws {DamagedRecordError} not a tree key */
export function decodeTreeKey(key: Uint8Array, body: Uint8Array): bigint {
  const fields = new BodyReader(key, body, 'a tree key');
  const treeKey = fields.word();
  fields.end();
  return treeKey;
}
