import { CapacityError } from '../witness/layout.js';

/** @throws {CapacityError} there is no room */
export function fits(what: string, needed: number, capacity: number): void {
  if (needed > capacity)
    throw new CapacityError(`the circuit has room for ${capacity} ${what}, the traces have ${needed}`);
}
