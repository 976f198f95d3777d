import type { Closable } from '../../base/tasks/closing.js';

/**
 * Bytes under a key; `null` deletes.
 * @see {@link MemoryDriver}
 */
export interface Change {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/**
 * What must stand under a key for a write to happen; `undefined`: nothing.
 * @see {@link MemoryDriver}
 */
export interface Guard {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/**
 * An ordered store of bytes under bytes: all that a HashDB asks of what keeps it. Keys are ordered
 * as bytes, unsigned. Bytes handed over are not changed afterwards, by either side.
 * @see {@link MemoryDriver}
 */
export interface Driver extends Closable {
  /** Where the bytes are, for messages: a directory, say. */
  readonly location: string;
  /** What stands under each key, in order; `undefined` for nothing. */
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  /**
   * Makes all changes or none, also across a crash, and only if `guard` holds at that moment.
   * When it resolves they will survive a crash.
   * @returns whether the guard held
   */
  writeIf(guard: Guard, changes: readonly Change[]): Promise<boolean>;
  /**
   * The keys `from <= key < before` in order, with what stands under them. What is written while it
   * goes on may be seen or not.
   */
  iterate(from: Uint8Array, before: Uint8Array): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
  /** Bytes taken. */
  sizeOnDisk(): Promise<number>;
  /** Gives back the space of what was deleted; takes a while. Reading and writing go on meanwhile, or wait. */
  compact(): Promise<void>;
  /** Lets go of what it keeps open. Nothing else may be called afterwards; what a server has not answered yet fails. */
  close(): Promise<void>;
}

/** Something is wrong with a database, or with what was asked of it. */
export class HashDbError extends Error {
  override readonly name: string = 'HashDbError';
}

/** There is no database where one was to be opened. */
export class NoDatabaseError extends HashDbError {
  override readonly name = 'NoDatabaseError';
  constructor(location: string) {
    super(`there is no database at ${location}`);
  }
}

/** Something else is there. */
export class NotADatabaseError extends HashDbError {
  override readonly name = 'NotADatabaseError';
  constructor(location: string, what: string) {
    super(`expected a Rootshift database at ${location}, found ${what}`);
  }
}

/** What keeps the bytes, files or a server, could not be opened, read or written; the cause says why. */
export class StorageError extends HashDbError {
  override readonly name: string = 'StorageError';
}

/**
 * Contact with a server was lost while a write was being made, and could not be had again: the write was
 * made as a whole, or not at all. The state there now tells which.
 */
export class UnknownOutcomeError extends StorageError {
  override readonly name = 'UnknownOutcomeError';
}

/** "could not WHAT the database at LOCATION: why". */
export const storageError = (location: string, what: string, cause: unknown): StorageError =>
  new StorageError(`could not ${what} the database at ${location}: ${cause instanceof Error ? cause.message : cause}`, {
    cause,
  });

export const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
