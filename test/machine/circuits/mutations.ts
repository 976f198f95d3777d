/**
 * Changes of a single wire that a circuit does not refuse.
 *
 * Adding d to one wire of a satisfying witness turns each constraint that has it into
 * (a + A d)(b + B d) = c + C d, with a * b = c, that is, d * (A B d + A b + B a - C) = 0. So the d that a
 * constraint accepts besides 0 are all of Fr, or one, or none, and those that all constraints accept follow
 * without trying: a wire is held against each of the r - 1 other values that it could have.
 */
import { inverseOrZero, toFr } from '../../../src/base/field/fr.js';
import { reduce, sidesOf, holds } from './r1cs.js';
import type { Circuit, Sides } from './r1cs.js';

/** What one wire may have instead of its honest value, all else as it was. */
export interface FreeWire {
  readonly name: string;
  readonly wire: number;
  readonly instead: bigint | 'anything';
}

/** Where a wire stands: its three coefficients in a constraint. */
export interface Place {
  readonly constraint: number;
  a: bigint;
  b: bigint;
  c: bigint;
}

const SIDES = ['a', 'b', 'c'] as const;

/** Every place of every wire; made once per circuit. */
export function placesOf({ wires, constraints }: Circuit): Place[][] {
  const places: Place[][] = Array.from({ length: wires }, () => []);
  constraints.forEach((sides, constraint) => {
    for (const side of SIDES) {
      sides[side].wires.forEach((wire, i) => {
        const last = places[wire]!.at(-1);
        const place = last?.constraint === constraint ? last : { constraint, a: 0n, b: 0n, c: 0n };
        if (place !== last) places[wire]!.push(place);
        place[side] = sides[side].coefficients[i]!;
      });
    }
  });
  return places;
}

/** @throws {Error} the witness does not satisfy the circuit to begin with */
export function freeWires(
  circuit: Circuit,
  places: readonly (readonly Place[])[],
  witness: readonly bigint[],
): FreeWire[] {
  const sides = circuit.constraints.map((constraint) => sidesOf(constraint, witness));
  const broken = sides.findIndex((side) => !holds(side));
  if (broken !== -1) throw new Error(`constraint ${broken} does not hold for the honest witness`);
  const free: FreeWire[] = [];
  for (let wire = 1; wire < circuit.wires; wire++) {
    const change = acceptedChange(places[wire]!, sides);
    if (change === 'none') continue;
    const instead = change === 'any' ? 'anything' : reduce(witness[wire]! + change);
    free.push({ name: circuit.names[wire]!, wire, instead });
  }
  return free;
}

function acceptedChange(places: readonly Place[], sides: readonly Sides[]): bigint | 'any' | 'none' {
  let only: bigint | 'any' = 'any';
  for (const { constraint, a, b, c } of places) {
    const side = sides[constraint]!;
    const square = reduce(a * b);
    const slope = reduce(a * side.b + b * side.a - c);
    if (square === 0n && slope === 0n) continue;
    const root = reduce(-slope * inverseOrZero(toFr(square)));
    if (root === 0n || (only !== 'any' && only !== root)) return 'none';
    only = root;
  }
  return only;
}
