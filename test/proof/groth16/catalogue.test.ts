import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CIRCUIT_NAMES } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitName } from '../../../src/machine/circuit/catalogue.js';
import { compileCircuit } from '../../../src/machine/circuit/compile.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import { WitnessCalculator } from '../../../src/machine/witness/calculate.js';
import { groth16Verify } from '../../../src/base/untyped/snarkjs.js';
import { prove } from '../../../src/proof/groth16/index.js';
import { provingKeys } from '../../../src/proof/prover/keys.js';
import { read, run, write } from '../../machine/circuits/world.js';
import { STORE } from '../prover/prover.js';

const CIRCUITS: readonly CircuitName[] = process.env['ROOTSHIFT_LONG'] === undefined ? ['s14', 's16'] : CIRCUIT_NAMES;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

it.each(CIRCUITS)('proves a witness of %s; snarkjs verifies', async (name) => {
  const circuit = await compileCircuit(STORE, name);
  const keys = await provingKeys(STORE, circuit);
  const { trace } = await run([[1n, 7n]], [read(1n), write(2n, 5n)], circuit.size.bitsPerLevel, circuit.size);
  const wtns = path.join(folder, `${name}.wtns`);
  const calculator = new WitnessCalculator();
  await calculator.write(circuitInputs(trace, circuit.size), circuit.wasm, wtns);
  await calculator.close();
  const { proof, publicSignals } = await prove(keys.zkey, wtns);
  expect(await groth16Verify(keys.verificationKey, publicSignals.map(BigInt), proof)).toBe(true);
});
