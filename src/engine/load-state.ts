import type { Entry } from '../batch/batch.js';
import { loadEntries } from '../executor/load.js';
import type { Poseidon } from '../hash/poseidon.js';
import { HashDbError } from '../hashdb/driver.js';
import type { RootRecord } from '../hashdb/root-record.js';
import { EMPTY } from '../tree/node.js';
import { poseidonScheme } from '../tree/scheme.js';
import { DEFAULT_BITS_PER_LEVEL, openIfThere, type OpenDb } from './database.js';

/** Entries are loaded only into a database that never had any. */
export class DatabaseNotEmptyError extends HashDbError {
  override readonly name = 'DatabaseNotEmptyError';
}

/**
 * Makes a first state of entries, unproven, and the database for it if there is none, whose tree then
 * has `bitsPerLevel`.
 * @throws {DatabaseNotEmptyError} the database has a history
 */
export async function loadState(
  poseidon: Poseidon,
  openDb: OpenDb,
  entries: readonly Entry[],
  bitsPerLevel: 1 | 2 = DEFAULT_BITS_PER_LEVEL,
): Promise<RootRecord> {
  let db = await openIfThere(openDb);
  try {
    const { number, root } = (await db?.current()) ?? { number: 0, root: EMPTY };
    if (number > 0) {
      throw new DatabaseNotEmptyError(
        `entries can be loaded only into an empty database, this one has root 0x${root.toString(16)}, number ${number} of its history`,
      );
    }
    const change = await loadEntries(poseidon, db?.scheme ?? poseidonScheme(poseidon, bitsPerLevel), entries);
    db ??= await openDb({ createIfMissing: true, bitsPerLevel });
    return await db.commit({ ...change, origin: 'load' });
  } finally {
    await db?.close();
  }
}
