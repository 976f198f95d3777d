import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Watching } from '../base/tasks/watching.js';
import { reasonOf } from '../base/files/system-error.js';
import { frToHex } from '../base/field/fr.js';
import { keys } from '../state/hashdb/codec.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import { DamagedRecordError } from '../state/hashdb/record.js';
import type { Subtree } from '../state/hashdb/state-parts.js';
import type { RootRecord } from '../state/hashdb/root-record.js';
import { BadChunkError, checkChunk } from '../state/snapshot/chunk.js';
import type { CheckedChunk } from '../state/snapshot/chunk.js';
import { coverOf } from '../state/snapshot/cover.js';
import { exportChunks } from '../state/snapshot/export.js';
import { formatManifest, parseManifest, SnapshotError } from '../state/snapshot/manifest.js';
import type { Manifest } from '../state/snapshot/manifest.js';
import type { Digest } from '../state/tree/node.js';
import { poseidonScheme } from '../state/tree/scheme.js';
import type { TreeScheme } from '../state/tree/scheme.js';
import { openIfThere } from './database.js';
import type { OpenDb } from './database.js';
import { FileError, FileTooLargeError } from '../base/files/file-error.js';
import { readBytes, readTextFile } from '../base/files/input.js';
import { writeFileAtomically } from '../base/files/output.js';

const MANIFEST = 'manifest.json';
/** Enough for some hundred thousand chunks. */
const MAX_MANIFEST_BYTES = 16 << 20;
/** Four times the default size of a chunk. */
const MAX_CHUNK_BYTES = 4 << 20;
const chunkFile = (number: number): string => `chunk-${String(number).padStart(6, '0')}`;

/**
 * The directory of a snapshot, and the expected root.
 * @see {@link exportSnapshot}
 */
export interface SnapshotOptions extends Watching {
  readonly directory: string;
  /**
   * The root that the state must have. Default: the root in the snapshot, which the caller must then compare with a
   * trusted one.
   */
  readonly root?: Digest;
}

/**
 * Writes the state with a root as chunks, each verifiable against the root alone, and then a manifest. If this fails,
 * nothing is left.
 * @param chunkBytes largest number of bytes of entries in a chunk; default: 1 MiB. Readers accept chunks of up to 4
 *   MiB, including the path
 * @throws {SnapshotError} the directory is not empty
 * @throws {FileError} the directory cannot be written
 * @throws {UnknownRootError | PrunedRootError} the root is not in the history, or was pruned
 * @throws what the signal was aborted with
 *
 * @example
 * await exportSnapshot(db, { directory: 'snapshot', root });
 */
export async function exportSnapshot(
  db: HashDb,
  {
    directory,
    root,
    onProgress,
    signal,
    chunkBytes,
  }: SnapshotOptions & { readonly root: Digest; readonly chunkBytes?: number },
): Promise<Manifest> {
  const { number, entries: total } = await db.roots.find(root);
  const remove = await makeEmptyDirectory(directory);
  try {
    const chunks: Subtree[] = [];
    let entries = 0;
    for await (const { bytes, ...chunk } of exportChunks(db, root, { limit: chunkBytes, signal })) {
      await writeFileAtomically(path.join(directory, chunkFile(chunks.length)), bytes);
      chunks.push(chunk);
      entries += chunk.entries;
      onProgress?.('writing chunks', entries, total);
    }
    if (entries !== total)
      throw new DamagedRecordError(keys.root(number), `states ${total} entries, but its tree has ${entries}`);
    const manifest = {
      root,
      scheme: db.scheme.id,
      entries,
      chunks: chunks.map(({ level, path: place, entries: held }) => ({ level, path: place, entries: held })),
    };
    await writeFileAtomically(path.join(directory, MANIFEST), formatManifest(manifest));
    return manifest;
  } catch (error) {
    await remove();
    throw error;
  }
}

/** @returns a function that removes the directory if it was made, otherwise its content */
async function makeEmptyDirectory(directory: string): Promise<() => Promise<void>> {
  try {
    const made = await mkdir(directory, { recursive: true });
    const [first] = await readdir(directory);
    if (first !== undefined)
      throw new SnapshotError(`expected an empty directory for a snapshot, but ${directory} contains ${first}`);
    const what = async (): Promise<string[]> =>
      made === undefined ? (await readdir(directory)).map((name) => path.join(directory, name)) : [made];
    return async () =>
      void (await Promise.all((await what()).map((name) => rm(name, { recursive: true, force: true }))));
  } catch (cause) {
    if (cause instanceof SnapshotError) throw cause;
    throw new FileError('write', directory, reasonOf(cause), { cause });
  }
}

/** A snapshot's manifest, and its tree's scheme. */
export interface OpenSnapshot {
  readonly manifest: Manifest;
  readonly scheme: TreeScheme;
  readonly bitsPerLevel: 1 | 2;
}

/**
 * @throws {SnapshotError | FileError} there is none, or it is not of the wanted root, or its chunks cannot be one state
 */
export async function openSnapshot({ directory, root }: SnapshotOptions): Promise<OpenSnapshot> {
  const file = path.join(directory, MANIFEST);
  const blame = (what: string, cause?: Error): SnapshotError => new SnapshotError(`${file}: ${what}`, { cause });
  const text = await readTextFile(file, MAX_MANIFEST_BYTES).catch((error: FileError) => {
    throw error instanceof FileTooLargeError ? blame(error.reason, error) : error;
  });
  let manifest: Manifest;
  try {
    manifest = parseManifest(text);
  } catch (error) {
    throw error instanceof SnapshotError ? blame(error.message, error) : error;
  }
  const bitsPerLevel = ([1, 2] as const).find((bits) => poseidonScheme(bits).id === manifest.scheme);
  if (bitsPerLevel === undefined)
    throw blame(`expected a tree with ${poseidonScheme(2).id} or two children per node, got ${manifest.scheme}`);
  if (root !== undefined && manifest.root !== root)
    throw blame(`expected root ${frToHex(root)}, got 0x${manifest.root.toString(16)}`);
  const numbers = new Map<string, number>();
  for (const [number, { level, path: place }] of manifest.chunks.entries()) {
    const first = numbers.get(`${level}:${place}`);
    if (first !== undefined) throw blame(`chunk ${number} is the same as chunk ${first}`);
    numbers.set(`${level}:${place}`, number);
  }
  return { manifest, scheme: poseidonScheme(bitsPerLevel), bitsPerLevel };
}

/**
 * Reads one chunk and checks it against the root.
 * @throws {SnapshotError} it is missing, or not part of the state; the message has its number
 */
export async function readChunk(
  directory: string,
  { manifest, scheme }: OpenSnapshot,
  number: number,
): Promise<CheckedChunk> {
  const said = manifest.chunks[number]!;
  const refuse = (why: string, cause?: unknown): SnapshotError =>
    new SnapshotError(`chunk ${number} of the snapshot at ${directory} is not valid: ${why}`, { cause });
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(path.join(directory, chunkFile(number)), MAX_CHUNK_BYTES);
  } catch (cause) {
    throw refuse((cause as FileError).reason, cause);
  }
  try {
    const chunk = await checkChunk(scheme, manifest.root, bytes);
    if (chunk.level !== said.level || chunk.path !== said.path)
      throw new BadChunkError('it is not the one in the manifest');
    if (chunk.entries !== said.entries)
      throw new BadChunkError(`it has ${chunk.entries} entries, but the manifest says ${said.entries}`);
    return chunk;
  } catch (cause) {
    throw cause instanceof BadChunkError ? refuse(cause.message, cause) : cause;
  }
}

/** @throws {SnapshotError} the subtrees are not all of the state, or not as many entries as the manifest says */
function coverOfAll(directory: string, { manifest, scheme }: OpenSnapshot, parts: readonly Subtree[]) {
  const cover = coverOf(scheme, parts);
  if (cover.root !== manifest.root) {
    throw new SnapshotError(
      `the snapshot at ${directory} is not complete: its chunks are only a part of the state with root 0x${manifest.root.toString(16)}`,
    );
  }
  if (cover.entries !== manifest.entries) {
    throw new SnapshotError(
      `the snapshot at ${directory} has ${cover.entries} entries, but its manifest says ${manifest.entries}`,
    );
  }
  return cover;
}

/**
 * Checks every chunk, and that the chunks are the whole state.
 * @returns the faults by chunk; empty if the snapshot is valid
 * @throws {SnapshotError | FileError} the manifest cannot be read, or has another root
 * @throws what the signal was aborted with
 *
 * @example
 * (await verifySnapshot({ directory: 'snapshot', root })).faults; // []
 */
export async function verifySnapshot(options: SnapshotOptions) {
  const { directory, onProgress, signal } = options;
  const snapshot = await openSnapshot(options);
  const faults: string[] = [];
  const collect = (error: unknown): void => {
    if (!(error instanceof SnapshotError)) throw error;
    faults.push(error.message);
  };
  const parts: Subtree[] = [];
  const { chunks } = snapshot.manifest;
  for (const number of chunks.keys()) {
    signal?.throwIfAborted();
    await readChunk(directory, snapshot, number).then(
      ({ level, path: place, digest, entries }) => parts.push({ level, path: place, digest, entries }),
      collect,
    );
    onProgress?.('checking chunks', number + 1, chunks.length);
  }
  try {
    if (faults.length === 0) coverOfAll(directory, snapshot, parts);
  } catch (error) {
    collect(error);
  }
  return { manifest: snapshot.manifest, faults };
}

/**
 * Imports a snapshot into a database, which is created if it does not exist. The root becomes current when the whole
 * state is imported. Every chunk is checked before it is written. Chunks from an interrupted import are not read again.
 * @throws {SnapshotError} a chunk is not valid (the message has its number), or the snapshot is not complete; the state
 *   is unchanged
 * @throws {DatabaseSchemeError} the database has another tree
 * @throws what the signal was aborted with: what is there by then is as after an interruption
 *
 * @example
 * await importSnapshot((options) => openDatabase('copy', options), { directory: 'snapshot', root });
 */
export async function importSnapshot(openDb: OpenDb, options: SnapshotOptions): Promise<RootRecord> {
  const { directory, onProgress, signal } = options;
  const snapshot = await openSnapshot(options);
  signal?.throwIfAborted();
  const { root, chunks } = snapshot.manifest;
  let db = await openIfThere(openDb);
  if (db === null) {
    // No database is created for a snapshot whose start is bad.
    if (chunks.length > 0) await readChunk(directory, snapshot, 0);
    else coverOfAll(directory, snapshot, []);
    db = await openDb({ createIfMissing: true, bitsPerLevel: snapshot.bitsPerLevel });
  }
  try {
    if (db.scheme.id !== snapshot.scheme.id) {
      throw new SnapshotError(
        `the snapshot at ${directory} has a tree with ${snapshot.scheme.id}, but the database has ${db.scheme.id}`,
      );
    }
    const current = await db.current();
    if (current.root === root) return current;
    const parts = db.parts(root);
    for (;;) {
      const found = await parts.find();
      const there = new Map(found.parts.map((part) => [`${part.level}:${part.path}`, part.entries]));
      const missing = [...chunks.keys()].filter((number) => {
        const { level, path: place, entries } = chunks[number]!;
        return there.get(`${level}:${place}`) !== entries;
      });
      signal?.throwIfAborted();
      if (missing.length === 0) {
        const cover = coverOfAll(directory, snapshot, found.parts);
        const record = await parts.commit(found, cover.nodes, cover.entries);
        if (record !== null) return record;
        continue;
      }
      let done = chunks.length - missing.length;
      onProgress?.('importing chunks', done, chunks.length);
      for (const number of missing) {
        signal?.throwIfAborted();
        const chunk = await readChunk(directory, snapshot, number);
        await parts.add(chunk, chunk.content);
        onProgress?.('importing chunks', ++done, chunks.length);
      }
    }
  } finally {
    await db.close();
  }
}
