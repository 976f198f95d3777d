import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import {
  type Change,
  type Driver,
  type Guard,
  HashDbError,
  NoDatabaseError,
  NotADatabaseError,
  sameBytes,
  storageError,
} from './driver.js';

/** Another process has the database open; LevelDB allows only one. */
export class DatabaseLockedError extends HashDbError {
  override readonly name = 'DatabaseLockedError';
  constructor(location: string, options: ErrorOptions) {
    super(`the database at ${location} is in use by another process`, options);
  }
}

/** How an embedded store is opened. */
export interface LevelOptions {
  /** Makes the folder, and those above it, if it is not there; else nothing is ever created. */
  readonly createIfMissing?: boolean;
}

/**
 * Opens a folder on this machine as an embedded LevelDB; one process at a time.
 * @throws {NoDatabaseError} the folder is missing or empty, and was not to be made
 * @throws {NotADatabaseError} the path is a file, or a folder of something else
 * @throws {DatabaseLockedError} another process has it open
 * @throws {StorageError} LevelDB finds its files damaged, or may not read them
 */
export async function openLevel(folder: string, { createIfMissing = false }: LevelOptions = {}): Promise<Driver> {
  // Asked before LevelDB is, which leaves files behind even where it refuses.
  const names = await namesIn(folder);
  if (!names.includes('CURRENT')) {
    const strange = names.find((name) => !isLeftByFirstOpening(name));
    if (strange !== undefined) throw new NotADatabaseError(folder, `a folder with ${strange} in it`);
    if (!createIfMissing) throw new NoDatabaseError(folder);
  }
  const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, { keyEncoding: 'view', valueEncoding: 'view' });
  try {
    await level.open({ createIfMissing });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    if (hasCode(cause, 'LEVEL_LOCKED')) throw new DatabaseLockedError(folder, { cause });
    throw storageError(folder, 'open', cause);
  }
  return new LevelDriver(folder, level);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    if (hasCode(error, 'ENOTDIR')) throw new NotADatabaseError(folder, 'a file');
    throw storageError(folder, 'open', error);
  }
}

/** A process killed while it made a database leaves these, and not yet `CURRENT`. Files with higher numbers come after it. */
const isLeftByFirstOpening = (name: string): boolean => ['LOCK', 'LOG', 'LOG.old', 'MANIFEST-000001', '000001.dbtmp'].includes(name);

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === code;

/** Before and after every key that is ever used: keys begin with a letter. */
const [FIRST_KEY, LAST_KEY] = [Uint8Array.of(0), Uint8Array.of(0xff)];

class LevelDriver implements Driver {
  /** The last write begun: they take turns, so that a guard still holds when its changes are made. */
  private lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    readonly location: string,
    private readonly level: ClassicLevel<Uint8Array, Uint8Array>,
  ) {}

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    try {
      return await this.level.getMany([...keys]);
    } catch (cause) {
      throw storageError(this.location, 'read', cause);
    }
  }

  writeIf(guard: Guard, changes: readonly Change[]): Promise<boolean> {
    const turn = this.lastWrite.then(() => this.writeNow(guard, changes));
    this.lastWrite = turn.catch(() => undefined);
    return turn;
  }

  private async writeNow(guard: Guard, changes: readonly Change[]): Promise<boolean> {
    const [held] = await this.getMany([guard.key]);
    if (!sameBytes(held, guard.value)) return false;
    // A chained batch takes a quarter of the time that an array of operations takes.
    const batch = this.level.batch();
    for (const { key, value } of changes) {
      if (value === null) batch.del(key);
      else batch.put(key, value);
    }
    try {
      await batch.write({ sync: true });
    } catch (cause) {
      throw storageError(this.location, 'write', cause);
    }
    return true;
  }

  async *iterate(from: Uint8Array, before: Uint8Array): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    try {
      yield* this.level.iterator({ gte: from, lt: before });
    } catch (cause) {
      throw storageError(this.location, 'read', cause);
    }
  }

  async sizeOnDisk(): Promise<number> {
    // LevelDB may remove a file between the listing and the look at it.
    const sizes = (await readdir(this.location)).map((name) =>
      stat(join(this.location, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  async compact(): Promise<void> {
    try {
      await this.level.compactRange(FIRST_KEY, LAST_KEY);
      // What was written and deleted since the last file was made went into one file with its deletion, and
      // the lowest file is left as it is: one on top of it, over the same range, has both written anew.
      await this.level.batch().del(FIRST_KEY).del(LAST_KEY).write();
      await this.level.compactRange(FIRST_KEY, LAST_KEY);
    } catch (cause) {
      throw storageError(this.location, 'compact', cause);
    }
  }

  close(): Promise<void> {
    return this.level.close();
  }
}
