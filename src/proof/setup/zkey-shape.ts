/**
 * The sections of a Groth16 zkey, in the order in which snarkjs writes them.
 *
 * Source: the format comment of zkey_utils.js in snarkjs 0.7. All numbers are little-endian; points are
 * affine, coordinates in Montgomery form; coefficients carry a factor 2^512.
 */
export const SECTION_ORDER = [
  'kind',
  'header',
  'coefficients',
  'ic',
  'h',
  'c',
  'a',
  'b1',
  'b2',
  'contributions',
] as const;
export type ZkeySection = (typeof SECTION_ORDER)[number];

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
export const HEADER_BYTES = 4 + 32 + 4 + 32 + 12 + 3 * G1_BYTES + 3 * G2_BYTES;
export const GROTH16 = 1;

/** What decides how large each section of a proving key's file is. */
export interface ZkeyShape {
  readonly wires: number;
  readonly publicSignals: number;
  /** A power of two, larger than constraints + public signals. */
  readonly domainSize: number;
  /** Terms of A and B, those of the rows for public signals included. */
  readonly coefficients: number;
}
