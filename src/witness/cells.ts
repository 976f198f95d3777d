import { leafValue } from '../batch/encoding.js';
import { ONE, ZERO, type Fr } from '../field/fr.js';
import { type Uint256 } from '../field/limbs.js';
import { type Poseidon } from '../hash/poseidon.js';
import { type Trace, type WriteRow } from '../trace/trace.js';
import { digitAt } from '../tree/path.js';

/** A cell: the part of the tree that the first `topLevels` digits of a key lead to. */
export const cellOf = (treeKey: Fr, { topLevels, bitsPerLevel }: { topLevels: number; bitsPerLevel: number }): number =>
  Number(BigInt.asUintN(topLevels * bitsPerLevel, treeKey));

/**
 * The cell's node after a write row: the key's leaf or what is there without it, hashed up to `topLevels`
 * beside `siblings`, all slots of each level, the path's own left 0.
 */
export function cellAfter(poseidon: Poseidon, trace: Trace, row: WriteRow, siblings: readonly (readonly bigint[])[], topLevels: number): Fr {
  const { treeKey, newValue } = trace.keys[row.key]!;
  const leaf = (key: Fr, value: Fr): Fr => poseidon.hash([key, value, ONE]);
  const depth = newValue === 0n ? row.siblings.length : row.siblings.length + row.extension;
  let node = row.otherLeaf === null ? ZERO : leaf(row.otherLeaf.key, row.otherLeaf.value);
  if (newValue !== 0n) node = leaf(treeKey, leafValue(poseidon, newValue as Uint256));
  for (let level = depth - 1; level >= topLevels; level--) {
    node = poseidon.hash(siblings[level]!.with(digitAt(treeKey, level, trace.bitsPerLevel), node) as Fr[]);
  }
  return node;
}
