import { SetupError } from './error.js';
import { BASE_FIELD_ORDER } from '../../base/bn254/numbers.js';
import { littleEndianNumber, readBytes, readInto, requireSection, withSections } from './sections.js';
import type { SectionFile } from './sections.js';
import { G1_BYTES, G2_BYTES } from './zkey-shape.js';

/**
 * The sections of a powers-of-tau file that a key is made from: powers of tau, and beta, as phase 1 leaves them,
 * and the Lagrange forms that snarkjs's `powersoftau prepare phase2` adds, of every power of two one after another.
 *
 * Source: the format comment of powersoftau_new.js, and powersoftau_preparephase2.js, in snarkjs 0.7.
 */
const HEADER = 1;
const TAU_G1 = 2;
const ALPHA_TAU_G1 = 4;
const BETA_TAU_G1 = 5;
const BETA_G2 = 6;
const LAGRANGE = { tauG1: 12, tauG2: 13, alphaTauG1: 14, betaTauG1: 15 } as const;

/** A powers-of-tau file over BN254 that is prepared for phase 2, open for reading. */
export interface Ptau {
  /** It serves domains of up to 2^power points. */
  readonly power: number;
  /** Affine points, coordinates in Montgomery form. */
  alphaG1(): Promise<Uint8Array>;
  betaG1(): Promise<Uint8Array>;
  betaG2(): Promise<Uint8Array>;
  /** The Lagrange basis at tau, of the domain of `domainSize` points: at most twice the file's own for `tauG1`. */
  lagrange(form: keyof typeof LAGRANGE, domainSize: number, into: Uint8Array): Promise<void>;
  /** `count` points of G1 from tau^first on, as they are in the file, even beyond the last power. */
  powers(first: number, count: number): Promise<Uint8Array>;
}

/**
 * @param power the least that will do
 * @throws {SetupError} the file is no powers of tau over BN254, too small, not prepared for phase 2, or not whole
 */
export function withPtau<T>(path: string, power: number, use: (ptau: Ptau) => Promise<T>): Promise<T> {
  return withSections(path, 'ptau', async (file) => {
    const has = await readPower(file);
    if (has < power) {
      throw new SetupError(`expected powers of tau for 2^${power} constraints or more, ${path} is for 2^${has}`);
    }
    if (!Object.values(LAGRANGE).every((number) => file.sections.has(number))) {
      throw new SetupError(
        `expected a powers-of-tau file prepared for phase 2 (snarkjs powersoftau prepare phase2), ${path} is not`,
      );
    }
    const points = 2 ** has;
    const start = (number: number, size: number): number => {
      const section = requireSection(file, number);
      if (section.size >= size) return section.position;
      throw new SetupError(`expected ${size} bytes in section ${number} of ${path}, it has ${section.size}`);
    };
    const powers = start(TAU_G1, (2 * points - 1) * G1_BYTES);
    const alpha = start(ALPHA_TAU_G1, points * G1_BYTES);
    const beta = start(BETA_TAU_G1, points * G1_BYTES);
    const beta2 = start(BETA_G2, G2_BYTES);
    const forms = {
      tauG1: [start(LAGRANGE.tauG1, (4 * points - 1) * G1_BYTES), G1_BYTES],
      tauG2: [start(LAGRANGE.tauG2, (2 * points - 1) * G2_BYTES), G2_BYTES],
      alphaTauG1: [start(LAGRANGE.alphaTauG1, (2 * points - 1) * G1_BYTES), G1_BYTES],
      betaTauG1: [start(LAGRANGE.betaTauG1, (2 * points - 1) * G1_BYTES), G1_BYTES],
    } as const;
    return use({
      power: has,
      alphaG1: () => readBytes(file, alpha, G1_BYTES),
      betaG1: () => readBytes(file, beta, G1_BYTES),
      betaG2: () => readBytes(file, beta2, G2_BYTES),
      lagrange: (form, domainSize, into) => {
        const [position, pointBytes] = forms[form];
        return readInto(file, position + (domainSize - 1) * pointBytes, into.subarray(0, domainSize * pointBytes));
      },
      powers: (first, count) => readBytes(file, powers + first * G1_BYTES, count * G1_BYTES),
    });
  });
}

/** @throws {SetupError} the file is no powers of tau over BN254, not prepared for phase 2, or not whole */
export const checkPtau = (path: string): Promise<void> => withPtau(path, 0, () => Promise.resolve());

async function readPower(file: SectionFile): Promise<number> {
  const header = await readBytes(file, requireSection(file, HEADER, 44).position, 44);
  if (header.readUInt32LE(0) !== 32 || littleEndianNumber(header.subarray(4, 36)) !== BASE_FIELD_ORDER) {
    throw new SetupError(`expected powers of tau over BN254, ${file.path} is over another curve`);
  }
  return header.readUInt32LE(36);
}
