import { ZERO } from '../base/field/fr.js';
import type { Batch } from '../state/batch/batch.js';
import { CATALOGUE, CIRCUIT_NAMES } from '../machine/circuit/catalogue.js';
import type { CircuitName, CircuitSize } from '../machine/circuit/catalogue.js';
import type { StateChange } from '../state/hashdb/change.js';
import { ChangedState } from '../state/hashdb/changed-state.js';
import { planChunks } from '../machine/planner/plan.js';
import type { Chunk } from '../machine/planner/plan.js';
import type { TreeScheme } from '../state/tree/scheme.js';
import type { StartingState } from './starting-state.js';

/**
 * A chunk and the circuit that will prove it.
 * @see {@link proveBatch}
 */
export interface PlannedChunk extends Chunk {
  readonly circuit: CircuitName;
}

/**
 * A plan for proving a batch: the content of each proof, and the total change of the state.
 * @see {@link planBatch}
 */
export interface BatchPlan {
  /** In the batch's order; none for a batch without accesses. */
  readonly chunks: readonly PlannedChunk[];
  /** All changes of the batch, to be committed at once. */
  readonly change: StateChange;
}

/** A circuit is for trees with another arity than the database's tree. */
export class OtherTreeError extends Error {
  override readonly name = 'OtherTreeError';
}

/**
 * The circuits of a plan that is restricted to one circuit: that one and, for paths too deep for it, the deep circuit
 * of its tree.
 *
 * @example
 * circuitsWith('s18'); // ['s18', 'deep']
 */
export function circuitsWith(name: CircuitName): CircuitName[] {
  const { bitsPerLevel } = CATALOGUE[name];
  const deep = CIRCUIT_NAMES.find(
    (other) => other.startsWith('deep') && CATALOGUE[other].bitsPerLevel === bitsPerLevel,
  )!;
  return [...new Set([name, deep])];
}

/** The circuits for a tree but the deep one, those that hold fewer accesses first. */
export function circuitsBySize(bitsPerLevel: 1 | 2): CircuitName[] {
  const held = (name: CircuitName): number => CATALOGUE[name].accesses;
  return CIRCUIT_NAMES.filter((name) => CATALOGUE[name].bitsPerLevel === bitsPerLevel && !name.startsWith('deep')).sort(
    (a, b) => held(a) - held(b),
  );
}

/** @throws {OtherTreeError} the circuit is not for trees of this scheme */
export function checkTree(circuit: CircuitName, { bitsPerLevel }: Pick<TreeScheme, 'bitsPerLevel'>): void {
  if (CATALOGUE[circuit].bitsPerLevel === bitsPerLevel) return;
  const [tree, held] = [CATALOGUE[circuit].bitsPerLevel, bitsPerLevel].map((bits) => (bits === 1 ? 'binary' : 'quad'));
  throw new OtherTreeError(`circuit ${circuit} is for ${tree} trees, but the database has a ${held} tree`);
}

/**
 * Plans a batch for given circuits, best first; see `planChunks`. Writes nothing.
 * @throws {OtherTreeError} a circuit is not for the state's tree
 * @throws {CapacityError} some three accesses fit no circuit
 * @throws {StateMismatchError} a read states another value than the state has then
 * @throws what the signal was aborted with
 *
 * @example
 * const { chunks } = await planBatch({ start: await startingState(db, batch), batch, circuits: circuitsWith('s18') });
 */
export async function planBatch({
  start: { reader, root },
  batch,
  circuits,
  x = ZERO,
  signal,
}: {
  readonly start: StartingState;
  readonly batch: Batch;
  readonly circuits: readonly CircuitName[];
  /** The verifier's point, see `planChunks`. */
  readonly x?: bigint | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<BatchPlan> {
  circuits.forEach((name) => checkTree(name, reader.scheme));
  const sizes = circuits.map((name): CircuitSize => CATALOGUE[name]) as [CircuitSize, ...CircuitSize[]];
  const chunks: PlannedChunk[] = [];
  const state = new ChangedState(reader, root);
  for await (const chunk of planChunks({ reader, root, batch, sizes, x })) {
    signal?.throwIfAborted();
    state.add(chunk.change);
    chunks.push({ ...chunk, circuit: circuits[sizes.indexOf(chunk.size)]! });
  }
  return { chunks, change: state.change() };
}
