import type { VerificationKey } from '../../base/untyped/snarkjs.js';
import { BASE_FIELD_ORDER } from '../../base/bn254/numbers.js';
import { littleEndian, readBytes, requireSection, withSections } from './sections.js';
import { G1_BYTES, HEADER_BYTES, SECTION_IDS } from './zkey-shape.js';

/** The header's points; before them stand both fields' orders and three sizes. */
const POINTS_AT = 4 + 32 + 4 + 32 + 12;

/**
 * Whether a verification key is the one in a zkey. Reads a few hundred bytes, and takes no curve: what snarkjs would
 * export is compared point by point.
 * @throws {SetupError} the file is no whole zkey
 */
export function hasVerificationKey(zkey: string, key: VerificationKey): Promise<boolean> {
  return withSections(zkey, 'zkey', async (file) => {
    const header = await readBytes(file, requireSection(file, SECTION_IDS.header, HEADER_BYTES).position, HEADER_BYTES);
    const { position, size } = requireSection(file, SECTION_IDS.ic);
    const ic = await readBytes(file, position, size);
    const points = header.subarray(POINTS_AT);
    const alpha1 = points.subarray(0, 64);
    const beta2 = points.subarray(128, 256);
    const gamma2 = points.subarray(256, 384);
    const delta2 = points.subarray(448, 576);
    const same = (bytes: Uint8Array, point: readonly (string | readonly string[])[]): boolean =>
      Buffer.concat(point.slice(0, 2).flat().map(montgomery)).equals(bytes);
    return (
      same(alpha1, key.vk_alpha_1) &&
      same(beta2, key.vk_beta_2) &&
      same(gamma2, key.vk_gamma_2) &&
      same(delta2, key.vk_delta_2) &&
      size === G1_BYTES * key.IC.length &&
      key.IC.every((point, i) => same(ic.subarray(G1_BYTES * i, G1_BYTES * (i + 1)), point))
    );
  });
}

/**
 * A coordinate as zkeys have it: times 2^256, little-endian. Infinity is [0, 1, 0] in JSON and [0, 0] here, and in no
 * key.
 */
const montgomery = (coordinate: string): Uint8Array => littleEndian((BigInt(coordinate) << 256n) % BASE_FIELD_ORDER);
