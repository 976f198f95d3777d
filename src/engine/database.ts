import type { Poseidon } from '../hash/poseidon.js';
import { NoDatabaseError } from '../hashdb/driver.js';
import { HashDb } from '../hashdb/hashdb.js';
import { type LevelOptions, openLevel } from '../hashdb/level.js';
import { poseidonScheme } from '../tree/scheme.js';

/** Trees of the circuits in the catalogue are binary. */
export const BITS_PER_LEVEL = 1;

/** Opens a database where it is kept; what it throws says why it could not. */
export type OpenDb = (options: LevelOptions) => Promise<HashDb>;

/**
 * Opens the embedded database in a folder: one process at a time, which closes it when it is done.
 * @throws {HashDbError} there is none, it is in use, damaged, or of another version or scheme
 */
export async function openDatabase(poseidon: Poseidon, folder: string, options: LevelOptions = {}): Promise<HashDb> {
  return HashDb.open(await openLevel(folder, options), poseidonScheme(poseidon, BITS_PER_LEVEL), options);
}

/** Opens a database if there is one; makes none. */
export async function openIfThere(openDb: OpenDb): Promise<HashDb | null> {
  try {
    return await openDb({ createIfMissing: false });
  } catch (error) {
    if (error instanceof NoDatabaseError) return null;
    throw error;
  }
}
