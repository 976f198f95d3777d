import type { Batch } from '../batch/batch.js';
import type { ArtifactStore, OnProgress } from '../circuit/artifacts.js';
import { CATALOGUE, type CircuitName, type CircuitSize, DEFAULT_CIRCUITS } from '../circuit/catalogue.js';
import { type CompiledCircuit, compileCircuit } from '../circuit/compile.js';
import { execute } from '../executor/executor.js';
import type { Poseidon } from '../hash/poseidon.js';
import type { RootRecord } from '../hashdb/codec.js';
import { type ProvingKeys, provingKeys } from '../prover/keys.js';
import { SNARKJS } from '../prover/program.js';
import { formatProof, parseProof, type ProofFile } from '../prover/proof-file.js';
import { prove } from '../prover/prove.js';
import type { Trace } from '../trace/trace.js';
import { verifyProof } from '../verifier/verify.js';
import { circuitInputs } from '../witness/inputs.js';
import { bitsPerLevelOf, DEFAULT_BITS_PER_LEVEL, type OpenDb, openIfThere } from './database.js';
import { startingState } from './starting-state.js';

export interface ProveBatchOptions {
  readonly poseidon: Poseidon;
  /** Called once or, if there is no database yet, twice: the second time to make one. */
  readonly openDb: OpenDb;
  readonly batch: Batch;
  /** The default circuit for the database's tree, if none is named; of a new database the circuit decides the tree. */
  readonly circuit?: CircuitName;
  /** Where compiled circuits and keys are kept. */
  readonly store: ArtifactStore;
  /** Where powers-of-tau files are looked for; without it, keys are development keys. */
  readonly ptauFolder?: string;
  /**
   * Keeps the proof; the new root becomes current only when it is done.
   * @param number the new root's, in the database's history
   */
  readonly save?: (proof: ProofFile, number: number) => Promise<void>;
  readonly onProgress?: OnProgress;
}

export const PROVING_STEPS = ['execution', 'circuit', 'keys', 'witness', 'proof', 'verification', 'commit'] as const;
export type ProvingStep = (typeof PROVING_STEPS)[number];

/** A batch that was proven and made the current state. */
export interface ProvenBatch {
  readonly proof: ProofFile;
  readonly trace: Trace;
  /** The new root's place in the history. */
  readonly record: RootRecord;
  /** Entries of the prestate that were loaded first, unproven; null if the database had a state. */
  readonly loadedEntries: number | null;
  readonly circuit: CompiledCircuit;
  readonly keys: ProvingKeys;
  /** The program that made the proof. */
  readonly prover: string;
  /** Milliseconds. */
  readonly timings: Readonly<Record<ProvingStep, number>>;
}

/**
 * Executes a batch on the current state, proves it, verifies the proof, and only then makes the new
 * root current. A batch's prestate is loaded first into a database without a state.
 *
 * Until the batch is found to be good and to fit the circuit, nothing is made or written. Until the
 * proof is verified and saved, the state stays as it was; killed at any moment, it is at the old root
 * (or empty, if it was) or at the new one.
 * @throws {PrestateError} the prestate is not what the state holds
 * @throws {StateMismatchError} a read states another value than the state holds
 * @throws {CapacityError} the circuit has no room for the batch
 * @throws {HashDbError} the database cannot be opened, or moved on meanwhile
 * @throws {CompileError | SetupError | ArtifactError} there is no circuit or no keys to prove with
 * @throws {ProverError} the prover failed
 */
export async function proveBatch({
  poseidon,
  openDb,
  batch,
  circuit: named,
  store,
  ptauFolder,
  save = async () => {},
  onProgress = () => {},
}: ProveBatchOptions): Promise<ProvenBatch> {
  const [timings, timed] = stopwatch();
  onProgress('execution', 0, 0);
  let db = await openIfThere(openDb);
  try {
    const name = named ?? DEFAULT_CIRCUITS[db === null ? DEFAULT_BITS_PER_LEVEL : bitsPerLevelOf(db)];
    const size: CircuitSize = CATALOGUE[name];
    const { trace, change, load } = await timed('execution', async () => {
      const start = await startingState(poseidon, db, batch, size.bitsPerLevel);
      const { levels, topLevels } = size;
      const execution = await execute(poseidon, start.reader, start.root, batch, { levels, topLevels });
      // What does not fit is refused now, before anything is made.
      circuitInputs(poseidon, execution.trace, size);
      return { ...execution, load: start.load };
    });
    // Held open from here on, so that nobody else moves the state meanwhile.
    const state = (db ??= await openDb({ createIfMissing: true, bitsPerLevel: size.bitsPerLevel }));

    const circuit = await timed('circuit', () => compileCircuit(store, name, onProgress));
    const keys = await timed('keys', () =>
      provingKeys(store, circuit, {
        ...(ptauFolder === undefined ? {} : { ptauFolder }),
        onProgress: (phase, done, total) => onProgress(`keys: ${phase}`, done, total),
      }),
    );
    const proven = await prove({ poseidon, trace, circuit, keys, program: SNARKJS, onProgress });
    timings.witness = proven.timings.witness;
    timings.proof = proven.timings.prove;
    const proof = await timed('verification', () => verified(poseidon, proven.proof, keys, batch));
    timings.verification += proven.timings.verify;

    onProgress('commit', 0, 0);
    const record = await timed('commit', async () => {
      const { number } = await state.current();
      await save(proof, number + (load === null ? 1 : 2));
      if (load !== null) await state.commit({ ...load, origin: 'load' });
      return state.commit({ ...change, origin: 'prove' });
    });
    const loadedEntries = load?.entriesDelta ?? null;
    return { proof, trace, record, loadedEntries, circuit, keys, prover: SNARKJS.name, timings };
  } finally {
    await db?.close();
  }
}

/** The proof as whoever reads its file will have it, checked as they will check it. */
async function verified(poseidon: Poseidon, made: ProofFile, keys: ProvingKeys, batch: Batch): Promise<ProofFile> {
  const proof = parseProof(formatProof(made));
  const acceptedRoots = [made.publicSignals.oldRoot];
  const verdict = await verifyProof({ poseidon, proof, keys, batch: batch.accesses, acceptedRoots });
  if (!verdict.valid) throw new Error(`the proof verified until it was written to a file: ${verdict.reason}`);
  return proof;
}

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
