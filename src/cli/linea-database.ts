import { openDriver } from '../engine/database.js';
import { storedSuite, StateDb } from '../linea/store/state-db.js';
import type { Suite } from '../linea/suite/suite.js';
import { SUITES } from '../linea/suite/suites.js';
import { TrieInputError } from '../linea/suite/kind.js';
import { NoDatabaseError, NotADatabaseError } from '../state/hashdb/driver.js';
import { remoteOptions } from './database.js';
import { InputError } from './input.js';
import type { Places } from './places.js';
import { interruption } from './signals.js';

/**
 * Opens a database of Linea's state, with the suite with which it was made.
 * @throws {NoDatabaseError | NotADatabaseError | StateFormatError}
 */
export async function openLineaState(places: Places): Promise<StateDb> {
  const driver = await openDriver(places.db, { remote: await remoteOptions(places), signal: interruption });
  try {
    const name = await storedSuite(driver);
    if (name === null) {
      for await (const _record of driver.iterate(Uint8Array.of(), Uint8Array.of(0xff))) {
        throw new NotADatabaseError(driver.location, "a database of Rootshift's own tree");
      }
      throw new NoDatabaseError(driver.location);
    }
    return await StateDb.open(driver, suiteNamed(name));
  } catch (error) {
    await driver.close();
    throw error;
  }
}

/** Runs `use` on a database of Linea's state, which must exist. */
export async function withLineaState<T>(places: Places, use: (db: StateDb) => Promise<T>): Promise<T> {
  const db = await openLineaState(places);
  try {
    return await use(db);
  } finally {
    await db.close();
  }
}

/** Opens a database of Linea's state, or makes one with a suite. @throws {StateFormatError} it has another one */
export async function openOrCreateLineaState(places: Places, suite: Suite): Promise<StateDb> {
  const driver = await openDriver(places.db, {
    createIfMissing: true,
    remote: await remoteOptions(places),
    signal: interruption,
  });
  try {
    return await StateDb.open(driver, suite, { createIfMissing: true });
  } catch (error) {
    await driver.close();
    throw error;
  }
}

/** @throws {InputError} there is no suite of this name */
export function suiteNamed(name: string): Suite {
  const suite = SUITES[name];
  if (suite !== undefined) return suite;
  throw new InputError(`expected one of the suites ${Object.keys(SUITES).join(', ')}, got ${name}`);
}

/** Runs `work`; blames the user's arguments for keys that no trie has. @throws {InputError} */
export async function withKeys<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof TrieInputError)) throw cause;
    throw new InputError(cause.message, { cause });
  }
}

/** The number of a block. @throws {InputError} */
export function parseBlockNumber(what: string, text: string): number {
  if (/^(0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  throw new InputError(`${what}: expected the number of a block, got ${text}`);
}
