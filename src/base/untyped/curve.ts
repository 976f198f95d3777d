import type { Curve } from 'ffjavascript';

let curve: Promise<Curve> | undefined;

/**
 * BN254 in the calling thread, without others, which would have to be stopped; built once, which takes about 0.1 s. The
 * library is loaded with it: what only could verify a Groth16 proof goes without.
 */
export const loadCurve = (): Promise<Curve> =>
  (curve ??= import('ffjavascript').then(({ buildBn128 }) => buildBn128(true)));
