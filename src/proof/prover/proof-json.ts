import { type Located, expected, readChoice, readList, readObject } from '../../state/batch/fields.js';
import { FIELD_ORDER, type Fr, toFr } from '../../base/field/fr.js';
import { BASE_FIELD_ORDER } from '../setup/domain.js';
import { type G1Point, type G2Point, type Groth16Proof } from '../../base/untyped/snarkjs.js';

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
    // rapidsnark leaves it out.
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

/** No proof has the point at infinity, so the last coordinate is always 1. */
const readOne = (at: Located): string => readChoice(at, ['1']);

type Tuple = { 2: readonly [Located, Located]; 3: readonly [Located, Located, Located] };

function readTuple<N extends 2 | 3>(at: Located, length: N): Tuple[N] {
  const items = readList(at);
  if (items.length !== length) expected(`a list of ${length}`, at, `one of ${items.length}`);
  return items as unknown as Tuple[N];
}

function readCoordinate(at: Located): string {
  const { value } = at;
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,76})$/.test(value) || BigInt(value) >= BASE_FIELD_ORDER) {
    return expected('a coordinate of a BN254 point, in decimal digits and quotes', at);
  }
  return value;
}
