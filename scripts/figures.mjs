// What the scripts that measure circuits share: a circuit's density, and times.
import { performance } from 'node:perf_hooks';

/** In a circuit's file, a term is a wire's number and a coefficient of 32 bytes. */
const TERM_WORDS = 9;

/** Non-zero coefficients on each side, and the wires on B, which set the size of the multiplication in G2. */
export function density({ bytes, constraints, wires }) {
  const words = new Uint32Array(bytes);
  const nonZero = [0, 0, 0];
  const onB = new Uint8Array(wires);
  for (let row = 0, at = 0; row < constraints; row++) {
    for (let side = 0; side < 3; side++) {
      const terms = words[at];
      nonZero[side] += terms;
      at += 1;
      for (let term = 0; term < terms; term++, at += TERM_WORDS) if (side === 1) onB[words[at]] = 1;
    }
  }
  return {
    nonZeroA: nonZero[0],
    nonZeroB: nonZero[1],
    nonZeroC: nonZero[2],
    wiresOnB: onB.reduce((sum, bit) => sum + bit, 0),
  };
}

export async function seconds(work) {
  const start = performance.now();
  const result = await work();
  return [result, Number(((performance.now() - start) / 1000).toFixed(1))];
}
