/** Baby Jubjub by its textbook formulas (EIP-2494): slow, written apart from the code under test, and for any point. */
import { FIELD_ORDER, inverseOrZero, toFr } from '../../../src/base/field/fr.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { BASE_POINT, SUBGROUP_ORDER } from '../../../src/rules/eddsa/curve.js';
import type { Point } from '../../../src/rules/eddsa/curve.js';
import type { Signature } from '../../../src/rules/eddsa/eddsa.js';

const A = 168700n;
const D = 168696n;
export const reduced = (x: bigint): bigint => ((x % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;
const over = (x: bigint, y: bigint): bigint => reduced(x * inverseOrZero(toFr(reduced(y))));
export const pointAt = (x: bigint, y: bigint): Point => ({ x: toFr(reduced(x)), y: toFr(reduced(y)) });

export const NEUTRAL = pointAt(0n, 1n);
/** Generates all of the curve, 8 l points. */
export const GENERATOR = pointAt(
  995203441582195749578291179787384436505546430278305826713579947235728471134n,
  5472060717959818805561601436314318772137091100104008585924551046643952123905n,
);

export function sum(p: Point, q: Point): Point {
  const t = reduced(D * p.x * q.x * reduced(p.y * q.y));
  return pointAt(over(p.x * q.y + p.y * q.x, 1n + t), over(p.y * q.y - A * p.x * q.x, 1n - t));
}

export function times(scalar: bigint, point: Point): Point {
  let result = NEUTRAL;
  for (let k = scalar, power = point; k > 0n; k >>= 1n, power = sum(power, power)) {
    if (k & 1n) result = sum(result, power);
  }
  return result;
}

/** Of order 8; its multiples have order 4, 2 and 1. */
export const ORDER_8 = times(SUBGROUP_ORDER, GENERATOR);

/** u and v of Montgomery's form. */
export const montgomery = ({ x, y }: Point): readonly [bigint, bigint] => {
  const u = over(1n + y, 1n - y);
  return [u, over(u, x)];
};
export const edwards = (u: bigint, v: bigint): Point => pointAt(over(u, v), over(u - 1n, u + 1n));

/** A signature by secret * BASE8 + torsion, from a nonce that the signer chooses. */
export function signWith(
  secret: bigint,
  nonce: bigint,
  message: bigint,
  torsion = NEUTRAL,
): { readonly publicKey: Point; readonly signature: Signature } {
  const publicKey = sum(times(secret, BASE_POINT), torsion);
  const r8 = times(nonce, BASE_POINT);
  const h = poseidon.hash([r8.x, r8.y, publicKey.x, publicKey.y, toFr(message)]);
  return { publicKey, signature: { r8, s: (nonce + 8n * h * secret) % SUBGROUP_ORDER } };
}
