import { toFr, ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';
import { DEPTH } from '../../linea/suite/suite.js';
import type { Digest, Opening } from '../../linea/suite/suite.js';
import type { Path, Trace } from '../../linea/trace/trace.js';
import { LINEA_SIGNALS } from '../circuit/linea-catalogue.js';
import type { LineaSignal, LineaSize } from '../circuit/linea-catalogue.js';
import type { CircuitInputs } from '../witness/inputs.js';
import { CapacityError } from '../witness/layout.js';
import { residues } from '../witness/residues.js';
import { loggedOperations, rawOperation } from './logged.js';
import { OPERATION_KINDS, operationLogHash } from './operation-log.js';
import type { LoggedOperation } from './operation-log.js';
import { above, leafHash, PartialTree } from './partial-tree.js';

/**
 * The public signals of one proof of operations.
 * @see {@link proveOperations}
 */
export type LineaPublics = Readonly<Record<LineaSignal, Fr>>;

/** What a proof of operations is made from. */
export interface LineaWitness {
  readonly publics: LineaPublics;
  readonly inputs: CircuitInputs;
}

/** From where operations go on. */
export interface LineaStart {
  /** What the operations before came to; they are a multiple of 5. */
  readonly logHashIn?: Fr;
  /**
   * If the circuit hashes the topmost k of its d levels for all rows together: the 2^k nodes on level d - k before the
   * operations, in order. Traces do not show all of them.
   */
  readonly cells?: readonly Digest[];
}

/** A leaf that operations touch, as it is before all of them and after. */
interface TouchedLeaf {
  readonly index: number;
  /** Null: an insert makes it. */
  readonly before: Opening | null;
  after: Opening | null;
  /** The moment of the last access. */
  last: number;
}

interface Point {
  readonly time: number;
  readonly logged: LoggedOperation;
  readonly index: number;
  readonly opening: Opening;
  readonly previous: number;
}

interface Neighbour {
  readonly index: number;
  readonly opening: Opening;
  readonly previous: number;
}

interface Between {
  readonly time: number;
  readonly logged: LoggedOperation;
  readonly left: Neighbour;
  readonly right: Neighbour;
  /** Of an insert or a delete. */
  readonly middle: { readonly index: number; readonly previous: number };
}

/**
 * Lays traces of one trie out as the inputs of the template `LineaBlock`, padded to its size; see
 * circuits/linea/block.circom. Whether the traces are right is for the circuit to say.
 * @throws {CapacityError} which names the capacity that does not do
 * @throws {EncodingRangeError} a value cannot be hashed by the suite
 *
 * @example
 * const { inputs, publics } = await lineaInputs(lineaTraces, LINEA_CATALOGUE.linea18);
 */
export async function lineaInputs(
  traces: readonly Trace[],
  size: LineaSize,
  { logHashIn = ZERO, cells = [] }: LineaStart = {},
): Promise<LineaWitness> {
  const [first] = traces;
  if (first === undefined) throw new CapacityError('expected at least one trace to prove, got none');
  const log = await loggedOperations(first.location, traces.map(rawOperation));
  const counter = counterBefore(first);
  const tree = await PartialTree.create();
  if (size.topLevels > 0 && cells.length !== 2 ** size.topLevels) {
    throw new CapacityError(
      `the circuit needs ${2 ** size.topLevels} nodes of its level ${size.topLevels}, got ${cells.length}`,
    );
  }
  cells.forEach((node, index) => tree.learnNode(size.levels - size.topLevels, index, node));
  const memory = new LeafMemory(tree);
  const points: Point[] = [];
  const betweens: Between[] = [];
  for (const [i, trace] of traces.entries()) {
    const slot = memory.access(trace, log[i]!, i + 1);
    if ('left' in slot) betweens.push(slot);
    else points.push(slot);
  }
  const inserts = traces.filter(({ kind }) => kind === 'insert').length;
  fits('operations', traces.length, size.operations);
  fits('reads and updates', points.length, size.points);
  fits('inserts, deletes and reads of absent keys', betweens.length, size.lists);
  fits('inserts', inserts, size.appends);
  fits('leaf indices', counter + inserts, 2 ** size.levels);
  const columns = treeColumns(memory, counter, inserts, size);
  const publics: LineaPublics = {
    oldTop: poseidon.hash([BigInt(counter), columns.oldRoot]),
    newTop: poseidon.hash([BigInt(counter + inserts), columns.newRoot]),
    logHashIn,
    logHash: operationLogHash(log, logHashIn),
  };
  return {
    publics,
    inputs: {
      ...Object.fromEntries(LINEA_SIGNALS.map((name) => [name, publics[name]])),
      oldCounter: BigInt(counter),
      ...logColumns(log, size),
      ...pointColumns(points, size),
      ...listColumns(betweens, traces.length, size),
      ...columns.inputs,
    },
  };
}

/** The next free leaf index before a trace. */
export function counterBefore(trace: Trace): number {
  if ('nextFreeNode' in trace) return trace.nextFreeNode;
  return trace.kind === 'insert' ? trace.newNextFreeNode - 1 : trace.newNextFreeNode;
}

function fits(what: string, needed: number, capacity: number): void {
  if (needed > capacity)
    throw new CapacityError(`the circuit has room for ${capacity} ${what}, the traces have ${needed}`);
}

/** The leaves that traces touch, while they are gone through; and the tree before them, as far as they show it. */
class LeafMemory {
  readonly leaves = new Map<number, TouchedLeaf>();

  constructor(readonly tree: PartialTree) {}

  access(trace: Trace, logged: LoggedOperation, time: number): Point | Between {
    const moment = 3 * time;
    switch (trace.kind) {
      case 'read':
        return this.#point(trace.proof, trace.leaf, logged, time);
      case 'update':
        return this.#point(trace.proof, trace.priorUpdatedLeaf, logged, time);
      case 'read-zero': {
        const left = this.#neighbour(trace.leftProof, trace.leftLeaf, {}, moment);
        const right = this.#neighbour(trace.rightProof, trace.rightLeaf, {}, moment + 2);
        return { time, logged, left, right, middle: { index: 0, previous: 0 } };
      }
      case 'insert': {
        const { leafIndex: index } = trace.newProof;
        const { leafIndex: prevLeaf } = trace.leftProof;
        const { leafIndex: nextLeaf } = trace.rightProof;
        const left = this.#neighbour(trace.leftProof, trace.priorLeftLeaf, { nextLeaf: index }, moment);
        this.tree.learn(trace.newProof, 0n);
        const after = { prevLeaf, nextLeaf, hKey: logged.hKey, hVal: logged.after };
        this.leaves.set(index, { index, before: null, after, last: moment + 1 });
        const right = this.#neighbour(trace.rightProof, trace.priorRightLeaf, { prevLeaf: index }, moment + 2);
        return { time, logged, left, right, middle: { index, previous: 0 } };
      }
      case 'delete': {
        const { prevLeaf, nextLeaf } = trace.priorDeletedLeaf;
        const left = this.#neighbour(trace.leftProof, trace.priorLeftLeaf, { nextLeaf }, moment);
        const previous = this.#touch(trace.deletedProof, trace.priorDeletedLeaf, null, moment + 1);
        const right = this.#neighbour(trace.rightProof, trace.priorRightLeaf, { prevLeaf }, moment + 2);
        return { time, logged, left, right, middle: { index: trace.deletedProof.leafIndex, previous } };
      }
    }
  }

  #point(path: Path, opening: Opening, logged: LoggedOperation, time: number): Point {
    const previous = this.#touch(path, opening, { ...opening, hVal: logged.after }, 3 * time);
    return { time, logged, index: path.leafIndex, opening, previous };
  }

  #neighbour(path: Path, opening: Opening, change: Partial<Opening>, moment: number): Neighbour {
    const previous = this.#touch(path, opening, { ...opening, ...change }, moment);
    return { index: path.leafIndex, opening, previous };
  }

  /** The moment of the access before, 0 for none. */
  #touch(path: Path, before: Opening, after: Opening | null, moment: number): number {
    const index = path.leafIndex;
    this.tree.learn(path, leafHash(before));
    const leaf = this.leaves.get(index) ?? { index, before, after, last: 0 };
    const previous = leaf.last;
    leaf.after = after;
    leaf.last = moment;
    this.leaves.set(index, leaf);
    return previous;
  }
}

const padded = <T, U>(items: readonly T[], length: number, column: (item: T) => U, padding: U): U[] => [
  ...items.map(column),
  ...Array.from({ length: length - items.length }, () => padding),
];

const zeros = (length: number): bigint[] => Array.from({ length }, () => 0n);

const flags = <Kind extends string>(kinds: readonly Kind[], kind: Kind): bigint[] =>
  kinds.map((one) => (one === kind ? 1n : 0n));

function logColumns(log: readonly LoggedOperation[], { operations }: LineaSize): CircuitInputs {
  return {
    is: padded(log, operations, ({ kind }) => flags(OPERATION_KINDS, kind), zeros(5)),
    elements: padded(log, operations, ({ hKey, before, after }) => [hKey, before, after], zeros(3)),
  };
}

function pointColumns(slots: readonly Point[], { points }: LineaSize): CircuitInputs {
  const column = <T>(of: (slot: Point) => T, padding: T): T[] => padded(slots, points, of, padding);
  return {
    pointIs: column(({ logged }) => flags(['read', 'update'], logged.kind as 'read'), zeros(2)),
    pointTime: column(({ time }) => BigInt(time), 1n),
    pointElements: column(({ logged: { hKey, before, after } }) => [hKey, before, after], zeros(3)),
    pointIndex: column(({ index }) => BigInt(index), 0n),
    pointPointers: column(({ opening: { prevLeaf, nextLeaf } }) => [BigInt(prevLeaf), BigInt(nextLeaf)], zeros(2)),
    pointPrevious: column(({ previous }) => BigInt(previous), 0n),
  };
}

/** Padding has the key 1 between 0 and 2, and comes later than all operations. */
function listColumns(slots: readonly Between[], operations: number, { lists }: LineaSize): CircuitInputs {
  const column = <T>(of: (slot: Between) => T, padding: T): T[] => padded(slots, lists, of, padding);
  return {
    listIs: column(({ logged }) => flags(['read-zero', 'insert', 'delete'], logged.kind as 'insert'), zeros(3)),
    listTime: Array.from({ length: lists }, (_, i) => BigInt(slots[i]?.time ?? operations + 1 + i)),
    listKey: column(({ logged }) => logged.hKey, 1n),
    listValue: column(({ logged: { kind, before, after } }) => (kind === 'delete' ? before : after), 0n),
    listLeft: column(
      ({ left: { index, opening } }) => [BigInt(index), BigInt(opening.prevLeaf), opening.hKey, opening.hVal],
      zeros(4),
    ),
    listMiddle: column(({ middle }) => BigInt(middle.index), 0n),
    listRight: column(
      ({ right: { index, opening } }) => [BigInt(index), BigInt(opening.nextLeaf), opening.hKey, opening.hVal],
      [0n, 0n, 2n, 0n],
    ),
    listPrevious: column(
      ({ left, middle, right }) => [left, middle, right].map(({ previous }) => BigInt(previous)),
      zeros(3),
    ),
  };
}

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
function treeColumns(
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
