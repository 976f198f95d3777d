import { openDatabase } from '../engine/database.js';
import type { OpenDb } from '../engine/database.js';
import { readBytes } from '../base/files/input.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import type { RemoteOptions } from '../state/hashdb/location.js';
import type { Origin } from '../state/hashdb/root-record.js';
import { InputError, readToken } from './input.js';
import { interruption } from './signals.js';
import type { Places } from './places.js';

export const opener =
  (places: Places): OpenDb =>
  async (options) =>
    openDatabase(places.db, { ...options, remote: await remoteOptions(places), signal: interruption });

const READ = new WeakMap<Places, Promise<RemoteOptions>>();

/**
 * What a server of a database is shown, and believed by. It is read once, however often the database is opened: a token
 * may come through a pipe.
 * @throws {FileError} a file cannot be read
 * @throws {InputError} a certificate without its key, or a key alone
 */
export function remoteOptions(places: Places): Promise<RemoteOptions> {
  const options = READ.get(places) ?? readRemoteOptions(places);
  READ.set(places, options);
  return options;
}

async function readRemoteOptions({ remote }: Places): Promise<RemoteOptions> {
  const { dbTokenFile, dbCa, dbCertificate, dbKey, dbInsecure = false } = remote;
  if ((dbCertificate === undefined) !== (dbKey === undefined)) {
    throw new InputError(`expected --db-certificate and --db-key together, got only ${dbCertificate ?? dbKey}`);
  }
  return {
    insecure: dbInsecure,
    token: dbTokenFile === undefined ? undefined : await readToken(dbTokenFile),
    ca: dbCa === undefined ? undefined : await readBytes(dbCa),
    identity:
      dbCertificate === undefined || dbKey === undefined
        ? undefined
        : { certificate: await readBytes(dbCertificate), key: await readBytes(dbKey) },
  };
}

/** What made a root, in words. */
export const ORIGINS = {
  empty: 'empty',
  load: 'loaded, unproven',
  prove: 'proven',
  write: 'written, unproven',
  import: 'imported, unproven',
  chain: 'consolidated on a chain',
  rebuilt: 'record rebuilt, origin unknown',
} as const satisfies Record<Origin, string>;

/** Runs `use` on the database, which must exist. */
export async function withDatabase<T>(places: Places, use: (db: HashDb) => Promise<T>): Promise<T> {
  const db = await opener(places)({});
  try {
    return await use(db);
  } finally {
    await db.close();
  }
}
