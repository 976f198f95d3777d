import { ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { Trace, WriteRow } from '../trace/trace.js';
import { digitAt } from '../../state/tree/path.js';
import { hashNode, innerOf, leafAt, poseidonScheme } from '../../state/tree/scheme.js';

/** A cell: the part of the tree that the first `topLevels` digits of a key lead to. */
export const cellOf = (treeKey: Fr, { topLevels, bitsPerLevel }: { topLevels: number; bitsPerLevel: number }): number =>
  Number(BigInt.asUintN(topLevels * bitsPerLevel, treeKey));

/** Whether a write row is a delete that leaves a leaf or nothing in its cell. */
export const shrinksCell = ({ effect, siblings }: WriteRow, { topLevels }: { topLevels: number }): boolean =>
  effect.startsWith('delete') && siblings.length === topLevels;

/**
 * The cells, in groups that have one parent, of which circuits refuse that it stays an inner node: less than two
 * cells of such a group are not empty in the end, and one of them has shrunk.
 */
export function lostParents(trace: Trace, size: { topLevels: number; bitsPerLevel: number }): number[] {
  const cells = trace.cells.map((node) => ({ empty: node === 0n, shrunk: false }));
  for (const row of trace.writes) {
    const cell = cells[cellOf(trace.keys[row.key]!.treeKey, size)]!;
    if (shrinksCell(row, size)) Object.assign(cell, { empty: row.effect === 'delete', shrunk: true });
    else if (row.effect.startsWith('create')) cell.empty = false;
  }
  const parents = cells.length / 2 ** size.bitsPerLevel;
  return Array.from({ length: parents }, (_, parent) => parent).filter((parent) => {
    const group = cells.filter((_, cell) => cell % parents === parent);
    return group.filter(({ empty }) => !empty).length < 2 && group.some(({ shrunk }) => shrunk);
  });
}

/**
 * The cell's node after a write row: the key's leaf or what is there without it, hashed up to `topLevels`
 * beside `siblings`, all slots of each level, the path's own left 0.
 */
export function cellAfter(
  trace: Trace,
  row: WriteRow,
  siblings: readonly (readonly bigint[])[],
  topLevels: number,
): bigint {
  const { treeKey, newValue } = trace.keys[row.key]!;
  const scheme = poseidonScheme(trace.bitsPerLevel);
  const depth = newValue === 0n ? row.siblings.length : row.siblings.length + row.extension;
  const leaf = newValue === 0n ? row.otherLeaf : { key: treeKey, value: scheme.leafValue(newValue) };
  let node: bigint = leaf === null ? ZERO : hashNode(scheme, leafAt(scheme, leaf, depth));
  for (let level = depth - 1; level >= topLevels; level--) {
    const children = siblings[level]!.with(digitAt(treeKey, level, trace.bitsPerLevel), node);
    node = hashNode(scheme, innerOf(children));
  }
  return node;
}
