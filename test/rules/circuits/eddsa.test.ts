/** Signatures in the circuit: as circomlibjs makes them, and those of forgers with the constraint that refuses each. */
import { buildEddsa } from 'circomlibjs';
import type { Eddsa } from 'circomlibjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { BASE_POINT, SUBGROUP_ORDER } from '../../../src/rules/eddsa/curve.js';
import type { Point } from '../../../src/rules/eddsa/curve.js';
import { keyHashOf, publicKeyOf, signMessage } from '../../../src/rules/eddsa/eddsa.js';
import type { Signature } from '../../../src/rules/eddsa/eddsa.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { program } from '../../machine/circuits/harness.js';
import type { HintChange, Program } from '../../machine/circuits/harness.js';
import { edwards, GENERATOR, montgomery, NEUTRAL, ORDER_8, pointAt, signWith, sum, times } from './edwards.js';

const key = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const MESSAGE = 12345n;

let signature: Program;
let keyHash: Program;
let timesPoint: Program;
let timesBase: Program;
let reference: Eddsa;

// Main components take no tagged inputs.
const SIGNATURE = `template Signature() {
  signal input enabled;
  signal input message;
  signal input A[2];
  signal input R8[2];
  signal input S;
  AssertSignature()(Bit()(enabled), message, A, R8, S);
}`;
const KEY_HASH = `template KeyHash() {
  signal input enabled;
  signal input A[2];
  signal input keyHash;
  AssertKeyHash()(Bit()(enabled), A, keyHash);
}`;
const TIMES_BASE = `template Base() {
  signal input scalar;
  signal bits[251];
  for (var i = 0; i < 251; i++) { bits[i] <-- (scalar >> i) & 1; }
  signal {binary} out251[251] <== Between(251, -1, 2 ** 128 - 1)(bits);
  signal output out[2] <== TimesBase(baseMultiples())(out251);
}`;

beforeAll(async () => {
  [signature, keyHash, timesPoint, timesBase, reference] = await Promise.all([
    program('Signature()', { rules: true, source: SIGNATURE }),
    program('KeyHash()', { rules: true, source: KEY_HASH }),
    program('TimesPoint()', { rules: true }),
    program('Base()', { rules: true, source: TIMES_BASE }),
    buildEddsa(),
  ]);
});

const inputsOf = (message: bigint, publicKey: Point, { r8, s }: Signature, enabled = 1n): CircuitInputs => ({
  enabled,
  message,
  A: [publicKey.x, publicKey.y],
  R8: [r8.x, r8.y],
  S: s,
});
const refusal = async (of: Program, inputs: CircuitInputs): Promise<string> => {
  const outcome = await of.run(inputs);
  return 'refused' in outcome ? `${outcome.refused.template}: ${outcome.refused.source}` : 'accepted';
};

const EQUATION = 'AssertSignature: enabled * (left[0] - right[0]) === 0;';
const CURVE = 'AssertOnCurve: 168700 * xx + yy - 1 === 168696 * xx * yy;';
const SMALL = 'ToMontgomery: point[0] * inverse === 1;';
const DOUBLE = 'Double: slope * (2 * point[1]) === 3 * uu + 2 * 168698 * point[0] + 1;';
const BETWEEN = 'Between: (in[bit] - least) * (most - in[bit]) === 0;';

describe('a signature', () => {
  it('of circomlibjs is accepted for its message alone', async () => {
    for (const message of [0n, 1n, FIELD_ORDER - 1n, 3n ** 150n]) {
      const theirs = reference.signPoseidon(key, reference.F.e(message));
      const [x, y] = theirs.R8.map((c) => reference.F.toObject(c)) as [bigint, bigint];
      const made = { r8: pointAt(x, y), s: theirs.S };
      expect(await refusal(signature, inputsOf(message, publicKeyOf(key), made))).toBe('accepted');
      const other = (message + 1n) % FIELD_ORDER;
      expect(await refusal(signature, inputsOf(other, publicKeyOf(key), made))).toBe(EQUATION);
    }
  });

  it('that is wrong is accepted where none is asked for', async () => {
    const made = signMessage(MESSAGE, key);
    expect(await refusal(signature, inputsOf(MESSAGE + 1n, publicKeyOf(key), made, 0n))).toBe('accepted');
  });

  it('is not accepted a second time with S + l', async () => {
    const nonces = Array.from({ length: 40 }, (_, i) => signWith(1234567n, BigInt(i + 2), MESSAGE));
    const fits = nonces.find((made) => made.signature.s + SUBGROUP_ORDER < 2n ** 251n)!;
    const spills = nonces.find((made) => made.signature.s + SUBGROUP_ORDER >= 2n ** 251n)!;
    for (const [made, refused] of [
      [fits, BETWEEN],
      [spills, 'AssertSignature: sum === S;'],
    ] as const) {
      const { r8, s } = made.signature;
      expect(await refusal(signature, inputsOf(MESSAGE, made.publicKey, { r8, s }))).toBe('accepted');
      const alias = { r8, s: s + SUBGROUP_ORDER };
      expect(await refusal(signature, inputsOf(MESSAGE, made.publicKey, alias))).toBe(refused);
    }
  });

  it('by a key of small order, which signs everything, is refused', async () => {
    const r8 = times(99n, BASE_POINT);
    const made = { r8, s: 99n };
    for (const [order, refused] of [
      [8n, DOUBLE],
      [4n, DOUBLE],
      [2n, SMALL],
      [1n, SMALL],
    ] as const) {
      const publicKey = times(8n / order, ORDER_8);
      expect(times(order, publicKey)).toEqual(NEUTRAL);
      expect(await refusal(signature, inputsOf(MESSAGE, publicKey, made))).toBe(refused);
    }
  });

  it('by a key with a part of small order is accepted, as by circomlib: the equation has 8 A', async () => {
    for (const torsion of [ORDER_8, times(4n, ORDER_8)]) {
      const made = signWith(77n, 99n, MESSAGE, torsion);
      expect(await refusal(signature, inputsOf(MESSAGE, made.publicKey, made.signature))).toBe('accepted');
    }
  });

  it('with an R8 that has a part of small order is refused', async () => {
    const { publicKey, signature: made } = signWith(77n, 99n, MESSAGE);
    expect(await refusal(signature, inputsOf(MESSAGE, publicKey, made))).toBe('accepted');
    for (const k of [1n, 2n, 4n]) {
      const r8 = sum(made.r8, times(k, ORDER_8));
      expect(await refusal(signature, inputsOf(MESSAGE, publicKey, { ...made, r8 }))).toBe(EQUATION);
    }
    for (const k of [0n, 1n, 2n, 4n]) {
      const forged = { r8: times(k, ORDER_8), s: 5n };
      expect(await refusal(signature, inputsOf(MESSAGE, publicKey, forged))).toBe(EQUATION);
    }
  });

  it('with points that are not on the curve is refused, also where none is asked for', async () => {
    const made = signMessage(MESSAGE, key);
    const publicKey = publicKeyOf(key);
    const off = ({ x, y }: Point): Point => pointAt(x, y + 1n);
    for (const enabled of [0n, 1n]) {
      expect(await refusal(signature, inputsOf(MESSAGE, off(publicKey), made, enabled))).toBe(CURVE);
      const elsewhere = { ...made, r8: off(made.r8) };
      expect(await refusal(signature, inputsOf(MESSAGE, publicKey, elsewhere, enabled))).toBe(CURVE);
    }
  });
});

describe('the hash of a key', () => {
  it("is TypeScript's, and no other", async () => {
    const publicKey = publicKeyOf(key);
    const A = [publicKey.x, publicKey.y];
    const hash = keyHashOf(publicKey);
    const REFUSED = 'AssertKeyHash: enabled * (hash - high * 2 ** 128 - keyHash) === 0;';
    expect(await refusal(keyHash, { enabled: 1n, A, keyHash: hash })).toBe('accepted');
    expect(await refusal(keyHash, { enabled: 1n, A, keyHash: hash + 1n })).toBe(REFUSED);
    expect(await refusal(keyHash, { enabled: 0n, A, keyHash: hash + 1n })).toBe('accepted');
  });

  it('is not that of the number r above', async () => {
    // hash + r < 2^254 for some keys: another 128 low bits.
    const low = `(${FIELD_ORDER & (2n ** 128n - 1n)})`;
    const high = `(${FIELD_ORDER >> 128n})`;
    const aliased = await program('KeyHash()', {
      rules: true,
      source: KEY_HASH,
      hints: [
        {
          file: 'rules/eddsa.circom',
          from: 'hint[i] <-- (hash >> (128 + i)) & 1;',
          to: `hint[i] <-- (((hash >> 128) + ${high} + (((hash & ((1 << 128) - 1)) + ${low}) >> 128)) >> i) & 1;`,
        },
      ],
    });
    let tried = 0;
    for (let secret = 2n; tried < 2; secret++) {
      const publicKey = times(secret, BASE_POINT);
      const A = [publicKey.x, publicKey.y];
      const hash = reference.F.toObject(await poseidonOf(A));
      if (hash + FIELD_ORDER >= 2n ** 254n) continue;
      tried++;
      const other = BigInt.asUintN(128, hash + FIELD_ORDER);
      expect(await refusal(aliased, { enabled: 1n, A, keyHash: other })).toBe(BETWEEN);
      expect(await refusal(keyHash, { enabled: 1n, A, keyHash: keyHashOf(publicKey) })).toBe('accepted');
    }
  });
});

async function poseidonOf([x, y]: readonly bigint[]): Promise<Uint8Array> {
  const { buildPoseidon } = await import('circomlibjs');
  return (await buildPoseidon())([x!, y!]);
}

const outOf = async (of: Program, inputs: CircuitInputs): Promise<readonly [bigint, bigint]> => {
  const outcome = await of.run(inputs);
  if ('refused' in outcome) throw new Error(`refused: ${outcome.refused.source}`);
  return [outcome.accepted.get('main.out[0]')!, outcome.accepted.get('main.out[1]')!];
};
const pointInputs = (scalar: bigint, point: Point): CircuitInputs => ({
  scalar,
  point: montgomery(point),
  twice: montgomery(sum(point, point)),
});

describe('multiplication', () => {
  it('of the base point is that of the textbook', async () => {
    for (const scalar of [0n, 1n, 2n, 3n, SUBGROUP_ORDER - 1n, 3n ** 150n, 2n ** 250n, 2n ** 250n - 1n]) {
      const [x, y] = await outOf(timesBase, { scalar });
      expect({ x, y }).toEqual(times(scalar, BASE_POINT));
    }
  });

  it('of a point by 2 scalar + 1 is that of the textbook, for points of order l and 2 l', async () => {
    for (const point of [times(77n, BASE_POINT), times(4n, GENERATOR)]) {
      for (const scalar of [2n ** 127n, 3n ** 150n, FIELD_ORDER >> 1n, FIELD_ORDER - 2n ** 127n]) {
        const [u, v] = await outOf(timesPoint, pointInputs(scalar, point));
        expect(edwards(u, v)).toEqual(times(2n * scalar + 1n, point));
      }
    }
  });

  it('refuses scalars on whose way the sum is neutral, or the point itself', async () => {
    // l times a point of order 2 l is the point of order 2, and (2 l + 1) times it is the point.
    const refused = 'DoubleAdd: slopes * (p[0] - sum) === 2 * p[1];';
    for (const [point, met] of [
      [times(77n, BASE_POINT), refused],
      [times(4n, GENERATOR), 'AssertNonZero: in * inverse === 1;'],
    ] as const) {
      for (const m of [1n, 2n, 3n]) {
        expect(await refusal(timesPoint, pointInputs(2n * m * SUBGROUP_ORDER, point))).toBe(met);
        expect(await refusal(timesPoint, pointInputs(2n * m * SUBGROUP_ORDER + 2n ** 20n, point))).toBe('accepted');
      }
    }
  });

  it('takes no alias of its scalar', async () => {
    const mask = '((1 << 128) - 1)';
    const rLow = FIELD_ORDER & (2n ** 128n - 1n);
    const rHigh = FIELD_ORDER >> 128n;
    const hints = (low: string, high: string): HintChange[] => [
      { file: 'rules/eddsa.circom', from: 'hint[i] <-- (low >> i) & 1;', to: `hint[i] <-- ((${low}) >> i) & 1;` },
      {
        file: 'rules/eddsa.circom',
        from: 'hint[i] <-- (high >> (i - 128)) & 1;',
        to: `hint[i] <-- ((${high} + ((${low}) >> 128)) >> (i - 128)) & 1;`,
      },
    ];
    const above = `(low & ${mask}) + ${rLow}`;
    const below = `(low & ${mask}) + ${2n ** 128n - rLow}`;
    const more = await program('TimesPoint()', { rules: true, hints: hints(above, `high + ${rHigh}`) });
    const less = await program('TimesPoint()', { rules: true, hints: hints(below, `high - ${rHigh + 1n}`) });
    const point = times(77n, BASE_POINT);
    for (const [dishonest, scalar] of [
      [more, SUBGROUP_ORDER + 2n ** 20n],
      [more, 3n ** 150n],
      [less, FIELD_ORDER - 2n ** 200n],
      [less, 8n * SUBGROUP_ORDER - (SUBGROUP_ORDER >> 1n)],
    ] as const) {
      expect(await refusal(timesPoint, pointInputs(scalar, point))).toBe('accepted');
      expect(await refusal(dishonest, pointInputs(scalar, point))).toBe(BETWEEN);
    }
  });
});
