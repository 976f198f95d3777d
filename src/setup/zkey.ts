import { type FileHandle } from 'node:fs/promises';
import { type Curve } from 'ffjavascript';
import { littleEndian } from './kernel.js';

/**
 * The sections of a Groth16 zkey, in the order in which snarkjs writes them.
 *
 * Source: the format comment of zkey_utils.js in snarkjs 0.7. All numbers are little-endian; points are
 * affine, coordinates in Montgomery form; coefficients carry a factor 2^512.
 */
const SECTION_ORDER = ['kind', 'header', 'coefficients', 'ic', 'h', 'c', 'a', 'b1', 'b2', 'contributions'] as const;
type ZkeySection = (typeof SECTION_ORDER)[number];

export const SECTION_IDS: Readonly<Record<ZkeySection, number>> = {
  kind: 1,
  header: 2,
  ic: 3,
  coefficients: 4,
  a: 5,
  b1: 6,
  b2: 7,
  c: 8,
  h: 9,
  contributions: 10,
};

export const G1_BYTES = 64;
export const G2_BYTES = 128;
export const COEFFICIENT_BYTES = 44;
const HEADER_BYTES = 4 + 32 + 4 + 32 + 12 + 3 * G1_BYTES + 3 * G2_BYTES;
const GROTH16 = 1;

/** The name of the one contribution in a development key: the mark that the key itself carries. */
export const DEVELOPMENT_MARK = 'rootshift development setup - INSECURE';

/** What decides how large each section is. */
export interface ZkeyShape {
  readonly wires: number;
  readonly publicSignals: number;
  /** A power of two, larger than constraints + public signals. */
  readonly domainSize: number;
  /** Terms of A and B, those of the rows for public signals included. */
  readonly coefficients: number;
}

/** Where each section's content begins in the file. */
export type ZkeyPositions = Readonly<Record<ZkeySection, number>>;

/** The points of a zkey's header. */
export interface HeaderPoints {
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly gamma2: Uint8Array;
  readonly delta1: Uint8Array;
  readonly delta2: Uint8Array;
}

/** Writes the file's and all sections' heads; returns where the contents go. */
export async function startZkey(file: FileHandle, shape: ZkeyShape): Promise<ZkeyPositions> {
  const sizes: Readonly<Record<ZkeySection, number>> = {
    kind: 4,
    header: HEADER_BYTES,
    coefficients: 4 + COEFFICIENT_BYTES * shape.coefficients,
    ic: G1_BYTES * (shape.publicSignals + 1),
    h: G1_BYTES * shape.domainSize,
    c: G1_BYTES * (shape.wires - shape.publicSignals - 1),
    a: G1_BYTES * shape.wires,
    b1: G1_BYTES * shape.wires,
    b2: G2_BYTES * shape.wires,
    contributions: 64 + 4 + 3 * G1_BYTES + G2_BYTES + 64 + 4 + 4 + 2 + DEVELOPMENT_MARK.length,
  };
  const positions = {} as Record<ZkeySection, number>;
  let position = 0;
  const append = async (bytes: Uint8Array): Promise<void> => {
    await file.write(bytes, 0, bytes.length, position);
    position += bytes.length;
  };
  await append(concat(ascii('zkey'), u32(1), u32(SECTION_ORDER.length)));
  for (const section of SECTION_ORDER) {
    await append(concat(u32(SECTION_IDS[section]), u64(sizes[section])));
    positions[section] = position;
    position += sizes[section];
  }
  return positions;
}

/** Writes the sections `kind` and `header`, and what `coefficients` begins with. */
export async function writeZkeyHeader(
  file: FileHandle,
  positions: ZkeyPositions,
  shape: ZkeyShape,
  { q, r }: Curve,
  points: HeaderPoints,
): Promise<void> {
  const { alpha1, beta1, beta2, gamma2, delta1, delta2 } = points;
  const sizes = concat(u32(shape.wires), u32(shape.publicSignals), u32(shape.domainSize));
  const fields = concat(u32(32), littleEndian(q), u32(32), littleEndian(r));
  const header = concat(fields, sizes, alpha1, beta1, beta2, gamma2, delta1, delta2);
  await file.write(u32(GROTH16), 0, 4, positions.kind);
  await file.write(header, 0, header.length, positions.header);
  await file.write(u32(shape.coefficients), 0, 4, positions.coefficients);
}

/**
 * Marks the key: one contribution named `DEVELOPMENT_MARK`, and the circuit's SHA-256 in hexadecimal
 * where a ceremony has its circuit hash. The contribution proves nothing, so that a ceremony's
 * verification refuses the key.
 */
export async function writeDevelopmentMark(
  file: FileHandle,
  positions: ZkeyPositions,
  points: HeaderPoints,
  r1csSha256: string,
): Promise<void> {
  const { alpha1, delta1, delta2 } = points;
  const transcript = new Uint8Array(64);
  const name = concat(Uint8Array.of(1, DEVELOPMENT_MARK.length), ascii(DEVELOPMENT_MARK));
  const contribution = concat(delta1, alpha1, delta1, delta2, transcript, u32(0), u32(name.length), name);
  const section = concat(ascii(r1csSha256), u32(1), contribution);
  await file.write(section, 0, section.length, positions.contributions);
}

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function u32(x: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, x, true);
  return new Uint8Array(view.buffer);
}

function u64(x: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(x), true);
  return new Uint8Array(view.buffer);
}

const concat = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);
