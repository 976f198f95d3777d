import { SetupError } from './error.js';
import type { R1cs } from './r1cs.js';

/** r - 1 is divisible by 2^28, and H needs a root of unity of twice the domain's order. */
const MAX_POWER = 27;

/**
 * The domain of the key's polynomials has 2^power points: one for each constraint, for the constant
 * wire, and for each public signal.
 * @throws {SetupError} there is no domain that large
 */
export function neededPower({ constraints, publicSignals }: Pick<R1cs, 'constraints' | 'publicSignals'>): number {
  const power = Math.ceil(Math.log2(constraints + publicSignals + 1));
  if (power > MAX_POWER) {
    throw new SetupError(`expected at most 2^${MAX_POWER} constraints, the circuit has ${constraints}`);
  }
  return power;
}
