import { toFr } from '../../base/field/fr.js';
import { DEPTH } from '../../linea/suite/suite.js';
import type { Digest, Opening } from '../../linea/suite/suite.js';
import type { LineaSize } from '../circuit/linea-catalogue.js';
import type { CircuitInputs } from '../witness/inputs.js';
import { residues } from '../witness/residues.js';
import { fits } from './fits.js';
import type { LeafMemory, TouchedLeaf } from './leaf-memory.js';
import { padded, zeros } from './padding.js';
import { above, leafHash } from './partial-tree.js';
import type { PartialTree } from './partial-tree.js';

/** A row that a leaf of the old tree takes. */
interface Row {
  readonly leaf: TouchedLeaf & { readonly before: Opening };
  readonly siblings: readonly Digest[];
}

const openingElements = ({ prevLeaf, nextLeaf, hKey, hVal }: Opening): bigint[] => [
  BigInt(prevLeaf),
  BigInt(nextLeaf),
  hKey,
  hVal,
];

/** The rows, what is appended, and the cells. */
export function treeColumns(
  { leaves, tree }: LeafMemory,
  counter: number,
  inserts: number,
  size: LineaSize,
): { readonly inputs: CircuitInputs; readonly oldRoot: Digest; readonly newRoot: Digest } {
  const { readRows, changeRows, appends, levels, topLevels } = size;
  const old = [...leaves.values()].filter((leaf): leaf is Row['leaf'] => leaf.before !== null);
  const unchanged = old.filter(({ before, after }) => after !== null && leafHash(after) === leafHash(before));
  const reads = unchanged.slice(0, readRows);
  const changes = old.filter((leaf) => !reads.includes(leaf));
  fits(`leaves that change, or are only read beside the first ${readRows}`, changes.length, changeRows);
  const working = tree.copy();
  const rowOf = (leaf: Row['leaf']): Row => {
    const { index, after } = leaf;
    const siblings = working.siblings(index, levels - topLevels);
    if (changes.includes(leaf)) working.set(index, after === null ? 0n : leafHash(after));
    return { leaf, siblings };
  };
  const rows = [
    ...padded<Row, Row | null>(reads.map(rowOf), readRows, (row) => row, null),
    ...padded<Row, Row | null>(changes.map(rowOf), changeRows, (row) => row, null),
  ];
  const cells = cellColumns(tree, working, rows, size);
  const left = Array.from({ length: levels }, (_, level) => {
    const at = above(counter, level);
    return at % 2 === 1 && inserts > 0 ? working.node(level, at - 1) : 0n;
  });
  const appended = Array.from({ length: inserts }, (_, i) => leaves.get(counter + i));
  for (const leaf of appended) if (leaf?.after != null) working.set(leaf.index, leafHash(leaf.after));
  const distinct = rows.map((row, i) => toFr(BigInt(row?.leaf.index ?? 2 ** DEPTH + i)));
  const changed = rows.slice(readRows);
  return {
    oldRoot: tree.node(DEPTH, 0),
    newRoot: working.node(DEPTH, 0),
    inputs: {
      oldBase: tree.node(levels, 0),
      rowReal: rows.map((row) => (row === null ? 0n : 1n)),
      rowIndex: rows.map((row) => BigInt(row?.leaf.index ?? 0)),
      rowLeaf: rows.map((row) => (row === null ? zeros(4) : openingElements(row.leaf.before))),
      rowSiblings: rows.map((row) => row?.siblings ?? zeros(levels - topLevels)),
      rowLast: rows.map((row) => BigInt(row?.leaf.last ?? 0)),
      rowResidue: residues(distinct),
      changeStays: changed.map((row) => (row?.leaf.after == null ? 0n : 1n)),
      changeLeaf: changed.map((row) => {
        if (row?.leaf.after == null) return zeros(3);
        const { prevLeaf, nextLeaf, hVal } = row.leaf.after;
        return [BigInt(prevLeaf), BigInt(nextLeaf), hVal];
      }),
      appendStays: padded(appended, appends, (leaf) => (leaf?.after == null ? 0n : 1n), 0n),
      appendLeaf: padded(
        appended,
        appends,
        (leaf) => (leaf?.after == null ? zeros(4) : openingElements(leaf.after)),
        zeros(4),
      ),
      appendLast: padded(appended, appends, (leaf) => BigInt(leaf?.after == null ? 0 : leaf.last), 0n),
      appendLeft: appends === 0 ? [] : left,
      ...cells,
    },
  };
}

/** What the nodes below the shared top are before and after the rows, and which rows come after which. */
function cellColumns(
  tree: PartialTree,
  working: PartialTree,
  rows: readonly (Row | null)[],
  { levels, topLevels }: LineaSize,
): CircuitInputs {
  const cells = topLevels === 0 ? 0 : 2 ** topLevels;
  const place = levels - topLevels;
  // The bit that chooses at the base is the least significant of a cell's number.
  const cellOf = (at: number): number => {
    let cell = 0;
    for (let bit = 0; bit < topLevels; bit++) cell = 2 * cell + (above(at, bit) % 2);
    return cell;
  };
  const oldCells = zeros(cells);
  const newCells = zeros(cells);
  for (let at = 0; at < cells; at++) {
    oldCells[cellOf(at)] = tree.node(place, at);
    newCells[cellOf(at)] = working.node(place, at);
  }
  const last = zeros(cells);
  const previous = rows.map((row, i) => {
    if (row === null || cells === 0) return 0n;
    const cell = cellOf(above(row.leaf.index, place));
    const before = last[cell]!;
    last[cell] = BigInt(i + 1);
    return before;
  });
  return { oldCells, newCells, cellLast: last, rowPrevious: cells === 0 ? [] : previous };
}
