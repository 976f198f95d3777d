import { frToHex } from '../base/field/fr.js';
import { openIfThere } from '../engine/database.js';
import type { OldState } from '../inspect/from-proof.js';
import { CATALOGUE } from '../machine/circuit/catalogue.js';
import { findVerifyingKeys } from '../proof/prover/keys.js';
import type { VerifyingKeys } from '../proof/prover/keys.js';
import type { ProofFile } from '../proof/prover/proof-file.js';
import { HashDb } from '../state/hashdb/hashdb.js';
import { masked } from '../state/hashdb/location.js';
import { DatabaseLockedError } from '../state/hashdb/locked-error.js';
import { MemoryDriver } from '../state/hashdb/memory.js';
import { poseidonScheme } from '../state/tree/scheme.js';
import { opener } from './database.js';
import type { Places } from './places.js';

/** The keys that chunks name, those of them that are in the artifacts. */
export async function keysAtHand(
  { store }: Places,
  chunks: readonly { readonly verificationKey: string; readonly circuit: { readonly name: string } }[],
): Promise<ReadonlyMap<string, VerifyingKeys>> {
  const keys = new Map<string, VerifyingKeys>();
  for (const { circuit, verificationKey } of chunks) {
    const found = keys.get(verificationKey) ?? (await findVerifyingKeys(store, circuit.name, verificationKey));
    if (found !== null) keys.set(verificationKey, found);
  }
  return keys;
}

/** The state that a proof began at: empty, or one in the database. The caller closes the database that it gets. */
export async function oldState(
  places: Places,
  { chunks }: Pick<ProofFile, 'chunks'>,
): Promise<{ readonly state: OldState; readonly db: HashDb | null }> {
  const {
    circuit,
    publicSignals: { oldRoot },
  } = chunks[0]!;
  const { bitsPerLevel } = CATALOGUE[circuit.name];
  if (oldRoot === 0n) {
    const reader = await HashDb.open(new MemoryDriver(), poseidonScheme(bitsPerLevel), { createIfMissing: true });
    return { state: { reader }, db: reader };
  }
  const place = masked(places.db);
  let db: HashDb | null;
  try {
    db = await openIfThere(opener(places));
  } catch (error) {
    if (!(error instanceof DatabaseLockedError)) throw error;
    return { state: { missing: `${error.message}, so it was not read.` }, db: null };
  }
  if (db === null)
    return {
      state: { missing: `There is no database at ${place}; give the one on which the batch was proven with --db.` },
      db,
    };
  const record = (await db.history()).findLast(({ root }) => root === oldRoot);
  if (record === undefined || record.pruned || db.scheme.bitsPerLevel !== bitsPerLevel) {
    return {
      state: {
        missing: `The database at ${place} does not have the state with the old root ${frToHex(oldRoot)}${record?.pruned ? ' any more: it was pruned' : ''}.`,
      },
      db,
    };
  }
  return { state: { reader: db.under(oldRoot) }, db };
}
