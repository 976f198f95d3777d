/**
 * The door to snarkjs (Groth16 over BN254), which has a second leaf in snarkjs-ceremony.ts. What snarkjs opens, its workers above all, is closed again
 * after each call, or the process would never end; what it returns has types.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as snarkjs from 'snarkjs';
import { groth16, zKey } from 'snarkjs';

/** A point in projective coordinates, decimal strings: [x, y, '1'], or ['0', '1', '0'] for infinity. */
export type G1Point = readonly [string, string, string];
/** As `G1Point`, each coordinate `a + b * i` as [a, b]. */
export type G2Point = readonly [readonly [string, string], readonly [string, string], readonly [string, string]];

/** A proof in the JSON form of snarkjs and rapidsnark. */
export interface Groth16Proof {
  readonly pi_a: G1Point;
  readonly pi_b: G2Point;
  readonly pi_c: G1Point;
  readonly protocol: 'groth16';
  readonly curve: 'bn128';
}

/** A verification key in snarkjs's JSON form: decimal strings, points projective. */
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

const require = createRequire(import.meta.url);
const PACKAGE = path.dirname(path.dirname(require.resolve('snarkjs')));

/** snarkjs's own command line, to be run by node: `groth16 prove ZKEY WTNS PROOF PUBLIC`. */
export const SNARKJS_PROGRAM = path.join(PACKAGE, 'build', 'cli.cjs');

/**
 * Verifies a proof. Stricter than snarkjs, which takes signals that are missing for 0, and asks of
 * `pi_b` only that it is on the curve, while EVMs ask that it is in the group.
 */
export function groth16Verify(key: VerificationKey, signals: readonly bigint[], proof: Groth16Proof): Promise<boolean> {
  return closingCurve(async () => {
    if (signals.length !== key.nPublic || !(await isInG2(proof.pi_b))) return false;
    return groth16.verify(
      key,
      signals.map(String) as Parameters<typeof groth16.verify>[1],
      proof as unknown as Parameters<typeof groth16.verify>[2],
    );
  });
}

/** Whether a point of the twist is in BN254's G2, which is its part of order r. */
export const isG2Point = (point: G2Point): Promise<boolean> => closingCurve(() => isInG2(point));

async function isInG2(point: G2Point): Promise<boolean> {
  const { G2, r } = await curves.getCurveFromName('bn128');
  return G2.isZero(G2.timesScalar(G2.fromObject(point.map((coordinate) => coordinate.map(BigInt))), r));
}

interface Curve {
  readonly r: bigint;
  readonly G2: {
    fromObject(point: readonly (readonly bigint[])[]): Uint8Array;
    timesScalar(point: Uint8Array, scalar: bigint): Uint8Array;
    isZero(point: Uint8Array): boolean;
  };
}

// The published types lack it.
const { curves } = snarkjs as unknown as { curves: { getCurveFromName(name: 'bn128'): Promise<Curve> } };

/** Reads a zkey's verification key. */
export const exportVerificationKey = (zkey: string): Promise<VerificationKey> =>
  closingCurve(async () => (await zKey.exportVerificationKey(zkey)) as VerificationKey);

/** The Solidity contract `Groth16Verifier` of a zkey, from snarkjs's template (GPL-3.0). */
export function exportSolidityVerifier(zkey: string): Promise<string> {
  return closingCurve(async () => {
    const template = await readFile(path.join(PACKAGE, 'templates', 'verifier_groth16.sol.ejs'), 'utf8');
    return (await zKey.exportSolidityVerifier(zkey, { groth16: template })) as string;
  });
}

/** A call that stops the workers that it starts. */
export const closingCurve = <T>(use: () => Promise<T>): Promise<T> => withCurve(() => inTurn(use));

let curveUsers = 0;

/** Keeps the workers that calls from `work` start until it ends: they take ten times as long to start as to verify a proof. */
export async function withCurve<T>(work: () => Promise<T>): Promise<T> {
  curveUsers++;
  try {
    return await work();
  } finally {
    curveUsers--;
    await inTurn(async () => {
      if (curveUsers > 0) return;
      await (globalThis as { curve_bn128?: { terminate(): Promise<void> } | null }).curve_bn128?.terminate();
    });
  }
}

let last: Promise<unknown> = Promise.resolve();

/** One call at a time: they share one set of workers. */
function inTurn<T>(use: () => Promise<T>): Promise<T> {
  const run = last.then(use);
  last = run.catch(() => {});
  return run;
}
