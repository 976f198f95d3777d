import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { storageError } from './driver.js';
import { DatabaseLockedError } from './locked-error.js';

export type Level = ClassicLevel<Uint8Array, Uint8Array>;

/**
 * A directory's LevelDB, which can be closed and opened anew while others read. LevelDB goes on after a write that
 * failed half way, on top of what that left in its log, and the next opening drops all that stands behind: so a handle
 * that met an error of writing writes nothing more.
 */
export class LevelHandle {
  /** Null after a failed opening: the next caller tries again. */
  private level: Promise<Level> | null;

  private constructor(
    readonly folder: string,
    level: Level,
  ) {
    this.level = Promise.resolve(level);
  }

  /** @throws {DatabaseLockedError | StorageError} */
  static async open(folder: string, createIfMissing: boolean): Promise<LevelHandle> {
    return new LevelHandle(folder, await openFolder(folder, createIfMissing));
  }

  /**
   * Reads; again, if the LevelDB was closed meanwhile to be opened anew.
   * @throws {StorageError} it could not be read, or not be opened
   */
  async reading<T>(read: (level: Level) => Promise<T>): Promise<T> {
    for (;;) {
      const opened = this.opened();
      const level = await opened;
      try {
        return await read(level);
      } catch (cause) {
        if (this.level === opened) throw storageError(this.folder, 'read', cause);
      }
    }
  }

  /** The LevelDB, open. @throws {DatabaseLockedError | StorageError} */
  opened(): Promise<Level> {
    return (this.level ??= this.keeping(openFolder(this.folder, false)));
  }

  /** Closes the LevelDB, and opens it anew: what was written to its end is there, and nothing else. */
  async renew(): Promise<void> {
    const old = await this.opened();
    await (this.level = this.keeping(old.close().then(() => openFolder(this.folder, false))));
  }

  async close(): Promise<void> {
    await (await this.level?.catch(() => null))?.close();
  }

  private keeping(opening: Promise<Level>): Promise<Level> {
    opening.catch(() => (this.level = null));
    return opening;
  }
}

/** Directories that this process has open, absolute. */
const openHere = new Set<string>();
export const isOpenHere = (folder: string): boolean => openHere.has(path.resolve(folder));

/** @throws {DatabaseLockedError | StorageError} */
export async function openFolder(folder: string, createIfMissing: boolean): Promise<Level> {
  const level: Level = new ClassicLevel(folder, { keyEncoding: 'view', valueEncoding: 'view' });
  try {
    await level.open({ createIfMissing });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    if ((cause as NodeJS.ErrnoException).code === 'LEVEL_LOCKED') throw new DatabaseLockedError(folder, { cause });
    throw storageError(folder, 'open', cause);
  }
  const name = path.resolve(folder);
  openHere.add(name);
  level.once('closed', () => openHere.delete(name));
  return level;
}
