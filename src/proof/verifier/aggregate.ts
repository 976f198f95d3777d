import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { BASE_FIELD_ORDER } from '../../base/bn254/numbers.js';
import { PairingCurve } from '../../base/bn254/pairing.js';
import type { PairingGroup, Point } from '../../base/bn254/pairing.js';
import type { Groth16Proof, VerificationKey } from '../../base/untyped/snarkjs.js';

/** A proof and the public signals that it should prove. */
export interface ProvenSignals {
  readonly proof: Groth16Proof;
  readonly signals: readonly bigint[];
}

/**
 * Whether a proof has the form of proof files: affine points, coordinates in decimal digits. Any other form of the same
 * points, hexadecimal or Jacobian, would be a second encoding of the same proof.
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
 * Verifies any number of proofs of one key with one pairing check, n + 3 pairings instead of 4n: it raises their
 * equations to coefficients and multiplies them. The first coefficient is 1; the others are 128 fresh random bits each.
 * If any proof is invalid, the check misses it once in 2^128 calls. It accepts the same proofs as
 * contracts/ChainVerifier.sol. An empty list is not valid.
 */
export function groth16VerifyAll(key: VerificationKey, statements: readonly ProvenSignals[]): Promise<boolean> {
  const coefficients = statements.map((_, i) =>
    i === 0 ? 1n : BigInt(`0x${bytesToHex(randomBytes(COEFFICIENT_BYTES))}`),
  );
  return combinationHolds(key, statements, coefficients);
}

/**
 * Whether all signals and points are in range and the product of the equations, each raised to its coefficient, is 1.
 */
export async function combinationHolds(
  key: VerificationKey,
  statements: readonly ProvenSignals[],
  coefficients: readonly bigint[],
): Promise<boolean> {
  const curve = await PairingCurve.load();
  curve.begin();
  if (statements.length === 0 || !statements.every((statement) => isInRange(curve, key, statement))) return false;
  const g1 = (coordinates: readonly string[]): Point =>
    curve.point(
      'g1',
      coordinates.map((word) => [BigInt(word)]),
    );
  const g2 = (coordinates: readonly (readonly string[])[]): Point => curve.point('g2', coordinates.map(numbers));
  const combine = (values: readonly bigint[]): bigint =>
    values.reduce((total, value, i) => (total + value * coefficients[i]!) % FIELD_ORDER, 0n);

  const pairs = statements.map(
    ({ proof }, i) => [curve.negative(curve.times('g1', g1(proof.pi_a), coefficients[i]!)), g2(proof.pi_b)] as const,
  );
  const c = curve.sum(statements.map(({ proof }, i) => curve.times('g1', g1(proof.pi_c), coefficients[i]!)));
  const total = combine(statements.map(() => 1n));
  const weights = [
    total,
    ...statements[0]!.signals.map((_, j) => combine(statements.map(({ signals }) => signals[j]!))),
  ];
  const inputs = curve.sum(weights.map((weight, j) => curve.times('g1', g1(key.IC[j]!), weight)));
  return curve.isProductOne([
    ...pairs,
    [curve.times('g1', g1(key.vk_alpha_1), total), g2(key.vk_beta_2)],
    [inputs, g2(key.vk_gamma_2)],
    [c, g2(key.vk_delta_2)],
  ]);
}

/**
 * As EIP-196 and EIP-197 require: coordinates are reduced, points are on their curves, points of G2 are in its
 * subgroup; signals are reduced.
 */
function isInRange(
  curve: PairingCurve,
  key: VerificationKey,
  { proof: { pi_a, pi_b, pi_c }, signals }: ProvenSignals,
): boolean {
  if (!isPlainProof({ pi_a, pi_b, pi_c })) return false;
  const isReduced = [...pi_a, ...pi_b.flat(), ...pi_c].every((coordinate) => BigInt(coordinate) < BASE_FIELD_ORDER);
  const isOnCurve = (group: PairingGroup, coordinates: readonly (readonly bigint[])[]): boolean =>
    curve.isOnCurve(group, curve.point(group, coordinates));
  return (
    signals.length === key.nPublic &&
    signals.every((signal) => signal >= 0n && signal < FIELD_ORDER) &&
    isReduced &&
    [pi_a, pi_c].every((point) =>
      isOnCurve(
        'g1',
        point.map((word) => [BigInt(word)]),
      ),
    ) &&
    isOnCurve('g2', pi_b.map(numbers)) &&
    curve.isInfinity('g2', curve.times('g2', curve.point('g2', pi_b.map(numbers)), FIELD_ORDER))
  );
}

const numbers = (words: readonly string[]): bigint[] => words.map(BigInt);
