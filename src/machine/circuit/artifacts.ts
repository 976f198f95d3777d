import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf } from '../../base/files/system-error.js';
import { renameWhole } from '../../base/files/whole-file.js';
import { makeScratch, sweepScratch } from './scratch.js';

/**
 * An artifact: a directory of files, found by the hash of everything that it was made from.
 * @see {@link ArtifactStore}
 */
export interface Artifact<Manifest> {
  readonly folder: string;
  readonly manifest: Manifest;
  /** True if it was there already. */
  readonly reused: boolean;
}

/** An artifact's directory is there but cannot be used as it is. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
}

const MANIFEST = 'manifest.json';
const MAKING = '.making-';

/**
 * Directories named `<label>-<hash of the ingredients>` below one directory. An artifact appears whole, by
 * a rename, or not at all; so nothing stale or half made is ever met, and two processes may build
 * the same one at once (the first to finish wins, the other's copy is dropped).
 *
 * @example
 * const artifacts = new ArtifactStore('.rootshift/artifacts');
 * await compileCircuit(artifacts, 's14');
 */
export class ArtifactStore {
  constructor(readonly directory: string) {}

  /**
   * Finds the artifact, or has `make` fill an empty directory and return its manifest (plain JSON).
   * @param ingredients everything the result depends on; order counts
   */
  async ensure<Manifest>(
    label: string,
    ingredients: readonly (string | Uint8Array)[],
    make: (folder: string) => Promise<Manifest>,
  ): Promise<Artifact<Manifest>> {
    const folder = this.folder(label, ingredients);
    const found = await this.open<Manifest>(folder);
    if (found !== null) return { folder, manifest: found, reused: true };

    await sweepScratch(this.directory, MAKING);
    const scratch = await makeScratch(this.directory, `${path.basename(folder)}${MAKING}`);
    try {
      const manifest = await make(scratch);
      await writeFile(path.join(scratch, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
      try {
        await renameWhole(scratch, folder);
      } catch (cause) {
        const other = await this.open<Manifest>(folder);
        if (other === null)
          throw new ArtifactError(`${folder} has no ${MANIFEST}; remove the directory, and it will be made again`, {
            cause,
          });
        return { folder, manifest: other, reused: true };
      }
      return { folder, manifest, reused: false };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** The artifact if it is there, else null; nothing is made. */
  async find<Manifest>(
    label: string,
    ingredients: readonly (string | Uint8Array)[],
  ): Promise<Artifact<Manifest> | null> {
    const folder = this.folder(label, ingredients);
    const manifest = await this.open<Manifest>(folder);
    return manifest === null ? null : { folder, manifest, reused: true };
  }

  /** Every artifact of a label, whatever it was made from. */
  async all<Manifest>(label: string): Promise<Artifact<Manifest>[]> {
    const names = await readdir(this.directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const complete = new RegExp(`^${label}-[0-9a-f]{32}$`);
    const folders = names.filter((name) => complete.test(name)).map((name) => path.join(this.directory, name));
    const found = await Promise.all(
      folders.map(async (folder) => ({ folder, manifest: await this.open<Manifest>(folder) })),
    );
    return found.flatMap(({ folder, manifest }) => (manifest === null ? [] : [{ folder, manifest, reused: true }]));
  }

  /** Where the artifact is, or would be. */
  folder(label: string, ingredients: readonly (string | Uint8Array)[]): string {
    const hash = createHash('sha256');
    for (const part of ingredients) {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part;
      // The length before each part: two lists never run together into the same bytes.
      hash.update(`${bytes.length}:`).update(bytes);
    }
    return path.join(this.directory, `${label}-${hash.digest('hex').slice(0, 32)}`);
  }

  private async open<Manifest>(folder: string): Promise<Manifest | null> {
    const file = path.join(folder, MANIFEST);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw cause;
    }
    try {
      const manifest: unknown = JSON.parse(text);
      if (typeof manifest === 'object' && manifest !== null) return manifest as Manifest;
    } catch {
      // Said below.
    }
    throw damagedFile(file, 'expected a JSON object');
  }
}

/** A file of an artifact cannot be used as it is: how that is known, and what to do. */
export const damagedFile = (file: string, how: string, remedy = 'and it will be made again'): ArtifactError =>
  new ArtifactError(`${file} is damaged: ${how}; remove the directory ${path.dirname(file)}, ${remedy}`);

/**
 * Makes sure, before a file of an artifact is used, that it is as it was when it was made: 2 ms a megabyte.
 * @param sha256 64 hexadecimal digits
 * @throws {ArtifactError} it is not there, or is another: with its name, and what to do
 * @throws what the signal was aborted with
 */
export async function requireDigest(
  file: string,
  sha256: string,
  { remedy, signal }: { readonly remedy?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const found = await fileDigest(file, signal).catch((cause: Error) => {
    signal?.throwIfAborted();
    throw damagedFile(file, reasonOf(cause), remedy);
  });
  if (found !== sha256) throw damagedFile(file, `expected SHA-256 ${sha256}, got ${found}`, remedy);
}

/** The SHA-256 of a file, 64 hexadecimal digits; read as a stream. @throws what the signal was aborted with */
export async function fileDigest(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

export const fileSize = async (file: string): Promise<number> => (await stat(file)).size;
