/** Keys that differ, by residues fixed before a challenge. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER, inverseOrZero, mul, sub, toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { residues } from '../../../src/machine/witness/residues.js';
import { program } from './harness.js';
import type { Program } from './harness.js';

const N = 4;
const number = fc.oneof(fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }), fc.bigInt({ min: 0n, max: 3n })).map(toFr);
const apart = fc.uniqueArray(number, { minLength: N, maxLength: N });

describe('distinct keys', () => {
  let circuit: Program;
  beforeAll(async () => {
    circuit = await program(`AssertDistinct(${N})`);
  });

  const refuses = async (
    gamma: Fr,
    keys: readonly Fr[],
    by: readonly Fr[],
    line = 'sum * product[n] === 1',
  ): Promise<void> =>
    expect(await circuit.run({ gamma, keys, residues: by })).toMatchObject({
      refused: { source: expect.stringContaining(line) as string },
    });

  it('pass with the residues of the product of all X - key, and no others', async () => {
    await fc.assert(
      fc.asyncProperty(number, apart, fc.nat(N - 1), number, async (gamma, keys, i, other) => {
        const own = residues(keys);
        fc.pre(!keys.includes(gamma) && own[i] !== other);
        expect(await circuit.run({ gamma, keys, residues: own })).toHaveProperty('accepted');
        await refuses(gamma, keys, own.with(i, other));
      }),
      { numRuns: 20 },
    );
  });

  it('are refused where two are the same, for all residues', async () => {
    await fc.assert(
      fc.asyncProperty(
        number,
        apart,
        fc.nat(N - 2),
        fc.array(number, { minLength: N, maxLength: N }),
        async (gamma, keys, i, any) => {
          fc.pre(!keys.includes(gamma));
          const same = keys.with(i, keys[N - 1]!);
          for (const by of [residues(keys), residues(same), any]) await refuses(gamma, same, by);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('fail at a challenge that is one of them, in any part', async () => {
    const keys = [5n, 6n, 7n, 8n].map(toFr);
    await refuses(toFr(6n), keys, residues(keys), 'part[i] * (gamma - keys[i]) === residues[i]');
    await refuses(toFr(6n), keys, residues(keys).with(1, toFr(0n)));
  });

  it('could be passed off if the challenge were known before the residues', async () => {
    const gamma = toFr(100n);
    const keys = [5n, 5n, 7n, 8n].map(toFr);
    const product = keys.map((key) => sub(gamma, key)).reduce(mul);
    const made = [mul(inverseOrZero(product), sub(gamma, keys[0]!)), ...[0n, 0n, 0n].map(toFr)];
    expect(await circuit.run({ gamma, keys, residues: made })).toHaveProperty('accepted');
    await refuses(toFr(101n), keys, made);
  });
});
