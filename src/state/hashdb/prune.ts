import type { Watching } from '../../base/tasks/watching.js';
import { EMPTY } from '../tree/node.js';
import type { Digest } from '../tree/node.js';
import { keys, ranges } from './codec.js';
import type { Change } from './driver.js';
import { Marks } from './marks.js';
import { put } from './seal.js';
import type { Records } from './records.js';
import { encodeRoot } from './root-record.js';
import type { Head, RootRecord } from './root-record.js';
import type { Roots } from './roots.js';

/**
 * Which roots are kept.
 * @see {@link HashDb}
 */
export interface PruneOptions extends Watching {
  /** The newest roots are kept, so many of them; at least 1. */
  readonly keepLast: number;
  /** Roots that are kept beside them, and beside those that have a name. */
  readonly keep?: readonly Digest[];
}

/**
 * What pruning did.
 * @see {@link HashDb}
 */
export interface Pruned {
  /** The roots that are kept no more, oldest first. */
  readonly roots: readonly RootRecord[];
  /** Nodes deleted. */
  readonly nodes: number;
  /** Entries of the index deleted, which no kept root has. */
  readonly entries: number;
}

/**
 * Drops what no kept root needs, and gives back the space. First, roots are marked as pruned, from when on
 * nobody reads them; then what the others need is found; then all else is deleted, step by step. Killed or stopped
 * in between, everything kept is complete, and the next prune deletes the rest.
 *
 * Commits go on meanwhile. A step is made only if nothing was written since it was found what is needed:
 * where something was, that is asked first what it needs. What was imported of a snapshot that is not whole
 * yet goes, too.
 * @throws {UnknownRootError | PrunedRootError} `keep` has a root that the database has not
 * @throws {MissingNodeError | DamagedRecordError} a kept root is damaged; nothing more is deleted
 * @throws what the signal was aborted with
 */
export async function prune(records: Records, roots: Roots, options: PruneOptions): Promise<Pruned> {
  const { onProgress: tell, signal } = options;
  const onProgress = (phase: string, done: number, total: number): void => {
    signal?.throwIfAborted();
    tell?.(phase, done, total);
  };
  signal?.throwIfAborted();
  const dropped = await drop(records, roots, options);
  const { nodes: total } = await records.head();
  const marks = new Marks(records, roots, (marked) => onProgress('finding needed nodes', marked, 0));
  const sweep = await Sweep.begin(records, marks);
  const nodes = await sweep.delete(SORTS.nodes, (seen) => onProgress('deleting nodes', Math.min(seen, total), total));
  onProgress('deleting nodes', total, total);
  const entries = await sweep.delete(SORTS.entries, () => onProgress('deleting entries of the index', 0, 0));
  onProgress('freeing space', 0, 0);
  await records.driver.compact();
  return { roots: dropped, nodes, entries };
}

/** Marks the roots that are not kept as pruned, and forgets what was imported of states that are not whole yet. */
async function drop(
  records: Records,
  roots: Roots,
  { keepLast, keep = [] }: PruneOptions,
): Promise<readonly RootRecord[]> {
  if (!Number.isSafeInteger(keepLast) || keepLast < 1)
    throw new RangeError(`expected to keep at least 1 root, got ${keepLast}`);
  for (;;) {
    const head = await records.head();
    for (const root of keep) await roots.find(root);
    const history = await roots.history();
    const newest = history.filter(({ number }) => number > head.number - keepLast).map(({ root }) => root);
    const kept = new Set([EMPTY, ...newest, ...(await roots.names()).values(), ...keep]);
    const dropped = history
      .filter(({ root, pruned }) => !pruned && !kept.has(root))
      .map((record) => ({ ...record, pruned: true }));
    const changes = [
      ...(await forgottenParts(records)),
      ...dropped.map((record) => put(keys.root(record.number), encodeRoot(record))),
    ];
    if (changes.length === 0) return [];
    if ((await records.write(head, {}, changes)) !== null) return dropped;
  }
}

/** What was imported of states that are not whole yet: their nodes are not among those that are needed. */
async function forgottenParts({ driver }: Records): Promise<Change[]> {
  const parts: Change[] = [];
  for await (const [key] of driver.iterate(ranges.parts.from, ranges.parts.before)) parts.push({ key, value: null });
  return parts;
}

type StoredRecord = readonly [key: Uint8Array, record: Uint8Array];

/** The sorts of records that are deleted. */
const SORTS = {
  nodes: { range: ranges.nodes, isNode: true, isNeeded: (marks: Marks, [key]: StoredRecord) => marks.hasNode(key) },
  entries: {
    range: ranges.entries,
    isNode: false,
    isNeeded: (marks: Marks, [key, record]: StoredRecord) => marks.hasEntry(key, record),
  },
} as const;
type Sort = (typeof SORTS)[keyof typeof SORTS];

/** Records that are deleted at once. */
const STEP = 2_000;

class Sweep {
  /** Has something else written? Then it may also have deleted what is still to be seen here. */
  private interrupted = false;

  private constructor(
    private readonly records: Records,
    private readonly marks: Marks,
    /** As it was when `marks` were made. */
    private head: Head,
  ) {}

  static async begin(records: Records, marks: Marks): Promise<Sweep> {
    return new Sweep(records, marks, await marks.update());
  }

  /** Deletes the records that nobody needs. @returns how many */
  async delete(sort: Sort, onSeen: (seen: number) => void): Promise<number> {
    let seen = 0;
    let deleted = 0;
    let waiting: StoredRecord[] = [];
    for await (const record of this.records.driver.iterate(sort.range.from, sort.range.before)) {
      seen++;
      if (!sort.isNeeded(this.marks, record)) waiting.push(record);
      if (waiting.length < STEP) continue;
      deleted += await this.step(sort, waiting);
      waiting = [];
      onSeen(seen);
    }
    return deleted + (await this.step(sort, waiting));
  }

  private async step(sort: Sort, waiting: readonly StoredRecord[]): Promise<number> {
    for (;;) {
      const left = this.interrupted ? await this.stillUnneeded(sort, waiting) : waiting;
      if (left.length === 0) return 0;
      // Nodes of a later commit may be among them, more than the head counts: then the write is refused anyway.
      const nodes = Math.max(0, this.head.nodes - (sort.isNode ? left.length : 0));
      // What was imported since may have been seen, and is among what is deleted, now or already.
      const changes = [...(await forgottenParts(this.records)), ...left.map(([key]): Change => ({ key, value: null }))];
      const head = await this.records.write(this.head, { nodes }, changes);
      if (head !== null) {
        this.head = head;
        return left.length;
      }
      this.interrupted = true;
      this.head = await this.marks.update();
    }
  }

  private async stillUnneeded(sort: Sort, waiting: readonly StoredRecord[]): Promise<StoredRecord[]> {
    const found = await this.records.driver.getMany(waiting.map(([key]) => key));
    return waiting.filter((record, i) => found[i] !== undefined && !sort.isNeeded(this.marks, record));
  }
}
