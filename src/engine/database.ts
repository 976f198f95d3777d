import type { Poseidon } from '../hash/poseidon.js';
import { type Driver, NoDatabaseError } from '../hashdb/driver.js';
import { HashDb } from '../hashdb/hashdb.js';
import { storedScheme } from '../hashdb/format.js';
import { openLevel } from '../hashdb/level.js';
import { parseLocation } from '../hashdb/location.js';
import { poseidonScheme } from '../tree/scheme.js';

/** A quad tree, unless a database is made for another: proofs over it have a third fewer constraints. */
export const DEFAULT_BITS_PER_LEVEL = 2;

export interface DriverOptions {
  /** Makes an empty store if there is none; else nothing is ever created. */
  readonly createIfMissing?: boolean;
}

export interface DatabaseOptions extends DriverOptions {
  /** Of the tree of a database that is made: 1 for binary, 2 for quad, the default. */
  readonly bitsPerLevel?: 1 | 2;
}

/** Opens a database where it is kept; what it throws says why it could not. */
export type OpenDb = (options: DatabaseOptions) => Promise<HashDb>;

/**
 * Opens what keeps a database's bytes: the embedded store of a folder, for one process at a time, or a
 * PostgreSQL server's schema (`postgres://...`), for any number.
 * @throws {HashDbError} there is none, it is in use, it cannot be reached, or something else is there
 */
export async function openDriver(location: string, options: DriverOptions = {}): Promise<Driver> {
  const place = parseLocation(location);
  switch (place.kind) {
    case 'folder':
      return openLevel(place.folder, options);
    case 'postgres':
      // Loaded where it is used: most do not.
      return (await import('../hashdb/postgres.js')).openPostgres(place.url, options);
  }
}

/**
 * Opens a database where it is kept, as `openDriver` takes it. Whoever opens it closes it.
 * @throws {HashDbError} there is none, it is in use, damaged, or of another version or scheme
 */
export async function openDatabase(poseidon: Poseidon, location: string, options: DatabaseOptions = {}): Promise<HashDb> {
  const { bitsPerLevel = DEFAULT_BITS_PER_LEVEL } = options;
  const driver = await openDriver(location, options);
  const stored = await storedScheme(driver).catch(async (error: unknown) => {
    await driver.close();
    throw error;
  });
  const schemes = ([1, 2] as const).map((bits) => poseidonScheme(poseidon, bits));
  const scheme = schemes.find(({ id }) => id === stored) ?? poseidonScheme(poseidon, bitsPerLevel);
  return HashDb.open(driver, scheme, options);
}

/** How many bits of a key choose a child at each level of a database's tree. */
export const bitsPerLevelOf = ({ scheme }: HashDb): 1 | 2 => (scheme.bitsPerLevel === 1 ? 1 : 2);

/** Opens a database if there is one; makes none. */
export async function openIfThere(openDb: OpenDb): Promise<HashDb | null> {
  try {
    return await openDb({ createIfMissing: false });
  } catch (error) {
    if (error instanceof NoDatabaseError) return null;
    throw error;
  }
}
