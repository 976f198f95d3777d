/** Keys whose maker kept the secrets, and so proves whatever they like: what the alarm is for. */
import { buildBn128 } from 'ffjavascript';
import type { Curve } from 'ffjavascript';
import { FIELD_ORDER, inverseOrZero, mul, toFr } from '../../src/base/field/fr.js';
import type { Fr } from '../../src/base/field/fr.js';
import type { Groth16Proof } from '../../src/base/untyped/snarkjs.js';

type G1 = readonly [bigint, bigint];
type G2 = readonly [G1, G1];

const g1 = (curve: Curve, k: bigint): G1 => {
  const [x, y] = curve.G1.toObject(curve.G1.toAffine(curve.G1.timesScalar(curve.G1.g, k))) as bigint[];
  return [x!, y!];
};
/** Imaginary parts first, as the contracts have it. */
const g2 = (curve: Curve, k: bigint): G2 => {
  const [x, y] = curve.G2.toObject(curve.G2.toAffine(curve.G2.timesScalar(curve.G2.g, k))) as bigint[][];
  return [
    [x![1]!, x![0]!],
    [y![1]!, y![0]!],
  ];
};

/** The secrets, as discrete logarithms. That they are small makes no proof less valid. */
const SECRET = { alpha: 3n, beta: 5n, gamma: 7n, delta: 11n } as const;
const IC = [13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 53n, 59n, 61n];

const mod = (x: bigint): Fr => toFr(((x % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER);

type Eight<T> = readonly [T, T, T, T, T, T, T, T];

/** The key of a circuit with so many public signals, as a verifier contract takes it, and a forger of proofs for it. */
export async function brokenKeys(signalCount = 7) {
  const curve = await buildBn128(true);
  const { alpha, beta, gamma, delta } = SECRET;
  const ic = IC.slice(0, signalCount + 1).map((k) => g1(curve, k)) as unknown as Eight<G1>;
  return {
    key: { alpha: g1(curve, alpha), beta: g2(curve, beta), gamma: g2(curve, gamma), delta: g2(curve, delta), ic },
    /** A proof of any signals: A and B are chosen, and C solves the equation. */
    forge: (signals: readonly bigint[]) => {
      const a = 43n;
      const b = 47n;
      const l = signals.reduce((sum, signal, i) => sum + signal * IC[i + 1]!, IC[0]!);
      const c = mul(mod(a * b - alpha * beta - gamma * l), inverseOrZero(toFr(delta)));
      return { a: g1(curve, a), b: g2(curve, b), c: g1(curve, c) };
    },
  };
}

/** A forged proof as proof files have it. */
export const inFile = ({ a, b, c }: { readonly a: G1; readonly b: G2; readonly c: G1 }): Groth16Proof => ({
  pi_a: [String(a[0]), String(a[1]), '1'],
  pi_b: [
    [String(b[0][1]), String(b[0][0])],
    [String(b[1][1]), String(b[1][0])],
    ['1', '0'],
  ],
  pi_c: [String(c[0]), String(c[1]), '1'],
  protocol: 'groth16',
  curve: 'bn128',
});
