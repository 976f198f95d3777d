/**
 * The door to snarkjs (Groth16 over BN254) for what takes no long time: that is done in the calling thread. The rest is
 * in snarkjs-program.ts. What it returns has types.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { dependencyFile } from '../files/package-file.js';
import { loadCurve } from './curve.js';

/** A point in projective coordinates, decimal strings: [x, y, '1'], or ['0', '1', '0'] for infinity. */
export type G1Point = readonly [string, string, string];
/** As `G1Point`, each coordinate `a + b * i` as [a, b]. */
export type G2Point = readonly [readonly [string, string], readonly [string, string], readonly [string, string]];

/**
 * A proof in the JSON form of snarkjs and rapidsnark.
 * @see {@link parseSnarkjsProof}
 */
export interface Groth16Proof {
  readonly pi_a: G1Point;
  readonly pi_b: G2Point;
  readonly pi_c: G1Point;
  readonly protocol: 'groth16';
  readonly curve: 'bn128';
}

/**
 * A verification key in snarkjs's JSON form: decimal strings, points projective.
 * @see {@link parseVerificationKey}
 */
export interface VerificationKey {
  readonly protocol: 'groth16';
  readonly curve: 'bn128';
  readonly nPublic: number;
  readonly vk_alpha_1: readonly string[];
  readonly vk_beta_2: readonly (readonly string[])[];
  readonly vk_gamma_2: readonly (readonly string[])[];
  readonly vk_delta_2: readonly (readonly string[])[];
  readonly vk_alphabeta_12: readonly (readonly (readonly string[])[])[];
  /** One point for the constant 1 and one for each public signal. */
  readonly IC: readonly (readonly string[])[];
}

/**
 * Verifies a proof. Stricter than snarkjs, which takes signals that are missing for 0, and asks of
 * `pi_b` only that it is on the curve, while EVMs ask that it is in the group.
 */
export function groth16Verify(key: VerificationKey, signals: readonly bigint[], proof: Groth16Proof): Promise<boolean> {
  return inThisThread(async ({ groth16 }) => {
    if (signals.length !== key.nPublic || !(await isG2Point(proof.pi_b))) return false;
    return groth16.verify(
      key,
      signals.map(String) as Parameters<typeof groth16.verify>[1],
      proof as unknown as Parameters<typeof groth16.verify>[2],
    );
  });
}

/** Whether a point of the twist is in BN254's G2, which is its part of order r. */
export async function isG2Point(point: G2Point): Promise<boolean> {
  const { G2, r } = await loadCurve();
  return G2.isZero(G2.timesScalar(G2.fromObject(point.map((coordinate) => coordinate.map(BigInt))), r));
}

/** Loads what `groth16Verify` needs, which takes a second, so that it is there when there is a proof. */
export async function loadVerifier(): Promise<void> {
  await Promise.all([import('snarkjs'), loadCurve()]);
}

/** Reads a zkey's verification key. */
export const exportVerificationKey = (zkey: string): Promise<VerificationKey> =>
  inThisThread(async ({ zKey }) => (await zKey.exportVerificationKey(zkey)) as VerificationKey);

/** The Solidity contract `Groth16Verifier` of a zkey, from snarkjs's template (GPL-3.0). */
export function exportSolidityVerifier(zkey: string): Promise<string> {
  return inThisThread(async ({ zKey }) => {
    const template = await readFile(
      path.join(path.dirname(path.dirname(dependencyFile('snarkjs'))), 'templates', 'verifier_groth16.sol.ejs'),
      'utf8',
    );
    return (await zKey.exportSolidityVerifier(zkey, { groth16: template })) as string;
  });
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Has snarkjs work with a curve that has no threads: those it would start have to be stopped, and it waits for ever for
 * one that is gone. It takes the curve that is in a global variable, which others may use meanwhile: that is put back.
 * snarkjs is loaded where it is used, as that takes longer than to verify a proof; and before the curve is in its
 * place, which loading empties.
 */
function inThisThread<T>(use: (snarkjs: typeof import('snarkjs')) => Promise<T>): Promise<T> {
  const run = last.then(async () => {
    const place = globalThis as { curve_bn128?: unknown };
    const snarkjs = await import('snarkjs');
    const curve = await loadCurve();
    const before = place.curve_bn128;
    place.curve_bn128 = curve;
    try {
      return await use(snarkjs);
    } finally {
      if (place.curve_bn128 === curve) place.curve_bn128 = before;
    }
  });
  last = run.catch(() => {});
  return run;
}
