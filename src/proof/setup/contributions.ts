import { createHash } from 'node:crypto';
import type { Curve } from 'ffjavascript';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { buildKernel } from './kernel.js';
import { BASE_FIELD_ORDER } from '../../base/bn254/numbers.js';
import { SetupError } from './error.js';
import { littleEndianNumber, readBytes, requireSection, withSections } from './sections.js';
import type { SectionFile } from './sections.js';
import { DEVELOPMENT_MARK } from './zkey.js';
import { G1_BYTES, G2_BYTES, GROTH16, HEADER_BYTES, SECTION_IDS } from './zkey-shape.js';
import type { ZkeyShape } from './zkey-shape.js';

/**
 * A contribution as the zkey records it.
 * @see {@link closeCeremony}
 */
export interface Contribution {
  /** Up to 64 characters; empty if it has none. */
  readonly name: string;
  /** snarkjs's contribution hash: blake2b, 128 hexadecimal digits. */
  readonly hash: string;
  /** For a contribution that anyone can repeat: the value, hexadecimal, was hashed 2^iterationsExponent times. */
  readonly beacon: { readonly value: string; readonly iterationsExponent: number } | null;
}

/** The origin of a key according to its own bytes. */
export type ZkeyOrigin =
  | {
      readonly kind: 'development';
      /** SHA-256 of the circuit's R1CS. */
      readonly digest: string;
    }
  | ({ readonly kind: 'ceremony' } & Contributions);

/**
 * A key's size and the contributions that it records.
 * @see {@link readContributions}
 */
export interface Contributions extends Pick<ZkeyShape, 'wires' | 'domainSize'> {
  /** snarkjs's circuit hash, 128 hexadecimal digits. */
  readonly circuitHash: string;
  readonly list: readonly Contribution[];
}

/** A contribution has 460 bytes, and up to 515 of parameters. */
const MAX_CONTRIBUTIONS_BYTES = 1 << 20;
const POINTS_BYTES = 3 * G1_BYTES + G2_BYTES;

/**
 * Reads what a zkey says of its contributions; whether it is true, only a verification can tell.
 * @throws {SetupError} the file is no whole Groth16 zkey over BN254, or a development key
 *
 * @example
 * (await readContributions('0002.zkey')).list.map(({ name }) => name); // ['Alice', 'Bob']
 */
export async function readContributions(path: string): Promise<Contributions> {
  const origin = await readOrigin(path);
  if (origin.kind === 'ceremony') return origin;
  throw new SetupError(`expected a key of a ceremony, ${path} is a development key, whose secrets its maker may know`);
}

/**
 * Reads what a zkey says of where it comes from; whether it is true, only a verification can tell.
 * @throws {SetupError} the file is no whole Groth16 zkey over BN254
 */
export function readOrigin(path: string): Promise<ZkeyOrigin> {
  return withSections(path, 'zkey', async (file) => {
    const shape = await readShape(file);
    const { position, size } = requireSection(file, SECTION_IDS.contributions);
    if (size > MAX_CONTRIBUTIONS_BYTES) {
      throw new SetupError(
        `expected at most ${MAX_CONTRIBUTIONS_BYTES} bytes of contributions in ${path}, it has ${size}`,
      );
    }
    const bytes = await readBytes(file, position, size);
    // Its digest stands where keys of a ceremony have their circuit hash, in as many bytes.
    if (bytes.includes(DEVELOPMENT_MARK, 0, 'latin1'))
      return { kind: 'development', digest: bytes.toString('latin1', 0, 64) };
    return { kind: 'ceremony', ...shape, ...(await parse(bytes, path)) };
  });
}

/** Checks that every section has the size that the header requires. */
async function readShape(file: SectionFile): Promise<Pick<ZkeyShape, 'wires' | 'domainSize'>> {
  const kind = await readBytes(file, requireSection(file, SECTION_IDS.kind, 4).position, 4);
  if (kind.readUInt32LE(0) !== GROTH16)
    throw new SetupError(`expected a zkey of Groth16, ${file.path} is of another protocol`);
  const header = await readBytes(file, requireSection(file, SECTION_IDS.header, HEADER_BYTES).position, HEADER_BYTES);
  const isBn254 = [BASE_FIELD_ORDER, FIELD_ORDER].every(
    (order, i) =>
      header.readUInt32LE(36 * i) === 32 && littleEndianNumber(header.subarray(36 * i + 4, 36 * i + 36)) === order,
  );
  if (!isBn254) throw new SetupError(`expected a zkey over BN254, ${file.path} is over another curve`);
  const [wires, publicSignals, domainSize] = [72, 76, 80].map((at) => header.readUInt32LE(at)) as [
    number,
    number,
    number,
  ];
  const coefficients = requireSection(file, SECTION_IDS.coefficients);
  if (coefficients.size < 4) throw new SetupError(`expected coefficients in ${file.path}, found none`);
  requireSection(file, SECTION_IDS.ic, G1_BYTES * (publicSignals + 1));
  requireSection(file, SECTION_IDS.c, G1_BYTES * (wires - publicSignals - 1));
  requireSection(file, SECTION_IDS.h, G1_BYTES * domainSize);
  for (const section of [SECTION_IDS.a, SECTION_IDS.b1]) requireSection(file, section, G1_BYTES * wires);
  requireSection(file, SECTION_IDS.b2, G2_BYTES * wires);
  return { wires, domainSize };
}

async function parse(bytes: Buffer, path: string): Promise<Pick<Contributions, 'circuitHash' | 'list'>> {
  const curve = await buildKernel();
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new SetupError(`the contributions in ${path} end early`);
    return bytes.subarray(at, (at += length));
  };
  const circuitHash = take(64).toString('hex');
  const list: Contribution[] = [];
  for (let left = take(4).readUInt32LE(0); left > 0; left--) {
    const points = take(POINTS_BYTES);
    const transcript = take(64);
    const type = take(4).readUInt32LE(0);
    const { name, iterationsExponent, value } = parseParameters(take(take(4).readUInt32LE(0)), path);
    const isBeacon = value !== null && iterationsExponent !== null;
    if (type !== Number(isBeacon)) {
      throw new SetupError(`expected a contribution of type ${Number(isBeacon)} in ${path}, got type ${type}`);
    }
    list.push({
      name,
      hash: await hashOf(curve, points, transcript),
      beacon: isBeacon ? { value, iterationsExponent } : null,
    });
  }
  if (at !== bytes.length) throw new SetupError(`expected contributions up to the end of their section in ${path}`);
  return { circuitHash, list };
}

/** Source: `readContribution` of zkey_utils.js in snarkjs 0.7. */
function parseParameters(bytes: Buffer, path: string) {
  let name = '';
  let iterationsExponent: number | null = null;
  let value: string | null = null;
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at]!;
    const size = bytes[at + 1] ?? 0;
    const content = bytes.subarray(at + 2, at + 2 + size);
    if (kind === 1) name = content.toString('utf8');
    else if (kind === 2) iterationsExponent = size;
    else if (kind === 3) value = content.toString('hex');
    if (kind < 1 || kind > 3 || (kind !== 2 && content.length !== size)) {
      throw new SetupError(`expected a name, a value or iterations of a contribution in ${path}, got something else`);
    }
    at += kind === 2 ? 2 : 2 + size;
  }
  return { name, iterationsExponent, value };
}

/** The hash of a contribution's public key, points uncompressed. */
async function hashOf({ G1, G2 }: Curve, points: Buffer, transcript: Buffer): Promise<string> {
  const hash = createHash('blake2b512');
  hash.update(await G1.batchLEMtoU(points.subarray(0, 3 * G1_BYTES)));
  hash.update(await G2.batchLEMtoU(points.subarray(3 * G1_BYTES)));
  return hash.update(transcript).digest('hex');
}
