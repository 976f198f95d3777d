import { bytesToHex } from '@noble/hashes/utils.js';
import { BASE_FIELD_ORDER } from '../../base/bn254/numbers.js';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { COEFFICIENT_BYTES, G1_BYTES, G2_BYTES, GROTH16, HEADER_BYTES, SECTION_IDS } from '../setup/zkey-shape.js';
import { Groth16InputError } from './source.js';
import type { Section, Source } from './source.js';

/** The header of a zkey and the positions of its sections; the rest is read as needed. */
export interface Zkey {
  readonly wires: number;
  readonly publicSignals: number;
  /** A power of two, 2 at least. */
  readonly domainSize: number;
  readonly coefficients: { readonly count: number; readonly position: number };
  readonly points: Readonly<Record<'a' | 'b1' | 'b2' | 'c' | 'h', Section>>;
  /** As in the file: affine, coordinates times 2^256, little-endian. */
  readonly header: Readonly<Record<'alpha1' | 'beta1' | 'beta2' | 'delta1' | 'delta2', Uint8Array>>;
}

const PROTOCOLS: Readonly<Record<number, string>> = { 2: 'plonk', 10: 'fflonk' };
/** r - 1 is divisible by 2^28, and a root of unity of twice the domain's order is needed. */
const LARGEST_DOMAIN = 2 ** 27;

/** @throws {Groth16InputError} not Groth16, not BN254, or sizes that do not fit each other */
export async function readZkey(source: Source): Promise<Zkey> {
  const { name } = source;
  const read = async ({ position }: Section, length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length);
    await source.read(bytes, position);
    return bytes;
  };
  const kind = uint32(await read(source.section(SECTION_IDS.kind, 4), 4), 0);
  if (kind !== GROTH16) {
    throw new Groth16InputError(`expected a zkey for groth16, ${name} is for ${PROTOCOLS[kind] ?? `protocol ${kind}`}`);
  }
  const section = source.section(SECTION_IDS.header);
  const header = await read(section, Math.min(section.size, HEADER_BYTES));
  const isBn254 =
    section.size >= 36 && uint32(header, 0) === 32 && littleEndian(header.subarray(4, 36)) === BASE_FIELD_ORDER;
  if (!isBn254) throw new Groth16InputError(`expected a zkey over BN254 (bn128), ${name} is over another curve`);
  source.section(SECTION_IDS.header, HEADER_BYTES);
  const [wires, publicSignals, domainSize] = [72, 76, 80].map((at) => uint32(header, at)) as [number, number, number];
  const isPower = domainSize >= 2 && domainSize <= LARGEST_DOMAIN && Number.isInteger(Math.log2(domainSize));
  if (littleEndian(header.subarray(40, 72)) !== FIELD_ORDER || !isPower || publicSignals >= wires) {
    throw new Groth16InputError(
      `the header of ${name} is damaged: ${wires} wires, ${publicSignals} public signals, a domain of ${domainSize}`,
    );
  }
  const coefficients = source.section(SECTION_IDS.coefficients);
  const count = coefficients.size < 4 ? -1 : uint32(await read(coefficients, 4), 0);
  source.section(SECTION_IDS.coefficients, 4 + COEFFICIENT_BYTES * count);

  let at = 84;
  const point = (bytes: number): Uint8Array => header.subarray(at, (at += bytes));
  const alpha1 = point(G1_BYTES);
  const beta1 = point(G1_BYTES);
  const beta2 = point(G2_BYTES);
  at += G2_BYTES; // gamma
  return {
    wires,
    publicSignals,
    domainSize,
    coefficients: { count, position: coefficients.position + 4 },
    points: {
      a: source.section(SECTION_IDS.a, G1_BYTES * wires),
      b1: source.section(SECTION_IDS.b1, G1_BYTES * wires),
      b2: source.section(SECTION_IDS.b2, G2_BYTES * wires),
      c: source.section(SECTION_IDS.c, G1_BYTES * (wires - publicSignals - 1)),
      h: source.section(SECTION_IDS.h, G1_BYTES * domainSize),
    },
    header: { alpha1, beta1, beta2, delta1: point(G1_BYTES), delta2: point(G2_BYTES) },
  };
}

export const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${bytesToHex(bytes.slice().reverse())}`);

/** A number of 4 bytes, little-endian. */
export const uint32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
