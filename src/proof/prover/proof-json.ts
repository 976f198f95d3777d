import { expected, readChoice, readInteger, readList, readObject } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { FIELD_ORDER, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { BASE_FIELD_ORDER } from '../../base/bn254/numbers.js';
import type { G1Point, G2Point, Groth16Proof, VerificationKey } from '../../base/untyped/snarkjs.js';

/**
 * Reads a proof as snarkjs and rapidsnark write it. Its numbers are reduced; whether its points are on
 * the curve is for the verification to say.
 * @throws {FieldError}
 */
export function readGroth16Proof(at: Located): Groth16Proof {
  const fields = readObject(at, ['pi_a', 'pi_b', 'pi_c', 'protocol'], ['curve']);
  return {
    pi_a: readG1(fields.pi_a),
    pi_b: readG2(fields.pi_b),
    pi_c: readG1(fields.pi_c),
    protocol: readChoice(fields.protocol, ['groth16']),
    // rapidsnark omits it.
    curve: fields.curve === undefined ? 'bn128' : readChoice(fields.curve, ['bn128']),
  };
}

/** Reads public signals as snarkjs and rapidsnark write them, in their order. @throws {FieldError} */
export const readSignals = (at: Located): Fr[] =>
  readList(at).map((item) => {
    const { value } = item;
    if (typeof value !== 'string' || !/^[0-9]{1,77}$/.test(value) || BigInt(value) >= FIELD_ORDER) {
      return expected('a field element, in decimal digits and quotes', item);
    }
    return toFr(BigInt(value));
  });

/**
 * Reads a verification key as snarkjs writes it. Its numbers are reduced, and there is a point for each signal; whether
 * the points are on their curves is not looked at.
 * @throws {FieldError}
 */
export function readVerificationKey(at: Located): VerificationKey {
  const points = ['vk_alpha_1', 'vk_beta_2', 'vk_gamma_2', 'vk_delta_2', 'vk_alphabeta_12', 'IC'] as const;
  const fields = readObject(at, ['protocol', 'curve', 'nPublic', ...points]);
  const protocol = readChoice(fields.protocol, ['groth16']);
  const curve = readChoice(fields.curve, ['bn128']);
  const nPublic = readInteger(fields.nPublic, 0, 2 ** 28);
  return {
    protocol,
    curve,
    nPublic,
    vk_alpha_1: readG1(fields.vk_alpha_1),
    vk_beta_2: readG2(fields.vk_beta_2),
    vk_gamma_2: readG2(fields.vk_gamma_2),
    vk_delta_2: readG2(fields.vk_delta_2),
    vk_alphabeta_12: readTuple(fields.vk_alphabeta_12, 2).map((half) => readTuple(half, 3).map(readPair)),
    IC: readMany(fields.IC, nPublic + 1).map(readG1OrInfinity),
  };
}

/** The point of a wire that is in no constraint. */
function readG1OrInfinity(at: Located): readonly string[] {
  const isInfinity = Array.isArray(at.value) && String(at.value) === '0,1,0';
  return isInfinity ? ['0', '1', '0'] : readG1(at);
}

function readG1(at: Located): G1Point {
  const [x, y, z] = readTuple(at, 3);
  return [readCoordinate(x), readCoordinate(y), readOne(z)];
}

function readG2(at: Located): G2Point {
  const [x, y, z] = readTuple(at, 3);
  const [one, zero] = readTuple(z, 2);
  return [readPair(x), readPair(y), [readOne(one), readChoice(zero, ['0'])]];
}

function readPair(at: Located): readonly [string, string] {
  const [a, b] = readTuple(at, 2);
  return [readCoordinate(a), readCoordinate(b)];
}

/** No proof or key has the point at infinity here, so the last coordinate is always 1. */
const readOne = (at: Located): string => readChoice(at, ['1']);

type Tuple = { 2: readonly [Located, Located]; 3: readonly [Located, Located, Located] };

function readTuple<N extends 2 | 3>(at: Located, length: N): Tuple[N] {
  return readMany(at, length) as unknown as Tuple[N];
}

function readMany(at: Located, length: number): readonly Located[] {
  const items = readList(at);
  return items.length === length ? items : expected(`a list of ${length}`, at, `one of ${items.length}`);
}

function readCoordinate(at: Located): string {
  const { value } = at;
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,76})$/.test(value) || BigInt(value) >= BASE_FIELD_ORDER) {
    return expected('a coordinate of a BN254 point, in decimal digits and quotes', at);
  }
  return value;
}
