import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { integerKernel, PRODUCTS_PER_CARRY } from '../../../src/base/hash/integer-kernel.js';
import { PAIR_BYTES } from '../../../src/base/hash/program.js';
import type { Instruction } from '../../../src/base/hash/program.js';
import { numbersAtLimbEdges } from './numbers.js';

const SUM_LIMIT = 3n * FIELD_ORDER + (1n << 240n);
const POWER_LIMIT = FIELD_ORDER + (1n << 240n);
const SLOT_LIMIT = 4n * FIELD_ORDER;
const LIMBS = 9;
const LANES = [0, 1] as const;
type Pair = readonly [bigint, bigint];

const { montgomery, slotBytes, slotsAt } = integerKernel.format;
const kernel = new WebAssembly.Module(integerKernel.build());
const { memory, square, multiply, run } = new WebAssembly.Instance(kernel).exports as {
  memory: WebAssembly.Memory;
  square(to: number, from: number): void;
  multiply(to: number, a: number, b: number): void;
  run(program: number, input: number, output: number, pairs: number): void;
};
memory.grow(1);
const [A, B, C] = [1, 2, 3].map((i) => slotsAt + i * slotBytes) as [number, number, number];
const FREE = slotsAt + 4 * slotBytes;
new Uint8Array(memory.buffer).set(integerKernel.encode([], FREE).image);
const words = new Uint32Array(memory.buffer);
const longWords = new BigUint64Array(memory.buffer);

const limbsOf = (x: bigint): number[] =>
  Array.from({ length: LIMBS }, (_, i) => Number(i < LIMBS - 1 ? (x >> BigInt(28 * i)) & 0xfffffffn : x >> 224n));
const place = (slot: number, limb: number, lane: number): number => slot / 4 + 4 * limb + lane;
function put(slot: number, pair: Pair): void {
  for (const lane of LANES) limbsOf(pair[lane]).forEach((limb, i) => (words[place(slot, i, lane)] = limb));
}
function take(slot: number): Pair {
  const number = (lane: number): bigint => {
    const limbs = Array.from({ length: LIMBS }, (_, i) => words[place(slot, i, lane)] as number);
    expect(limbs.slice(0, -1).every((limb) => limb < 2 ** 28)).toBe(true);
    return limbs.reduceRight((x, limb) => (x << 28n) + BigInt(limb), 0n);
  };
  return [number(0), number(1)];
}
const inverseR = ((): bigint => {
  // R^(r-2)
  let power = 1n;
  let base = montgomery % FIELD_ORDER;
  for (let e = FIELD_ORDER - 2n; e > 0n; e >>= 1n) {
    if (e & 1n) power = (power * base) % FIELD_ORDER;
    base = (base * base) % FIELD_ORDER;
  }
  return power;
})();

/** Any number that a slot may hold, with those around its limits. */
const EDGES = [...numbersAtLimbEdges(), FIELD_ORDER, SUM_LIMIT, SLOT_LIMIT - 1n, ((SLOT_LIMIT >> 224n) << 224n) - 1n];
const slotNumber = fc.oneof(fc.bigInt(0n, SLOT_LIMIT - 1n), fc.constantFrom(...EDGES));
const slotPair = fc.tuple(slotNumber, slotNumber);

describe('the product of two slots', () => {
  const check = (a: Pair, b: Pair): void => {
    put(A, a);
    put(B, b);
    multiply(C, A, B);
    const product = take(C);
    for (const lane of LANES) {
      expect(product[lane] % FIELD_ORDER).toBe((((a[lane] * b[lane]) % FIELD_ORDER) * inverseR) % FIELD_ORDER);
      expect(product[lane]).toBeLessThan(POWER_LIMIT);
    }
  };

  it('over R is right and nearly reduced in both lanes, of any numbers below 4r', () => {
    fc.assert(fc.property(slotPair, slotPair, check), { numRuns: 300 });
  });

  it('over R is right of all pairs of edges', () => {
    for (const a of EDGES) for (const b of EDGES) check([a, b], [b, b]);
  });

  it('with itself is the square', () => {
    fc.assert(
      fc.property(slotPair, (a) => {
        put(A, a);
        put(B, a);
        multiply(C, A, B);
        square(A, A);
        expect(take(A)).toEqual(take(C));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a program', () => {
  /** Runs with `slots` set before; gives the outputs of one pair. */
  function outputsOf(program: readonly Instruction[], inputs: readonly Pair[], outputs: number): Pair[] {
    const { image, start } = integerKernel.encode(program, FREE);
    new Uint8Array(memory.buffer, start).set(image.subarray(start));
    const input = Math.ceil(image.length / PAIR_BYTES) * PAIR_BYTES;
    const output = input + inputs.length * PAIR_BYTES;
    const at = (address: number, index: number, word: number, lane: number): number =>
      (address + index * PAIR_BYTES) / 8 + 2 * word + lane;
    inputs.forEach((pair, i) => {
      for (const lane of LANES)
        for (let word = 0; word < 4; word++) longWords[at(input, i, word, lane)] = pair[lane] >> BigInt(64 * word);
    });
    run(start, input, output, 1);
    return Array.from({ length: outputs }, (_, i): Pair => {
      const number = (lane: number): bigint =>
        [3, 2, 1, 0].reduce((x, word) => (x << 64n) | (longWords[at(output, i, word, lane)] as bigint), 0n);
      return [number(0), number(1)];
    });
  }
  const r = FIELD_ORDER;

  it('that reads and writes gives back what it read, with the addend', () => {
    for (const x of numbersAtLimbEdges()) {
      const pair: Pair = [x, r - 1n - x];
      // A sum of no products carries the limbs; it divides nothing.
      const program: Instruction[] = [
        { kind: 'read', to: A, addend: 5n },
        { kind: 'sum', to: B, terms: [], plus: A, addend: r - 1n },
        { kind: 'write', from: B },
      ];
      expect(outputsOf(program, [pair], 1)).toEqual([[x + 4n + r, 2n * r + 3n - x]]);
    }
  });

  it('raises the greatest input with the greatest addend to the fifth power', () => {
    const program: Instruction[] = [
      { kind: 'read', to: A, addend: r - 1n },
      { kind: 'power5', to: B, from: A },
      { kind: 'write', from: B },
    ];
    const [[power] = [0n]] = outputsOf(program, [[r - 1n, 0n]], 1);
    expect(power % r).toBe(((r - 32n) * inverseR ** 4n) % r);
    expect(power).toBeLessThan(POWER_LIMIT);
  });

  it.each([1, 7, PRODUCTS_PER_CARRY, 9, 16, 17, 32])('sums %i of the greatest products without overflow', (count) => {
    // The number below the bound of sums, and the factor below r, whose limbs make each column largest.
    const greatest = [SUM_LIMIT, ((SUM_LIMIT >> 224n) << 224n) - 1n];
    const factors = [r - 1n, ((r >> 224n) << 224n) - 1n];
    for (const number of greatest)
      for (const factor of factors) {
        put(A, [number, 1n]);
        const terms = Array.from({ length: count }, () => ({ from: A, factor }));
        const program: Instruction[] = [
          { kind: 'sum', to: B, terms, plus: C, addend: r - 1n },
          { kind: 'write', from: B },
        ];
        put(C, [POWER_LIMIT, 0n]);
        const [[sum, small] = [0n, 0n]] = outputsOf(program, [], 1);
        const expected = (from: bigint, plus: bigint): bigint =>
          (((BigInt(count) * from * factor) % r) * inverseR + plus + r - 1n) % r;
        expect(sum % r).toBe(expected(number, POWER_LIMIT));
        expect(small % r).toBe(expected(1n, 0n));
        expect(sum).toBeLessThan(SUM_LIMIT + (1n << 240n));
      }
  });
});

describe('the columns', () => {
  const column = (a: readonly number[], b: readonly number[], k: number): bigint =>
    a.reduce((sum, limb, i) => sum + BigInt(limb) * BigInt(b[k - i] ?? 0), 0n);
  const largestLimbs = (limit: bigint): number[] => [
    ...Array.from({ length: 8 }, () => 2 ** 28 - 1),
    Number(limit >> 224n),
  ];
  const columns = Array.from({ length: 2 * LIMBS }, (_, k) => k);
  const steps = Array.from({ length: 10 }, () => 2 ** 28 - 1);
  /** What reducing adds at most: multiples of r, the carry from the column before, what a sum started with. */
  const reduction = (k: number): bigint => column(steps, limbsOf(FIELD_ORDER), k) + (1n << 36n) + (1n << 33n);

  it('of as many products as there are between carries stay below 2^64, with a reduction and a carry', () => {
    const sum = largestLimbs(SUM_LIMIT);
    const factor = largestLimbs(FIELD_ORDER);
    for (const k of columns) {
      expect(BigInt(PRODUCTS_PER_CARRY) * column(sum, factor, k) + reduction(k)).toBeLessThan(1n << 64n);
    }
  });

  it('of a square stay below 2^64 for an input with limbs that were not carried', () => {
    const limbs = [...Array.from({ length: 8 }, () => 2 ** 29 - 2), Number(2n * (FIELD_ORDER >> 224n))];
    for (const k of columns) expect(column(limbs, limbs, k) + reduction(k)).toBeLessThan(1n << 64n);
  });

  it('of a product of any numbers below 4r stay below 2^64, with a reduction and a carry', () => {
    const limbs = largestLimbs(SLOT_LIMIT);
    for (const k of columns) expect(column(limbs, limbs, k) + reduction(k)).toBeLessThan(1n << 64n);
  });
});
