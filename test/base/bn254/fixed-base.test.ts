import { buildBn128 } from 'ffjavascript';
import type { Curve } from 'ffjavascript';
import { describe, expect, it } from 'vitest';
import { windowsOf } from '../../../src/base/bn254/digits.js';
import { fillTable, multiplyBase, multiplyBytes, powersOfBase } from '../../../src/base/bn254/fixed-base.js';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { KERNELS, randomBelow, startKernel } from './machine.js';

const curve: Curve = await buildBn128(true);
const groups = [
  ['g1', curve.G1],
  ['g2', curve.G2],
] as const;
const cases = KERNELS.flatMap(([kind, isFused]) =>
  groups.map(([name, group]) => [kind, name, group, isFused] as const),
);
const MOST = 2500;

describe.each(cases)('by the %s kernel, a multiple of a point in %s', (_kind, name, group, isFused) => {
  const { kernel, memory, take, words } = startKernel(isFused);
  const bytes = new Uint8Array(memory.buffer);
  const [pointBytes, packed] = name === 'g1' ? [80, 64] : [160, 128];
  const area = { kernel, buffer: memory.buffer, address: take(multiplyBytes('g2', MOST)) };
  const [point, bias, biased, scalars, out] = [packed, 32, 32, 32 * MOST, packed * MOST].map(take) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const base = group.toAffine(group.timesScalar(group.g, 31337n));
  const put = (address: number, x: bigint): void => {
    for (let i = 0; i < 4; i++) words[address / 8 + i] = BigInt.asUintN(64, x >> BigInt(64 * i));
  };
  const tableOf = (bits: number): number => {
    const windowBytes = 2 ** (bits - 1) * pointBytes;
    const table = take(windowsOf(bits) * windowBytes);
    bytes.set(base, point);
    kernel[`${name}_prepare`]!(point, bias, table, biased, bias, 1);
    powersOfBase(area, { kind: 'powers', group: name, table, bits, windows: windowsOf(bits) });
    for (let window = 0; window < windowsOf(bits); window++) {
      fillTable(area, { kind: 'fill', group: name, table: table + window * windowBytes, bits });
    }
    return table;
  };
  const multiples = (table: number, bits: number, factors: readonly bigint[]): Uint8Array[] => {
    factors.forEach((factor, i) => put(scalars + 32 * i, factor));
    const count = factors.length;
    multiplyBase(area, { kind: 'multiply', group: name, table, bits, windows: windowsOf(bits), scalars, count, out });
    return factors.map((_, i) => bytes.slice(out + packed * i, out + packed * (i + 1)));
  };
  const expected = (factor: bigint): Uint8Array => {
    const product = group.timesScalar(base, factor);
    return group.isZero(product) ? new Uint8Array(packed) : group.toAffine(product);
  };

  it.each([2, 3, 5, 8, 11])('is that of ffjavascript, of edges and at random, by digits of %i bits', (bits) => {
    const half = 1n << BigInt(bits - 1);
    const digits = (digit: bigint): bigint =>
      Array.from({ length: windowsOf(bits) - 1 }, (_, i) => digit << BigInt(bits * i)).reduce((a, b) => a + b);
    const edges = [
      0n,
      1n,
      2n,
      3n,
      half - 1n,
      half,
      half + 1n,
      2n * half,
      FIELD_ORDER - 1n,
      FIELD_ORDER - 2n,
      FIELD_ORDER - half,
      FIELD_ORDER,
      FIELD_ORDER + 1n,
      1n << 253n,
      (1n << 254n) - 1n,
      (1n << 128n) - 1n,
      ...[half, half + 1n, half - 1n, 2n * half - 1n].map((digit) => digits(digit) % FIELD_ORDER),
    ];
    const factors = [...edges, ...Array.from({ length: 20 }, () => randomBelow(FIELD_ORDER))];
    expect(multiples(tableOf(bits), bits, factors)).toEqual(factors.map(expected));
  });

  it('is what it is beside so many others that they take several lists', () => {
    const table = tableOf(6);
    const factors = Array.from({ length: MOST }, (_, i) => (i % 5 === 0 ? 0n : BigInt(i % 50)));
    const known = new Map(Array.from({ length: 50 }, (_, i) => [BigInt(i), expected(BigInt(i))]));
    expect(multiples(table, 6, factors)).toEqual(factors.map((factor) => known.get(factor)));
  });
});
