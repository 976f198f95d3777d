import { ContentError } from '../../base/files/content-error.js';
import type { EntryKey, RequestedAccess } from '../../state/batch/access.js';
import type { Batch } from '../../state/batch/batch.js';
import { entryId, treeKeys } from '../../state/batch/encoding.js';
import { dataPolynomial, logHashElsewhere } from '../../state/batch/log.js';
import { ONE, ZERO, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { StateChange } from '../../state/hashdb/change.js';
import { valuesAt } from '../../state/hashdb/reader.js';
import type { StateReader } from '../../state/hashdb/reader.js';
import type { KeyRow, LogRow, ReadRow, Trace } from '../trace/trace.js';
import type { Digest } from '../../state/tree/node.js';
import { cellsOf } from '../../state/tree/cells.js';
import { comparePaths, partingLevel } from '../../state/tree/path.js';
import { otherLeafAt, readPaths } from '../../state/tree/read.js';
import type { ReadPath } from '../../state/tree/read.js';
import type { TreeScheme } from '../../state/tree/scheme.js';
import { changeOrder } from './order.js';
import type { Change, UpdateRows } from './order.js';
import { readRow, writeRow } from './rows.js';
import { writeEntries } from './state.js';

/**
 * A batch executed: the trace to be proven, and the change to be committed once it is.
 * @see {@link execute}
 */
export interface Execution {
  readonly trace: Trace;
  readonly change: StateChange;
}

/**
 * What a chunk of a batch follows on, and the verifier's point; by default the batch is whole, and x is 0.
 * @see {@link execute}
 */
export interface ExecuteOptions {
  /** To bind the batch to data: a hash of its `logHash` and of that data. Known beforehand, it binds nothing. */
  readonly x?: bigint;
  /** `logHash` of the chunks before, whose accesses are a multiple of three. */
  readonly logHashIn?: bigint;
  /** `dataOut` of the chunks before. */
  readonly dataIn?: bigint;
  /** A circuit's rows for updates alone, see `changeOrder`; by default updates all come first. */
  readonly updateRows?: readonly UpdateRows[];
  /** Give the trace the cells so many levels below the old root; by default 0, none. */
  readonly topLevels?: number;
}

/** A read states a value that the state does not hold. */
export class StateMismatchError extends ContentError {
  override readonly name = 'StateMismatchError';
  constructor(
    /** Index of the access in the batch. */
    readonly index: number,
    where: string,
    readonly stated: Uint256,
    readonly held: Uint256,
  ) {
    super(`${where}: the read states value ${uint256ToHex(stated)}, but the state has ${uint256ToHex(held)}`);
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
 * @throws {RangeError} a number of an access is out of its range, or one of the options is not reduced
 * @throws {StateMismatchError} a read states another value than the state has then
 * @throws {MissingNodeError} the database lacks a node of the tree
 * @throws {MissingPreimageError} the database knows a value only by its hash
 *
 * @example
 * const { trace: executed, change } = await execute(db, root, batch);
 * checkTrace(executed); // null
 */
export async function execute(
  reader: StateReader,
  oldRoot: Digest,
  batch: Pick<Batch, 'accesses' | 'where'>,
  { x = ZERO, logHashIn = ZERO, dataIn = ONE, updateRows, topLevels = 0 }: ExecuteOptions = {},
): Promise<Execution> {
  const cells = await openCells(reader, oldRoot, batch.accesses);
  const log: LogRow[] = [];
  for (const [index, access] of batch.accesses.entries()) {
    const { address, kind, slot } = access;
    const id = entryId(access);
    const cell = cells.get(id)!;
    const value = apply(
      access,
      cell.value,
      (stated) => new StateMismatchError(index, batch.where(index), stated, cell.value),
    );
    log.push({ op: access.op, address, kind, slot, value, previousValue: cell.value, previousTime: cell.lastTime });
    cells.set(id, { ...cell, value, lastTime: index + 1 });
  }

  const table = [...cells.values()];
  const order = writeOrder(table, reader.scheme, updateRows);
  const [logHash, { transitions, change }] = await Promise.all([
    logHashElsewhere(log, { logHashIn }),
    writeEntries(
      reader,
      oldRoot,
      order.map((index) => table[index]!),
    ),
  ]);
  const publics = {
    oldRoot: toFr(oldRoot),
    newRoot: toFr(change.root),
    logHashIn: toFr(logHashIn),
    logHash,
    x: toFr(x),
    dataIn: toFr(dataIn),
    dataOut: dataPolynomial(x, log, { dataIn }),
  };
  const reads = readRows(table);
  const topCells = topLevels === 0 ? [] : ((await cellsOf(reader, reader.scheme, oldRoot, topLevels)) ?? []);
  return {
    trace: {
      bitsPerLevel: reader.scheme.bitsPerLevel as 1 | 2,
      publics,
      log,
      keys: table.map(keyRow),
      reads,
      writes: order.map((index, i) => writeRow(index, transitions[i]!)),
      cells: topCells.map(toFr),
    },
    change,
  };
}

/** The entries that the accesses name, each once and in their order, as the tree before the batch holds them. */
async function openCells(reader: StateReader, root: Digest, accesses: readonly EntryKey[]): Promise<Map<string, Cell>> {
  const entries = new Map<string, EntryKey>();
  for (const { address, kind, slot } of accesses) {
    const entry = { address, kind, slot };
    const id = entryId(entry);
    if (!entries.has(id)) entries.set(id, entry);
  }
  const keys = await treeKeys([...entries.values()]);
  const paths = await readPaths(reader, reader.scheme, root, keys);
  const oldValues = await valuesAt(reader, keys, paths);
  return new Map(
    [...entries].map(([id, entry], i) => {
      const value = oldValues[i]!;
      return [id, { entry, treeKey: keys[i]!, path: paths[i]!, oldValue: value, value, lastTime: 0 }];
    }),
  );
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

const keyRow = ({ entry, treeKey, oldValue, value, lastTime }: Cell): KeyRow => ({
  ...entry,
  treeKey,
  oldValue,
  newValue: value,
  lastTime,
});

const changes = ({ oldValue, value }: Cell): boolean => oldValue !== value;

const readRows = (table: readonly Cell[]): ReadRow[] =>
  table.flatMap((cell, index) =>
    changes(cell) ? [] : [readRow(index, cell.path, otherLeafAt(cell.path, cell.treeKey))],
  );

/** Indices of the changed keys, in the order in which they are changed. */
function writeOrder(table: readonly Cell[], scheme: TreeScheme, updateRows?: readonly UpdateRows[]): number[] {
  const changed = [...table.keys()].filter((index) => changes(table[index]!));
  const deepened = depthsBeside(
    changed.map((index) => table[index]!),
    scheme,
  );
  const order = changeOrder(
    changed.map((index, i): Change => {
      const { treeKey, oldValue, value } = table[index]!;
      const depth = neededLevels(table[index]!, scheme.bitsPerLevel);
      if (value !== 0n && oldValue !== 0n) return { depth, effect: 'update', treeKey };
      // Among creates a path may get deeper than it is in the old tree.
      return { depth: Math.max(depth, deepened[i]!), effect: value === 0n ? 'delete' : 'create', treeKey };
    }),
    updateRows,
  );
  return order.map((index) => changed[index]!);
}

/** How deep a row for the key goes, in the tree before the batch. */
function neededLevels({ path, treeKey, oldValue }: Cell, bits: number): number {
  const other = otherLeafAt(path, treeKey);
  if (other === null || oldValue !== 0n) return path.siblings.length;
  return partingLevel(treeKey, other.key, bits) + 1;
}

/** How deep each cell's key lies among the keys that the batch creates, itself left out; in a tree without others. */
function depthsBeside(cells: readonly Cell[], { bitsPerLevel }: TreeScheme): number[] {
  const depths = cells.map(() => 0);
  // In the order of paths, so that of all keys the neighbours share most with a key.
  const byPath = cells
    .map(({ treeKey, oldValue, value }, index) => ({ treeKey, index, creates: oldValue === 0n && value !== 0n }))
    .sort((a, b) => comparePaths(a.treeKey, b.treeKey));
  for (const inOrder of [byPath, byPath.toReversed()]) {
    let created: Fr | null = null;
    for (const { treeKey, index, creates } of inOrder) {
      if (created !== null) depths[index] = Math.max(depths[index]!, partingLevel(treeKey, created, bitsPerLevel) + 1);
      if (creates) created = treeKey;
    }
  }
  return depths;
}
