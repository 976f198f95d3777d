import type { Batch } from '../../state/batch/batch.js';
import { entryId } from '../../state/batch/encoding.js';
import { ACCESSES_PER_STEP } from '../../state/batch/log.js';
import { rowsIn } from '../circuit/catalogue.js';
import type { CircuitSize } from '../circuit/catalogue.js';
import { execute, StateMismatchError } from '../executor/executor.js';
import type { Execution } from '../executor/executor.js';
import { ONE, toFr, ZERO } from '../../base/field/fr.js';
import { ChangedState } from '../../state/hashdb/changed-state.js';
import type { StateReader } from '../../state/hashdb/reader.js';
import type { PublicSignals, Trace } from '../trace/trace.js';
import type { Digest } from '../../state/tree/node.js';
import { CapacityError, layOut } from '../witness/layout.js';
import { prefixShape } from './prefix.js';

/**
 * A part of a batch that one proof holds. Its old root, log hash and data are the new ones of the chunk before.
 * @see {@link planChunks}
 */
export interface Chunk extends Execution {
  /** Index in the batch of the chunk's first access, a multiple of three. */
  readonly first: number;
  /** A multiple of three, but for the last chunk. */
  readonly accesses: number;
  /** The circuit that holds it, one of the plan's. */
  readonly size: CircuitSize;
}

/**
 * What is to be cut into chunks, and for which circuits.
 * @see {@link planChunks}
 */
export interface PlanOptions {
  readonly reader: StateReader;
  /** The root that the batch begins at. */
  readonly root: Digest;
  readonly batch: Pick<Batch, 'accesses' | 'where'>;
  /**
   * The circuits there are, largest first: a chunk is as long as the first one takes that holds the next three
   * accesses, and goes to the smallest that holds as much. The last is for what the others cannot hold, a path
   * that is too deep for them or a tree that is too small. It is also for three accesses in the midst of a batch, if
   * another circuit of more than twice its levels has no room for more.
   */
  readonly sizes: readonly [CircuitSize, ...CircuitSize[]];
  /**
   * The verifier's point: a hash of the batch's `logHash` and of the data that it is bound to; by default 0, for none.
   */
  readonly x?: bigint;
}

/** Where a chunk begins. */
interface Start {
  readonly first: number;
  readonly publics: Pick<PublicSignals, 'x' | 'logHashIn' | 'dataIn'>;
}

/**
 * Cuts a batch into chunks, in order, each as long as its circuit holds, one after another: every chunk
 * is executed on the state as the chunks before it leave it, and nothing is committed. A prefix may fit
 * though a shorter one does not, as reads become updates, and changes are undone: the longest is found,
 * but for one that needs less depth than the search can know.
 * @throws {CapacityError} no circuit holds the next three accesses; it names the first that the last circuit does not
 * @throws {StateMismatchError} a read states another value than the state has then
 * @throws {MissingNodeError | MissingPreimageError} see `execute`
 *
 * @example
 * for await (const planned of planChunks({ reader: db, root, batch, sizes: [CATALOGUE.s18] })) planned.accesses;
 */
export async function* planChunks(options: PlanOptions): AsyncGenerator<Chunk, void> {
  const { reader, root, batch } = options;
  const x = toFr(options.x ?? ZERO);
  const state = new ChangedState(reader, root);
  let start: Start = { first: 0, publics: { x, logHashIn: ZERO, dataIn: ONE } };
  while (start.first < batch.accesses.length) {
    const chunk = await nextChunk(options, state, start);
    yield chunk;
    state.add(chunk.change);
    const { logHash, dataOut } = chunk.trace.publics;
    start = { first: chunk.first + chunk.accesses, publics: { x, logHashIn: logHash, dataIn: dataOut } };
  }
}

async function nextChunk(options: PlanOptions, state: ChangedState, start: Start): Promise<Chunk> {
  for (const size of options.sizes) {
    const chunk = await longestChunk(options, state, start, size);
    if (chunk !== null) return inSmallest(options, state, start, chunk);
  }
  throw await noCircuit(options, state, start);
}

/** A chunk, in the smallest circuit that holds it. */
async function inSmallest(options: PlanOptions, state: ChangedState, start: Start, chunk: Chunk): Promise<Chunk> {
  const { sizes, batch } = options;
  const last = sizes.at(-1)!;
  // Short at the batch's end, a chunk is left where it is: a contract verifies the proofs of each circuit apart.
  const isAtEnd = chunk.first + chunk.accesses === batch.accesses.length;
  const isForLast = !isAtEnd && 2 * levelsIn(last) < levelsIn(chunk.size);
  for (const size of sizes.slice(sizes.indexOf(chunk.size) + 1, isForLast ? undefined : -1).toReversed()) {
    if (longestConceivable(batch, start.first, size) < chunk.accesses) continue;
    const smaller = await executeChunk(options, state, start, chunk.accesses, size);
    if (misfit(smaller.trace, size) === null) return smaller;
  }
  return chunk;
}

/** Nodes that a circuit hashes in all its rows, those above which all rows share their paths not counted: its size. */
const levelsIn = ({ readRows, updateRows, writeRows }: CircuitSize): number =>
  [...readRows, ...updateRows, ...updateRows, ...writeRows].reduce((sum, { rows, levels }) => sum + rows * levels, 0);

/**
 * The longest prefix of what is left that the circuit holds; null if there is none. All that there may be
 * room for is executed; which of its prefixes would fit is told from its trace, and tried, longest first.
 */
async function longestChunk(
  options: PlanOptions,
  state: ChangedState,
  start: Start,
  size: CircuitSize,
): Promise<Chunk | null> {
  const bound = longestConceivable(options.batch, start.first, size);
  if (bound === 0) return null;
  const all = await executeChunk(options, state, start, bound, size);
  if (misfit(all.trace, size) === null) return all;
  for (let steps = Math.ceil(bound / ACCESSES_PER_STEP) - 1; steps > 0; steps--) {
    const count = steps * ACCESSES_PER_STEP;
    // The least is tried in any case: rows may be less deep than they are later.
    if (steps > 1 && misfit(prefixShape(all.trace, count, size.updateRows), size) !== null) continue;
    const chunk = await executeChunk(options, state, start, count, size);
    if (misfit(chunk.trace, size) === null) return chunk;
  }
  return null;
}

/** Accesses from `first` on that there is room for, if each distinct key takes any row. */
function longestConceivable({ accesses }: Pick<Batch, 'accesses'>, first: number, size: CircuitSize): number {
  const rows = rowsIn(size.readRows) + rowsIn(size.updateRows) + rowsIn(size.writeRows);
  const end = Math.min(accesses.length, first + size.accesses);
  const ids = new Set<string>();
  for (let index = first; index < end; index++) {
    ids.add(entryId(accesses[index]!));
    if (ids.size > rows) return Math.floor((index - first) / ACCESSES_PER_STEP) * ACCESSES_PER_STEP;
  }
  return end - first;
}

/**
 * Why the last circuit does not hold the next three accesses, or what is left of them, by the first that is too much.
 */
async function noCircuit(options: PlanOptions, state: ChangedState, start: Start): Promise<CapacityError> {
  const { batch, sizes } = options;
  const last = sizes.at(-1)!;
  for (let count = 1; ; count++) {
    const cause = misfit((await executeChunk(options, state, start, count, last)).trace, last);
    if (cause === null) continue;
    return new CapacityError(`${batch.where(start.first + count - 1)}: no circuit is large enough: ${cause.message}`, {
      cause,
    });
  }
}

/** Why a circuit does not hold a trace; null if it does. */
function misfit(trace: Trace, size: CircuitSize): CapacityError | null {
  try {
    layOut(trace, size);
    return null;
  } catch (error) {
    if (error instanceof CapacityError) return error;
    throw error;
  }
}

/** The next `count` accesses as a chunk, whether the circuit holds it or not. */
async function executeChunk(
  { batch }: PlanOptions,
  state: ChangedState,
  { first, publics }: Start,
  count: number,
  size: CircuitSize,
): Promise<Chunk> {
  const accesses = batch.accesses.slice(first, first + count);
  const where = (index: number): string => batch.where(first + index);
  const { updateRows, topLevels } = size;
  try {
    const execution = await execute(state, state.root, { accesses, where }, { ...publics, updateRows, topLevels });
    return { ...execution, first, accesses: count, size };
  } catch (error) {
    if (!(error instanceof StateMismatchError)) throw error;
    const index = first + error.index;
    throw new StateMismatchError(index, batch.where(index), error.stated, error.held);
  }
}
