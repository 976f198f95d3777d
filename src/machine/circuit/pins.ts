import { readFile } from 'node:fs/promises';
import { packageFile } from '../../base/files/package-file.js';
import type { CircuitManifest } from './compile.js';
import { PINNED } from './pinned.js';
import type { AnyCircuitName } from './rules-catalogue.js';

/**
 * What each circuit comes out as when it is compiled, as the package ships it; a test compiles them and holds them to
 * it.
 * @see {@link circuitPins}
 */
export type CircuitPins = Readonly<Partial<Record<string, CircuitManifest>>>;

/**
 * The pins of this version.
 *
 * @example
 * (await circuitPins()).s14?.digest;
 */
export const circuitPins = (): Promise<CircuitPins> => Promise.resolve(PINNED);

/**
 * What compiling, setting up and proving took, once, on the machine that the file names; `npm run circuits:measure`.
 */
export interface Measurement {
  /** Of the circuit that was measured: an older one, if it is not the pinned digest. */
  readonly digest: string;
  /** Non-zero coefficients of the R1CS, by side. */
  readonly nonZeroA: number;
  readonly nonZeroB: number;
  readonly nonZeroC: number;
  /** Wires that occur on side B: the size of the proof's multiplication in G2. */
  readonly wiresOnB: number;
  readonly compileSeconds: number;
  readonly compileMiB: number;
  readonly keysSeconds: number;
  readonly keyMB: number;
  readonly witnessSeconds: number;
  readonly proofSeconds: number;
  readonly proofMiB: number;
}

export interface Measurements {
  readonly machine: string;
  readonly circuits: Readonly<Partial<Record<AnyCircuitName, Measurement>>>;
}

/** Reads the measurements that came with this package. */
export async function circuitMeasurements(): Promise<Measurements> {
  return JSON.parse(await readFile(packageFile('circuits/measured.json'), 'utf8')) as Measurements;
}
