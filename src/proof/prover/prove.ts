import type { Watching } from '../../base/tasks/watching.js';
import { ROOTSHIFT } from './program.js';
import type { ProverProgram } from './program.js';
import { LocalQueue } from './queue.js';
import type { ProofJob, Proven } from './queue.js';

/**
 * Proves a trace, and verifies the proof before it is given out; throws what `ProofQueue.prove` does.
 *
 * @example
 * const { proof: chunk, timings } = await prove({ trace, circuit, keys });
 */
export async function prove({
  program = ROOTSHIFT,
  onProgress,
  signal,
  ...job
}: ProofJob & Watching & { readonly program?: ProverProgram }): Promise<Proven> {
  const queue = new LocalQueue({ programs: [program] });
  try {
    return await queue.prove(job, { onProgress, signal });
  } finally {
    await queue.close();
  }
}
