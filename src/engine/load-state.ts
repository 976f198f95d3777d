import type { Entry } from '../batch/batch.js';
import { loadEntries } from '../executor/load.js';
import type { Poseidon } from '../hash/poseidon.js';
import { HashDbError } from '../hashdb/driver.js';
import type { RootRecord } from '../hashdb/codec.js';
import { poseidonScheme } from '../tree/scheme.js';
import { BITS_PER_LEVEL, type OpenDb } from './database.js';

/** Entries are loaded only into a database that never had any. */
export class DatabaseNotEmptyError extends HashDbError {
  override readonly name = 'DatabaseNotEmptyError';
}

/**
 * Makes a first state of entries, unproven, and the database for it if there is none.
 * @throws {DatabaseNotEmptyError} the database has a history
 */
export async function loadState(poseidon: Poseidon, openDb: OpenDb, entries: readonly Entry[]): Promise<RootRecord> {
  const change = await loadEntries(poseidon, poseidonScheme(poseidon, BITS_PER_LEVEL), entries);
  const db = await openDb({ createIfMissing: true });
  try {
    const { number, root } = await db.current();
    if (number > 0) {
      throw new DatabaseNotEmptyError(
        `entries can be loaded only into an empty database, this one has root 0x${root.toString(16)}, number ${number} of its history`,
      );
    }
    return await db.commit({ ...change, origin: 'load' });
  } finally {
    await db.close();
  }
}
