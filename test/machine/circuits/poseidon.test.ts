import { describe, expect, it } from 'vitest';
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { program } from './harness.js';

/** Three constraints an S-box: 8 (n + 1) in full rounds, one in each of the published partial rounds. */
const CONSTRAINTS: Record<number, number> = { 2: 243, 3: 264, 4: 300, 8: 405, 16: 612 };

describe('the circuit of Poseidon', () => {
  it.each(Object.keys(CONSTRAINTS).map(Number))('equals circomlibjs on %i inputs, all lanes', async (n) => {
    const circuit = await program(
      `PoseidonEx(${n}, ${n + 1}, inverses(${n}, POSEIDON_M(${n + 1}), POSEIDON_P(${n + 1})), inverseFactors(${n}, POSEIDON_S(${n + 1})))`,
    );
    for (const base of [0n, 1n, FIELD_ORDER - 20n]) {
      const inputs = Array.from({ length: n }, (_, i) => toFr(base + BigInt(i)));
      const initialState = toFr(base + 17n);
      const outcome = await circuit.run({ inputs, initialState });
      if (!('accepted' in outcome)) throw new Error('refused');
      const expected = poseidon.permute(initialState, inputs, n + 1);
      expected.forEach((lane, i) => expect(outcome.accepted.get(`main.out[${i}]`)).toBe(lane));
    }
    expect(circuit.constraints).toBe(CONSTRAINTS[n]);
  });

  it('costs one S-box less where the capacity is the constant 0', async () => {
    expect((await program('Poseidon(2)')).constraints).toBe(240);
  });
});
