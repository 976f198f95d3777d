import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasFusedMultiplyAdd } from '../../../src/base/bn254/fused.js';
import { COLUMNS } from '../../../src/base/bn254/multiply-fused.js';
import { fromLimbs, inverseModulo, LIMB_MASK, LIMBS, PAIR_BYTES, toLimbs } from '../../../src/base/bn254/numbers.js';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { fusedKernel } from '../../../src/base/hash/fused-kernel.js';
import { TOGETHER } from '../../../src/base/hash/fused-program.js';
import { PAIR_BYTES as INPUT_BYTES } from '../../../src/base/hash/program.js';
import type { Instruction } from '../../../src/base/hash/program.js';
import { numbersAtLimbEdges } from './numbers.js';

const r = FIELD_ORDER;
/** What the kernel says of its numbers. */
const SUM_LIMIT = 8n * r;
const POWER_LIMIT = (22n * r) / 10n;
const LANES = [0, 1] as const;
type Pair = readonly [bigint, bigint];
const { montgomery, slotBytes, slotsAt } = fusedKernel.format;
const unit = inverseModulo(montgomery, r);

function start() {
  const kernel = new WebAssembly.Module(fusedKernel.build());
  const exports = new WebAssembly.Instance(kernel).exports as {
    memory: WebAssembly.Memory;
    square(to: number, from: number): void;
    multiply(to: number, a: number, b: number): void;
    run(program: number, input: number, output: number, pairs: number): void;
  };
  exports.memory.grow(1);
  const { buffer } = exports.memory;
  return {
    ...exports,
    bytes: new Uint8Array(buffer),
    words: new BigUint64Array(buffer),
    doubles: new Float64Array(buffer),
  };
}

describe.runIf(hasFusedMultiplyAdd())('the fused kernel', () => {
  const { bytes, words, doubles, square, multiply, run } = start();
  const [A, B, C] = [1, 2, 3].map((i) => slotsAt + i * slotBytes) as [number, number, number];
  const FREE = slotsAt + 4 * slotBytes;
  bytes.set(fusedKernel.encode([], FREE).image);

  /** Puts numbers into a slot: by default its first pair. */
  function put(slot: number, pair: Pair, index = 0): void {
    for (const lane of LANES)
      toLimbs(pair[lane]).forEach((limb, i) => {
        doubles[(slot + index * PAIR_BYTES) / 8 + 2 * i + lane] = Number(limb);
      });
  }
  function take(slot: number): Pair {
    const number = (lane: number): bigint => {
      const limbs = Array.from({ length: LIMBS }, (_, i) => doubles[slot / 8 + 2 * i + lane]!);
      expect(limbs.every((limb) => Number.isInteger(limb) && limb >= 0 && limb < 2 ** 52)).toBe(true);
      return fromLimbs(limbs.map(BigInt));
    };
    return [number(0), number(1)];
  }

  /** Limbs of 2^51, and of 2^52 - 1: their low parts lie on and beside the limits. */
  const fullLimbs = [
    (1n << 256n) - 1n,
    ((1n << 204n) - 1n) / 15n,
    [0, 1, 2, 3].reduce((x, i) => x | (1n << BigInt(51 + 52 * i)), 0n),
  ];
  const EDGES = [...numbersAtLimbEdges(), ...fullLimbs, r, 2n * r, POWER_LIMIT, SUM_LIMIT - 1n];
  const slotNumber = fc.oneof(fc.bigInt(0n, SUM_LIMIT - 1n), fc.constantFrom(...EDGES));
  const slotPair = fc.tuple(slotNumber, slotNumber);

  const checkProduct = (a: Pair, b: Pair): void => {
    put(A, a);
    put(B, b);
    multiply(C, A, B);
    const product = take(C);
    for (const lane of LANES) {
      expect(product[lane] % r).toBe((((a[lane] * b[lane]) % r) * unit) % r);
      expect(product[lane]).toBeLessThan((a[lane] * b[lane]) / montgomery + 2n * r + 1n);
    }
    put(B, a);
    multiply(C, A, B);
    square(A, A);
    expect(take(A)).toEqual(take(C));
  };

  it('multiplies and squares any numbers below 8r in both lanes', () => {
    fc.assert(fc.property(slotPair, slotPair, checkProduct), { numRuns: 300 });
  });

  it('multiplies and squares all pairs of edges', () => {
    for (const a of EDGES) for (const b of EDGES) checkProduct([a, b], [b, b]);
  });

  /** Runs with slots set before; gives each pair's outputs. */
  function outputsOf(program: readonly Instruction[], inputs: readonly (readonly Pair[])[], outputs: number): Pair[][] {
    const { image, start: at } = fusedKernel.encode(program, FREE);
    bytes.set(image.subarray(at), at);
    const input = Math.ceil(image.length / INPUT_BYTES) * INPUT_BYTES;
    const output = input + inputs.flat().length * INPUT_BYTES;
    inputs.flat().forEach((pair, i) => {
      for (const lane of LANES)
        for (let word = 0; word < 4; word++)
          words[(input + i * INPUT_BYTES) / 8 + 2 * word + lane] = pair[lane] >> BigInt(64 * word);
    });
    run(at, input, output, inputs.length);
    const number = (index: number, lane: number): bigint =>
      [3, 2, 1, 0].reduce((x, word) => (x << 64n) | words[(output + index * INPUT_BYTES) / 8 + 2 * word + lane]!, 0n);
    return inputs.map((_, pair) =>
      Array.from({ length: outputs }, (__, i): Pair => [number(pair * outputs + i, 0), number(pair * outputs + i, 1)]),
    );
  }

  it('gives back what it read, with the addend, reduced', () => {
    const program: Instruction[] = [
      { kind: 'read', to: A, addend: 5n },
      { kind: 'write', from: A },
    ];
    for (const x of numbersAtLimbEdges())
      expect(outputsOf(program, [[[x, r - 1n - x]]], 1)).toEqual([[[(x + 5n) % r, (r + 4n - x) % r]]]);
  });

  it.each(Array.from({ length: 2 * TOGETHER + 1 }, (_, i) => i + 1))('keeps the numbers of %i pairs apart', (count) => {
    const program: Instruction[] = [
      { kind: 'read', to: A, addend: 1n },
      { kind: 'read', to: B, addend: 2n },
      { kind: 'sum', to: C, terms: [{ from: A, factor: montgomery % r }], plus: B, addend: 3n },
      { kind: 'write', from: B },
      { kind: 'write', from: C },
    ];
    const inputs = Array.from({ length: count }, (_, i) =>
      [0, 1].map((k): Pair => [BigInt(10 * i + k), BigInt(1000 * i + k)]),
    );
    const expected = inputs.map((pair) => {
      const [x, y] = pair as [Pair, Pair];
      return [y.map((one) => one + 2n), LANES.map((lane) => x[lane] + y[lane] + 6n)];
    });
    expect(outputsOf(program, inputs, 2)).toEqual(expected);
  });

  it('raises the greatest input with the greatest addend, and the greatest sum, to the fifth power', () => {
    const program = (read: readonly Instruction[]): Instruction[] => [
      ...read,
      { kind: 'power5', to: B, from: A },
      { kind: 'write', from: B },
    ];
    const [[power]] = outputsOf(program([{ kind: 'read', to: A, addend: r - 1n }]), [[[r - 1n, 0n]]], 1) as [[Pair]];
    expect(power).toEqual([((r - 32n) * unit ** 4n) % r, ((r - 1n) * unit ** 4n) % r]);
    put(A, [SUM_LIMIT - 1n, r]);
    expect(outputsOf(program([]), [[]], 1)).toEqual([[[((r - 1n) * unit ** 4n) % r, 0n]]]);
    expect(take(B)[0]).toBeLessThan(POWER_LIMIT);
  });

  it.each([0, 1, 2, 7, 16, 33])('adds up %i of the greatest products without overflow', (count) => {
    for (const number of [SUM_LIMIT - 1n, (1n << 256n) - 1n, ...fullLimbs])
      for (const factor of [r - 1n, (1n << 253n) - 1n, ...fullLimbs.map((x) => x % r)]) {
        put(A, [number, 1n]);
        put(C, [POWER_LIMIT, 0n]);
        const terms = Array.from({ length: count }, () => ({ from: A, factor }));
        const program: Instruction[] = [{ kind: 'sum', to: B, terms, plus: C, addend: r - 1n }];
        outputsOf(program, [[]], 0);
        const expected = (from: bigint, plus: bigint): bigint =>
          (((BigInt(count) * from * factor) % r) * unit + plus + r - 1n) % r;
        expect(take(B).map((x) => x % r)).toEqual([expected(number, POWER_LIMIT), expected(1n, 0n)]);
        const products = (BigInt(count) * number * factor) / montgomery;
        expect(take(B)[0]).toBeLessThan(products + 2n * r + POWER_LIMIT + r + 1n);
      }
  });

  it('a sum of as many terms as a permutation has stays below its limit', () => {
    const products = (16n * SUM_LIMIT + 17n * POWER_LIMIT) * r;
    expect(products / montgomery + 2n * r + POWER_LIMIT + r).toBeLessThan(SUM_LIMIT);
    expect((17n * POWER_LIMIT * r) / montgomery + 2n * r).toBeLessThan(3n * r);
    const over = (a: bigint, b: bigint): bigint => (a * b) / montgomery + 2n * r + 1n;
    const square1 = over(SUM_LIMIT, SUM_LIMIT);
    expect(over(over(square1, square1), SUM_LIMIT)).toBeLessThan(POWER_LIMIT);
    expect(SUM_LIMIT).toBeLessThan(1n << 257n);
  });

  it('a column of 33 terms is positive and below 2^63 before its carry is taken', () => {
    const bias = 1n << 60n;
    for (let k = 0; k < COLUMNS; k++) {
      const parts = BigInt(33 * Math.max(0, Math.min(k + 1, LIMBS, COLUMNS - k)) + LIMBS);
      expect(bias - (1n << 9n) - parts * (1n << 51n)).toBeGreaterThan(0n);
      expect(bias + 2n * parts * LIMB_MASK + parts * (1n << 51n) + (1n << 12n)).toBeLessThan(1n << 63n);
    }
  });
});
