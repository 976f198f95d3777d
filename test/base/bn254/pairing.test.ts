import { buildBn128 } from 'ffjavascript';
import type { Curve, Group } from 'ffjavascript';
import { describe, expect, it } from 'vitest';
import { BASE_FIELD_ORDER as Q } from '../../../src/base/bn254/numbers.js';
import { PairingCurve } from '../../../src/base/bn254/pairing.js';
import type { PairingGroup, Point } from '../../../src/base/bn254/pairing.js';
import { FIELD_ORDER as R } from '../../../src/base/field/fr.js';

const theirs: Curve = await buildBn128(true);
const curve = await PairingCurve.load();
const groups = { g1: theirs.G1, g2: theirs.G2 } as const;

const coordinates = (group: Group, point: Uint8Array): bigint[][] =>
  (group.toObject(point) as (bigint | bigint[])[]).map((x) => [x].flat());
/** The multiple of the generator, by ffjavascript. */
const multiple = (name: PairingGroup, factor: bigint): Point => {
  const group = groups[name];
  return curve.point(name, coordinates(group, group.timesScalar(group.g, factor)));
};

describe('the curve that ships built', () => {
  it('is that of ffjavascript, byte for byte', async () => {
    const { default: shipped } = await import('wasmcurves/build/bn128_wasm.js');
    expect(Buffer.from(shipped.code, 'base64').equals(Buffer.from(theirs.tm.code))).toBe(true);
  });
});

describe.each(['g1', 'g2'] as const)('a point of %s', (name) => {
  const [x, y] = coordinates(groups[name], groups[name].g) as [bigint[], bigint[]];
  const one = x.map((_, i) => (i === 0 ? 1n : 0n));
  const zero = x.map(() => 0n);

  it('is on its curve, or is not', () => {
    curve.begin();
    expect(curve.isOnCurve(name, curve.point(name, [x, y, one]))).toBe(true);
    expect(curve.isOnCurve(name, curve.point(name, [x, y.map((word) => word + 1n), one]))).toBe(false);
    expect(curve.isOnCurve(name, curve.point(name, [x, zero, one]))).toBe(false);
  });

  it('is the same in other projective coordinates', () => {
    curve.begin();
    const scaled = [x.map((word) => (word * 9n) % Q), y.map((word) => (word * 27n) % Q), one.map((word) => word * 3n)];
    const point = curve.point(name, scaled);
    expect(curve.isOnCurve(name, point)).toBe(true);
    const other = curve.point(
      name === 'g1' ? 'g2' : 'g1',
      coordinates(groups[name === 'g1' ? 'g2' : 'g1'], groups[name === 'g1' ? 'g2' : 'g1'].g),
    );
    const [a, b, c, d] =
      name === 'g1' ? [point, other, multiple('g1', R - 1n), other] : [other, point, other, multiple('g2', R - 1n)];
    expect(
      curve.isProductOne([
        [a!, b!],
        [c!, d!],
      ] as [Point, Point][]),
    ).toBe(true);
  });

  it('is infinity with z = 0, with x = y = 0, and r times itself; otherwise not', () => {
    curve.begin();
    expect(curve.isInfinity(name, curve.point(name, [zero, one, zero]))).toBe(true);
    expect(curve.isInfinity(name, curve.point(name, [zero, zero, one]))).toBe(true);
    const point = curve.point(name, [x, y, one]);
    expect(curve.isInfinity(name, curve.times(name, point, R))).toBe(true);
    expect(curve.isInfinity(name, curve.times(name, point, R - 1n))).toBe(false);
    expect(curve.isInfinity(name, curve.times(name, point, 0n))).toBe(true);
    expect(curve.isInfinity(name, point)).toBe(false);
  });
});

describe('a product of pairings', () => {
  it('is 1 if the sum of the products of the factors is 0', () => {
    curve.begin();
    const product = (...factors: (readonly [bigint, bigint])[]): boolean =>
      curve.isProductOne(factors.map(([a, b]) => [multiple('g1', a), multiple('g2', b)] as const));
    expect(product()).toBe(true);
    expect(product([5n, 7n])).toBe(false);
    expect(product([5n, 7n], [R - 35n, 1n])).toBe(true);
    expect(product([5n, 7n], [R - 36n, 1n])).toBe(false);
    expect(product([0n, 7n])).toBe(true);
    expect(product([3n, 0n], [2n, 4n], [R - 1n, 8n])).toBe(true);
  });

  it('takes sums and negatives of points as such', () => {
    curve.begin();
    const two = multiple('g1', 2n);
    const three = multiple('g1', 3n);
    const g2 = multiple('g2', 1n);
    expect(
      curve.isProductOne([
        [curve.sum([two, three, three]), g2],
        [curve.negative(curve.times('g1', two, 4n)), g2],
      ]),
    ).toBe(true);
    expect(
      curve.isProductOne([
        [curve.sum([two, three]), g2],
        [curve.negative(curve.times('g1', two, 4n)), g2],
      ]),
    ).toBe(false);
    expect(curve.isInfinity('g1', curve.sum([]))).toBe(true);
    expect(curve.isInfinity('g1', curve.sum([two, curve.negative(two)]))).toBe(true);
  });

  it('is told with more points than its memory has room for at first', () => {
    curve.begin();
    const g2 = multiple('g2', 1n);
    const points = Array.from({ length: 20_000 }, (_, i) => multiple('g1', BigInt(1 + (i % 3))));
    expect(
      curve.isProductOne([
        [curve.sum(points), g2],
        [multiple('g1', R - 39_999n), g2],
      ]),
    ).toBe(true);
  });
});
