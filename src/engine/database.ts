import { NoDatabaseError } from '../state/hashdb/driver.js';
import type { Driver } from '../state/hashdb/driver.js';
import { HashDb } from '../state/hashdb/hashdb.js';
import { DatabaseSchemeError, storedScheme } from '../state/hashdb/format.js';
import { openLevel } from '../state/hashdb/level.js';
import { parseLocation } from '../state/hashdb/location.js';
import type { RemoteOptions } from '../state/hashdb/location.js';
import { poseidonScheme } from '../state/tree/scheme.js';
import type { TreeScheme } from '../state/tree/scheme.js';

/** A new database has a quad tree by default: its proofs need a third fewer constraints. */
export const DEFAULT_BITS_PER_LEVEL = 2;

/**
 * Options for opening a database's storage.
 * @see {@link openDriver}
 */
export interface DriverOptions {
  /** Create an empty store if there is none; otherwise nothing is created. */
  readonly createIfMissing?: boolean;
  /** For an embedded database: read every file to its end first; see `openLevel`. */
  readonly everyFile?: boolean;
  /** For a database that another process serves. */
  readonly remote?: RemoteOptions;
  /** Closes a database that is not embedded: what its server has not answered yet fails. */
  readonly signal?: AbortSignal;
}

/**
 * Options for opening a database.
 * @see {@link openDatabase}
 */
export interface DatabaseOptions extends DriverOptions {
  /** Bits per level of the tree of a new database: 1 for binary, 2 for quad (the default). */
  readonly bitsPerLevel?: 1 | 2;
}

/**
 * Opens a database where it is kept; what it throws says why it could not.
 *
 * @example
 * const openDb: OpenDb = (options) => openDatabase('state', options);
 */
export type OpenDb = (options: DatabaseOptions) => Promise<HashDb>;

/**
 * Opens a database's storage: an embedded store in a directory (one process at a time), a schema of a PostgreSQL server
 * (`postgres://...`), or a database that another process serves (`grpc://...`); the last two take any number of
 * processes.
 * @throws {HashDbError} there is no database, it is in use, it cannot be reached, or something else is there
 *
 * @example
 * const driver = await openDriver('state', { createIfMissing: true });
 */
export async function openDriver(location: string, options: DriverOptions = {}): Promise<Driver> {
  const place = parseLocation(location);
  switch (place.kind) {
    case 'directory':
      return openLevel(place.directory, options);
    case 'postgres':
      // Loaded on demand: most programs do not need it.
      return (await import('../state/hashdb/postgres.js')).openPostgres(place.url, options);
    case 'grpc':
      return (await import('../state/hashdb/remote.js')).openRemote(place.url, {
        ...options.remote,
        signal: options.signal,
      });
  }
}

/**
 * Opens a database; `openDriver` describes the places. The caller closes it.
 * @throws {HashDbError} there is none, it is in use, damaged, or of another version or scheme
 *
 * @example
 * await using opened = await openDatabase('state', { createIfMissing: true });
 * (await opened.current()).root;
 */
export const openDatabase = async (location: string, options: DatabaseOptions = {}): Promise<HashDb> =>
  databaseOn(await openDriver(location, options), options);

/**
 * Opens the database in a driver. The database then owns the driver and closes it, also if opening fails.
 *
 * @example
 * await using opened = await databaseOn(new MemoryDriver(), { createIfMissing: true });
 */
export async function databaseOn(driver: Driver, options: DatabaseOptions = {}): Promise<HashDb> {
  const { bitsPerLevel = DEFAULT_BITS_PER_LEVEL } = options;
  const stored = await storedScheme(driver).catch(async (error: unknown) => {
    await driver.close();
    throw error;
  });
  const schemes = ([1, 2] as const).map((bits) => poseidonScheme(bits));
  const scheme = schemes.find(({ id }) => id === stored) ?? poseidonScheme(bitsPerLevel);
  return HashDb.open(driver, scheme, options);
}

/** How many bits of a key choose a child at each level of a database's tree. */
export const bitsPerLevelOf = ({ scheme }: Pick<HashDb, 'scheme'>): 1 | 2 => (scheme.bitsPerLevel === 1 ? 1 : 2);

/** Opens a database if it exists; creates none. */
export async function openIfThere(openDb: OpenDb): Promise<HashDb | null> {
  try {
    return await openDb({ createIfMissing: false });
  } catch (error) {
    if (error instanceof NoDatabaseError) return null;
    throw error;
  }
}

/**
 * Makes the database that `openIfThere` did not find. Another process may have made one since.
 * @throws {DatabaseSchemeError} it has another tree
 */
export async function makeDatabase(openDb: OpenDb, scheme: TreeScheme): Promise<HashDb> {
  const db = await openDb({ createIfMissing: true, bitsPerLevel: bitsPerLevelOf({ scheme }) });
  if (db.scheme.id === scheme.id) return db;
  await db.close();
  throw new DatabaseSchemeError(
    `expected to create a database with ${scheme.id}, but another process created one with ${db.scheme.id} meanwhile`,
  );
}
