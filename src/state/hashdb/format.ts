import { keys, VERSION } from './codec.js';
import { HashDbError, NoDatabaseError, NotADatabaseError } from './driver.js';
import type { Driver } from './driver.js';
import { put } from './seal.js';
import { EMPTY_STATE, encodeHead, encodeRoot } from './root-record.js';

/** The first record of every database: what it is, and what its tree is made with. */
interface Format {
  readonly format: string;
  readonly version: number;
  readonly scheme: string;
}

const FORMAT = 'rootshift-hashdb';

/** The database was made by another version of the program. */
export class DatabaseVersionError extends HashDbError {
  override readonly name = 'DatabaseVersionError';
}

/** The database holds a tree of another scheme. */
export class DatabaseSchemeError extends HashDbError {
  override readonly name = 'DatabaseSchemeError';
}

/** The first record of a database with a tree of a scheme. */
export const encodeFormat = (scheme: string): Uint8Array =>
  Buffer.from(JSON.stringify({ format: FORMAT, version: VERSION, scheme } satisfies Format));

/** The scheme of the tree in a driver's database; null if the store holds none. */
export async function storedScheme(driver: Driver): Promise<string | null> {
  const [record] = await driver.getMany([keys.format]);
  return record === undefined ? null : parse(driver, record).scheme;
}

/** Checks that the driver holds a database of this version and scheme; makes one of an empty store if asked to. */
export async function checkFormat(driver: Driver, scheme: string, createIfMissing: boolean): Promise<void> {
  const [record] = await driver.getMany([keys.format]);
  if (record === undefined) {
    await refuseStrangers(driver);
    if (!createIfMissing) throw new NoDatabaseError(driver.location);
    await create(driver, scheme);
    return checkFormat(driver, scheme, false);
  }
  const found = parse(driver, record);
  if (found.version !== VERSION) {
    throw new DatabaseVersionError(
      `the database at ${driver.location} has version ${found.version}, expected version ${VERSION}`,
    );
  }
  if (found.scheme !== scheme) {
    throw new DatabaseSchemeError(
      `the database at ${driver.location} has a tree with ${found.scheme}, expected ${scheme}`,
    );
  }
}

async function refuseStrangers(driver: Driver): Promise<void> {
  for await (const _record of driver.iterate(Uint8Array.of(), Uint8Array.of(0xff))) {
    throw new NotADatabaseError(driver.location, 'records without a format');
  }
}

/** If another opens the same empty store at the same moment, one of the two writes and both go on. */
async function create(driver: Driver, scheme: string): Promise<void> {
  await driver.writeIf({ key: keys.format, value: undefined }, [
    { key: keys.format, value: encodeFormat(scheme) },
    put(keys.root(0), encodeRoot(EMPTY_STATE)),
    put(keys.head, encodeHead({ number: 0, writes: 0, nodes: 0 })),
  ]);
}

/** The one record without a check, so that every later version can read which version it is. */
function parse(driver: Driver, record: Uint8Array): Format {
  try {
    const found = JSON.parse(Buffer.from(record).toString('utf8')) as Partial<Format>;
    if (found.format === FORMAT && typeof found.version === 'number' && typeof found.scheme === 'string') {
      return found as Format;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new NotADatabaseError(driver.location, 'a format record of something else, or a damaged one');
}
