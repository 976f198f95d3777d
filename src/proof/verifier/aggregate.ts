import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { Curve } from 'ffjavascript';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { loadCurve } from '../../base/untyped/curve.js';
import type { Groth16Proof, VerificationKey } from '../../base/untyped/snarkjs.js';

/** A proof, and the public signals that it is to be of. */
export interface ProvenSignals {
  readonly proof: Groth16Proof;
  readonly signals: readonly bigint[];
}

/**
 * Whether a proof is written as proof files have it: affine points, coordinates in decimal digits. What else stands for the
 * same points, in hexadecimal or in Jacobian form, would make a second text of one proof.
 */
export function isPlainProof({ pi_a, pi_b, pi_c }: Pick<Groth16Proof, 'pi_a' | 'pi_b' | 'pi_c'>): boolean {
  const isPair = (pair: readonly string[]): boolean => pair.length === 2 && pair.every(isDecimal);
  return (
    [pi_a, pi_c].every((point) => point.length === 3 && isPair(point.slice(0, 2)) && point[2] === '1') &&
    pi_b.length === 3 &&
    pi_b.every(isPair) &&
    pi_b[2][0] === '1' &&
    pi_b[2][1] === '0'
  );
}

const isDecimal = (text: unknown): boolean => typeof text === 'string' && /^(0|[1-9][0-9]{0,76})$/.test(text);

const COEFFICIENT_BYTES = 16;

/**
 * Verifies any number of proofs with one key by one pairing check, n + 3 pairings instead of 4n: their
 * equations are raised to coefficients and multiplied. The first coefficient is 1, the others have 128
 * random bits each, drawn now: if any proof does not hold, that is missed once in 2^128 calls. What holds
 * is the same as contracts/ChainVerifier.sol accepts; of no proofs at all nothing does.
 */
export function groth16VerifyAll(key: VerificationKey, statements: readonly ProvenSignals[]): Promise<boolean> {
  const coefficients = statements.map((_, i) =>
    i === 0 ? 1n : BigInt(`0x${bytesToHex(randomBytes(COEFFICIENT_BYTES))}`),
  );
  return combinationHolds(key, statements, coefficients);
}

/** Whether all signals and points are in range, and the product of the equations, each raised to its coefficient, is 1. */
export async function combinationHolds(
  key: VerificationKey,
  statements: readonly ProvenSignals[],
  coefficients: readonly bigint[],
): Promise<boolean> {
  const curve = await loadCurve();
  if (statements.length === 0 || !statements.every((statement) => isInRange(curve, key, statement))) return false;
  const { G1, G2 } = curve;
  const sum = (points: readonly Uint8Array[]): Uint8Array =>
    points.reduce((total, point) => G1.add(total, point), G1.zero);
  const combine = (values: readonly bigint[]): bigint =>
    values.reduce((total, value, i) => (total + value * coefficients[i]!) % FIELD_ORDER, 0n);

  const pairs = statements.flatMap(({ proof }, i) => [
    G1.neg(G1.timesScalar(G1.fromObject(numbers(proof.pi_a)), coefficients[i]!)),
    G2.fromObject(proof.pi_b.map(numbers)),
  ]);
  const c = sum(statements.map(({ proof }, i) => G1.timesScalar(G1.fromObject(numbers(proof.pi_c)), coefficients[i]!)));
  const total = combine(statements.map(() => 1n));
  const weights = [
    total,
    ...statements[0]!.signals.map((_, j) => combine(statements.map(({ signals }) => signals[j]!))),
  ];
  const inputs = sum(weights.map((weight, j) => G1.timesScalar(G1.fromObject(numbers(key.IC[j]!)), weight)));
  return curve.pairingEq(
    ...pairs,
    G1.timesScalar(G1.fromObject(numbers(key.vk_alpha_1)), total),
    G2.fromObject(key.vk_beta_2.map(numbers)),
    inputs,
    G2.fromObject(key.vk_gamma_2.map(numbers)),
    c,
    G2.fromObject(key.vk_delta_2.map(numbers)),
  );
}

/** As EIP-196 and EIP-197 ask: coordinates reduced, points on their curves, those of G2 in its group; signals reduced. */
function isInRange(
  { q, r, G1, G2 }: Curve,
  key: VerificationKey,
  { proof: { pi_a, pi_b, pi_c }, signals }: ProvenSignals,
): boolean {
  if (!isPlainProof({ pi_a, pi_b, pi_c })) return false;
  const isReduced = [...pi_a, ...pi_b.flat(), ...pi_c].every((coordinate) => BigInt(coordinate) < q);
  const b = G2.fromObject(pi_b.map(numbers));
  return (
    signals.length === key.nPublic &&
    signals.every((signal) => signal >= 0n && signal < FIELD_ORDER) &&
    isReduced &&
    [pi_a, pi_c].every((point) => G1.isValid(G1.fromObject(numbers(point)))) &&
    G2.isValid(b) &&
    G2.isZero(G2.timesScalar(b, r))
  );
}

const numbers = (words: readonly string[]): bigint[] => words.map(BigInt);
