import { type Driver, NoDatabaseError } from '../state/hashdb/driver.js';
import { HashDb } from '../state/hashdb/hashdb.js';
import { DatabaseSchemeError, storedScheme } from '../state/hashdb/format.js';
import { openLevel } from '../state/hashdb/level.js';
import { parseLocation, type RemoteOptions } from '../state/hashdb/location.js';
import { poseidonScheme, type TreeScheme } from '../state/tree/scheme.js';

/** A quad tree, unless a database is made for another: proofs over it have a third fewer constraints. */
export const DEFAULT_BITS_PER_LEVEL = 2;

/** How what keeps a database's bytes is opened. */
export interface DriverOptions {
  /** Makes an empty store if there is none; else nothing is ever created. */
  readonly createIfMissing?: boolean;
  /** Of an embedded database, reads every file to its end before; see `openLevel`. */
  readonly everyFile?: boolean;
  /** For a database that another process serves. */
  readonly remote?: RemoteOptions;
}

/** How a database is opened. */
export interface DatabaseOptions extends DriverOptions {
  /** Of the tree of a database that is made: 1 for binary, 2 for quad, the default. */
  readonly bitsPerLevel?: 1 | 2;
}

/** Opens a database where it is kept; what it throws says why it could not. */
export type OpenDb = (options: DatabaseOptions) => Promise<HashDb>;

/**
 * Opens what keeps a database's bytes: the embedded store of a folder, for one process at a time; for any
 * number, a PostgreSQL server's schema (`postgres://...`) or what another process serves (`grpc://...`).
 * @throws {HashDbError} there is none, it is in use, it cannot be reached, or something else is there
 *
 * @example
 * const driver = await openDriver('state', { createIfMissing: true });
 */
export async function openDriver(location: string, options: DriverOptions = {}): Promise<Driver> {
  const place = parseLocation(location);
  switch (place.kind) {
    case 'folder':
      return openLevel(place.folder, options);
    case 'postgres':
      // Loaded where it is used: most do not.
      return (await import('../state/hashdb/postgres.js')).openPostgres(place.url, options);
    case 'grpc':
      return (await import('../state/hashdb/remote.js')).openRemote(place.url, options.remote);
  }
}

/**
 * Opens a database where it is kept, as `openDriver` takes it. Whoever opens it closes it.
 * @throws {HashDbError} there is none, it is in use, damaged, or of another version or scheme
 *
 * @example
 * await using opened = await openDatabase('state', { createIfMissing: true });
 * (await opened.current()).root;
 */
export const openDatabase = async (location: string, options: DatabaseOptions = {}): Promise<HashDb> =>
  databaseOn(await openDriver(location, options), options);

/**
 * The database that a driver holds, which is the database's from here on: it closes it, also when it refuses to open.
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

/** Opens a database if there is one; makes none. */
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
