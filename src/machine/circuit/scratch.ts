import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';

/** Stands for this machine: directories may be on a disk that others have, too. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const OWNER = /([0-9a-f]{8})-(\d+)-[0-9a-f]{8}$/;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes a directory for work under way, and its parent; its name is `prefix`, and who made it. */
export async function makeScratch(parent: string, prefix: string, mode = 0o777): Promise<string> {
  const folder = path.join(parent, `${prefix}${HOST}-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(parent, { recursive: true });
  await mkdir(folder, { mode });
  return folder;
}

/** Removes what processes left that were killed: scratch directories of a parent whose names have `part` in them. */
export async function sweepScratch(parent: string, part: string): Promise<void> {
  const names = await readdir(parent).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((one) => one.includes(part))) {
    const folder = path.join(parent, name);
    // Another user's, or another sweep was faster: then there is nothing to do here.
    if (await isAbandoned(name, folder)) await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

/** Of other machines' processes nobody here knows; nothing takes a day. */
async function isAbandoned(name: string, folder: string): Promise<boolean> {
  const [, host, pid] = OWNER.exec(name) ?? [];
  if (host === undefined) return false;
  if (host === HOST) return !isRunning(Number(pid));
  const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > DAY_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
