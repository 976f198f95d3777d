/** A Groth16 proof of operations, with development keys, by the prover and the verifier that storage has. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { toFr } from '../../../src/base/field/fr.js';
import { groth16Verify } from '../../../src/base/untyped/snarkjs.js';
import { compileCircuit } from '../../../src/machine/circuit/compile.js';
import { LINEA_SIGNALS } from '../../../src/machine/circuit/linea-catalogue.js';
import { lineaInputs } from '../../../src/machine/linea/block-inputs.js';
import { WitnessCalculator } from '../../../src/machine/witness/calculate.js';
import { prove } from '../../../src/proof/groth16/index.js';
import { provingKeys } from '../../../src/proof/prover/keys.js';
import { STORE } from '../../machine/circuits/harness.js';
import { newTrie, put, read, trace } from './world.js';

it('proves reads, updates and an insert in the tree of depth 40, and nothing else', async () => {
  const circuit = await compileCircuit(STORE, 'linea16');
  const keys = await provingKeys(STORE, circuit);
  expect(keys.insecure).toBe(true);
  const trie = await newTrie();
  await trace(trie, [put(1, 1), put(2, 2), put(3, 3)]);
  const oldTop = await trie.top();
  const traces = await trace(trie, [read(1), put(2, 7), put(4, 4), read(4), put(4, 5)]);
  const { inputs, publics } = await lineaInputs(traces, circuit.size);
  expect(publics).toMatchObject({ oldTop, newTop: await trie.top() });
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
  try {
    await using calculator = new WitnessCalculator();
    const wtns = path.join(folder, 'witness.wtns');
    await calculator.write(inputs, circuit.wasm, wtns);
    const { proof, publicSignals } = await prove(keys.zkey, wtns);
    const signals = LINEA_SIGNALS.map((name) => publics[name]);
    expect(publicSignals.map(BigInt)).toEqual(signals);
    expect(await groth16Verify(keys.verificationKey, signals, proof)).toBe(true);
    for (let i = 0; i < signals.length; i++) {
      const other = signals.with(i, toFr(signals[i]! + 1n));
      expect(await groth16Verify(keys.verificationKey, other, proof)).toBe(false);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
