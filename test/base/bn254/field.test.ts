import { describe, expect, it } from 'vitest';
import { BASE_FIELD_ORDER, inverseModulo, MONTGOMERY } from '../../../src/base/bn254/numbers.js';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { KERNELS, randomBelow, startKernel } from './machine.js';

const fields = [
  ['fq', BASE_FIELD_ORDER],
  ['fr', FIELD_ORDER],
] as const;
const cases = KERNELS.flatMap(([kind, isFused]) => fields.map(([name, p]) => [kind, name, p, isFused] as const));

describe.each(cases)('the %s kernel of %s', (_kind, name, p, isFused) => {
  const { kernel, take, putLane, getLane } = startKernel(isFused);
  const a = take(160);
  const b = take(160);
  const to = take(160);
  const unit = inverseModulo(MONTGOMERY, p);
  const edges = [
    0n,
    1n,
    p - 1n,
    p,
    p + 1n,
    2n * p,
    4n * p,
    9n * p,
    // 51: the product of such a limb and an odd one lies in the middle between two multiples of 2^52.
    ...[51n, 52n, 103n, 104n, 156n, 208n, 255n].flatMap((bits) => [(1n << bits) - 1n, 1n << bits, (1n << bits) + 1n]),
    (1n << 256n) - 1n,
    // All limbs full.
    (1n << 260n) - 2n,
  ];
  const check = (x: bigint, y: bigint, lane: number): void => {
    const product = getLane(to, lane);
    expect(product % p).toBe((x * y * unit) % p);
    expect(product).toBeLessThan((x * y) / MONTGOMERY + 2n * p + 1n);
  };

  it('a product of edges is what it is, in both lanes', () => {
    for (const x of edges) {
      for (const y of edges) {
        putLane(a, 0, x);
        putLane(b, 0, y);
        putLane(a, 1, y);
        putLane(b, 1, x + 1n);
        kernel[`${name}_multiply`]!(to, a, b);
        check(x, y, 0);
        check(y, x + 1n, 1);
      }
    }
  });

  it('a product of random numbers is what it is', () => {
    for (let i = 0; i < 3000; i++) {
      const [x, y, v, w] = Array.from({ length: 4 }, () => randomBelow(9n * p)) as [bigint, bigint, bigint, bigint];
      putLane(a, 0, x);
      putLane(b, 0, y);
      putLane(a, 1, v);
      putLane(b, 1, w);
      kernel[`${name}_multiply`]!(to, a, b);
      check(x, y, 0);
      check(v, w, 1);
    }
  });
});
