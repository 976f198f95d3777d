import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkFiles } from '../leveldb/files.js';
import type { FileDamage, FilesReport } from '../leveldb/files.js';
import { StorageError, storageError } from './driver.js';
import { withLock } from './level-lock.js';

/**
 * Files of an embedded database are damaged or missing. LevelDB would silently drop their records or end the process.
 */
export class DamagedFilesError extends StorageError {
  override readonly name = 'DamagedFilesError';
  constructor(
    readonly location: string,
    readonly damages: readonly FileDamage[],
  ) {
    const [first, ...more] = damages;
    const others = more.length === 0 ? '' : `, and ${more.length} more ${more.length === 1 ? 'damage' : 'damages'}`;
    super(`the database at ${location} is damaged: ${describeFileDamage(first!)}${others}`);
  }
}

export const describeFileDamage = ({ file, what }: FileDamage): string => `file ${file}: ${what}`;

/** Tables that were whole at the last look, saved beside them, so that each is read once and not at every opening. */
const KNOWN = 'whole-tables.json';

/**
 * Looks for damage in the files before LevelDB opens them.
 * @param everyTable also reads tables that were whole before and seem unchanged
 * @throws {DamagedFilesError}  @throws {DatabaseLockedError} another process has the database open
 */
export async function requireWhole(folder: string, everyTable: boolean): Promise<void> {
  const known = everyTable ? new Map<string, string>() : await readKnown(folder);
  const found = await checkFiles(folder, known).catch((error: unknown) => {
    throw storageError(folder, 'open', error);
  });
  if (found.damages.length > 0) {
    // If another process changed the files between two looks, they are in use, and nothing more is known of them.
    const { damages } = await withLock(folder, () => checkFiles(folder));
    if (damages.length > 0) throw new DamagedFilesError(folder, damages);
  } else if (everyTable || [...found.whole].some(([name, mark]) => known.get(name) !== mark))
    await keepKnown(folder, found);
}

async function readKnown(folder: string): Promise<Map<string, string>> {
  try {
    return new Map(
      Object.entries(JSON.parse(await readFile(path.join(folder, KNOWN), 'utf8')) as Record<string, string>),
    );
  } catch {
    // Not there yet, or broken off: all tables are read.
    return new Map();
  }
}

/** Not to be had where there is no room for it. */
async function keepKnown(folder: string, { whole }: FilesReport): Promise<void> {
  const scratch = path.join(folder, `${KNOWN}.partial`);
  try {
    await writeFile(scratch, JSON.stringify(Object.fromEntries(whole)));
    await rename(scratch, path.join(folder, KNOWN));
  } catch {
    // The next opening reads these tables again.
  }
}

/** What only a database's directory has in it. */
export const hasDatabaseFiles = (names: readonly string[]): boolean =>
  names.some((name) => /^(MANIFEST-\d{6}|\d{6}\.(ldb|log))$/.test(name) && name !== 'MANIFEST-000001');
