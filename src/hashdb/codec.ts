import { createHash } from 'node:crypto';
import { type EntryKey, type Kind, KINDS } from '../batch/access.js';
import { toUint256, type Uint256 } from '../field/limbs.js';
import { type Digest, type Node } from '../tree/node.js';
import { HashDbError } from './driver.js';

/*
 * How a database is laid out, version 1. All numbers are unsigned and big-endian.
 *
 *   key                      body                                                  bytes
 *   'f'                      JSON {"format", "version", "scheme"}                  any
 *   'h'                      number of the current root                            8
 *   'r' number(8)            origin(1) root(32) parent(32) entries(8) nodes(8)     81
 *   'n' digest(32)           leaf: 0x01 key(32) value(32)                          65
 *                            inner: 0x02 child(32) ...                             1 + 32 * 2^b
 *   'k' treeKey(32)          kind(1) address(20) slot(32)                          53
 *   'v' leafValue(32)        value(32)                                             32
 *
 * A record is `version(1) body check(4)`; check is the beginning of sha256(key, version, body). It
 * costs a thirtieth of hashing a node anew, and holds for records that are nobody's preimage too. It
 * finds damage and mixed-up records, not forgery: who can write to the disk can also make checks.
 */
export const VERSION = 1;
const CHECK_BYTES = 4;

/** A record is not what was written: the disk, or another program, has changed it. */
export class DamagedRecordError extends HashDbError {
  override readonly name = 'DamagedRecordError';
  constructor(
    readonly key: Uint8Array,
    why: string,
  ) {
    super(`the database is damaged: record ${Buffer.from(key).toString('hex')} ${why}`);
  }
}

/** How a root came to be: by creating the database, loading entries unproven, or a proven batch. */
export type Origin = 'empty' | 'load' | 'prove';

/** A state of the database. Nodes stay, so that every one of them remains readable. */
export interface RootRecord {
  /** 0 is the empty state; each commit counts one up. */
  readonly number: number;
  readonly root: Digest;
  /** The root before; for number 0, its own. */
  readonly parent: Digest;
  /** Present leaves under this root. */
  readonly entries: number;
  /** Nodes kept in the database at that moment, those of older roots included. */
  readonly nodes: number;
  readonly origin: Origin;
}

const check = (key: Uint8Array, versionAndBody: Uint8Array): Uint8Array =>
  createHash('sha256').update(key).update(versionAndBody).digest().subarray(0, CHECK_BYTES);

/** Makes a body a record. */
export function seal(key: Uint8Array, body: Uint8Array): Uint8Array {
  const versionAndBody = Buffer.concat([Uint8Array.of(VERSION), body]);
  return Buffer.concat([versionAndBody, check(key, versionAndBody)]);
}

/**
 * Takes a record's body out.
 * @throws {DamagedRecordError} the record is not whole, or is another key's
 */
export function unseal(key: Uint8Array, record: Uint8Array): Uint8Array {
  const end = record.length - CHECK_BYTES;
  if (end < 1) throw new DamagedRecordError(key, `is cut short to ${record.length} bytes`);
  const versionAndBody = record.subarray(0, end);
  if (Buffer.compare(check(key, versionAndBody), record.subarray(end)) !== 0) {
    throw new DamagedRecordError(key, 'does not have the checksum it was written with');
  }
  if (record[0] !== VERSION) throw new DamagedRecordError(key, `has version ${record[0]}, expected ${VERSION}`);
  return versionAndBody.subarray(1);
}

// --- numbers ---

const WORD_BYTES = 32;

function toBytes(x: bigint, length: number): Uint8Array {
  const digits = x.toString(16).padStart(2 * length, '0');
  if (x < 0n || digits.length > 2 * length) {
    throw new RangeError(`expected an unsigned number of at most ${length} bytes, got ${x}`);
  }
  return Buffer.from(digits, 'hex');
}
const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const count = (x: number): Uint8Array => toBytes(BigInt(x), 8);
const word = (x: bigint): Uint8Array => toBytes(x, WORD_BYTES);
const words = (bytes: Uint8Array): bigint[] =>
  Array.from({ length: bytes.length / WORD_BYTES }, (_, i) =>
    toNumber(bytes.subarray(i * WORD_BYTES, (i + 1) * WORD_BYTES)),
  );

// --- keys ---

const tag = (letter: string): Uint8Array => Buffer.from(letter);
const tagged = (letter: string, rest: Uint8Array): Uint8Array => Buffer.concat([tag(letter), rest]);

export const keys = {
  format: tag('f'),
  head: tag('h'),
  root: (number: number): Uint8Array => tagged('r', count(number)),
  node: (digest: Digest): Uint8Array => tagged('n', word(digest)),
  keyPreimage: (treeKey: bigint): Uint8Array => tagged('k', word(treeKey)),
  valuePreimage: (leafValue: bigint): Uint8Array => tagged('v', word(leafValue)),
} as const;

/** All root records, as a range of keys: the tag and the letter after it. */
export const ROOTS = { from: tag('r'), before: tag('s') } as const;

/** The number in a root record's key. */
export const numberOf = (rootKey: Uint8Array): number => Number(toNumber(rootKey.subarray(1)));

// --- bodies ---

const LEAF_TAG = 1;
const INNER_TAG = 2;

export function encodeNode(node: Node): Uint8Array {
  switch (node.kind) {
    case 'leaf':
      return Buffer.concat([Uint8Array.of(LEAF_TAG), word(node.key), word(node.value)]);
    case 'inner':
      return Buffer.concat([Uint8Array.of(INNER_TAG), ...node.children.map(word)]);
  }
}

/** @throws {DamagedRecordError} not a leaf, and not an inner node of `arity` children */
export function decodeNode(key: Uint8Array, body: Uint8Array, arity: number): Node {
  const fields = words(body.subarray(1));
  if (body[0] === LEAF_TAG && body.length === 1 + 2 * WORD_BYTES) {
    return { kind: 'leaf', key: fields[0] as bigint, value: fields[1] as bigint };
  }
  if (body[0] === INNER_TAG && body.length === 1 + arity * WORD_BYTES) return { kind: 'inner', children: fields };
  throw new DamagedRecordError(key, `of ${body.length} bytes is neither a leaf nor an inner node of ${arity} children`);
}

const ORIGINS: readonly Origin[] = ['empty', 'load', 'prove'];

export const encodeRoot = ({ origin, root, parent, entries, nodes }: RootRecord): Uint8Array =>
  Buffer.concat([Uint8Array.of(ORIGINS.indexOf(origin)), word(root), word(parent), count(entries), count(nodes)]);

/** @throws {DamagedRecordError} not a root record's body */
export function decodeRoot(key: Uint8Array, body: Uint8Array): RootRecord {
  const origin = ORIGINS[body[0] ?? ORIGINS.length];
  if (body.length !== 81 || origin === undefined) throw new DamagedRecordError(key, 'is not a root record');
  const number = (from: number, to: number): bigint => toNumber(body.subarray(from, to));
  return {
    number: numberOf(key),
    root: number(1, 33),
    parent: number(33, 65),
    entries: Number(number(65, 73)),
    nodes: Number(number(73, 81)),
    origin,
  };
}

export const encodeHead = count;
export const decodeHead = (body: Uint8Array): number => Number(toNumber(body));

export const encodeEntryKey = ({ kind, address, slot }: EntryKey): Uint8Array =>
  Buffer.concat([Uint8Array.of(KINDS[kind]), toBytes(address, 20), word(slot)]);

/** @throws {DamagedRecordError} not an entry key's body */
export function decodeEntryKey(key: Uint8Array, body: Uint8Array): EntryKey {
  const kind = (Object.keys(KINDS) as Kind[]).find((name) => KINDS[name] === body[0]);
  if (body.length !== 53 || kind === undefined) throw new DamagedRecordError(key, 'is not the key of an entry');
  return { kind, address: toNumber(body.subarray(1, 21)), slot: toUint256(toNumber(body.subarray(21))) };
}

export const encodeValue: (value: Uint256) => Uint8Array = word;

/** @throws {DamagedRecordError} not a value's body */
export function decodeValue(key: Uint8Array, body: Uint8Array): Uint256 {
  if (body.length !== WORD_BYTES) throw new DamagedRecordError(key, 'is not the value of an entry');
  return toUint256(toNumber(body));
}
