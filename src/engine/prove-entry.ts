import type { EntryKey } from '../batch/access.js';
import { treeKey } from '../batch/encoding.js';
import { frToHex, toFr, type Fr } from '../field/fr.js';
import type { Poseidon } from '../hash/poseidon.js';
import { HashDbError } from '../hashdb/driver.js';
import type { HashDb } from '../hashdb/hashdb.js';
import { readPath } from '../tree/read.js';
import { type MerkleProof, merkleProof } from '../verifier/merkle-proof.js';
import { bitsPerLevelOf } from './database.js';

/** A root that the database never had. */
export class UnknownRootError extends HashDbError {
  override readonly name = 'UnknownRootError';
}

/**
 * An entry's value, with the Merkle proof that it has it, at the current root or an older one.
 * @throws {UnknownRootError} `root` is not in the database's history
 */
export async function proveEntry(poseidon: Poseidon, db: HashDb, entry: EntryKey, root?: Fr): Promise<MerkleProof> {
  if (root !== undefined && !(await db.history()).some((record) => record.root === root)) {
    throw new UnknownRootError(`root ${frToHex(root)} is not in the history of the database`);
  }
  const at = root ?? toFr((await db.current()).root);
  const key = treeKey(poseidon, entry);
  const path = await readPath(db, db.scheme, at, key);
  return merkleProof(poseidon, bitsPerLevelOf(db), at, entry, await db.entryValue(at, key), path);
}
