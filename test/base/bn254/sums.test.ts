import { buildBn128 } from 'ffjavascript';
import type { Curve, Group } from 'ffjavascript';
import { describe, expect, it } from 'vitest';
import { BASE_FIELD_ORDER, fromLimbs, inverseModulo, MONTGOMERY } from '../../../src/base/bn254/numbers.js';
import { combine, sumWindow, windowBytes } from '../../../src/base/bn254/window.js';
import type { GroupName } from '../../../src/base/bn254/window.js';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { KERNELS, randomBelow, startKernel } from './machine.js';

const curve: Curve = await buildBn128(true);
const unit = inverseModulo(MONTGOMERY, BASE_FIELD_ORDER);
const MOST = 2000;

/** A kernel that adds up terms, with digits of so many bits; null for infinity. */
function adder(isFused: boolean, skippedPages = 0) {
  const machine = startKernel(isFused, 700, skippedPages);
  const { kernel, memory, take, words } = machine;
  const bytes = new Uint8Array(memory.buffer);
  const area = { kernel, buffer: memory.buffer, address: take(windowBytes('g2', MOST, 12)) };
  const [points, scalars, table, biased, bias, windowsOut, result] = [128, 32, 160, 32, 0, 0, 0].map((size, i) =>
    take([0, 0, 0, 0, 32, 300 * 160, 160][i]! || size * MOST),
  ) as [number, number, number, number, number, number, number];

  return function sum(
    group: GroupName,
    terms: readonly (readonly [Uint8Array, bigint])[],
    bits: number,
  ): bigint[] | null {
    const [pointBytes, packed] = group === 'g1' ? [80, 64] : [160, 128];
    const windows = Math.floor((254 + bits) / bits);
    const put = (address: number, x: bigint): void => {
      for (let i = 0; i < 4; i++) words[address / 8 + i] = BigInt.asUintN(64, x >> BigInt(64 * i));
    };
    terms.forEach(([point, scalar], i) => {
      bytes.set(point, points + packed * i);
      put(scalars + 32 * i, scalar);
    });
    put(
      bias,
      Array.from({ length: windows - 1 }, (_, i) => 1n << BigInt(bits * i + bits - 1)).reduce(
        (all, one) => all + one,
        0n,
      ),
    );
    kernel[`${group}_prepare`]!(points, scalars, table, biased, bias, terms.length);
    for (let index = 0; index < windows; index++) {
      sumWindow(area, {
        kind: 'window',
        group,
        table,
        scalars: biased,
        count: terms.length,
        bits,
        index,
        isLast: index === windows - 1,
        out: windowsOut + index * bits * pointBytes,
      });
    }
    combine(area, { kind: 'combine', group, rows: [{ address: windowsOut, length: windows * bits }], out: result });
    const coordinates = Array.from(
      { length: pointBytes / 40 },
      (_, i) => (fromLimbs(words.subarray(result / 8 + 5 * i, result / 8 + 5 * i + 5)) * unit) % BASE_FIELD_ORDER,
    );
    return words.subarray(result / 8, result / 8 + pointBytes / 8).every((word) => word === 0n) ? null : coordinates;
  };
}

function expected(group: Group, terms: readonly (readonly [Uint8Array, bigint])[]): bigint[] | null {
  const total = terms.reduce(
    (all, [point, scalar]) => group.add(all, group.timesScalar(group.toJacobian(point), scalar)),
    group.zero,
  );
  if (group.isZero(total)) return null;
  return (group.toObject(group.toAffine(total)) as bigint[][]).slice(0, 2).flat();
}

const groups = [
  ['g1', curve.G1],
  ['g2', curve.G2],
] as const;
const cases = KERNELS.flatMap(([kind, isFused]) =>
  groups.map(([name, group]) => [kind, name, group, isFused] as const),
);

describe.each(cases)('by the %s kernel, a sum in %s', (_kind, name, group, isFused) => {
  const sum = adder(isFused);
  const affine = (scalar: bigint): Uint8Array => group.toAffine(group.timesScalar(group.g, scalar));
  const infinity = new Uint8Array(name === 'g1' ? 64 : 128);
  const some = Array.from({ length: 40 }, (_, i) => affine(BigInt(i * i + 1) * 7919n));
  const pick = (): Uint8Array => some[Number(randomBelow(40n))]!;
  const random = (count: number): [Uint8Array, bigint][] =>
    Array.from({ length: count }, () => [pick(), randomBelow(FIELD_ORDER)]);
  const of = (terms: readonly (readonly [Uint8Array, bigint])[], bits: number): void =>
    expect(sum(name, terms, bits)).toEqual(expected(group, terms));

  it.each([2, 3, 4, 5, 8, 11, 12])('is that of ffjavascript, of random terms, with digits of %s bits', (bits) => {
    of(random(bits * 5), bits);
  });

  it('of one term, or two, is what it is', () => {
    for (const scalar of [0n, 1n, 2n, 3n, FIELD_ORDER - 1n, FIELD_ORDER - 2n, 1n << 253n]) {
      of([[some[3]!, scalar]], 4);
      of(
        [
          [some[3]!, scalar],
          [some[4]!, scalar],
        ],
        5,
      );
    }
  });

  it('of points and their negatives is infinity', () => {
    of(
      some.slice(0, 9).flatMap(
        (point) =>
          [
            [point, 5n],
            [point, FIELD_ORDER - 5n],
          ] as const,
      ),
      3,
    );
    of(
      [
        [some[0]!, 12345n],
        [group.toAffine(group.neg(group.toJacobian(some[0]!))), 12345n],
      ],
      6,
    );
  });

  it('of a point again and again, by equal scalars and by others, is what it is', () => {
    of(
      Array.from({ length: 100 }, () => [some[0]!, 77n]),
      5,
    );
    of(
      Array.from({ length: 100 }, (_, i) => [some[0]!, BigInt(i % 5)]),
      4,
    );
    of(
      Array.from({ length: 64 }, (_, i) => [some[i % 2]!, FIELD_ORDER - 1n - BigInt(i % 3)]),
      7,
    );
  });

  it('takes infinity and 0 for nothing, wherever they are', () => {
    of(
      random(50).map(([point, scalar], i) => [i % 3 === 0 ? infinity : point, i % 4 === 0 ? 0n : scalar]),
      6,
    );
    of(
      [
        [infinity, 0n],
        [infinity, 5n],
      ],
      3,
    );
    of(
      [
        [infinity, FIELD_ORDER - 1n],
        [some[1]!, 0n],
        [some[2]!, 1n],
      ],
      3,
    );
  });

  it('of sums that cancel each other out in the middle is what is left', () => {
    const negative = (i: number): Uint8Array => group.toAffine(group.neg(group.toJacobian(some[i]!)));
    const both = [0, 1, 2, 3].flatMap((i): [Uint8Array, bigint][] => [
      [some[i]!, 9n],
      [negative(i), 9n],
    ]);
    of([...both, ...random(20), ...both, [some[7]!, 9n]], 5);
    of([...both, [some[8]!, 9n]], 5);
  });
});

// Addresses from 2 GiB on are negative as signed numbers.
it.each(KERNELS)(
  "by the %s kernel, a long sum, of many batches, behind 2 GiB, is that of its points' multiples",
  (_kind, isFused) => {
    const sum = adder(isFused, 2 ** 31 / 65536 - 300);
    const { G1 } = curve;
    const scalars = Array.from({ length: MOST }, () => randomBelow(FIELD_ORDER));
    const multiples: bigint[] = scalars.map((_, i) => BigInt(i) + 1n);
    let point = G1.g;
    const terms = scalars.map((scalar): [Uint8Array, bigint] => {
      const term: [Uint8Array, bigint] = [G1.toAffine(point), scalar];
      point = G1.add(point, G1.g);
      return term;
    });
    const total = scalars.reduce((all, scalar, i) => (all + scalar * multiples[i]!) % FIELD_ORDER, 0n);
    const want = (G1.toObject(G1.toAffine(G1.timesScalar(G1.g, total))) as bigint[]).slice(0, 2);
    for (const bits of [6, 9, 12]) expect(sum('g1', terms, bits)).toEqual(want);
  },
);
