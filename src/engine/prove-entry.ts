import type { EntryKey } from '../state/batch/access.js';
import { treeKey, treeKeys } from '../state/batch/encoding.js';
import { toFr } from '../base/field/fr.js';
import type { Uint256 } from '../base/field/limbs.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import { proveMany } from '../state/tree/multi-proof.js';
import { readPath } from '../state/tree/read.js';
import type { CombinedProof } from '../proof/verifier/combined-proof.js';
import { accountEntries, ethProof } from '../proof/verifier/eth-proof.js';
import type { EthProof } from '../proof/verifier/eth-proof.js';
import { merkleProof } from '../proof/verifier/merkle-proof.js';
import type { MerkleProof } from '../proof/verifier/merkle-proof.js';
import { bitsPerLevelOf } from './database.js';

/**
 * Options: the root at which to prove.
 * @see {@link proveEntry}
 */
export interface AtRoot {
  /** A root in the database's history. Default: the current one. */
  readonly root?: bigint | undefined;
}

/**
 * An entry's value with its Merkle proof, at the current root or an older one.
 * @throws {UnknownRootError | PrunedRootError} `root` is not in the database's history, or was pruned
 *
 * @example
 * const shown = await proveEntry(db, { address: 0n, kind: 'storage', slot: 1n });
 * verifyMerkleProof(shown).valid; // true
 */
export async function proveEntry(db: HashDb, entry: EntryKey, { root }: AtRoot = {}): Promise<MerkleProof> {
  const at = toFr((root === undefined ? await db.current() : await db.roots.find(root)).root);
  const key = treeKey(entry);
  const path = await readPath(db.under(at), db.scheme, at, key);
  return merkleProof({ root: at, bitsPerLevel: bitsPerLevelOf(db), entry, value: await db.entryValue(at, key), path });
}

/**
 * A proof of an account and its slots in the shape of `eth_getProof`, at the current root or an older one.
 * @throws {UnknownRootError | PrunedRootError} `root` is not in the database's history, or was pruned
 *
 * @example
 * await proveAccount(db, { address: 0xa11cen, slots: [1n] }, { root });
 */
export async function proveAccount(
  db: HashDb,
  { address, slots }: { readonly address: bigint; readonly slots: readonly Uint256[] },
  { root }: AtRoot = {},
): Promise<EthProof> {
  const at = { root: root ?? (await db.current()).root };
  const [balance, nonce, code] = accountEntries(address);
  const account = [
    await proveEntry(db, balance, at),
    await proveEntry(db, nonce, at),
    await proveEntry(db, code, at),
  ] as const;
  const storage: MerkleProof[] = [];
  for (const slot of slots) storage.push(await proveEntry(db, { address, kind: 'storage', slot }, at));
  return ethProof(account, storage);
}

/**
 * The values of many entries with one combined proof, at the current root or an older one. Duplicates are removed;
 * entries are in the order of their tree keys.
 * @throws {UnknownRootError | PrunedRootError} `root` is not in the database's history, or was pruned
 *
 * @example
 * await proveEntries(db, [entry, { ...entry, slot: 2n }]);
 */
export async function proveEntries(
  db: HashDb,
  entries: readonly EntryKey[],
  { root }: AtRoot = {},
): Promise<CombinedProof> {
  const at = toFr((root === undefined ? await db.current() : await db.roots.find(root)).root);
  const named = await treeKeys(entries);
  const byKey = new Map(entries.map(({ address, kind, slot }, i) => [named[i]!, { address, kind, slot }]));
  const keys = [...byKey.keys()].sort((a, b) => (a < b ? -1 : 1));
  const values = await db.entryValues(at, keys);
  const { shape, siblings, otherLeaves } = await proveMany(db.under(at), db.scheme, at, keys);
  return {
    root: at,
    bitsPerLevel: bitsPerLevelOf(db),
    entries: keys.map((key, i) => ({ ...byKey.get(key)!, value: values[i]! })),
    shape,
    siblings: siblings.map(toFr),
    otherLeaves: otherLeaves.map(({ key, value }) => ({ key: toFr(key), value })),
  };
}
