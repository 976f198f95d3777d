import { openIfThere } from '../engine/database.js';
import type { Fr } from '../base/field/fr.js';
import { DatabaseLockedError } from '../state/hashdb/locked-error.js';
import { masked } from '../state/hashdb/location.js';
import type { RootRecord } from '../state/hashdb/root-record.js';
import { opener, ORIGINS } from './database.js';
import { printAside } from './io.js';
import type { Places } from './places.js';

/** The newest state with this root, if the database exists; it is not created. */
export async function findRoot(places: Places, root: Fr): Promise<RootRecord | undefined> {
  try {
    const db = await openIfThere(opener(places));
    try {
      return (await db?.history())?.findLast((record) => record.root === root);
    } finally {
      await db?.close();
    }
  } catch (error) {
    if (!(error instanceof DatabaseLockedError)) throw error;
    printAside(`note: ${error.message}, so its roots were not checked`);
    return undefined;
  }
}

/** Part of a sentence: a root's place in the history. */
export const describeRoot = (what: string, { number, origin }: RootRecord, { db }: Places): string =>
  `${what} is number ${number} in the history of the database at ${masked(db)}${origin === 'prove' || origin === 'empty' ? '' : `, where it was ${ORIGINS[origin]}`}`;
