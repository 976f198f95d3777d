import type { Entry } from '../batch/batch.js';
import { treeKeys } from '../batch/encoding.js';
import type { Content } from '../hashdb/content.js';
import { HashDbError } from '../hashdb/driver.js';
import { decodeEntry, encodeEntry } from '../hashdb/entry-record.js';
import type { Subtree } from '../hashdb/state-parts.js';
import { BodyReader, count, DamagedRecordError, joinBytes, toBytes, word } from '../hashdb/record.js';
import { arrange, digestOf, draftLeaf, hashDrafts } from '../tree/draft.js';
import { foldUp, NewNodes } from '../tree/fold.js';
import { EMPTY } from '../tree/node.js';
import type { Digest, Node } from '../tree/node.js';
import { shareLevels } from '../tree/path.js';
import type { Siblings } from '../tree/read.js';
import { arityOf, innerOf, levelsOf } from '../tree/scheme.js';
import type { TreeScheme } from '../tree/scheme.js';

/*
 * A chunk of a snapshot: all entries of one subtree, and its path to the root. All numbers are unsigned and
 * big-endian; a short number is length(1) and as many bytes, the first of them not 0.
 *
 *   "RSHIFT01" root(32) level(2) path(32) sibling(32) ... entries(8)
 *   and for each entry  kind(1) address(20) slot(short) value(short)
 *
 * There are 2^b - 1 siblings for each of the `level` levels, those of the root's children first.
 */
const MAGIC = Uint8Array.of(0x52, 0x53, 0x48, 0x49, 0x46, 0x54, 0x30, 0x31);

/** A chunk is not one of the state with the root that is wanted. */
export class BadChunkError extends HashDbError {
  override readonly name = 'BadChunkError';
}

/**
 * A chunk that was found to be of the state.
 * @see {@link checkChunk}
 */
export interface CheckedChunk extends Subtree {
  /** The subtree's nodes, made anew from its entries, and what they stand for. */
  readonly content: Content;
  /** The nodes on the path above. */
  readonly above: ReadonlyMap<Digest, Node>;
}

/** What a chunk says. */
export interface ChunkText {
  readonly root: Digest;
  readonly level: number;
  readonly path: bigint;
  readonly siblings: Siblings;
  readonly entries: readonly Entry[];
}

export function encodeChunk({ root, level, path, siblings, entries }: ChunkText): Uint8Array {
  const place = [word(root), toBytes(BigInt(level), 2), word(path), ...siblings.flat().map(word)];
  return joinBytes([MAGIC, ...place, count(entries.length), ...entries.map(encodeEntry)]);
}

/** @throws {BadChunkError} the bytes are no chunk */
export function decodeChunk(scheme: TreeScheme, bytes: Uint8Array): ChunkText {
  const fields = new BodyReader(MAGIC, bytes, 'a chunk');
  try {
    if (fields.bytes(MAGIC.length).some((byte, i) => byte !== MAGIC[i]))
      throw new BadChunkError('it is not a chunk of a snapshot');
    const root = fields.word();
    const level = Number(fields.number(2));
    const path = fields.word();
    if (level > levelsOf(scheme))
      throw new BadChunkError(`it is ${level} levels below the root, the tree has only ${levelsOf(scheme)}`);
    const siblings = Array.from({ length: level }, () =>
      Array.from({ length: arityOf(scheme) - 1 }, () => fields.word()),
    );
    const length = fields.count();
    const entries: Entry[] = [];
    for (let i = 0; i < length; i++) entries.push(decodeEntry(fields));
    fields.end();
    return { root, level, path, siblings, entries };
  } catch (cause) {
    if (!(cause instanceof DamagedRecordError)) throw cause;
    throw new BadChunkError('it is truncated, or has extra bytes', { cause });
  }
}

/**
 * Checks a chunk against the root alone: makes the nodes of its subtree from its entries, and follows
 * its path up. Whoever made it need not be trusted.
 * @throws {BadChunkError} it says why
 *
 * @example
 * const { entries: held } = await checkChunk(poseidonScheme(2), root, bytes);
 */
export async function checkChunk(scheme: TreeScheme, root: Digest, bytes: Uint8Array): Promise<CheckedChunk> {
  const chunk = decodeChunk(scheme, bytes);
  const { level, path, siblings, entries } = chunk;
  if (chunk.root !== root) throw new BadChunkError(`it belongs to root 0x${chunk.root.toString(16)}`);
  const bits = scheme.bitsPerLevel;
  if (path !== BigInt.asUintN(bits * level, path)) throw new BadChunkError('its path is longer than its level');
  const strange = siblings.flat().find((digest) => digest >= scheme.digestLimit);
  if (strange !== undefined) throw new BadChunkError(`it has a hash out of the range of ${scheme.id}`);
  const keys = await treeKeys(entries);
  if (new Set(keys).size !== keys.length) throw new BadChunkError('it has an entry twice');
  if (entries.length === 0) throw new BadChunkError('it has no entries');
  if (entries.some(({ value }) => value === 0n)) throw new BadChunkError('it has an entry of value 0');
  if (keys.some((key) => !shareLevels(key, path, level, bits)))
    throw new BadChunkError('it has an entry that belongs elsewhere');
  // A subtree of more entries parts further down; one that is a leaf has to part from something here.
  if (entries.length === 1 && siblings.at(-1)?.every((digest) => digest === EMPTY)) {
    throw new BadChunkError('its only entry is deeper than its path needs');
  }
  const values = await scheme.leafValues(entries.map(({ value }) => value));
  const leaves = keys.map((key, i) => draftLeaf(scheme, { key, value: values[i]! }, level));
  const subtree = arrange(scheme, leaves, level);
  const nodes = await hashDrafts(scheme, [subtree]);
  const digest = digestOf(subtree);
  const above = new NewNodes(scheme);
  const found = foldUp((children) => above.put(innerOf(children)), bits, path, siblings, digest);
  if (found !== root) throw new BadChunkError(`its entries and its path give root 0x${found.toString(16)}`);
  return {
    level,
    path,
    digest,
    entries: entries.length,
    above: above.nodes,
    content: {
      nodes,
      keyPreimages: new Map(entries.map(({ address, kind, slot }, i) => [keys[i]!, { address, kind, slot }])),
      valuePreimages: new Map(entries.map(({ value }, i) => [values[i]!, value])),
    },
  };
}
