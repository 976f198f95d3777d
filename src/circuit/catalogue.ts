import { PUBLIC_SIGNALS } from '../trace/trace.js';

/** How much one proof holds. The template is `Transition(accesses, readRows, writeRows, levels)`. */
export interface CircuitSize {
  /** Accesses in the log; a multiple of 3. */
  readonly accesses: number;
  /** Distinct keys whose value stays as it is; at least 1. */
  readonly readRows: number;
  /** Distinct keys whose value changes; at least 1. */
  readonly writeRows: number;
  /** The deepest leaf that a path may end at. */
  readonly levels: number;
  /** Bits of the key that choose a child at each level. */
  readonly bitsPerLevel: number;
}

/**
 * The circuits there are, by name: `s` and the power of two that holds their constraints.
 * Compiled mains, the executor's capacity checks and the verifier contracts all take their numbers here.
 */
export const CATALOGUE = {
  s14: { accesses: 6, readRows: 1, writeRows: 1, levels: 12, bitsPerLevel: 1 },
  s18: { accesses: 60, readRows: 6, writeRows: 13, levels: 24, bitsPerLevel: 1 },
} as const satisfies Record<string, CircuitSize>;

export type CircuitName = keyof typeof CATALOGUE;

/** The circuit that `prove` takes unless told otherwise. */
export const DEFAULT_CIRCUIT: CircuitName = 's18';

export const CIRCUIT_NAMES = Object.keys(CATALOGUE) as CircuitName[];

export const isCircuitName = (name: string): name is CircuitName => Object.hasOwn(CATALOGUE, name);

/** The circom main of a size: it only instantiates. */
export function mainSource(size: CircuitSize): string {
  return `pragma circom 2.2.0;

include "transition.circom";

component main {public [${PUBLIC_SIGNALS.join(', ')}]} =
    Transition(${size.accesses}, ${size.readRows}, ${size.writeRows}, ${size.levels});
`;
}
