import { EMPTY } from '../tree/node.js';
import type { Digest } from '../tree/node.js';
import { numberOf } from './codec.js';
import { BodyReader, count, word } from './record.js';

/**
 * How a root came to be: with the database, by loading entries or writing them unproven, by a proven batch, from a
 * snapshot, by following a settlement on a chain. `rebuilt`: its record was lost and made anew, and how it came to be
 * is not known.
 * @see {@link HashDb}
 */
export type Origin = 'empty' | 'load' | 'prove' | 'write' | 'import' | 'rebuilt' | 'chain';

const ORIGINS: readonly Origin[] = ['empty', 'load', 'prove', 'write', 'import', 'rebuilt', 'chain'];

/**
 * A state of the database. It stays in the history, also when its nodes are pruned.
 * @see {@link HashDb}
 */
export interface RootRecord {
  /** 0 is the empty state; each commit counts one up. */
  readonly number: number;
  readonly root: Digest;
  /** The root before; for number 0, its own. */
  readonly parent: Digest;
  /** Present leaves under this root; 0 where that is not known, of one that is pruned and rebuilt. */
  readonly entries: number;
  readonly origin: Origin;
  /** Nobody needed the root any more: its nodes are gone, but for those that other roots share. */
  readonly pruned: boolean;
}

/** The first record of every history. */
export const EMPTY_STATE: RootRecord = {
  number: 0,
  root: EMPTY,
  parent: EMPTY,
  entries: 0,
  origin: 'empty',
  pruned: false,
};

export const encodeRoot = ({ origin, pruned, root, parent, entries }: RootRecord): Uint8Array =>
  Buffer.concat([Uint8Array.of(ORIGINS.indexOf(origin), Number(pruned)), word(root), word(parent), count(entries)]);

/** @throws {DamagedRecordError} not a root record's body */
export function decodeRoot(key: Uint8Array, body: Uint8Array): RootRecord {
  const fields = new BodyReader(key, body, 'a root record');
  const origin = ORIGINS[fields.byte()] ?? fields.fail();
  const pruned = fields.byte();
  if (pruned > 1) fields.fail();
  const root = fields.word();
  const parent = fields.word();
  const entries = fields.count();
  fields.end();
  const number = numberOf(key);
  if (!Number.isSafeInteger(number)) fields.fail();
  return { number, root, parent, entries, origin, pruned: pruned === 1 };
}

/** Every write changes the head: if it is unchanged, nothing was written meanwhile. */
export interface Head {
  /** Of the current root. */
  readonly number: number;
  /** How often the database was written to. */
  readonly writes: number;
  /** Nodes kept, those of older roots included. */
  readonly nodes: number;
}

export const encodeHead = ({ number, writes, nodes }: Head): Uint8Array =>
  Buffer.concat([count(number), count(writes), count(nodes)]);

/** @throws {DamagedRecordError} not a head */
export function decodeHead(key: Uint8Array, body: Uint8Array): Head {
  const fields = new BodyReader(key, body, 'a head');
  const head = { number: fields.count(), writes: fields.count(), nodes: fields.count() };
  fields.end();
  return head;
}

export const encodeName: (root: Digest) => Uint8Array = word;

/** @throws {DamagedRecordError} not a root */
export function decodeName(key: Uint8Array, body: Uint8Array): Digest {
  const fields = new BodyReader(key, body, 'a named root');
  const root = fields.word();
  fields.end();
  return root;
}
