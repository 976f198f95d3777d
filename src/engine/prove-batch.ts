import type { Batch } from '../batch/batch.js';
import type { ArtifactStore, OnProgress } from '../circuit/artifacts.js';
import { CATALOGUE, type CircuitName, DEFAULT_CIRCUITS } from '../circuit/catalogue.js';
import { type CompiledCircuit, compileCircuit } from '../circuit/compile.js';
import type { Poseidon } from '../hash/poseidon.js';
import type { RootRecord } from '../hashdb/root-record.js';
import { type ProvingKeys, provingKeys } from '../prover/keys.js';
import { SNARKJS } from '../prover/program.js';
import { type ChunkProof, formatProof, parseProof, type ProofFile } from '../prover/proof-file.js';
import { prove } from '../prover/prove.js';
import { withCurve } from '../untyped/snarkjs.js';
import { verifyProof } from '../verifier/verify.js';
import { bitsPerLevelOf, DEFAULT_BITS_PER_LEVEL, type OpenDb, openIfThere } from './database.js';
import { circuitsWith, type PlannedChunk, planBatch } from './plan-batch.js';
import { startingState } from './starting-state.js';

export interface ProveBatchOptions {
  readonly poseidon: Poseidon;
  /** Called once or, if there is no database yet, twice: the second time to make one. */
  readonly openDb: OpenDb;
  readonly batch: Batch;
  /**
   * The only circuit to prove with, beside the deep one for paths that are too deep for it; by default the
   * one for the database's tree. Of a new database it decides the tree.
   */
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

export const PROVING_STEPS = ['execution', 'circuits', 'keys', 'witness', 'proof', 'verification', 'commit'] as const;
export type ProvingStep = (typeof PROVING_STEPS)[number];

/** A circuit that proved chunks of a batch. */
export interface UsedCircuit {
  readonly circuit: CompiledCircuit;
  readonly keys: ProvingKeys;
  readonly chunks: number;
}

/** A batch that was proven and made the current state. */
export interface ProvenBatch {
  readonly proof: ProofFile;
  readonly chunks: readonly PlannedChunk[];
  /** The new root's place in the history. */
  readonly record: RootRecord;
  /** Entries of the prestate that were loaded first, unproven; null if the database had a state. */
  readonly loadedEntries: number | null;
  /** In the order in which they are first used. */
  readonly circuits: readonly UsedCircuit[];
  /** The program that made the proofs. */
  readonly prover: string;
  /** Milliseconds, of all chunks together. */
  readonly timings: Readonly<Record<ProvingStep, number>>;
}

/**
 * Executes a batch on the current state, proves it as a chain of chunks, verifies the proofs, and only then
 * makes the new root current. A batch's prestate is loaded first into a database without a state.
 *
 * Until the batch is found to be good and to fit the circuits, nothing is made or written. Until the
 * last proof is verified and all are saved, the state stays as it was; killed at any moment, it is at the
 * old root (or empty, if it was) or at the new one.
 * @throws {PrestateError} the prestate is not what the state holds
 * @throws {StateMismatchError} a read states another value than the state holds
 * @throws {OtherTreeError} the circuit is not for the database's tree
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
    const { bitsPerLevel } = CATALOGUE[name];
    // What does not fit is refused now, before anything is made.
    const { chunks, change, load } = await timed('execution', async () => {
      const start = await startingState(poseidon, db, batch, bitsPerLevel);
      return { ...(await planBatch({ poseidon, start, batch, circuits: circuitsWith(name) })), load: start.load };
    });
    // Held open from here on, so that nobody else moves the state meanwhile.
    const state = (db ??= await openDb({ createIfMissing: true, bitsPerLevel }));

    const circuits = new Map<CircuitName, UsedCircuit>();
    for (const circuit of new Set(chunks.map((chunk) => chunk.circuit))) {
      const compiled = await timed('circuits', () => compileCircuit(store, circuit, onProgress));
      const keys = await timed('keys', () =>
        provingKeys(store, compiled, {
          ...(ptauFolder === undefined ? {} : { ptauFolder }),
          onProgress: (phase, done, total) => onProgress(`keys of ${circuit}: ${phase}`, done, total),
        }),
      );
      circuits.set(circuit, { circuit: compiled, keys, chunks: chunks.filter((chunk) => chunk.circuit === circuit).length });
    }

    const proof = await withCurve(async () => {
      const proofs: ChunkProof[] = [];
      for (const [index, { trace, circuit }] of chunks.entries()) {
        const proven = await prove({
          poseidon, trace, ...circuits.get(circuit)!, program: SNARKJS,
          onProgress: (phase) => onProgress(chunks.length === 1 ? phase : `chunk ${index + 1} of ${chunks.length}: ${phase}`, 0, 0),
        });
        timings.witness += proven.timings.witness;
        timings.proof += proven.timings.prove;
        timings.verification += proven.timings.verify;
        proofs.push(proven.proof);
      }
      return timed('verification', () => verified(poseidon, { chunks: proofs }, [...circuits.values()], batch));
    });

    onProgress('commit', 0, 0);
    const record = await timed('commit', async () => {
      const { number } = await state.current();
      await save(proof, number + (load === null ? 1 : 2));
      if (load !== null) await state.commit({ ...load, origin: 'load' });
      return state.commit({ ...change, origin: 'prove' });
    });
    const loadedEntries = load?.entriesDelta ?? null;
    return { proof, chunks, record, loadedEntries, circuits: [...circuits.values()], prover: SNARKJS.name, timings };
  } finally {
    await db?.close();
  }
}

/** The proof as whoever reads its file will have it, checked as they will check it. */
async function verified(poseidon: Poseidon, made: ProofFile, circuits: readonly UsedCircuit[], batch: Batch): Promise<ProofFile> {
  const proof = parseProof(formatProof(made));
  const acceptedRoots = [made.chunks[0]!.publicSignals.oldRoot];
  const keys = circuits.map((used) => used.keys);
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
