import type { FileHandle } from 'node:fs/promises';
import { BASE_FIELD_ORDER } from '../../base/bn254/numbers.js';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { writeAll } from '../../base/files/whole-file.js';
import { neededPower } from './domain.js';
import type { R1cs } from './r1cs.js';
import { littleEndian } from './sections.js';
import {
  COEFFICIENT_BYTES,
  G1_BYTES,
  G2_BYTES,
  GROTH16,
  HEADER_BYTES,
  SECTION_IDS,
  SECTION_ORDER,
} from './zkey-shape.js';
import type { ZkeySection, ZkeyShape } from './zkey-shape.js';

/** The name of the one contribution in a development key: the mark that the key itself carries. */
export const DEVELOPMENT_MARK = 'rootshift development setup - INSECURE';

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

export function shapeOf(r1cs: R1cs): ZkeyShape {
  const terms = r1cs.chunks.reduce((sum, chunk) => sum + chunk.coefficients, 0);
  return {
    wires: r1cs.wires,
    publicSignals: r1cs.publicSignals,
    domainSize: 2 ** neededPower(r1cs),
    coefficients: terms + r1cs.publicSignals + 1,
  };
}

const sectionBytes = (shape: ZkeyShape): Readonly<Record<Exclude<ZkeySection, 'contributions'>, number>> => ({
  kind: 4,
  header: HEADER_BYTES,
  coefficients: 4 + COEFFICIENT_BYTES * shape.coefficients,
  ic: G1_BYTES * (shape.publicSignals + 1),
  h: G1_BYTES * shape.domainSize,
  c: G1_BYTES * (shape.wires - shape.publicSignals - 1),
  a: G1_BYTES * shape.wires,
  b1: G1_BYTES * shape.wires,
  b2: G2_BYTES * shape.wires,
});

/** The size of a file without contributions. */
export const zkeyBytes = (shape: ZkeyShape): number =>
  12 +
  12 * SECTION_ORDER.length +
  Object.values(sectionBytes(shape)).reduce((sum, size) => sum + size, NO_CONTRIBUTIONS_BYTES);

/** The last section's, when nobody has contributed: the circuit's 64 bytes, and their number. */
export const NO_CONTRIBUTIONS_BYTES = 64 + 4;

/**
 * Writes the file's and all sections' heads; returns where the contents go.
 * @param contributionBytes the size of the last section, see `writeContributions`
 */
export async function startZkey(file: FileHandle, shape: ZkeyShape, contributionBytes: number): Promise<ZkeyPositions> {
  const sizes = { ...sectionBytes(shape), contributions: contributionBytes };
  const positions = {} as Record<ZkeySection, number>;
  let position = 0;
  const append = async (bytes: Uint8Array): Promise<void> => {
    await writeAll(file, bytes, position);
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
  points: HeaderPoints,
): Promise<void> {
  const { alpha1, beta1, beta2, gamma2, delta1, delta2 } = points;
  const sizes = concat(u32(shape.wires), u32(shape.publicSignals), u32(shape.domainSize));
  const fields = concat(u32(32), littleEndian(BASE_FIELD_ORDER), u32(32), littleEndian(FIELD_ORDER));
  const header = concat(fields, sizes, alpha1, beta1, beta2, gamma2, delta1, delta2);
  await writeAll(file, u32(GROTH16), positions.kind);
  await writeAll(file, header, positions.header);
  await writeAll(file, u32(shape.coefficients), positions.coefficients);
}

/** The coefficients of the rows behind the circuit's own: A = wire i, for the constant and each public signal. */
export async function writePublicRows(
  file: FileHandle,
  positions: ZkeyPositions,
  shape: ZkeyShape,
  { constraints }: Pick<R1cs, 'constraints'>,
): Promise<void> {
  const rows = Buffer.alloc(COEFFICIENT_BYTES * (shape.publicSignals + 1));
  for (let wire = 0; wire <= shape.publicSignals; wire++) {
    rows.writeUInt32LE(constraints + wire, COEFFICIENT_BYTES * wire + 4);
    rows.writeUInt32LE(wire, COEFFICIENT_BYTES * wire + 8);
    rows.set(littleEndian(2n ** 512n % FIELD_ORDER), COEFFICIENT_BYTES * wire + 12);
  }
  const before = shape.coefficients - shape.publicSignals - 1;
  await writeAll(file, rows, positions.coefficients + 4 + COEFFICIENT_BYTES * before);
}

/** Writes the last section: 64 bytes for the circuit, and the contributions. */
export async function writeContributions(
  file: FileHandle,
  positions: ZkeyPositions,
  circuit: Uint8Array,
  contributions: readonly Uint8Array[],
): Promise<void> {
  const section = concat(circuit, u32(contributions.length), ...contributions);
  await writeAll(file, section, positions.contributions);
}

export const DEVELOPMENT_CONTRIBUTION_BYTES = 3 * G1_BYTES + G2_BYTES + 64 + 4 + 4 + 2 + DEVELOPMENT_MARK.length;

/**
 * The mark of a development key: one contribution named `DEVELOPMENT_MARK`. It proves nothing, so that a
 * ceremony's verification refuses the key.
 */
export function developmentContribution({ alpha1, delta1, delta2 }: HeaderPoints): Uint8Array {
  const name = concat(Uint8Array.of(1, DEVELOPMENT_MARK.length), ascii(DEVELOPMENT_MARK));
  return concat(delta1, alpha1, delta1, delta2, new Uint8Array(64), u32(0), u32(name.length), name);
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
