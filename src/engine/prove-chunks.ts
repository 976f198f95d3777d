import type { Watching } from '../base/tasks/watching.js';
import type { ChunkProof } from '../proof/prover/proof-file.js';
import type { ProofJob, ProofQueue, Proven } from '../proof/prover/queue.js';
import type { FinishedProofs } from './finished-proofs.js';

/** The proofs of a batch's chunks, and their cost. */
export interface ProvenChunks {
  /** In the jobs' order. */
  readonly proofs: readonly ChunkProof[];
  /** The proofs that were made now; the others were reused. */
  readonly made: readonly Proven[];
}

/**
 * Proves all jobs, as many at once as the queue takes. Finished proofs are reused. If one job fails, the running ones
 * are stopped, and finished proofs stay. Progress is in proofs, with fractions.
 * @throws what `ProofQueue.prove` throws
 */
export async function proveChunks(
  jobs: readonly ProofJob[],
  queue: ProofQueue,
  finished: FinishedProofs | null,
  { onProgress, signal }: Watching,
): Promise<ProvenChunks> {
  const made: Proven[] = [];
  const shares = jobs.map(() => 0);
  const phase = `proof with ${queue.prover}`;
  const report = (index: number, share: number): void => {
    // A prover that replaces another one starts from the beginning.
    shares[index] = Math.max(shares[index]!, share);
    onProgress?.(
      phase,
      shares.reduce((sum, one) => sum + one, 0),
      jobs.length,
    );
  };
  const proofOf = async (job: ProofJob, index: number): Promise<ChunkProof> => {
    const found = await finished?.find(job);
    if (found) return found;
    const proven = await queue.prove(job, {
      signal,
      onProgress: (_, done, total) => report(index, total === 0 ? 0 : done / total),
    });
    await finished?.keep(job, proven.proof);
    made.push(proven);
    return proven.proof;
  };
  onProgress?.(phase, 0, jobs.length);
  const proofs: Promise<ChunkProof>[] = [];
  try {
    for (const [index, job] of jobs.entries()) {
      if (index >= queue.ahead) await proofs[index - queue.ahead];
      const proof = proofOf(job, index);
      // Awaited below; this keeps an earlier failure from being an unhandled rejection.
      proof.then(
        () => report(index, 1),
        () => {},
      );
      proofs.push(proof);
    }
    return { proofs: await Promise.all(proofs), made };
  } catch (error) {
    await queue.close();
    await Promise.allSettled(proofs);
    throw error;
  }
}
