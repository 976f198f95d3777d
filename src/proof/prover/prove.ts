import { type Poseidon } from '../../base/hash/poseidon.js';
import { type ProverProgram, SNARKJS } from './program.js';
import { LocalQueue, type ProofJob, type Proven } from './queue.js';

/** Proves a trace, and verifies the proof before it is given out; throws what `ProofQueue.prove` does. */
export async function prove({
  poseidon,
  program = SNARKJS,
  ...job
}: ProofJob & { readonly poseidon: Poseidon; readonly program?: ProverProgram }): Promise<Proven> {
  const queue = new LocalQueue({ poseidon, programs: [program] });
  try {
    return await queue.prove(job);
  } finally {
    await queue.close();
  }
}
