import { CATALOGUE } from '../../machine/circuit/catalogue.js';
import { RULES_CATALOGUE } from '../../machine/circuit/rules-catalogue.js';
import { PAYMENTS } from '../../rules/payments/payments.js';
import type { EntryKey } from '../../state/batch/access.js';
import { treeKeys } from '../../state/batch/encoding.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import { otherLeafAt, readPaths } from '../../state/tree/read.js';
import type { PaymentsCircuits } from './circuits.js';

/**
 * A batch is proven by one transaction, at some 55,000 gas a proof and 2,100 a record: with all that is allowed here,
 * below the 16.7 million gas that a transaction may take (EIP-7825).
 */
const RECORDS = 1000;
/** Proofs that the records take where paths are short. */
const PROOFS = 50;
/**
 * Accesses to paths deeper than `LEVELS`, each of which may take a proof of the deep circuit and cut another in two.
 * Among a million accounts 15 in 1,000 are that deep; addresses are ground to be.
 */
const DEEP_ACCESSES = 100;
const LEVELS = 13;

/** Operations of the queue, and payments, that one batch takes at most, by a contract's circuits. */
export function recordsAtOnce({
  storage: [usual],
  rules: [large],
}: Pick<PaymentsCircuits, 'storage' | 'rules'>): number {
  const { rows } = RULES_CATALOGUE[large.name];
  const proofsEach = 1 / rows + PAYMENTS.accessesPerRow / CATALOGUE[usual.name].accesses;
  return Math.max(1, Math.min(RECORDS, Math.floor(PROOFS / proofsEach)));
}

/** How many of a batch's first rows one transaction can prove, by their accesses to deep paths; at least one. */
export async function rowsThatFit(db: HashDb, log: readonly EntryKey[]): Promise<number> {
  const keys = await treeKeys(log);
  const { root } = await db.current();
  const distinct = [...new Set(keys)];
  const paths = await readPaths(db, db.scheme, root, distinct);
  const topOf = (key: bigint): bigint => BigInt.asUintN(LEVELS * db.scheme.bitsPerLevel, key);
  const beside = new Map<bigint, number>();
  for (const key of distinct) beside.set(topOf(key), (beside.get(topOf(key)) ?? 0) + 1);
  const deep = new Set(
    distinct.filter((key, i) => {
      const other = otherLeafAt(paths[i]!, key);
      const isBesideLeaf = other !== null && topOf(other.key) === topOf(key);
      return paths[i]!.siblings.length > LEVELS || isBesideLeaf || beside.get(topOf(key))! > 1;
    }),
  );
  let left = DEEP_ACCESSES;
  const end = keys.findIndex((key) => deep.has(key) && left-- === 0);
  return end === -1
    ? Math.ceil(keys.length / PAYMENTS.accessesPerRow)
    : Math.max(1, Math.floor(end / PAYMENTS.accessesPerRow));
}
