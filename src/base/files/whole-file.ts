import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a file so that whoever looks, also after a crash, finds the file as it was or the new one, whole. A kill
 * may leave `make`'s unfinished work behind, beside it, under a name that ends in `.partial`.
 * @param make writes the content to the path that it is given
 */
export async function writeWhole<T>(file: string, make: (scratch: string) => Promise<T>): Promise<T> {
  const folder = path.dirname(file);
  const scratch = path.join(folder, `.${path.basename(file)}.${randomBytes(4).toString('hex')}.partial`);
  if (unfinished.size === 0) process.on('exit', removeUnfinished);
  unfinished.add(scratch);
  try {
    const result = await make(scratch);
    await sync(scratch, 'r+');
    await rename(scratch, file);
    // So that the new name survives a crash, too. Windows opens no directories; its file system keeps a log.
    if (process.platform !== 'win32') await sync(folder, 'r');
    return result;
  } catch (error) {
    await rm(scratch, { force: true });
    throw error;
  } finally {
    unfinished.delete(scratch);
    if (unfinished.size === 0) process.off('exit', removeUnfinished);
  }
}

/** What is being written now: a process that exits meanwhile, as an interrupted command does, leaves nothing of it. */
const unfinished = new Set<string>();

function removeUnfinished(): void {
  for (const scratch of unfinished) rmSync(scratch, { force: true });
}

/**
 * Gives a directory of finished files the name under which it is looked for, so that it is there whole or not at all,
 * also after a crash.
 * @throws {Error} as `rename` does, if there is one of that name
 */
export async function renameWhole(scratch: string, folder: string): Promise<void> {
  for (const entry of await readdir(scratch, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await sync(path.join(entry.parentPath, entry.name), 'r+');
  }
  if (process.platform !== 'win32') await sync(scratch, 'r');
  await rename(scratch, folder);
  if (process.platform !== 'win32') await sync(path.dirname(folder), 'r');
}

/**
 * Writes all of some bytes. Of one call the system may write a part only, as where the disk gets full, and say so with
 * the next.
 */
export async function writeAll(file: Pick<FileHandle, 'write'>, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

async function sync(name: string, flags: string): Promise<void> {
  const handle = await open(name, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
