import type { EntryKey } from '../batch/access.js';
import { treeKey } from '../batch/encoding.js';
import { toFr, type Fr } from '../field/fr.js';
import type { Poseidon } from '../hash/poseidon.js';
import type { HashDb } from '../hashdb/hashdb.js';
import { readPath } from '../tree/read.js';
import { type MerkleProof, merkleProof } from '../verifier/merkle-proof.js';
import { bitsPerLevelOf } from './database.js';

/**
 * An entry's value, with the Merkle proof that it has it, at the current root or an older one.
 * @throws {UnknownRootError | PrunedRootError} `root` is not in the database's history, or is kept no more
 */
export async function proveEntry(poseidon: Poseidon, db: HashDb, entry: EntryKey, root?: Fr): Promise<MerkleProof> {
  const at = toFr((root === undefined ? await db.current() : await db.roots.find(root)).root);
  const key = treeKey(poseidon, entry);
  const path = await readPath(db, db.scheme, at, key);
  return merkleProof(poseidon, bitsPerLevelOf(db), at, entry, await db.entryValue(at, key), path);
}
