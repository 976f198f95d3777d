import { FIELD_ORDER } from '../../base/field/fr.js';
import { littleEndian, uint32 } from './zkey.js';
import { Groth16InputError } from './source.js';
import type { Section, Source } from './source.js';

const HEADER = 1;
const VALUES = 2;
/** Of a value, little-endian. */
export const VALUE_BYTES = 32;

/**
 * Where a witness's values are.
 * @throws {Groth16InputError} it has another field or another number of values
 */
export async function findWitness(source: Source, wires: number): Promise<Section> {
  const { name } = source;
  const section = source.section(HEADER);
  const header = new Uint8Array(Math.min(section.size, 40));
  await source.read(header, section.position);
  if (header.length < 40 || uint32(header, 0) !== VALUE_BYTES || littleEndian(header.subarray(4, 36)) !== FIELD_ORDER) {
    throw new Groth16InputError(`expected a witness over BN254's scalars (bn128), ${name} is over another field`);
  }
  const count = uint32(header, 36);
  if (count !== wires) {
    throw new Groth16InputError(
      `expected a witness of ${wires} values, as the zkey has wires; ${name} has ${count}: it is another circuit's`,
    );
  }
  return source.section(VALUES, VALUE_BYTES * wires);
}

const ORDER_TOP = Number(FIELD_ORDER >> 224n);

/** @throws {Groth16InputError} the first value is not 1, or some value is not below r */
export function checkWitness(values: Uint8Array, name: string): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length / 4);
  const value = (wire: number): bigint =>
    littleEndian(Uint8Array.from(values.subarray(VALUE_BYTES * wire, VALUE_BYTES * (wire + 1))));
  for (let wire = 0; wire < words.length / 8; wire++) {
    const top = words[8 * wire + 7]!;
    if (top < ORDER_TOP || (top === ORDER_TOP && value(wire) < FIELD_ORDER)) continue;
    throw new Groth16InputError(`expected values below r in ${name}, value ${wire} is ${value(wire)}`);
  }
  if (value(0) !== 1n) throw new Groth16InputError(`expected 1 as the first value of ${name}, it has ${value(0)}`);
}

/** The values behind the first one. */
export const publicSignalsOf = (values: Uint8Array, count: number): bigint[] =>
  Array.from({ length: count }, (_, i) =>
    littleEndian(Uint8Array.from(values.subarray(VALUE_BYTES * (i + 1), VALUE_BYTES * (i + 2)))),
  );
