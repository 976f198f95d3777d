import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { reasonOf } from './system-error.js';

/** A file cannot be read or written; the message says which, and why. */
export class FileError extends Error {
  override readonly name: string = 'FileError';
  constructor(
    what: 'read' | 'write',
    file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`could not ${what} ${file}: ${reason}`, options);
  }
}

/** A file is larger than what is read of it. */
export class FileTooLargeError extends FileError {
  override readonly name = 'FileTooLargeError';
}

/** Whether what failed was the reading of a file that is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof FileError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';

/** Bytes of the largest file that is read whole, where its reader says nothing else. */
export const MAX_INPUT_BYTES = 32 << 20;

const PIECE_BYTES = 1 << 18;

/** This process's own descriptors, such as standard input: whoever ran it chose them, so they may be pipes. */
const OWN_DESCRIPTOR = /^\/(dev\/stdin|dev\/fd\/\d+|proc\/self\/fd\/\d+)$/;

/** What stands under a name, in words; null for a regular file. */
export function strangeKind(stats: Stats): string | null {
  if (stats.isFile()) return null;
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/**
 * Opens a regular file for reading, or a descriptor of this process by its name, such as `/dev/stdin`. A pipe or a device
 * of another name is refused: it might never end, or never begin.
 * @throws {NotAFileError} something else is there; or what the system says
 */
export async function openInput(file: string): Promise<FileHandle> {
  const isOwn = OWN_DESCRIPTOR.test(file);
  // Before it is opened, which may wait for a pipe's other end, or move a device; and after, when it can't be exchanged any more.
  if (!isOwn) refuseStrange(await stat(file));
  const handle = await open(file, isOwn ? constants.O_RDONLY : constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await handle.stat();
    if (!isOwn || stats.isDirectory()) refuseStrange(stats);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** What is there is no regular file. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
  constructor(readonly kind: string) {
    super(`it is ${kind}${kind === 'a folder' ? '' : ', expected a regular file'}`);
  }
}

function refuseStrange(stats: Stats): void {
  const kind = strangeKind(stats);
  if (kind !== null) throw new NotAFileError(kind);
}

/**
 * A file's bytes, piece by piece.
 * @param maxBytes of a file with more nothing is read; of a pipe, no more than these
 * @param onBytes is told after each piece how much of the file has been read
 * @throws {FileError} it is missing, no file, or may not be read
 * @throws {FileTooLargeError} it has more bytes
 */
export async function* readPieces(
  file: string,
  maxBytes: number,
  onBytes: (done: number, total: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const failed = (cause: unknown): FileError => new FileError('read', file, reasonOf(cause), { cause });
  const tooLarge = (got: string): FileError =>
    new FileTooLargeError('read', file, `expected at most ${maxBytes.toLocaleString('en')} bytes, got ${got}`);
  const handle = await openInput(file).catch((cause: unknown) => {
    throw failed(cause);
  });
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw tooLarge(size.toLocaleString('en'));
    for (let done = 0; ;) {
      const { bytesRead, buffer } = await handle
        .read(new Uint8Array(PIECE_BYTES), 0, PIECE_BYTES)
        .catch((cause: unknown) => {
          throw failed(cause);
        });
      if (bytesRead === 0) return;
      if ((done += bytesRead) > maxBytes) throw tooLarge('more');
      onBytes(done, size);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Reads a file whole.
 * @throws {FileError} it is missing, no file, or may not be read
 * @throws {FileTooLargeError} it has more than `maxBytes` bytes
 */
export async function readBytes(file: string, maxBytes = MAX_INPUT_BYTES): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readPieces(file, maxBytes)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/**
 * Reads a text file, UTF-8.
 * @throws {FileError} it is missing, no file, not text, or may not be read
 * @throws {FileTooLargeError} it has more than `maxBytes` bytes
 */
export async function readTextFile(file: string, maxBytes = MAX_INPUT_BYTES): Promise<string> {
  let text = '';
  for await (const piece of readTextPieces(file, { maxBytes })) text += piece;
  return text;
}

/**
 * Reads a text file, UTF-8, piece by piece.
 * @param options as `readPieces` takes them; without `maxBytes` it may have any length
 * @throws {FileError} it is missing, no file, not text, or may not be read
 * @throws {FileTooLargeError} it has more than `maxBytes` bytes
 */
export async function* readTextPieces(
  file: string,
  {
    maxBytes = Infinity,
    onBytes,
  }: { readonly maxBytes?: number; readonly onBytes?: (done: number, total: number) => void } = {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new FileError('read', file, 'expected text in UTF-8, got other bytes', { cause });
    }
  };
  for await (const piece of readPieces(file, maxBytes, onBytes)) yield decode(piece);
  yield decode();
}

/** The first 256 KiB of a text file, or all of it. @throws {FileError} as above */
export async function readTextStart(file: string): Promise<string> {
  for await (const piece of readTextPieces(file)) return piece;
  return '';
}
