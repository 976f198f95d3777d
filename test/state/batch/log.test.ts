import { buildPoseidonReference } from 'circomlibjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../../src/state/batch/access.js';
import type { Access } from '../../../src/state/batch/access.js';
import { dataPolynomial, logHash } from '../../../src/state/batch/log.js';
import { FIELD_ORDER, ONE, ZERO, toFr } from '../../../src/base/field/fr.js';
import { toUint256 } from '../../../src/base/field/limbs.js';

const anyAccess: fc.Arbitrary<Access> = fc.record({
  op: fc.constantFrom('read', 'write'),
  address: fc.bigInt(0n, 2n ** 160n - 1n),
  kind: fc.constantFrom('balance', 'nonce', 'code', 'storage', 'length'),
  slot: fc.bigInt(0n, 2n ** 256n - 1n).map(toUint256),
  value: fc.bigInt(0n, 2n ** 256n - 1n).map(toUint256),
});

let reference: Awaited<ReturnType<typeof buildPoseidonReference>>;
beforeAll(async () => {
  reference = await buildPoseidonReference();
});

const LOW = 2n ** 128n - 1n;
const elements = (a: Access): bigint[] => [
  a.address + BigInt(KINDS[a.kind]) * 2n ** 160n,
  a.slot >> 128n,
  a.slot & LOW,
  a.value >> 128n,
  a.value & LOW,
];

describe('log commitment', () => {
  it('is the reference sponge over five elements an access and one of flags a step', () => {
    fc.assert(
      fc.property(fc.array(anyAccess, { maxLength: 8 }), (accesses) => {
        let running = 0n;
        for (let i = 0; i < accesses.length; i += 3) {
          const step = [0, 1, 2].map((j) => accesses[i + j]);
          const inputs = step.flatMap((a) => (a === undefined ? [0n, 0n, 0n, 0n, 0n] : elements(a)));
          const flags = step.map((a) => (a === undefined ? 0 : a.op === 'read' ? 1 : 2));
          inputs.push(BigInt(flags[0]! + 4 * flags[1]! + 16 * flags[2]!));
          running = reference.F.toObject(reference(inputs, running, 1));
        }
        expect(logHash(accesses)).toBe(running);
      }),
      { numRuns: 10 },
    );
  });

  it('does not depend on cuts at multiples of three', () => {
    fc.assert(
      fc.property(fc.array(anyAccess, { minLength: 1, maxLength: 12 }), fc.nat(4), (accesses, cut) => {
        const head = accesses.slice(0, 3 * cut);
        const tail = accesses.slice(3 * cut);
        expect(logHash(tail, { logHashIn: logHash(head) })).toBe(logHash(accesses));
      }),
      { numRuns: 30 },
    );
  });

  it('of no accesses is the commitment so far', () => {
    expect(logHash([], { logHashIn: 5n })).toBe(5n);
  });

  it('tells a read from a write and a kind from another', () => {
    const read: Access = { op: 'read', address: 1n, kind: 'nonce', slot: toUint256(0n), value: toUint256(7n) };
    const all = [read, { ...read, op: 'write' as const }, { ...read, kind: 'balance' as const }];
    expect(new Set(all.map((access) => logHash([access]))).size).toBe(3);
  });
});

describe('data polynomial', () => {
  it('is monic, with the writes’ elements as the other coefficients, highest first', () => {
    fc.assert(
      fc.property(fc.array(anyAccess, { maxLength: 6 }), fc.bigInt(0n, FIELD_ORDER - 1n), (accesses, x) => {
        const coefficients = [1n, ...accesses.filter((a) => a.op === 'write').flatMap(elements)];
        let expected = 0n;
        let power = 1n;
        for (const c of coefficients.reverse()) {
          expected = (expected + c * power) % FIELD_ORDER;
          power = (power * x) % FIELD_ORDER;
        }
        expect(dataPolynomial(toFr(x), accesses)).toBe(expected);
      }),
    );
  });

  it('may be cut anywhere', () => {
    fc.assert(
      fc.property(fc.array(anyAccess, { maxLength: 6 }), fc.nat(6), (accesses, cut) => {
        const x = toFr(123456789n);
        const head = dataPolynomial(x, accesses.slice(0, cut));
        expect(dataPolynomial(x, accesses.slice(cut), { dataIn: head })).toBe(dataPolynomial(x, accesses));
      }),
    );
  });

  it('counts a write whose elements are all 0', () => {
    const zero: Access = { op: 'write', address: 0n, kind: 'balance', slot: toUint256(0n), value: toUint256(0n) };
    expect(dataPolynomial(toFr(2n), [zero])).toBe(32n);
    expect(dataPolynomial(toFr(2n), [])).toBe(ONE);
    expect(dataPolynomial(ZERO, [zero])).toBe(ZERO);
  });
});
