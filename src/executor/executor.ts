import { type EntryKey, type RequestedAccess } from '../batch/access.js';
import { type Batch } from '../batch/batch.js';
import { entryId, treeKey } from '../batch/encoding.js';
import { dataPolynomial, logHash } from '../batch/log.js';
import { type Fr, ONE, ZERO, toFr } from '../field/fr.js';
import { type Uint256, toUint256, uint256ToHex } from '../field/limbs.js';
import { type Poseidon } from '../hash/poseidon.js';
import { MissingPreimageError } from '../hashdb/hashdb.js';
import { type KeyRow, type LogRow, type ReadRow, type Trace, type WriteRow } from '../trace/trace.js';
import { type Digest } from '../tree/node.js';
import { cellsOf } from '../tree/cells.js';
import { partingLevel } from '../tree/path.js';
import { type ReadPath, otherLeafAt, readPath, valueAt } from '../tree/read.js';
import { readRow, writeRow } from './rows.js';
import { type StateChange, type StateReader, StateWriter } from './state.js';

/** A batch executed: the trace to be proven, and the change to be committed once it is. */
export interface Execution {
  readonly trace: Trace;
  readonly change: StateChange;
}

/** What a chunk of a batch follows on, and the verifier's point; by default the batch is whole, and x is 0. */
export interface ExecuteOptions {
  readonly x?: Fr;
  /** `logHash` of the chunks before, whose accesses are a multiple of three. */
  readonly logHashIn?: Fr;
  /** `dataOut` of the chunks before. */
  readonly dataIn?: Fr;
  /** Changes of keys whose paths are deeper come first, as circuits want them; by default there are none. */
  readonly levels?: number;
  /** Give the trace the cells so many levels below the old root; by default 0, none. */
  readonly topLevels?: number;
}

/** A read states a value that the state does not hold. */
export class StateMismatchError extends Error {
  override readonly name = 'StateMismatchError';
  constructor(
    /** Index of the access in the batch. */
    readonly index: number,
    where: string,
    readonly stated: Uint256,
    readonly held: Uint256,
  ) {
    super(`${where}: the read states value ${uint256ToHex(stated)}, but the state holds ${uint256ToHex(held)} there`);
  }
}

/** A key of the batch, as the accesses so far leave it. */
interface Cell {
  readonly entry: EntryKey;
  readonly treeKey: Fr;
  /** The key's path in the tree before the batch. */
  readonly path: ReadPath;
  readonly oldValue: Uint256;
  readonly value: Uint256;
  /** 0 before the first access. */
  readonly lastTime: number;
}

/**
 * Applies a batch to the state with root `oldRoot`, which stays as it is. Deterministic: the same
 * state and batch give the same trace.
 * @throws {StateMismatchError} a read states another value than the state holds then
 * @throws {MissingNodeError} the database lacks a node of the tree
 * @throws {MissingPreimageError} the database knows a value only by its hash
 */
export async function execute(
  poseidon: Poseidon,
  reader: StateReader,
  oldRoot: Digest,
  batch: Pick<Batch, 'accesses' | 'where'>,
  { x = ZERO, logHashIn = ZERO, dataIn = ONE, levels = Infinity, topLevels = 0 }: ExecuteOptions = {},
): Promise<Execution> {
  const cells = new Map<string, Cell>();
  const log: LogRow[] = [];
  for (const [index, access] of batch.accesses.entries()) {
    const { address, kind, slot } = access;
    const entry = { address, kind, slot };
    const id = entryId(entry);
    const cell = cells.get(id) ?? (await openCell(poseidon, reader, oldRoot, entry));
    const value = apply(access, cell.value, (stated) =>
      new StateMismatchError(index, batch.where(index), stated, cell.value));
    log.push({ op: access.op, ...entry, value, previousValue: cell.value, previousTime: cell.lastTime });
    cells.set(id, { ...cell, value, lastTime: index + 1 });
  }

  const table = [...cells.values()];
  const writer = new StateWriter(poseidon, reader.scheme, oldRoot, reader);
  const writes: WriteRow[] = [];
  for (const index of writeOrder(table, levels, reader.scheme.bitsPerLevel)) {
    const { entry, value } = table[index]!;
    const rootBefore = writer.root;
    const transition = await writer.write(entry, value);
    writes.push(writeRow(index, transition, toFr(rootBefore), toFr(writer.root)));
  }
  const publics = {
    oldRoot: toFr(oldRoot),
    newRoot: toFr(writer.root),
    logHashIn,
    logHash: logHash(poseidon, log, logHashIn),
    x,
    dataIn,
    dataOut: dataPolynomial(x, log, dataIn),
  };
  const reads = readRows(table);
  const topCells = topLevels === 0 ? [] : ((await cellsOf(reader, reader.scheme, oldRoot, topLevels)) ?? []);
  return {
    trace: { bitsPerLevel: reader.scheme.bitsPerLevel, publics, log, keys: table.map(keyRow), reads, writes, cells: topCells.map(toFr) },
    change: writer.change(),
  };
}

async function openCell(
  poseidon: Poseidon,
  reader: StateReader,
  root: Digest,
  entry: EntryKey,
): Promise<Cell> {
  const key = treeKey(poseidon, entry);
  const path = await readPath(reader, reader.scheme, root, key);
  const leafValue = valueAt(path, key);
  const oldValue = leafValue === 0n ? toUint256(0n) : await reader.valuePreimage(leafValue);
  if (oldValue === undefined) throw new MissingPreimageError(key, leafValue);
  return { entry, treeKey: key, path, oldValue, value: oldValue, lastTime: 0 };
}

/**
 * What an access makes of the value that its key holds.
 * @throws what `mismatch` makes of the value that a read states, if it is not the value held
 */
function apply(access: RequestedAccess, held: Uint256, mismatch: (stated: Uint256) => Error): Uint256 {
  switch (access.op) {
    case 'read':
      if (access.value !== undefined && access.value !== held) throw mismatch(access.value);
      return held;
    case 'write':
      return access.value;
  }
}

const keyRow = ({ entry, treeKey, oldValue, value, lastTime }: Cell): KeyRow =>
  ({ ...entry, treeKey, oldValue, newValue: value, lastTime });

const changes = ({ oldValue, value }: Cell): boolean => oldValue !== value;

const readRows = (table: readonly Cell[]): ReadRow[] =>
  table.flatMap((cell, index) => (changes(cell) ? [] : [readRow(index, cell.path, otherLeafAt(cell.path, cell.treeKey))]));

/**
 * Indices of the changed keys: first those whose paths are deeper than `levels` as the tree is before
 * the batch, then deletes, so that the tree is never deeper in between than it need be, then creates,
 * then updates. It is the order of a circuit's sections.
 */
function writeOrder(table: readonly Cell[], levels: number, bits: number): number[] {
  const changed = [...table.keys()].filter((index) => changes(table[index]!));
  const section = (index: number): number => {
    const cell = table[index]!;
    if (neededLevels(cell, bits) > levels) return 0;
    if (cell.value === 0n) return 1;
    return cell.oldValue === 0n ? 2 : 3;
  };
  return changed.toSorted((a, b) => section(a) - section(b) || a - b);
}

/** How deep a row for the key goes, in the tree before the batch. */
function neededLevels({ path, treeKey, oldValue }: Cell, bits: number): number {
  const other = otherLeafAt(path, treeKey);
  if (other === null || oldValue !== 0n) return path.siblings.length;
  return partingLevel(treeKey, other.key, bits) + 1;
}
