import type { Watching } from '../base/tasks/watching.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import { compileCircuit } from '../machine/circuit/compile.js';
import { execute } from '../machine/executor/executor.js';
import { toUint256 } from '../base/field/limbs.js';
import { provingKeys } from '../proof/prover/keys.js';
import { ProverError } from '../proof/prover/program.js';
import type { ProverProgram } from '../proof/prover/program.js';
import { prove } from '../proof/prover/prove.js';
import { Calibration } from './calibration.js';
import { startingState } from './starting-state.js';

/** The smallest circuit. */
const CIRCUIT = 's14';

/**
 * Measures the speed of the best working prover with one small proof, unless it is known already.
 * @param programs best first, see `LocalQueue`
 * @returns that prover
 * @throws {ProverError} no prover works
 * @throws what the signal was aborted with
 */
export async function calibrate({
  store,
  programs: [program, ...others],
  onWarning,
  onProgress,
  signal,
}: Watching & {
  readonly store: ArtifactStore;
  readonly programs: readonly [ProverProgram, ...ProverProgram[]];
  readonly onWarning: (warning: string) => void;
}): Promise<ProverProgram> {
  const calibration = await Calibration.read(store);
  if (calibration.knows(program.name)) return program;
  onProgress?.('calibration', 0, 0);
  const circuit = await compileCircuit(store, CIRCUIT, { signal });
  const keys = await provingKeys(store, circuit, { signal });
  const { reader, root } = await startingState(null, { prestate: [] });
  const accesses = [
    { op: 'write' as const, address: 0n, kind: 'storage' as const, slot: toUint256(1n), value: toUint256(1n) },
  ];
  const { trace } = await execute(reader, root, { accesses, where: String });
  try {
    const { timings } = await prove({ trace, circuit, keys, program, signal });
    await calibration.record(program.name, CIRCUIT, timings.prove);
    return program;
  } catch (error) {
    const [next, ...rest] = others;
    if (!(error instanceof ProverError) || next === undefined) throw error;
    onWarning(`${error.message}; using ${next.name} instead`);
    return calibrate({ store, programs: [next, ...rest], onWarning, onProgress, signal });
  }
}
