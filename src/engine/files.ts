import { access, constants, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf } from '../machine/circuit/system-error.js';
import { writeWhole } from '../proof/setup/whole-file.js';

/** A file cannot be read or written; the message says which, and why. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

const PIECE_BYTES = 1 << 18;

/**
 * Reads a text file, UTF-8.
 * @throws {FileError} it is missing, no file, not text, or may not be read
 */
export async function readTextFile(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new FileError(`could not read ${file}: ${reasonOf(cause)}`, { cause });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FileError(`could not read ${file}: expected text in UTF-8, got other bytes`, { cause });
  }
}

/**
 * Reads a text file, UTF-8, piece by piece.
 * @param onBytes is told after each piece how much of the file has been read
 * @throws {FileError} it is missing, no file, not text, or may not be read
 */
export async function* readTextPieces(
  file: string,
  onBytes: (done: number, total: number) => void = () => {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new FileError(`could not read ${file}: expected text in UTF-8, got other bytes`, { cause });
    }
  };
  const failed = (cause: unknown): FileError => new FileError(`could not read ${file}: ${reasonOf(cause)}`, { cause });
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw failed(cause);
  });
  try {
    const { size } = await handle.stat();
    const buffer = new Uint8Array(PIECE_BYTES);
    for (let done = 0; ; ) {
      const { bytesRead } = await handle.read(buffer, 0, PIECE_BYTES).catch((cause: unknown) => {
        throw failed(cause);
      });
      if (bytesRead === 0) break;
      onBytes((done += bytesRead), size);
      yield decode(buffer.subarray(0, bytesRead));
    }
    yield decode();
  } finally {
    await handle.close();
  }
}

/** The first 256 KiB of a text file, or all of it. @throws {FileError} as above */
export async function readTextStart(file: string): Promise<string> {
  for await (const piece of readTextPieces(file)) return piece;
  return '';
}

/**
 * Writes a file, and the folders above it, so that whoever looks, also after a crash, finds the file
 * as it was or the new one, whole.
 * @throws {FileError} there is no room, or no permission, or something else in the way
 */
export async function writeFileAtomically(file: string, content: string | Uint8Array | AsyncIterable<string>): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeWhole(file, (scratch) => writeFile(scratch, content, { flag: 'wx' }));
  } catch (cause) {
    throw new FileError(`could not write ${file}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Finds out what would keep a file from being written, and writes nothing: to be asked before long work.
 * @throws {FileError} its name is a folder's, or its folder cannot be made or written
 */
export async function checkWritable(file: string): Promise<void> {
  try {
    if (await isFolder(file)) throw new FileError(`could not write ${file}: it is a folder`);
    let folder = path.dirname(path.resolve(file));
    for (; (await isFolder(folder)) === undefined; folder = path.dirname(folder));
    if (!(await isFolder(folder))) throw new FileError(`could not write ${file}: ${folder} is not a folder`);
    await access(folder, constants.W_OK);
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw new FileError(`could not write ${file}: ${reasonOf(cause)}`, { cause });
  }
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
