import { type OnProgress } from '../machine/circuit/artifacts.js';
import { type ChunkProof } from '../proof/prover/proof-file.js';
import { type ProofJob, type ProofQueue, type Proven } from '../proof/prover/queue.js';
import { type FinishedProofs } from './finished-proofs.js';

/** The proofs of a batch's chunks, and what they took. */
export interface ProvenChunks {
  /** In the jobs' order. */
  readonly proofs: readonly ChunkProof[];
  /** Those that were made now; the others were found. */
  readonly made: readonly Proven[];
}

/**
 * Has all jobs proven, as many at a time as the queue wants to have; those that were proven before are not
 * proven again. When one fails, those under way are stopped, and the finished ones stay.
 * @throws what `ProofQueue.prove` throws
 */
export async function proveChunks(
  jobs: readonly ProofJob[],
  queue: ProofQueue,
  finished: FinishedProofs | null,
  onProgress: OnProgress,
): Promise<ProvenChunks> {
  const made: Proven[] = [];
  let done = 0;
  const report = (): void => onProgress(`proof by ${queue.prover}`, done, jobs.length === 1 ? 0 : jobs.length);
  const proofOf = async (job: ProofJob): Promise<ChunkProof> => {
    const found = await finished?.find(job);
    if (found) return found;
    const proven = await queue.prove(job);
    await finished?.keep(job, proven.proof);
    made.push(proven);
    return proven.proof;
  };
  report();
  const proofs: Promise<ChunkProof>[] = [];
  try {
    for (const [index, job] of jobs.entries()) {
      if (index >= queue.ahead) await proofs[index - queue.ahead];
      const proof = proofOf(job);
      // Seen to below; what fails meanwhile is no rejection that nobody handles.
      proof.then(() => (done++, report()), () => {});
      proofs.push(proof);
    }
    return { proofs: await Promise.all(proofs), made };
  } catch (error) {
    await queue.close();
    await Promise.allSettled(proofs);
    throw error;
  }
}
