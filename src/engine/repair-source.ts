import path from 'node:path';
import type { Lineage } from '../state/hashdb/bring-forward.js';
import type { RepairSource } from '../state/hashdb/check-report.js';
import type { StoredNode } from '../state/hashdb/node-record.js';
import type { RootRecord } from '../state/hashdb/root-record.js';
import type { CheckedChunk } from '../state/snapshot/chunk.js';
import { SnapshotError } from '../state/snapshot/manifest.js';
import { EMPTY } from '../state/tree/node.js';
import { shareLevels } from '../state/tree/path.js';
import type { Place } from '../state/tree/walk.js';
import { openDatabase } from './database.js';
import type { DriverOptions } from './database.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import { Closing } from '../base/tasks/closing.js';
import { FileError } from '../base/files/file-error.js';
import { readTextFile } from '../base/files/input.js';
import { openSnapshot, readChunk } from './snapshot-folder.js';
import type { OpenSnapshot } from './snapshot-folder.js';

/**
 * An open source from which a database is repaired.
 *
 * @example
 * await using opened = await openSource('snapshot');
 * await db.check({ repair: true, source: opened.source });
 */
export class OpenSource extends Closing {
  constructor(
    readonly source: RepairSource,
    readonly lineage: Lineage,
    private readonly db: HashDb | null,
  ) {
    super();
  }

  /** Closes the database; does nothing for a snapshot. */
  async close(): Promise<void> {
    await this.db?.close();
  }
}

/**
 * Opens the source for repairing a damaged database: a snapshot's directory or another database.
 * @throws {SnapshotError | HashDbError} there is neither, or it cannot be read
 *
 * @example
 * await using source = await openSource('snapshot');
 * await db.check({ repair: true, source: source.source });
 */
export async function openSource(location: string, options: Pick<DriverOptions, 'signal'> = {}): Promise<OpenSource> {
  const isSnapshot = await readTextFile(path.join(location, 'manifest.json')).then(
    () => true,
    (error: unknown) => {
      if (error instanceof FileError) return false;
      throw error;
    },
  );
  if (isSnapshot) return openSnapshotSource(location);
  const db = await openDatabase(location, options);
  const source = await db.asSource();
  const after: Lineage['after'] = (known) => {
    const last = known.at(-1)!;
    // The source may lack records of its own.
    const same = source.history.find(({ number }) => number === last.number);
    if (same?.root !== last.root) return { roots: [], names: new Map() };
    return { roots: source.history.filter(({ number }) => number > last.number), names: source.names };
  };
  return new OpenSource(source, { scheme: db.scheme.id, after }, db);
}

async function openSnapshotSource(directory: string): Promise<OpenSource> {
  const snapshot = await openSnapshot({ directory });
  const { root, entries } = snapshot.manifest;
  const after: Lineage['after'] = (known) => {
    const last = known.at(-1)!;
    const isKnown = root === EMPTY || known.some((record) => record.root === root || record.parent === root);
    const next: RootRecord = {
      number: last.number + 1,
      root,
      parent: last.root,
      entries,
      origin: 'import',
      pruned: false,
    };
    return { roots: isKnown ? [] : [next], names: new Map() };
  };
  return new OpenSource(snapshotSource(directory, snapshot), { scheme: snapshot.scheme.id, after }, null);
}

/** The nodes of a snapshot: those of the chunk in which a place lies, or, above the chunks, on the path of one. */
function snapshotSource(directory: string, snapshot: OpenSnapshot): RepairSource {
  const { chunks } = snapshot.manifest;
  const bits = snapshot.scheme.bitsPerLevel;
  let last: { readonly number: number; readonly chunk: CheckedChunk | null } | null = null;

  const chunkAt = async (number: number): Promise<CheckedChunk | null> => {
    if (last?.number === number) return last.chunk;
    const chunk = await readChunk(directory, snapshot, number).catch((error: unknown) => {
      if (error instanceof SnapshotError) return null;
      throw error;
    });
    last = { number, chunk };
    return chunk;
  };
  const findOne = async ({ digest, level, path: place }: Place): Promise<StoredNode | undefined> => {
    const number = chunks.findIndex((chunk) => shareLevels(chunk.path, place, Math.min(chunk.level, level), bits));
    const chunk = number === -1 ? null : await chunkAt(number);
    const node = chunk?.content.nodes.get(digest) ?? chunk?.above.get(digest);
    if (chunk === null || node === undefined) return undefined;
    if (node.kind === 'inner') return { node, entry: null };
    const { keyPreimages, valuePreimages } = chunk.content;
    return { node, entry: { ...keyPreimages.get(node.key)!, value: valuePreimages.get(node.value)! } };
  };
  const find = async (places: readonly Place[]): Promise<(StoredNode | undefined)[]> => {
    const found: (StoredNode | undefined)[] = [];
    for (const place of places) found.push(await findOne(place));
    return found;
  };
  return { find, history: [], names: new Map() };
}
