import { PUBLIC_SIGNALS } from '../trace/trace.js';
import type { PublicSignal } from '../trace/trace.js';
import { CATALOGUE, CIRCUIT_NAMES } from './catalogue.js';
import type { CircuitName, CircuitSize } from './catalogue.js';

/**
 * The public signals of every rules circuit, in the circuit's order.
 *
 * @example
 * RULES_SIGNALS.indexOf('txHash'); // 3
 */
export const RULES_SIGNALS = [
  'logHashIn',
  'logHash',
  'txHashIn',
  'txHash',
  'x',
  'dataIn',
  'dataOut',
  'carryIn',
  'carryOut',
  'context',
] as const;
/**
 * The name of a public signal of a rules circuit.
 *
 * @example
 * const name: RulesSignal = 'txHash';
 */
export type RulesSignal = (typeof RULES_SIGNALS)[number];

/**
 * How much one proof of rules holds.
 * @see {@link RULES_CATALOGUE}
 */
export interface RulesSize {
  /** Which rules: a file of circuits/rules, and the template in it. */
  readonly rules: 'payments';
  /** Operations, a multiple of 3. */
  readonly rows: number;
}

/**
 * The circuits of rules, by name: the rules and how many rows they have. Their constraints fit 2^15, 2^16 and 2^18.
 *
 * @example
 * RULES_CATALOGUE.pay9.rows; // how many payments one proof with this circuit can hold
 */
export const RULES_CATALOGUE = {
  pay3: { rules: 'payments', rows: 3 },
  pay9: { rules: 'payments', rows: 9 },
  pay45: { rules: 'payments', rows: 45 },
} as const satisfies Record<string, RulesSize>;

/**
 * The name of a circuit of rules.
 *
 * @example
 * const name: RulesCircuitName = 'pay9';
 */
export type RulesCircuitName = keyof typeof RULES_CATALOGUE;

/**
 * The name of a circuit, of storage or of rules.
 *
 * @example
 * const compiled = await compileCircuit<AnyCircuitName>(store, 'pay9');
 */
export type AnyCircuitName = CircuitName | RulesCircuitName;

/**
 * How much each circuit holds.
 * @see {@link compileCircuit}
 */
export type CircuitSizes = Readonly<Record<CircuitName, CircuitSize> & Record<RulesCircuitName, RulesSize>>;
export const CIRCUIT_SIZES: CircuitSizes = { ...CATALOGUE, ...RULES_CATALOGUE };

/** In the catalogue's order. */
export const RULES_CIRCUIT_NAMES = Object.keys(RULES_CATALOGUE) as RulesCircuitName[];

/**
 * Those of storage, then those of rules.
 *
 * @example
 * ALL_CIRCUIT_NAMES.includes('pay9'); // true
 */
export const ALL_CIRCUIT_NAMES: readonly AnyCircuitName[] = [...CIRCUIT_NAMES, ...RULES_CIRCUIT_NAMES];

/** Whether a circuit is one of rules. */
export const isRulesCircuit = (name: AnyCircuitName): name is RulesCircuitName => Object.hasOwn(RULES_CATALOGUE, name);

/** The public signals of a circuit, in its order. */
export const publicSignalsOf = (name: AnyCircuitName): readonly (PublicSignal | RulesSignal)[] =>
  isRulesCircuit(name) ? RULES_SIGNALS : PUBLIC_SIGNALS;

/** The circom main of a size: it only instantiates. */
export const rulesMainSource = (size: RulesSize): string => `pragma circom 2.2.0;

include "rules/${size.rules}.circom";

component main {public [${RULES_SIGNALS.join(', ')}]} =
    ${rulesMainComponent(size)};
`;

/** The template and its parameter. */
export function rulesMainComponent({ rules, rows }: RulesSize): string {
  switch (rules) {
    case 'payments':
      return `Payments(${rows})`;
  }
}
