import { BatchError } from '../state/batch/batch.js';
import type { Batch } from '../state/batch/batch.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import { CATALOGUE, DEFAULT_CIRCUITS } from '../machine/circuit/catalogue.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { toFr } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import type { RootRecord } from '../state/hashdb/root-record.js';
import { ROOTSHIFT, SNARKJS } from '../proof/prover/program.js';
import type { ProofFile } from '../proof/prover/proof-file.js';
import { LocalQueue } from '../proof/prover/queue.js';
import type { ProofQueue, Proven } from '../proof/prover/queue.js';
import { poseidonScheme } from '../state/tree/scheme.js';
import type { Watching } from '../base/tasks/watching.js';
import { Calibration } from './calibration.js';
import { choosePlan } from './choose-plan.js';
import { bitsPerLevelOf, DEFAULT_BITS_PER_LEVEL, makeDatabase, openIfThere } from './database.js';
import type { OpenDb } from './database.js';
import { FinishedProofs } from './finished-proofs.js';
import type { Estimate } from './estimate.js';
import { THIS_MACHINE } from './machine.js';
import type { Machine } from './machine.js';
import type { PlannedChunk } from './plan-batch.js';
import { provePlan } from './prove-plan.js';
import type { UsedCircuit } from './prove-plan.js';
import { startingState } from './starting-state.js';

/**
 * What to prove, on which state, and with what resources.
 * @see {@link proveBatch}
 */
export interface ProveBatchOptions extends Watching {
  /** Called once; if there is no database yet, a second time to create it. */
  readonly openDb: OpenDb;
  readonly batch: Batch;
  /**
   * The only circuit to prove with, with the deep one for paths that are too deep for it. Default: the fastest choice,
   * see `choosePlan`. It also decides the tree of a new database.
   */
  readonly circuit?: CircuitName;
  /** Where compiled circuits and keys are kept. */
  readonly store: ArtifactStore;
  /**
   * Saves the proof; the new root becomes current only after that.
   * @param number number of the new root in the database's history
   */
  readonly save?: (proof: ProofFile, number: number) => Promise<void>;
  /**
   * The directory that keeps the proofs of chunks until all are done, so that the same batch can continue after an
   * interruption. It is deleted when the batch is proven. Without it, the batch starts again from the beginning.
   * @param number number of the new root in the database's history
   */
  readonly unfinished?: (newRoot: Fr, number: number) => string;
  /** The verifier's point, see `planChunks`. */
  readonly x?: bigint;
  /** Makes the proofs. Default: this process, with snarkjs. It is closed at the end. */
  readonly queue?: ProofQueue;
  /**
   * The available resources: a batch that needs more is refused before anything is made. Default: those of this
   * machine.
   */
  readonly machine?: Machine;
  /** Called with the plan and its estimated cost, before anything is made. */
  readonly onPlan?: (chunks: readonly PlannedChunk[], estimate: Estimate) => void;
}

export const PROVING_STEPS = ['execution', 'circuits', 'keys', 'witness', 'proof', 'verification', 'commit'] as const;
/**
 * A step of `proveBatch` that is timed.
 * @see {@link proveBatch}
 */
export type ProvingStep = (typeof PROVING_STEPS)[number];

/**
 * A batch that was proven and became the current state.
 * @see {@link proveBatch}
 */
export interface ProvenBatch {
  readonly proof: ProofFile;
  readonly chunks: readonly PlannedChunk[];
  /** The new root's place in the history. */
  readonly record: RootRecord;
  /** Entries of the prestate that were loaded first, unproven; null if the database had a state. */
  readonly loadedEntries: number | null;
  /** In the order in which they are first used. */
  readonly circuits: readonly UsedCircuit[];
  /** The provers that made the proofs; empty if all proofs were reused. */
  readonly provers: readonly string[];
  /** Number of chunks whose proofs were reused from an interrupted run. */
  readonly foundProofs: number;
  /** Milliseconds, of all chunks together. */
  readonly timings: Readonly<Record<ProvingStep, number>>;
}

/**
 * Executes a batch on the current state, proves it as a chain of chunks, verifies the proofs, and only then makes the
 * new root current. If the database has no state, the batch's prestate is loaded first.
 *
 * Nothing is made or written until the batch is checked and fits the circuits. The state does not change until the last
 * proof is verified and all are saved. If this is killed at any moment, the state is at the old root (or still empty)
 * or at the new one.
 * @throws {BatchError} the batch has no accesses: there is nothing to prove
 * @throws {PrestateError} the prestate differs from the state
 * @throws {StateMismatchError} a read states another value than the state has
 * @throws {MachineError} it needs more memory or disk than is free
 * @throws {OtherTreeError} the circuit is not for the database's tree
 * @throws {HashDbError} the database cannot be opened, another writer changed it, or one with another tree was created
 * @throws {CompileError | SetupError | ArtifactError} the circuit or the keys cannot be made or used
 * @throws {ProverError | JobError} the prover failed, or the workers did
 * @throws what the signal was aborted with; finished proofs of chunks stay in `unfinished`
 *
 * @example
 * const { proof: proven, record } = await proveBatch({
 *   batch,
 *   openDb: (options) => openDatabase('state', options),
 *   store,
 * });
 */
export async function proveBatch({
  openDb,
  batch,
  circuit: named,
  store,
  save = async () => {},
  unfinished,
  x,
  queue = new LocalQueue({ programs: [ROOTSHIFT, SNARKJS] }),
  machine = THIS_MACHINE,
  onPlan = () => {},
  onProgress = () => {},
  signal,
}: ProveBatchOptions): Promise<ProvenBatch> {
  const [timings, timed] = stopwatch();
  signal?.throwIfAborted();
  onProgress('execution', 0, 0);
  let db: HashDb | null = null;
  try {
    if (batch.accesses.length === 0)
      throw new BatchError('expected at least one access to prove, got a batch without accesses');
    db = await openIfThere(openDb);
    const name = named ?? DEFAULT_CIRCUITS[db === null ? DEFAULT_BITS_PER_LEVEL : bitsPerLevelOf(db)];
    const { bitsPerLevel } = CATALOGUE[name];
    // Refused now, before anything is made, if it does not fit.
    const {
      plan: { chunks, change },
      estimate,
      load,
    } = await timed('execution', async () => {
      const start = await startingState(db, batch, { bitsPerLevel });
      const only = named === undefined ? {} : { circuit: named };
      return {
        ...(await choosePlan({ start, batch, ...only, store, x, ...proverOf(queue), machine, signal })),
        load: start.load,
      };
    });
    onPlan(chunks, estimate);
    // Stays open from here on, so that nobody else can move the state.
    const state = (db ??= await makeDatabase(openDb, poseidonScheme(bitsPerLevel)));

    const number = (await state.current()).number + (load === null ? 1 : 2);
    const finished = unfinished === undefined ? null : new FinishedProofs(unfinished(toFr(change.root), number));
    const { proof, circuits, made } = await provePlan({
      batch,
      chunks,
      store,
      queue,
      finished,
      timed,
      onProgress,
      signal,
    });
    for (const {
      timings: { witness, prove, verify },
    } of made) {
      timings.witness += witness;
      timings.proof += prove;
      timings.verification += verify;
    }
    // From here on, signals no longer stop it.
    signal?.throwIfAborted();

    onProgress('commit', 0, 0);
    const record = await timed('commit', async () => {
      await save(proof, number);
      if (load !== null) await state.commit({ ...load, origin: 'load' });
      return state.commit({ ...change, origin: 'prove' });
    });
    // The state has moved: a failure to tidy up or to take notes must not hide that.
    await finished?.clear().catch(() => {});
    if (queue.provesHere && made.length > 0) await noteTime(store, made);
    return {
      proof,
      chunks,
      record,
      loadedEntries: load?.entriesDelta ?? null,
      circuits,
      provers: [...new Set(made.map(({ prover }) => prover))],
      foundProofs: chunks.length - made.length,
      timings,
    };
  } finally {
    await queue.close();
    await db?.close();
  }
}

/**
 * The mean time of a proof by the last prover and circuit; a mean, because no witness is made beside a chain's last
 * proof.
 */
async function noteTime(store: ArtifactStore, made: readonly Proven[]): Promise<void> {
  const {
    prover,
    proof: { circuit },
  } = made.at(-1)!;
  const alike = made.filter((one) => one.prover === prover && one.proof.circuit.name === circuit.name);
  const total = alike.reduce((sum, { timings }) => sum + timings.prove, 0);
  await (await Calibration.read(store)).record(prover, circuit.name, total / alike.length);
}

const proverOf = ({ prover, provesHere }: ProofQueue) => ({ prover, provesHere });

function stopwatch() {
  const timings = Object.fromEntries(PROVING_STEPS.map((step) => [step, 0])) as Record<ProvingStep, number>;
  const timed = async <T>(step: ProvingStep, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await work();
    } finally {
      timings[step] += performance.now() - start;
    }
  };
  return [timings, timed] as const;
}
