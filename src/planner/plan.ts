import { type Batch } from '../batch/batch.js';
import { entryId } from '../batch/encoding.js';
import { ACCESSES_PER_STEP } from '../batch/log.js';
import { type CircuitSize } from '../circuit/catalogue.js';
import { type Execution, execute, StateMismatchError } from '../executor/executor.js';
import { type StateReader } from '../executor/state.js';
import { type Fr, ONE, ZERO } from '../field/fr.js';
import { type Poseidon } from '../hash/poseidon.js';
import { type PublicSignals } from '../trace/trace.js';
import { type Digest } from '../tree/node.js';
import { CapacityError, layOut } from '../witness/layout.js';
import { ChangedState } from './changes.js';

/** A part of a batch that one proof holds. Its old root, log hash and data are the new ones of the chunk before. */
export interface Chunk extends Execution {
  /** Index in the batch of the chunk's first access, a multiple of three. */
  readonly first: number;
  /** A multiple of three, but for the last chunk. */
  readonly accesses: number;
  /** The circuit that holds it, one of the plan's. */
  readonly size: CircuitSize;
}

export interface PlanOptions {
  readonly poseidon: Poseidon;
  readonly reader: StateReader;
  /** The root that the batch begins at. */
  readonly root: Digest;
  readonly batch: Pick<Batch, 'accesses' | 'where'>;
  /**
   * The circuits there are, best first: a chunk is the first one's that holds the next three accesses. The
   * last is for what the others cannot hold, a path that is too deep for them or a tree that is too small.
   */
  readonly sizes: readonly [CircuitSize, ...CircuitSize[]];
  /** The verifier's point; by default 0. */
  readonly x?: Fr;
}

/** Where a chunk begins. */
interface Start {
  readonly first: number;
  readonly publics: Pick<PublicSignals, 'x' | 'logHashIn' | 'dataIn'>;
}

/**
 * Cuts a batch into chunks, in order, each as long as its circuit holds, one after another: every chunk
 * is executed on the state as the chunks before it leave it, and nothing is committed. Whether a prefix
 * fits is found by executing it. A longer prefix may fit where a shorter one does not, if it changes a
 * key back; the search may pass over it, but three accesses more than the search ends with do not fit.
 * @throws {CapacityError} no circuit holds the next three accesses; it names the first that the last circuit does not
 * @throws {StateMismatchError} a read states another value than the state holds then
 * @throws {MissingNodeError | MissingPreimageError} see `execute`
 */
export async function* planChunks(options: PlanOptions): AsyncGenerator<Chunk, void> {
  const { reader, root, batch, x = ZERO } = options;
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
    if (chunk !== null) return chunk;
  }
  throw await misfit(options, state, start);
}

/** The longest prefix of what is left that fits, as far as bisection finds it; null if three accesses do not. */
async function longestChunk(options: PlanOptions, state: ChangedState, start: Start, size: CircuitSize): Promise<Chunk | null> {
  const bound = longestConceivable(options.batch, start.first, size);
  const most = Math.ceil(bound / ACCESSES_PER_STEP);
  if (most === 0) return null;
  const attempt = (steps: number): Promise<Chunk | CapacityError> =>
    attemptChunk(options, state, start, Math.min(bound, steps * ACCESSES_PER_STEP), size);
  // All that there may be room for first: it may fit. Then the least: a circuit that is not for this costs no more.
  const all = await attempt(most);
  if (!(all instanceof CapacityError)) return all;
  let best = await attempt(1);
  if (best instanceof CapacityError) return null;
  let [fits, tooMany] = [1, most];
  while (fits + 1 < tooMany) {
    const steps = Math.floor((fits + tooMany) / 2);
    const longer = await attempt(steps);
    if (longer instanceof CapacityError) tooMany = steps;
    else [best, fits] = [longer, steps];
  }
  return best;
}

/** Accesses from `first` on that there is room for, if each distinct key takes any row. */
function longestConceivable({ accesses }: Pick<Batch, 'accesses'>, first: number, size: CircuitSize): number {
  const rows = size.tallReadRows + size.readRows + size.tallWriteRows + size.writeRows + size.updateRows;
  const end = Math.min(accesses.length, first + size.accesses);
  const ids = new Set<string>();
  for (let index = first; index < end; index++) {
    ids.add(entryId(accesses[index]!));
    if (ids.size > rows) return Math.floor((index - first) / ACCESSES_PER_STEP) * ACCESSES_PER_STEP;
  }
  return end - first;
}

/** Why the last circuit does not hold the next three accesses, or what is left of them, by the first that is too much. */
async function misfit(options: PlanOptions, state: ChangedState, start: Start): Promise<CapacityError> {
  const { batch, sizes } = options;
  for (let count = 1; ; count++) {
    const cause = await attemptChunk(options, state, start, count, sizes.at(-1)!);
    if (!(cause instanceof CapacityError)) continue;
    return new CapacityError(`${batch.where(start.first + count - 1)}: no circuit is large enough: ${cause.message}`, { cause });
  }
}

/** The next `count` accesses as a chunk, or why they do not fit. */
async function attemptChunk(
  { poseidon, batch }: PlanOptions,
  state: ChangedState,
  { first, publics }: Start,
  count: number,
  size: CircuitSize,
): Promise<Chunk | CapacityError> {
  const accesses = batch.accesses.slice(first, first + count);
  const where = (index: number): string => batch.where(first + index);
  const { levels, topLevels } = size;
  try {
    const execution = await execute(poseidon, state, state.root, { accesses, where }, { ...publics, levels, topLevels });
    layOut(execution.trace, size);
    return { ...execution, first, accesses: count, size };
  } catch (error) {
    if (error instanceof CapacityError) return error;
    if (!(error instanceof StateMismatchError)) throw error;
    const index = first + error.index;
    throw new StateMismatchError(index, batch.where(index), error.stated, error.held);
  }
}
