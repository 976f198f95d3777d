/** A key between two others, as the integers that field elements are. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { emptyTrie } from '../../../src/linea/suite/empty.js';
import { POSEIDON_BN254 } from '../../../src/linea/suite/poseidon.js';
import { program } from '../../machine/circuits/harness.js';
import type { Program } from '../../machine/circuits/harness.js';
import { holds, readCircuit, reduce, sidesOf } from '../../machine/circuits/r1cs.js';

const { maxKey } = POSEIDON_BN254;

describe('AssertBetween', () => {
  let between: Program;
  beforeAll(async () => {
    between = await program('AssertBetween()', { linea: true, unoptimised: true });
  });

  const accepts = async (low: bigint, key: bigint, high: bigint): Promise<boolean> =>
    'accepted' in (await between.run({ low, key, high }));

  it('rests on a largest key so far below r that two roundings fit between', () => {
    expect(maxKey + 2n ** 125n).toBeLessThan(FIELD_ORDER);
    expect(maxKey >> 124n).toBeLessThan(2n ** 130n);
  });

  it('accepts a key strictly between two neighbours, whatever they are', async () => {
    for (const [low, key, high] of [
      [0n, 1n, maxKey],
      [0n, maxKey - 1n, maxKey],
      [0n, maxKey / 2n, maxKey],
      [0n, (1n << 124n) - 1n, maxKey],
      [0n, 1n << 124n, maxKey],
      [0n, 1n, 2n],
      [maxKey - 2n, maxKey - 1n, maxKey],
    ] as const) {
      expect(await accepts(low, key, high)).toBe(true);
    }
  });

  it('refuses a key at one of them, below or above', async () => {
    for (const [low, high] of [
      [0n, maxKey],
      [5n, 9n],
      [maxKey - 2n, maxKey],
      [0n, 1n],
    ] as const) {
      for (const key of [low, high, low - 1n, high + 1n, 0n, maxKey, FIELD_ORDER - 1n]) {
        expect(await accepts(low, reduce(key), high)).toBe(false);
      }
    }
  });

  it('agrees with the order of integers', async () => {
    const number = fc.oneof(fc.bigInt(0n, maxKey), fc.bigInt(0n, 3n), fc.bigInt(maxKey - 3n, maxKey));
    await fc.assert(
      fc.asyncProperty(number, number, fc.oneof(number, fc.bigInt(0n, FIELD_ORDER - 1n)), async (a, b, key) => {
        fc.pre(a !== b);
        const low = a < b ? a : b;
        const high = a < b ? b : a;
        expect(await accepts(low, key, high)).toBe(low < key && key < high);
      }),
      { numRuns: process.env['ROOTSHIFT_LONG'] ? 5000 : 100 },
    );
  });

  it('refuses a gap plus r, whose bits sum up to the same', async () => {
    const circuit = await readCircuit(between);
    const wire = (name: string): number => circuit.names.indexOf(`main.${name}`);
    const honest = await between.witness({ low: 5n, key: 7n, high: 9n });
    const broken = (witness: readonly bigint[]): string[][] =>
      circuit.constraints
        .filter((constraint) => !holds(sidesOf(constraint, witness)))
        .map(({ a, b, c }) => [...a.wires, ...b.wires, ...c.wires].map((w) => circuit.names[w]!));
    expect(broken(honest)).toEqual([]);
    for (const name of ['below', 'above']) {
      const forged = [...honest];
      const gap = 1n + FIELD_ORDER;
      for (let i = 0; i < 254; i++) forged[wire(`${name}[${i}]`)] = (gap >> BigInt(i)) & 1n;
      forged[wire('AssertBits.in')] = reduce((maxKey >> 124n) - (gap >> 124n));
      // Nothing but the bound on both gaps refuses it.
      const left = broken(forged);
      expect(left).toHaveLength(1);
      expect(left[0]!.every((one) => one === '1' || one.startsWith('main.AssertBits.'))).toBe(true);
    }
  });
});

it('empty nodes are those of the suite, and the largest key is', async () => {
  const source = `
    template Constants() {
      signal output nodes[41];
      signal output most;
      for (var l = 0; l < 41; l++) { nodes[l] <== EMPTY_NODE(l); }
      most <== MAX_KEY();
    }`;
  const constants = await program('Constants()', { linea: true, source, unoptimised: true });
  const outcome = await constants.run({});
  if ('refused' in outcome) throw new Error('refused');
  const { nodes } = await emptyTrie(POSEIDON_BN254);
  nodes.forEach((node, level) => expect(outcome.accepted.get(`main.nodes[${level}]`)).toBe(node));
  expect(outcome.accepted.get('main.most')).toBe(maxKey);
});
