import { expect, it } from 'vitest';
import { CIRCUIT_NAMES } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitName } from '../../../src/machine/circuit/catalogue.js';
import { groth16Verify } from '../../../src/base/untyped/snarkjs.js';
import { prove } from '../../../src/proof/groth16/index.js';
import { provable } from './provable.js';

const CIRCUITS: readonly CircuitName[] = process.env['ROOTSHIFT_LONG'] === undefined ? ['s14', 's16'] : CIRCUIT_NAMES;

it.each(CIRCUITS)('proves a witness of %s; snarkjs verifies', async (name) => {
  const { keys, wtns } = await provable(name);
  const { proof, publicSignals } = await prove(keys.zkey, wtns);
  expect(await groth16Verify(keys.verificationKey, publicSignals.map(BigInt), proof)).toBe(true);
});
