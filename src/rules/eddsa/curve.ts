import type { ExtPointType } from '@noble/curves/abstract/edwards.js';
import { babyjubjub } from '@noble/curves/misc.js';
import { toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';

/**
 * Baby Jubjub (EIP-2494), a twisted Edwards curve over BN254's scalar field, with the arithmetic of @noble/curves,
 * which is audited and multiplies by a secret with a fixed pattern of additions. JavaScript's integers are not constant
 * in time: whoever can time a wallet's signatures closely must not be given the chance.
 * @see {@link publicKeyOf}
 */
export interface Point {
  readonly x: Fr;
  readonly y: Fr;
}

/**
 * The prime order of the subgroup that `BASE8` generates; the curve has 8 times as many points.
 *
 * @example
 * signMessage(5n, secret).s < SUBGROUP_ORDER; // true
 */
export const SUBGROUP_ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;

const { ExtendedPoint } = babyjubjub;

const BASE8 = ExtendedPoint.fromAffine({
  x: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  y: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
});
babyjubjub.utils.precompute(8, BASE8);

/** The generator of the subgroup. */
export const BASE_POINT: Point = fromExtended(BASE8);

/** `scalar` times the subgroup's generator, for a secret 0 < scalar < SUBGROUP_ORDER. */
export const timesBase = (scalar: bigint): Point => fromExtended(BASE8.multiply(scalar));

/** Whether x and y are those of a point of the curve. */
export function isOnCurve({ x, y }: Point): boolean {
  try {
    ExtendedPoint.fromAffine({ x, y }).assertValidity();
    return true;
  } catch {
    // The neutral element is refused, too: no key and no commitment is it.
    return false;
  }
}

/** Whether 8 times the point is the neutral element: one of eight points, of which none is a key. */
export const hasSmallOrder = ({ x, y }: Point): boolean => ExtendedPoint.fromAffine({ x, y }).isSmallOrder();

/** Whether `s * BASE8 = r + 8 * h * a`, for points on the curve and 0 <= s < SUBGROUP_ORDER. */
export function holdsOnCurve(s: bigint, r: Point, h: bigint, a: Point): boolean {
  const left = BASE8.multiplyUnsafe(s);
  // 8a is in the subgroup, so h counts modulo its order.
  const right = ExtendedPoint.fromAffine(a)
    .clearCofactor()
    .multiplyUnsafe(h % SUBGROUP_ORDER);
  return left.equals(ExtendedPoint.fromAffine(r).add(right));
}

function fromExtended(point: ExtPointType): Point {
  const { x, y } = point.toAffine();
  return { x: toFr(x), y: toFr(y) };
}
