import { openDatabase, type OpenDb } from '../engine/database.js';
import { loadPoseidon, type Poseidon } from '../hash/poseidon.js';
import type { HashDb } from '../hashdb/hashdb.js';
import type { Origin } from '../hashdb/root-record.js';
import type { Places } from './places.js';

export const opener =
  (poseidon: Poseidon, { db }: Places): OpenDb =>
  (options) =>
    openDatabase(poseidon, db, options);

/** How roots came to be. */
export const ORIGINS = {
  empty: 'empty',
  load: 'loaded, unproven',
  prove: 'proven',
  write: 'written, unproven',
  import: 'imported, unproven',
} as const satisfies Record<Origin, string>;

/** Runs `use` on the database, which has to be there. */
export async function withDatabase<T>(places: Places, use: (db: HashDb, poseidon: Poseidon) => Promise<T>): Promise<T> {
  const poseidon = await loadPoseidon();
  const db = await openDatabase(poseidon, places.db);
  try {
    return await use(db, poseidon);
  } finally {
    await db.close();
  }
}
