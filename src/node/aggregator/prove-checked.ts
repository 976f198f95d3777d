import { uint256ToHex } from '../../base/field/limbs.js';
import type { Watching } from '../../base/tasks/watching.js';
import { choosePlan } from '../../engine/choose-plan.js';
import type { PlannedChunk } from '../../engine/plan-batch.js';
import { FinishedProofs } from '../../engine/finished-proofs.js';
import { THIS_MACHINE } from '../../engine/machine.js';
import { provePlan } from '../../engine/prove-plan.js';
import type { ProvenPlan } from '../../engine/prove-plan.js';
import type { ArtifactStore } from '../../machine/circuit/artifacts.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import type { ProofQueue } from '../../proof/prover/queue.js';
import { makeBatch } from '../../state/batch/batch.js';
import type { HashDb } from '../../state/hashdb/hashdb.js';
import type { StateStore } from '../store/state-store.js';
import type { StoredBatch } from '../store/state-db.js';

/** A stored batch cannot be proven as it is; the message says what differs. */
export class UnprovableBatchError extends Error {
  override readonly name = 'UnprovableBatchError';
}

/** What a batch is proven with. */
export interface ProvingParts {
  readonly store: StateStore;
  /** Holds the states before the batches. */
  readonly db: HashDb;
  /** The circuit to prove with, and the deep one for paths that are too deep for it. */
  readonly circuit: CircuitName;
  /** Where compiled circuits and keys are kept; what is missing is made. */
  readonly artifacts: ArtifactStore;
  /** The directory that keeps the proofs of a batch's chunks until all are made. */
  readonly unfinished: string;
  /** Opens what makes the proofs of one batch. */
  readonly openQueue: () => Promise<ProofQueue>;
}

/**
 * Proves a checked batch: that its net writes lead from its old root to its new one. Keeps nothing but the proofs of
 * chunks, which a second call reuses.
 * @param onPlan told how the batch is proven, before anything is made
 * @throws {UnprovableBatchError} its net writes lead to another root, or there are none
 * @throws {MachineError} it needs more memory or disk than is free
 * @throws what `provePlan` throws
 */
export async function proveChecked(
  { store, db, circuit, artifacts, unfinished, openQueue }: ProvingParts,
  { number, oldRoot, newRoot }: StoredBatch,
  onPlan: (chunks: readonly PlannedChunk[]) => void,
  { onProgress, signal }: Watching,
): Promise<ProvenPlan> {
  const writes = (await store.netWrites(number)) ?? [];
  if (writes.length === 0) throw new UnprovableBatchError('expected net writes to prove, got none');
  const batch = makeBatch([writes.map((access, i) => ({ access, where: `net write ${i}` }))], []);
  await using queue = await openQueue();
  const { plan } = await choosePlan({
    start: { reader: db.under(oldRoot), root: oldRoot, load: null },
    batch,
    circuit,
    store: artifacts,
    prover: queue.prover,
    provesHere: queue.provesHere,
    machine: THIS_MACHINE,
    signal,
  });
  if (plan.change.root !== newRoot) {
    throw new UnprovableBatchError(
      `expected its net writes to lead to root ${uint256ToHex(newRoot)}, but they lead to ${uint256ToHex(plan.change.root)}`,
    );
  }
  onPlan(plan.chunks);
  const finished = new FinishedProofs(unfinished);
  // Awaited here: the queue is closed on return.
  return await provePlan({ batch, chunks: plan.chunks, store: artifacts, queue, finished, onProgress, signal });
}
