import { CIRCUIT_NAMES } from 'rootshift';
import type { CircuitName } from 'rootshift';

/** A circuit that is named on the command line. */
export function circuitNamed(name: string): CircuitName {
  const found = CIRCUIT_NAMES.find((one) => one === name);
  if (found === undefined) throw new Error(`expected a circuit (${CIRCUIT_NAMES.join(', ')}), got ${name}`);
  return found;
}
