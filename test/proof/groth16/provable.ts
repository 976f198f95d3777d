import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CircuitName } from '../../../src/machine/circuit/catalogue.js';
import { compileCircuit } from '../../../src/machine/circuit/compile.js';
import { WitnessCalculator } from '../../../src/machine/witness/calculate.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import { provingKeys } from '../../../src/proof/prover/keys.js';
import type { ProvingKeys } from '../../../src/proof/prover/keys.js';
import { read, run, write } from '../../machine/circuits/world.js';
import { STORE } from '../prover/prover.js';

/** Development keys of a circuit, and the witness of a read and a write, a .wtns file. */
export async function provable(name: CircuitName): Promise<{ readonly keys: ProvingKeys; readonly wtns: Uint8Array }> {
  const circuit = await compileCircuit(STORE, name);
  const keys = await provingKeys(STORE, circuit);
  const { trace } = await run([[1n, 7n]], [read(1n), write(2n, 5n)], circuit.size.bitsPerLevel, circuit.size);
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
  const calculator = new WitnessCalculator();
  try {
    await calculator.write(circuitInputs(trace, circuit.size), circuit.wasm, path.join(folder, 'witness.wtns'));
    return { keys, wtns: await readFile(path.join(folder, 'witness.wtns')) };
  } finally {
    await calculator.close();
    await rm(folder, { recursive: true });
  }
}
