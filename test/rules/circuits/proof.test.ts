/** A Groth16 proof of payments, with development keys, by the prover and the verifier that storage has. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { toFr } from '../../../src/base/field/fr.js';
import { groth16Verify } from '../../../src/base/untyped/snarkjs.js';
import { compileCircuit } from '../../../src/machine/circuit/compile.js';
import { RULES_SIGNALS } from '../../../src/machine/circuit/rules-catalogue.js';
import { WitnessCalculator } from '../../../src/machine/witness/calculate.js';
import { prove } from '../../../src/proof/groth16/index.js';
import { provingKeys } from '../../../src/proof/prover/keys.js';
import { STORE } from '../../machine/circuits/harness.js';
import { ALICE, Bank, BOB, chunkOf, keyHash } from './world.js';

it('proves a transfer, and nothing else', async () => {
  const circuit = await compileCircuit(STORE, 'pay3');
  const keys = await provingKeys(STORE, circuit);
  expect(keys.insecure).toBe(true);
  const bank = new Bank()
    .deposit(ALICE.address, 100n * 10n ** 9n, keyHash(ALICE))
    .transfer({ from: ALICE, to: BOB.address, amount: 10n ** 9n, fee: 2n });
  const { inputs, publics } = chunkOf(bank.rows);
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
  try {
    await using calculator = new WitnessCalculator();
    const wtns = path.join(folder, 'witness.wtns');
    await calculator.write(inputs, circuit.wasm, wtns);
    const { proof, publicSignals } = await prove(keys.zkey, wtns);
    const signals = RULES_SIGNALS.map((name) => publics[name]);
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
