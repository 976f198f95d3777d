import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NoDatabaseError, NotADatabaseError, sameBytes, storageError, UnknownOutcomeError } from './driver.js';
import type { Change, Driver, Guard } from './driver.js';
import { DamagedFilesError, hasDatabaseFiles, requireWhole } from './level-files.js';
import { LevelHandle } from './level-handle.js';
import { Closing } from '../../base/tasks/closing.js';

/**
 * How an embedded store is opened.
 * @see {@link openLevel}
 */
export interface LevelOptions {
  /** Makes the directory, and those above it, if it is not there; else nothing is ever created. */
  readonly createIfMissing?: boolean;
  /** Reads every file to its end before; else those alone that are new or were changed since it was opened before. */
  readonly everyFile?: boolean;
}

/**
 * Opens a directory on this machine as an embedded LevelDB; one process at a time.
 * @throws {NoDatabaseError} the directory is missing or empty, and was not to be made
 * @throws {NotADatabaseError} the path is a file, or a directory of something else
 * @throws {DatabaseLockedError} another process has it open
 * @throws {DamagedFilesError} files are damaged or missing
 * @throws {StorageError} they may not be read
 *
 * @example
 * const driver = await openLevel('state', { createIfMissing: true });
 * await using opened = await databaseOn(driver);
 */
export async function openLevel(
  folder: string,
  { createIfMissing = false, everyFile = false }: LevelOptions = {},
): Promise<Driver> {
  // Asked before LevelDB is, which leaves files behind even where it refuses.
  const names = await namesIn(folder);
  if (!names.includes('CURRENT')) {
    const strange = names.find((name) => !isLeftByFirstOpening(name));
    if (hasDatabaseFiles(names)) throw new DamagedFilesError(folder, [{ file: 'CURRENT', what: 'it is missing' }]);
    if (strange !== undefined) throw new NotADatabaseError(folder, `a directory with ${strange} in it`);
    if (!createIfMissing) throw new NoDatabaseError(folder);
  } else await requireWhole(folder, everyFile);
  return new LevelDriver(await LevelHandle.open(folder, createIfMissing), true);
}

/**
 * Opens a store that is begun anew after a crash: what is written to it does not wait for the disk.
 * @throws {StorageError}
 */
export const openScratchLevel = async (folder: string): Promise<Driver> =>
  new LevelDriver(await LevelHandle.open(folder, true), false);

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    if (hasCode(error, 'ENOTDIR')) throw new NotADatabaseError(folder, 'a file');
    throw storageError(folder, 'open', error);
  }
}

/**
 * A process killed while it made a database leaves these, and not yet `CURRENT`. Files with higher numbers come after
 * it.
 */
const isLeftByFirstOpening = (name: string): boolean =>
  ['LOCK', 'LOG', 'LOG.old', 'MANIFEST-000001', '000001.dbtmp'].includes(name);

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === code;

/** Before and after every key that is ever used: keys begin with a letter. */
const FIRST_KEY = Uint8Array.of(0);
const LAST_KEY = Uint8Array.of(0xff);

class LevelDriver extends Closing implements Driver {
  /** The last write begun: they take turns, so that a guard still holds when its changes are made. */
  private lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly handle: LevelHandle,
    private readonly sync: boolean,
  ) {
    super();
  }

  get location(): string {
    return this.handle.folder;
  }

  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.handle.reading((level) => level.getMany([...keys]));
  }

  writeIf(guard: Guard, changes: readonly Change[]): Promise<boolean> {
    return this.inTurn(async () => {
      const [held] = await this.getMany([guard.key]);
      if (!sameBytes(held, guard.value)) return false;
      await this.write(changes, { sync: this.sync });
      return true;
    });
  }

  private inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.lastWrite.then(write);
    this.lastWrite = turn.catch(() => undefined);
    return turn;
  }

  /** @throws {StorageError} nothing was changed  @throws {UnknownOutcomeError} the next opening tells */
  private async write(changes: readonly Change[], options: { readonly sync: boolean }): Promise<void> {
    // A chained batch takes a quarter of the time that an array of operations takes.
    const batch = (await this.handle.opened()).batch();
    for (const { key, value } of changes) {
      if (value === null) batch.del(key);
      else batch.put(key, value);
    }
    try {
      await batch.write(options);
    } catch (cause) {
      if (!(await this.wereMade(changes, cause))) throw storageError(this.location, 'write', cause);
    }
  }

  /** Whether changes were made all the same: where the log took them, and the disk then refused to say so. */
  private async wereMade(changes: readonly Change[], cause: unknown): Promise<boolean> {
    try {
      await this.handle.renew();
      const now = await this.getMany(changes.map(({ key }) => key));
      return changes.every(({ value }, i) => sameBytes(now[i], value ?? undefined));
    } catch {
      const failed = storageError(this.location, 'write', cause).message;
      throw new UnknownOutcomeError(
        `${failed}; reopening it failed too: when it opens again, its current root tells whether the write was made`,
        { cause },
      );
    }
  }

  async *iterate(from: Uint8Array, before: Uint8Array): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    let range: { readonly gte: Uint8Array } | { readonly gt: Uint8Array } = { gte: from };
    for (let level = await this.handle.opened(); ;) {
      try {
        for await (const [key, value] of level.iterator({ ...range, lt: before })) {
          range = { gt: key };
          yield [key, value];
        }
        return;
      } catch (cause) {
        const old = level;
        level = await this.handle.opened();
        // Opened anew meanwhile: it goes on behind the last one.
        if (level === old) throw storageError(this.location, 'read', cause);
      }
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
    await this.handle.reading((level) => level.compactRange(FIRST_KEY, LAST_KEY));
    // What was written and deleted since the last file was made went into one file with its deletion, and
    // the lowest file is left as it is: one on top of it, over the same range, has both written anew.
    await this.inTurn(() =>
      this.write(
        [FIRST_KEY, LAST_KEY].map((key) => ({ key, value: null })),
        { sync: false },
      ),
    );
    await this.handle.reading((level) => level.compactRange(FIRST_KEY, LAST_KEY));
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
