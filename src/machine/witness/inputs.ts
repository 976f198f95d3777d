import { accessElements, rawKey } from '../../state/batch/encoding.js';
import { slotsOf } from '../circuit/catalogue.js';
import type { CircuitSize } from '../circuit/catalogue.js';
import { toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { splitLimbs } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { KeyRow, LogRow, ReadRow, Trace, WriteRow } from '../trace/trace.js';
import type { Entry } from '../../state/tree/node.js';
import { digitAt } from '../../state/tree/path.js';
import { arityOf, hashNode, leafAt, poseidonScheme } from '../../state/tree/scheme.js';
import type { TreeScheme } from '../../state/tree/scheme.js';
import { cellAfter, cellOf, shrinksCell } from './cells.js';
import { layOut, rowDepth } from './layout.js';
import type { Layout } from './layout.js';
import { residues } from './residues.js';

/** A main input of the circuit: a number, or an array of inputs. */
export type CircuitInput = bigint | readonly CircuitInput[];

/**
 * The inputs of `Transition`, by signal name; see circuits/transition.circom for their shapes.
 * @see {@link circuitInputs}
 */
export type CircuitInputs = Record<string, CircuitInput>;

/**
 * Lays a trace out as the circuit's inputs, padded to its size.
 * @throws {CapacityError} the trace has more accesses, rows or levels than the circuit
 *
 * @example
 * circuitInputs(trace, CATALOGUE.s14);
 */
export function circuitInputs(trace: Trace, size: CircuitSize): CircuitInputs {
  const layout = layOut(trace, size);
  const scheme = poseidonScheme(size.bitsPerLevel);
  const shape: Shape = { trace, scheme, arity: arityOf(scheme), topLevels: size.topLevels };
  return {
    ...trace.publics,
    ...logColumns(trace, size.accesses),
    ...keyColumns(trace, layout),
    ...readColumns(shape, layout.reads, slotsOf(size.readRows)),
    ...updateColumns(shape, layout.updates, slotsOf(size.updateRows)),
    ...writeColumns(shape, layout.writes, slotsOf(size.writeRows)),
    ...cellColumns(shape, layout, size),
  };
}

interface Shape {
  readonly trace: Trace;
  readonly scheme: TreeScheme;
  readonly arity: number;
  /** Levels above the start of each row's own path. */
  readonly topLevels: number;
}

function logColumns({ log }: Trace, accesses: number): CircuitInputs {
  return {
    isRead: column(log, accesses, (row) => (row.op === 'read' ? 1n : 0n), 0n),
    isWrite: column(log, accesses, (row) => (row.op === 'write' ? 1n : 0n), 0n),
    elements: column<LogRow, readonly bigint[]>(log, accesses, accessElements, zeros(5)),
    previous: column(log, accesses, (row) => [...limbs(row.previousValue), BigInt(row.previousTime)], zeros(3)),
  };
}

/** The key table: rows in the circuit's order. */
function keyColumns(trace: Trace, layout: Layout): CircuitInputs {
  const keyOf = (row: ReadRow | WriteRow | null): KeyRow | null => row && trace.keys[row.key]!;
  const changes = [...layout.updates, ...layout.writes].map(keyOf);
  const rows = [...layout.reads.map(keyOf), ...changes];
  return {
    rowReal: rows.map((row) => (row === null ? 0n : 1n)),
    rowKey: rows.map((row) => (row === null ? zeros(3) : rawKeyElements(row))),
    rowOld: rows.map((row) => (row === null ? zeros(2) : limbs(row.oldValue))),
    rowNew: changes.map((row) => (row === null ? zeros(2) : limbs(row.newValue))),
    rowLastTime: rows.map((row) => BigInt(row?.lastTime ?? 0)),
    // A row that is padding stands for its index.
    rowResidue: residues(rows.map((row, i) => row?.treeKey ?? toFr(BigInt(i)))),
  };
}

/** The columns of a kind's rows, each with the levels that it has; a path's levels run on from row to row. */
function readColumns(shape: Shape, rows: Layout['reads'], slots: readonly number[]): CircuitInputs {
  const { keys } = shape.trace;
  return {
    readActive: rows.flatMap((row, i) => flags(shape, row?.siblings.length ?? 0, slots[i]!)),
    readSiblings: rows.flatMap((row, i) => siblingColumn(shape, row, slots[i]!)),
    readOther: rows.map((row) => hasOther(row)),
    readLeaf: rows.map((row) => endLeaf(shape, row, row === null ? 0n : keys[row.key]!.oldValue)),
  };
}

const updateColumns = (shape: Shape, rows: Layout['updates'], slots: readonly number[]): CircuitInputs => ({
  updateActive: rows.flatMap((row, i) => flags(shape, row?.siblings.length ?? 0, slots[i]!)),
  updateSiblings: rows.flatMap((row, i) => siblingColumn(shape, row, slots[i]!)),
});

function writeColumns(shape: Shape, rows: Layout['writes'], slots: readonly number[]): CircuitInputs {
  const { keys } = shape.trace;
  // A delete's short lane ends where the key is gone, so only an update shows the key's own leaf.
  const own = (row: WriteRow): bigint => (row.effect === 'update' ? keys[row.key]!.oldValue : 0n);
  return {
    writeShort: rows.flatMap((row, i) => flags(shape, row?.siblings.length ?? 0, slots[i]!)),
    writeLong: rows.flatMap((row, i) => flags(shape, row === null ? 0 : rowDepth(row), slots[i]!)),
    writeSiblings: rows.flatMap((row, i) => siblingColumn(shape, row, slots[i]!)),
    writeOther: rows.map((row) => hasOther(row)),
    writeLeaf: rows.map((row) => endLeaf(shape, row, row === null ? 0n : own(row))),
    writeSiblingChildren: rows.map((row) => row?.siblingChildren ?? zeros(shape.arity)),
  };
}

const hasOther = (row: ReadRow | null): bigint => (row === null || row.otherLeaf === null ? 0n : 1n);

/** The cells before and after, and the times at which rows meet them: row i of the key table has time i + 1. */
function cellColumns(shape: Shape, layout: Layout, size: CircuitSize): CircuitInputs {
  const { trace } = shape;
  const none = { oldCells: [], newCells: [], cellShrunk: [], cellLastTime: [], rowShrunk: [], rowPrevious: [] };
  if (size.topLevels === 0) return none;
  const rows: readonly (ReadRow | WriteRow | null)[] = [...layout.reads, ...layout.updates, ...layout.writes];
  const cells = trace.cells.map((node: bigint) => ({ node, shrunk: 0n, time: 0n }));
  const met = rows.map((row, i) => {
    if (row === null) return { shrunk: 0n, time: 0n };
    const index = cellOf(trace.keys[row.key]!.treeKey, size);
    const cell = cells[index]!;
    const isWrite = 'effect' in row;
    cells[index] = {
      node: isWrite ? cellAfter(trace, row, allSiblings(shape, row), size.topLevels) : cell.node,
      shrunk: isWrite && shrinksCell(row, size) ? 1n : cell.shrunk,
      time: BigInt(i + 1),
    };
    return cell;
  });
  return {
    oldCells: trace.cells,
    newCells: cells.map(({ node }) => node),
    cellShrunk: cells.map(({ shrunk }) => shrunk),
    cellLastTime: cells.map(({ time }) => time),
    rowShrunk: met.map(({ shrunk }) => shrunk),
    rowPrevious: met.map(({ time }) => time),
  };
}

/** The siblings on the levels of a circuit's row that are its own; of padding, all 0. */
function siblingColumn(shape: Shape, row: ReadRow | WriteRow | null, levels: number): bigint[][] {
  const known = row === null ? [] : allSiblings(shape, row);
  const all = Array.from({ length: levels }, (_, level) => known[level] ?? zeros(shape.arity));
  return all.slice(shape.topLevels);
}

/**
 * A row's siblings, level by level down to where its longer lane ends, all slots of a level, the path's
 * own left 0. On the levels of an extension there is only the other leaf, at the last of them.
 */
function allSiblings({ trace, scheme, arity }: Shape, row: ReadRow | WriteRow): bigint[][] {
  const key = trace.keys[row.key]!.treeKey;
  const depth = rowDepth(row);
  return Array.from({ length: depth }, (_, level) => {
    const siblings = row.siblings[level];
    if (siblings !== undefined) return siblings.toSpliced(digitAt(key, level, trace.bitsPerLevel), 0, 0n as Fr);
    const slots = zeros(arity);
    if (level === depth - 1) {
      const other = row.otherLeaf!;
      slots[digitAt(other.key, level, trace.bitsPerLevel)] = hashNode(scheme, leafAt(scheme, other, level + 1));
    }
    return slots;
  });
}

/** Which of a row's own levels lie above `depth`. */
const flags = ({ topLevels }: Shape, depth: number, levels: number): bigint[] =>
  Array.from({ length: levels - topLevels }, (_, l) => (topLevels + l < depth ? 1n : 0n));

/** The leaf at which a lane ends: another key's, the key's own with the value `own`; zeros for none. */
function endLeaf({ trace, scheme }: Shape, row: ReadRow | WriteRow | null, own: Uint256): readonly bigint[] {
  if (row?.otherLeaf) return leafElements(scheme, row.otherLeaf);
  if (row === null || own === 0n) return leafElements(scheme, { key: 0n, value: 0n });
  return leafElements(scheme, { key: trace.keys[row.key]!.treeKey, value: scheme.leafValue(own) });
}

/** A leaf's key, and what it holds for the value: a hash in a binary tree, the value's limbs in a quad tree. */
const leafElements = ({ bitsPerLevel }: TreeScheme, { key, value }: Entry): readonly bigint[] =>
  bitsPerLevel === 1 ? [key, value] : [key, ...limbs(value)];

/** One cell for each row, then padding up to `length`. */
const column = <Row, Cell>(rows: readonly Row[], length: number, cell: (row: Row) => Cell, padding: Cell): Cell[] => [
  ...rows.map(cell),
  ...Array.from({ length: length - rows.length }, () => padding),
];

const rawKeyElements = (key: KeyRow): bigint[] => {
  const { accountTag, slotHi, slotLo } = rawKey(key);
  return [accountTag, slotHi, slotLo];
};

const limbs = (value: Uint256): bigint[] => {
  const { hi, lo } = splitLimbs(value);
  return [hi, lo];
};

const zeros = (n: number): bigint[] => Array.from({ length: n }, () => 0n);
