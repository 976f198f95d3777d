import type { CircuitName } from '../machine/circuit/catalogue.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import { compileCircuit } from '../machine/circuit/compile.js';
import type { CompiledCircuit } from '../machine/circuit/compile.js';
import { provingKeys } from '../proof/prover/keys.js';
import type { ProvingKeys } from '../proof/prover/keys.js';
import { formatProof, parseProof } from '../proof/prover/proof-file.js';
import type { ProofFile } from '../proof/prover/proof-file.js';
import type { ProofQueue, Proven } from '../proof/prover/queue.js';
import { verifyProof } from '../proof/verifier/verify.js';
import type { Batch } from '../state/batch/batch.js';
import type { Watching } from '../base/tasks/watching.js';
import type { FinishedProofs } from './finished-proofs.js';
import type { PlannedChunk } from './plan-batch.js';
import { proveChunks } from './prove-chunks.js';

/**
 * A circuit that proved chunks of a batch.
 * @see {@link proveBatch}
 */
export interface UsedCircuit {
  readonly circuit: CompiledCircuit;
  readonly keys: ProvingKeys;
  readonly chunks: number;
}

/** The steps of `provePlan` that are timed. */
export type PlanStep = 'circuits' | 'keys' | 'verification';

/** What to prove, and with what. */
export interface ProvePlanOptions extends Watching {
  readonly batch: Pick<Batch, 'accesses'>;
  /** The batch's, by `planBatch`; at least one. */
  readonly chunks: readonly PlannedChunk[];
  /** Where compiled circuits and keys are kept; what is missing is made. */
  readonly store: ArtifactStore;
  /** Makes the proofs; closed if one fails. */
  readonly queue: ProofQueue;
  /** Chunks that are proven already, and where proofs are kept until all are made. */
  readonly finished: FinishedProofs | null;
  /** Runs a step, and takes its time. */
  readonly timed?: <T>(step: PlanStep, work: () => Promise<T>) => Promise<T>;
}

/** A planned batch that was proven and verified; nothing was committed. */
export interface ProvenPlan {
  /** As it is read back from its file. */
  readonly proof: ProofFile;
  /** In the order in which they are first used. */
  readonly circuits: readonly UsedCircuit[];
  /** The proofs that were made now; the others were reused. */
  readonly made: readonly Proven[];
}

/**
 * Proves a planned batch, and verifies the proof as a reader does, from the first chunk's root on.
 * @throws {CompileError | SetupError | ArtifactError} the circuit or the keys cannot be made or used
 * @throws what `proveChunks` throws
 */
export async function provePlan({
  batch,
  chunks,
  store,
  queue,
  finished,
  timed = (_, work) => work(),
  onProgress = () => {},
  signal,
}: ProvePlanOptions): Promise<ProvenPlan> {
  const circuits = new Map<CircuitName, UsedCircuit>();
  for (const circuit of new Set(chunks.map((chunk) => chunk.circuit))) {
    const compiled = await timed('circuits', () => compileCircuit(store, circuit, { onProgress, signal }));
    const keys = await timed('keys', () =>
      provingKeys(store, compiled, {
        onProgress: (phase, done, total) => onProgress(`keys of ${circuit}: ${phase}`, done, total),
        signal,
      }),
    );
    circuits.set(circuit, {
      circuit: compiled,
      keys,
      chunks: chunks.filter((chunk) => chunk.circuit === circuit).length,
    });
  }
  const used = [...circuits.values()];
  const jobs = chunks.map(({ trace, circuit }) => ({ trace, ...circuits.get(circuit)! }));
  const { proofs, made } = await proveChunks(jobs, queue, finished, { onProgress, signal });
  onProgress('verification', 0, 0);
  const proof = await timed('verification', () => verified({ chunks: proofs }, used, batch));
  return { proof, circuits: used, made };
}

/** The proof as read back from its file, verified as a reader verifies it. */
async function verified(
  made: ProofFile,
  circuits: readonly UsedCircuit[],
  batch: Pick<Batch, 'accesses'>,
): Promise<ProofFile> {
  const proof = parseProof(formatProof(made));
  const acceptedRoots = [made.chunks[0]!.publicSignals.oldRoot];
  const keys = circuits.map((used) => used.keys);
  const verdict = await verifyProof({ proof, keys, batch: batch.accesses, acceptedRoots });
  if (!verdict.valid) throw new Error(`the proof was valid, but not after it was written to a file: ${verdict.reason}`);
  return proof;
}
