// What the scripts that measure circuits share: a circuit's density, and times.
import type { LoadedR1cs } from '#dist/proof/setup/r1cs.js';

/** In a circuit's file, a term is a wire's number and a coefficient of 32 bytes. */
const TERM_WORDS = 9;

/** Non-zero coefficients on each side, and the wires on B, which set the size of the multiplication in G2. */
export interface Density {
  readonly nonZeroA: number;
  readonly nonZeroB: number;
  readonly nonZeroC: number;
  readonly wiresOnB: number;
}

/** What is asked of a circuit: `bytes` are its constraints. */
type MeasuredR1cs = Pick<LoadedR1cs, 'constraints' | 'wires'> & { readonly bytes: ArrayBufferLike };

export function density({ bytes, constraints, wires }: MeasuredR1cs): Density {
  const words = new Uint32Array(bytes);
  const nonZero = [0, 0, 0];
  const onB = new Uint8Array(wires);
  for (let row = 0, at = 0; row < constraints; row++) {
    for (let side = 0; side < 3; side++) {
      const terms = words[at]!;
      nonZero[side]! += terms;
      at += 1;
      for (let term = 0; term < terms; term++, at += TERM_WORDS) if (side === 1) onB[words[at]!] = 1;
    }
  }
  const [nonZeroA = 0, nonZeroB = 0, nonZeroC = 0] = nonZero;
  return { nonZeroA, nonZeroB, nonZeroC, wiresOnB: onB.reduce((sum, bit) => sum + bit, 0) };
}

/** The result of work, and the seconds that it took, to a tenth. */
export async function seconds<Result>(
  work: () => Result | Promise<Result>,
): Promise<[result: Result, seconds: number]> {
  const start = performance.now();
  const result = await work();
  return [result, Number(((performance.now() - start) / 1000).toFixed(1))];
}
