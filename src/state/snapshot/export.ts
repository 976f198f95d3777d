import type { Entry } from '../batch/batch.js';
import type { HashDb } from '../hashdb/hashdb.js';
import { encodeEntry } from '../hashdb/entry-record.js';
import type { Subtree } from '../hashdb/state-parts.js';
import { MissingPreimageError } from '../hashdb/reader.js';
import type { StateReader } from '../hashdb/reader.js';
import { EMPTY } from '../tree/node.js';
import type { Digest } from '../tree/node.js';
import { entryOf } from '../tree/read.js';
import type { Siblings } from '../tree/read.js';
import { stepsBelow } from '../tree/walk.js';
import type { Step } from '../tree/walk.js';
import { encodeChunk } from './chunk.js';

/** Bytes of entries in a chunk, at most; its path is some hundred more. */
export const CHUNK_BYTES = 1 << 20;

/** Nodes that are read at once. */
const TOGETHER = 1 << 10;

/** A subtree on the way from the root down. */
interface Place extends Step {
  readonly siblings: Siblings;
}

/**
 * A chunk of a snapshot, as it is written.
 * @see {@link exportChunks}
 */
export interface ExportedChunk extends Subtree {
  readonly bytes: Uint8Array;
}

/**
 * Cuts the state with a root into chunks, in the order of its tree: subtrees that are as large as they
 * may be.
 * Each has at most `limit` bytes of entries.
 * @throws {UnknownRootError | PrunedRootError} the root is not in the history, or was pruned
 * @throws {MissingPreimageError} an entry was committed without its preimages
 * @throws {MissingNodeError | MalformedTreeError} the database is damaged
 * @throws what the signal was aborted with
 *
 * @example
 * for await (const chunk of exportChunks(db, root)) chunk.bytes.length;
 */
export async function* exportChunks(
  db: HashDb,
  root: Digest,
  {
    limit = CHUNK_BYTES,
    signal,
  }: { readonly limit?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ExportedChunk, void> {
  await db.roots.find(root);
  const reader = db.under(root);
  const waiting: Place[] = root === EMPTY ? [] : [{ digest: root, level: 0, path: 0n, alone: false, siblings: [] }];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    signal?.throwIfAborted();
    const { digest, level, path, siblings } = place;
    const entries = await entriesUnder(reader, place, limit);
    if (entries !== null) {
      yield {
        level,
        path,
        digest,
        entries: entries.length,
        bytes: encodeChunk({ root, level, path, siblings, entries }),
      };
      continue;
    }
    const [node] = await reader.getNodes([digest]);
    if (node?.kind !== 'inner')
      throw new RangeError(`expected chunks of at least one entry, got a limit of ${limit} bytes`);
    const below = stepsBelow(db.scheme, node, place).map((step, digit) => ({
      ...step,
      siblings: [...siblings, node.children.toSpliced(digit, 1)],
    }));
    waiting.push(...below.filter((child) => child.digest !== EMPTY).toReversed());
  }
}

/** The entries of a subtree; null if they take more than `limit` bytes. */
async function entriesUnder(reader: StateReader, top: Step, limit: number): Promise<Entry[] | null> {
  const entries: Entry[] = [];
  let bytes = 0;
  const waiting = [top];
  while (waiting.length > 0) {
    const steps = waiting.splice(-TOGETHER);
    const digests = steps.map(({ digest }) => digest);
    const nodes = await reader.getNodes(digests);
    const found = await reader.entriesOf(digests);
    for (const [i, node] of nodes.entries()) {
      const step = steps[i]!;
      if (node.kind === 'inner') {
        waiting.push(...stepsBelow(reader.scheme, node, step).filter(({ digest }) => digest !== EMPTY));
        continue;
      }
      entryOf(reader.scheme, node, { key: step.path, level: step.level }, step.alone);
      const entry = found[i];
      if (entry === undefined) throw new MissingPreimageError(node.key, node.value);
      entries.push(entry);
      bytes += encodeEntry(entry).length;
    }
    if (bytes > limit) return null;
  }
  return entries;
}
