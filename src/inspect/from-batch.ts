import type { Batch } from '../state/batch/batch.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { circuitsBySize, circuitsWith, planBatch } from '../engine/plan-batch.js';
import type { StartingState } from '../engine/starting-state.js';
import { execute } from '../machine/executor/executor.js';
import { utilisation } from '../machine/planner/utilisation.js';
import { tablesOf } from './from-trace.js';
import type { Inspection } from './inspection.js';

/**
 * What a batch would do to a state, and in how few proofs it could be proven: by the circuits that are there, or
 * by `circuit`. Nothing is written.
 * @throws what `execute` and `planBatch` throw
 */
export async function inspectBatch(start: StartingState, batch: Batch, circuit?: CircuitName): Promise<Inspection> {
  const bitsPerLevel = start.reader.scheme.bitsPerLevel as 1 | 2;
  const { trace } = await execute(start.reader, start.root, batch);
  const [smallest, ...larger] = circuitsBySize(bitsPerLevel);
  const largestFirst = [...larger.reverse(), ...circuitsWith(smallest!)];
  const { chunks } = await planBatch({
    start,
    batch,
    circuits: circuit === undefined ? largestFirst : circuitsWith(circuit),
  });
  return {
    kind: 'batch',
    rules: null,
    bitsPerLevel,
    oldRoot: trace.publics.oldRoot,
    newRoot: trace.publics.newRoot,
    verdict: {
      outcome: 'unchecked',
      headline: 'Executed on the current state. Nothing is proven, and the state is unchanged.',
      conditions: [],
    },
    unknown: [
      circuit === undefined
        ? 'These are the fewest proofs possible; `rootshift plan` also considers time and memory, and may differ.'
        : `The proofs use circuit ${circuit}, and the deep circuit for deep paths.`,
    ],
    ...tablesOf(trace, true),
    parts: chunks.map((chunk) => ({
      first: chunk.first,
      accesses: chunk.accesses,
      circuit: chunk.circuit,
      use: utilisation(chunk),
      publics: chunk.trace.publics,
      provenance: null,
    })),
  };
}
