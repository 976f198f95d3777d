import { access, constants, lstat, mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FileError } from './file-error.js';
import { NotAFileError, strangeKind } from './input.js';
import { reasonOf } from './system-error.js';
import { writeWhole } from './whole-file.js';

/**
 * Writes a file, and the directories above it, so that whoever looks, also after a crash, finds the file
 * as it was or the new one, whole. A link stays, and what it leads to is written.
 * @throws {FileError} there is no room, or no permission, or something else than a regular file in the way
 */
export async function writeFileAtomically(
  file: string,
  content: string | Uint8Array | AsyncIterable<string>,
): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeWhole(await targetOf(file), (scratch) => writeFile(scratch, content, { flag: 'wx' }));
  } catch (cause) {
    throw refusal(file, cause);
  }
}

/**
 * Finds out what would keep a file from being written, and writes nothing: to be asked before long work.
 * @throws {FileError} something else than a regular file has its name, or its directory cannot be made or written
 */
export async function checkWritable(file: string): Promise<void> {
  try {
    let folder = path.dirname(path.resolve(await targetOf(file)));
    for (; (await isFolder(folder)) === undefined; folder = path.dirname(folder));
    if (!(await isFolder(folder))) throw new Error(`${folder} is not a directory`);
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw refusal(file, cause);
  }
}

const refusal = (file: string, cause: unknown): FileError => new FileError('write', file, reasonOf(cause), { cause });

/**
 * What a name leads to: the file itself, or what a link to it leads to. A device or a pipe would be replaced by a file.
 * @throws {Error} whose `reasonOf` says why it cannot be written
 */
async function targetOf(file: string): Promise<string> {
  const there = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (there === null) return file;
  const target = await realpath(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error('it is a link to a missing file', { cause: error });
    throw error;
  });
  const kind = strangeKind(await stat(target));
  if (kind !== null) throw new NotAFileError(kind);
  return target;
}

/** Undefined if nothing is there. */
async function isFolder(name: string): Promise<boolean | undefined> {
  try {
    return (await stat(name)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
