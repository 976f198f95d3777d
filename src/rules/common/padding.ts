import type { RulesSize } from '../../machine/circuit/rules-catalogue.js';
import { CapacityError } from '../../machine/witness/layout.js';

/**
 * Rows of a chunk, padded to the rows of its circuit.
 * @throws {CapacityError} there are more rows than the circuit has
 *
 * @example
 * padRows([1n, 2n], { rules: 'names', rows: 3 }, 0n); // [1n, 2n, 0n]
 */
export function padRows<Row>(rows: readonly Row[], { rules, rows: room }: RulesSize, padding: Row): Row[] {
  if (rows.length > room) {
    throw new CapacityError(
      `expected at most ${room} rows of ${rules}, as many as the circuit has; got ${rows.length}`,
    );
  }
  return Array.from({ length: room }, (_, i) => rows[i] ?? padding);
}
