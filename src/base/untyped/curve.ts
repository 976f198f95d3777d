import { buildBn128, type Curve } from 'ffjavascript';

let curve: Promise<Curve> | undefined;

/** BN254 in the calling thread, without others, which would have to be stopped; built once, which takes about 0.1 s. */
export const loadCurve = (): Promise<Curve> => (curve ??= buildBn128(true));
