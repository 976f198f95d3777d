import { fstat } from 'node:fs';
import type { Stats } from 'node:fs';
import { constants, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { promisify } from 'node:util';
import { FileError, FileTooLargeError } from './file-error.js';
import { reasonOf } from './system-error.js';

/** Bytes of the largest file that is read whole, where its reader says nothing else. */
export const MAX_INPUT_BYTES = 32 << 20;

const PIECE_BYTES = 1 << 18;

/** This process's own descriptors, such as standard input. The caller chose them, so they may be pipes. */
const OWN_DESCRIPTOR = /^\/(?:dev\/stdin|(?:dev\/fd|proc\/self\/fd)\/(\d+))$/;

/** What stands under a name, in words; null for a regular file. */
export function strangeKind(stats: Stats): string | null {
  if (stats.isFile()) return null;
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/**
 * Opens a regular file for reading, or a descriptor of this process by its name, such as `/dev/stdin`. A pipe or a
 * device of another name is refused: it might never end, or never begin.
 * @throws {NotAFileError} something else is there; or what the system says
 */
export async function openInput(file: string): Promise<FileHandle> {
  const isOwn = OWN_DESCRIPTOR.test(file);
  // Checked before opening, which may block on a pipe or move a device, and after, when nobody can exchange it.
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
    super(`it is ${kind}${kind === 'a directory' ? '' : ', expected a regular file'}`);
  }
}

function refuseStrange(stats: Stats): void {
  const kind = strangeKind(stats);
  if (kind !== null) throw new NotAFileError(kind);
}

/** Where bytes come from. */
interface Source {
  /** Of a pipe 0. */
  readonly size: number;
  /** The next bytes; none at the end. */
  readonly read: () => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

async function openSource(file: string): Promise<Source> {
  const own = OWN_DESCRIPTOR.exec(file);
  const stream = own === null ? null : await streamOf(Number(own[1] ?? 0));
  if (stream !== null) return streamSource(stream);
  const handle = await openInput(file);
  const { size } = await handle.stat();
  const read = async (): Promise<Uint8Array> => {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(PIECE_BYTES), 0, PIECE_BYTES);
    return buffer.subarray(0, bytesRead);
  };
  return { size, read, close: () => handle.close() };
}

/**
 * The descriptor as a stream if it is a pipe, a socket (Node gives its children pipes as sockets) or a terminal; else
 * null. A stream needs no thread: a blocking read would keep the process from ending.
 */
async function streamOf(descriptor: number): Promise<Readable | null> {
  const stats = await promisify(fstat)(descriptor).catch(() => null);
  if (stats === null) return null;
  if (isatty(descriptor)) return new ReadStream(descriptor);
  return stats.isFIFO() || stats.isSocket() ? new Socket({ fd: descriptor, readable: true, writable: false }) : null;
}

function streamSource(stream: Readable): Source {
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  const read = async (): Promise<Uint8Array> => (await pieces.next()).value ?? new Uint8Array();
  return { size: 0, read, close: async () => void stream.destroy() };
}

type OnBytes = (done: number, total: number) => void;

/** How the reading of a file is watched, and stopped. */
export interface ReadOptions {
  /** Told after each piece how many bytes have been read; a pipe's total is 0. */
  readonly onBytes?: OnBytes;
  /** Ends it, also while it waits for a pipe: what reads throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a promise comes to, or before that the signal's reason. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** An open file, to be looked at and then read. Each byte is read once, so it may be a pipe. The opener closes it. */
export class InputFile {
  #ahead: Uint8Array[] = [];
  #done = 0;

  private constructor(
    private readonly file: string,
    private readonly source: Source,
    private readonly onBytes: OnBytes,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws {FileError} it is missing, no file, or may not be read */
  static async open(file: string, { onBytes = () => {}, signal }: ReadOptions = {}): Promise<InputFile> {
    const source = await openSource(file).catch((cause: unknown) => {
      throw new FileError('read', file, reasonOf(cause), { cause });
    });
    return new InputFile(file, source, onBytes, signal);
  }

  close(): Promise<void> {
    return this.source.close();
  }

  /**
   * The first 256 KiB of the file as text. They can still be read afterwards. Bytes that are not UTF-8 become U+FFFD.
   */
  async start(): Promise<string> {
    for (let bytes = 0; bytes < PIECE_BYTES;) {
      const piece = await this.#read();
      if (piece.length === 0) break;
      this.#ahead.push(piece);
      bytes += piece.length;
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(this.#ahead));
  }

  /**
   * The bytes, piece by piece.
   * @param maxBytes of a file with more nothing is given; of a pipe, no more than these
   * @throws {FileError | FileTooLargeError}
   */
  async *pieces(maxBytes = Infinity): AsyncGenerator<Uint8Array> {
    const { size } = this.source;
    if (size > maxBytes) throw this.#tooLarge(maxBytes, size.toLocaleString('en'));
    for (;;) {
      const piece = this.#ahead.shift() ?? (await this.#read());
      if (piece.length === 0) return;
      if ((this.#done += piece.length) > maxBytes) throw this.#tooLarge(maxBytes, 'more');
      this.onBytes(this.#done, size);
      yield piece;
    }
  }

  /** The same as text. @throws {FileError | FileTooLargeError} as above, or it is not UTF-8 */
  async *textPieces(maxBytes = Infinity): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const decode = (bytes?: Uint8Array): string => {
      try {
        return decoder.decode(bytes, { stream: bytes !== undefined });
      } catch (cause) {
        throw new FileError('read', this.file, 'expected text in UTF-8, got other bytes', { cause });
      }
    };
    for await (const piece of this.pieces(maxBytes)) yield decode(piece);
    yield decode();
  }

  /** The same as one text. */
  async text(maxBytes: number): Promise<string> {
    let text = '';
    for await (const piece of this.textPieces(maxBytes)) text += piece;
    return text;
  }

  async #read(): Promise<Uint8Array> {
    try {
      return await untilAborted(this.source.read(), this.signal);
    } catch (cause) {
      this.signal?.throwIfAborted();
      throw new FileError('read', this.file, reasonOf(cause), { cause });
    }
  }

  #tooLarge(maxBytes: number, got: string): FileTooLargeError {
    return new FileTooLargeError(
      'read',
      this.file,
      `expected at most ${maxBytes.toLocaleString('en')} bytes, got ${got}`,
    );
  }
}

/**
 * Opens a file, works with it, and closes it even if the work fails.
 * @throws {FileError} it is missing, no file, or may not be read
 */
export async function withInput<T>(
  file: string,
  work: (input: InputFile) => Promise<T>,
  options?: ReadOptions,
): Promise<T> {
  const input = await InputFile.open(file, options);
  try {
    return await work(input);
  } finally {
    await input.close();
  }
}

/**
 * Reads a file whole.
 * @throws {FileError} it is missing, no file, or may not be read
 * @throws {FileTooLargeError} it has more than `maxBytes` bytes
 */
export const readBytes = (file: string, maxBytes = MAX_INPUT_BYTES): Promise<Buffer> =>
  withInput(file, async (input) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of input.pieces(maxBytes)) pieces.push(piece);
    return Buffer.concat(pieces);
  });

/**
 * Reads a text file, UTF-8.
 * @throws {FileError} it is missing, no file, not text, or may not be read
 * @throws {FileTooLargeError} it has more than `maxBytes` bytes
 */
export const readTextFile = (file: string, maxBytes = MAX_INPUT_BYTES): Promise<string> =>
  withInput(file, (input) => input.text(maxBytes));
