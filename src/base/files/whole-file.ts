import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a file so that whoever looks, also after a crash, finds the file as it was or the new one, whole. A kill
 * may leave `make`'s unfinished work behind, beside it, under a name that ends in `.partial`.
 * @param make writes the content to the path that it is given
 */
export async function writeWhole<T>(file: string, make: (scratch: string) => Promise<T>): Promise<T> {
  const folder = path.dirname(file);
  const scratch = path.join(folder, `.${path.basename(file)}.${randomBytes(4).toString('hex')}.partial`);
  try {
    const result = await make(scratch);
    await sync(scratch, 'r+');
    await rename(scratch, file);
    // So that the new name survives a crash, too. Windows opens no folders; its file system keeps a log.
    if (process.platform !== 'win32') await sync(folder, 'r');
    return result;
  } catch (error) {
    await rm(scratch, { force: true });
    throw error;
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
