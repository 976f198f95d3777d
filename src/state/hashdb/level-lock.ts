import { link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isOpenHere, openFolder } from './level-handle.js';
import { DatabaseLockedError } from './locked-error.js';

const SCRATCH = 'check-';

/**
 * Works while no other process can open the directory's LevelDB, even if its files are damaged. A second, empty LevelDB
 * holds the lock: its file `LOCK` is the directory's. Only LevelDB can take this lock; Node cannot.
 * @param work gets an empty directory beside the database's files, which is removed afterwards
 * @throws {DatabaseLockedError} another process has the database open
 */
export async function withLock<T>(folder: string, work: (scratch: string) => Promise<T>): Promise<T> {
  if (isOpenHere(folder)) throw new DatabaseLockedError(folder, {});
  const scratch = await mkdtemp(path.join(folder, SCRATCH));
  try {
    const lock = path.join(folder, 'LOCK');
    // Close no other handle of this file here: the system would release the lock.
    await writeFile(lock, '', { flag: 'wx' }).catch(unlessThere);
    await mkdir(path.join(scratch, 'lock'));
    await link(lock, path.join(scratch, 'lock', 'LOCK'));
    const holder = await openFolder(path.join(scratch, 'lock'), true).catch((error: unknown) => {
      throw error instanceof DatabaseLockedError ? new DatabaseLockedError(folder, { cause: error.cause }) : error;
    });
    try {
      // Of processes that were killed.
      const left = (await readdir(folder)).filter(
        (name) => name.startsWith(SCRATCH) && name !== path.basename(scratch),
      );
      for (const name of left) await rm(path.join(folder, name), { recursive: true, force: true });
      return await work(scratch);
    } finally {
      await holder.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const unlessThere = (error: unknown): void => {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
};
