import { describe, expect, it } from 'vitest';
import { inverseModulo, MONTGOMERY, powerModulo, rootOfUnity, toLimbs } from '../../../src/base/bn254/numbers.js';
import { FIELD_ORDER as R } from '../../../src/base/field/fr.js';
import { KERNELS, randomBelow, startKernel } from './machine.js';

const montgomery = (x: bigint): bigint => (x * MONTGOMERY) % R;

describe.each(KERNELS)('the %s kernel', (_kind, isFused) => {
  const { kernel, memory, take, putLane, getLane, words } = startKernel(isFused);
  const bytes = new Uint8Array(memory.buffer);
  const number = (address: number): bigint =>
    BigInt(
      `0x${Buffer.from(bytes.slice(address, address + 32))
        .reverse()
        .toString('hex')}`,
    );
  const put = (address: number, x: bigint): void => void words.set(toLimbs(x), address / 8);
  const putPair = (address: number, x: bigint, second = x): number => {
    putLane(address, 0, x);
    putLane(address, 1, second);
    return address;
  };
  /** Constraints as an R1CS file has them: of each, three lists of a wire and a coefficient. */
  const r1cs = (constraints: readonly (readonly (readonly (readonly [number, bigint])[])[])[]): number => {
    const parts = constraints.flat().map((terms) => {
      const part = Buffer.alloc(4 + 36 * terms.length);
      part.writeUInt32LE(terms.length, 0);
      terms.forEach(([wire, coefficient], i) => {
        part.writeUInt32LE(wire, 4 + 36 * i);
        part.set(Buffer.from(coefficient.toString(16).padStart(64, '0'), 'hex').reverse(), 8 + 36 * i);
      });
      return part;
    });
    const all = Buffer.concat(parts);
    const address = take(all.length);
    bytes.set(all, address);
    return address;
  };

  it('reduces numbers below 3r to below r, in each lane', () => {
    const from = take(80);
    const to = take(80);
    for (const x of [0n, 1n, R - 1n, R, R + 1n, 2n * R - 1n, 2n * R, 2n * R + 1n, 3n * R - 1n, randomBelow(3n * R)]) {
      for (const y of [0n, R, 3n * R - 1n]) {
        kernel['fr_reduce']!(to, putPair(from, x, y));
        expect([getLane(to, 0), getLane(to, 1)]).toEqual([x % R, y % R]);
        kernel['fr_reduce']!(from, from);
        expect(getLane(from, 0)).toBe(x % R);
      }
    }
  });

  it('evaluates the Lagrange basis, and writes it as plain numbers', () => {
    const n = 16;
    const tau = randomBelow(R);
    const scale = randomBelow(R);
    const first = randomBelow(R);
    const root = rootOfUnity(n);
    const constants = take(400);
    putPair(constants, montgomery(first), montgomery(first * root));
    [root * root, tau, tau * scale, scale].forEach((x, i) => putPair(constants + 80 * (i + 1), montgomery(x)));
    const out = take(40 * n);
    const plain = take(32 * n);
    kernel['fr_lagrange']!(out, n / 2, constants);
    kernel['fr_packAll']!(out, plain, n / 2);
    for (let i = 0; i < n; i++) {
      const x = (first * powerModulo(root, BigInt(i), R)) % R;
      expect(number(plain + 32 * i)).toBe((scale * x * inverseModulo(tau - x, R)) % R);
    }
  });

  it('adds terms up by wire, of one matrix at a time, however many', () => {
    const lagrange = take(40 * 400);
    const values = Array.from({ length: 400 }, () => R - 1n - randomBelow(1000n));
    values.forEach((x, i) => put(lagrange + 40 * i, montgomery(x)));
    const term = (wire: number): [number, bigint] => [wire, R - 1n - randomBelow(1000n)];
    // Wire 0 is in all of them, as the constant may be.
    const constraints = values.map((_, i) => [
      [term(0), term(i % 5)],
      i % 3 === 0 ? [] : [term(1)],
      [term(4), term(3)],
    ]);
    const section = r1cs(constraints);
    for (const matrix of [0, 1, 2]) {
      const sums = take(80 * 3);
      kernel['fr_addTerms']!(section, constraints.length, lagrange, sums, matrix);
      for (let wire = 0; wire < 5; wire++) {
        const expected = constraints.reduce(
          (all, lists, i) =>
            lists[matrix]!.reduce((sum, [w, x]) => (w === wire ? (sum + x * values[i]!) % R : sum), all),
          0n,
        );
        const sum = getLane(sums + 80 * (wire >> 1), wire & 1);
        expect(sum % R).toBe(expected);
        expect(sum).toBeLessThan(43n * R);
      }
    }
  });

  it('makes scalars of sums', () => {
    const alpha = randomBelow(R);
    const beta = randomBelow(R);
    const factor = randomBelow(R);
    const constants = take(160);
    putPair(constants, montgomery(beta));
    putPair(constants + 80, montgomery(alpha));
    const sums = [take(160), take(160), take(160)] as const;
    const values = sums.map(() => [0n, 43n * R - 1n, randomBelow(R), R]);
    sums.forEach((address, i) => values[i]!.forEach((x, k) => putLane(address + 80 * (k >> 1), k & 1, x)));
    const out = [take(128), take(128), take(128)] as const;
    kernel['fr_finishScalars']!(...sums, 2, constants, putPair(take(80), montgomery(1n), montgomery(factor)), ...out);
    for (let i = 0; i < 4; i++) {
      const [a, b, c] = values.map((list) => list[i]!) as [bigint, bigint, bigint];
      expect(number(out[0] + 32 * i)).toBe(a % R);
      expect(number(out[1] + 32 * i)).toBe(b % R);
      expect(number(out[2] + 32 * i)).toBe(((beta * a + alpha * b + c) * (i % 2 === 0 ? 1n : factor)) % R);
    }
  });

  it('encodes the terms of A and B', () => {
    const x = randomBelow(R);
    const section = r1cs([
      [[[3, 1n]], [], [[9, 5n]]],
      [
        [],
        [
          [7, x],
          [8, R - 1n],
        ],
        [],
      ],
    ]);
    const out = take(44 * 3);
    kernel['fr_encodeTerms']!(section, 2, 40, out);
    const word = (i: number, at: number): number => new DataView(memory.buffer).getUint32(out + 44 * i + at, true);
    expect([0, 1, 2].map((i) => [word(i, 0), word(i, 4), word(i, 8), number(out + 44 * i + 12)])).toEqual([
      [0, 40, 3, 2n ** 512n % R],
      [1, 41, 7, (x * 2n ** 512n) % R],
      [1, 41, 8, ((R - 1n) * 2n ** 512n) % R],
    ]);
  });
});
