import { PUBLIC_SIGNALS } from '../trace/trace.js';
import type { PublicSignal } from '../trace/trace.js';
import { CATALOGUE, CIRCUIT_NAMES } from './catalogue.js';
import type { CircuitName, CircuitSize } from './catalogue.js';
import { isLineaCircuitName, LINEA_CATALOGUE, LINEA_CIRCUIT_NAMES, LINEA_SIGNALS } from './linea-catalogue.js';
import type { LineaCircuitName, LineaSignal, LineaSize } from './linea-catalogue.js';

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
  /** The name of the rules. */
  readonly rules: string;
  /** Rows, a multiple of 3. */
  readonly rows: number;
}

/**
 * A circuit of rules: of the catalogue, or of your own.
 * @see {@link compileRulesCircuit}
 */
export interface RulesCircuit extends RulesSize {
  /** Lower-case letters and digits, at most 32, first a letter; none of the catalogue's, if it is your own. */
  readonly name: string;
  /** The template of the main component. Its parameter is the number of rows, its public inputs `RULES_SIGNALS`. */
  readonly template: string;
  /**
   * The circom file that has the template, beside all that it includes; null in the catalogue. `include "log.circom"`
   * and `include "rules/context.circom"` find the templates of circuits/. A `URL` of a file.
   */
  readonly source: { readonly href: string } | null;
}

const payments = <Rows extends number>(name: string, rows: Rows): RulesCircuit & { readonly rows: Rows } => ({
  name,
  rules: 'payments',
  rows,
  template: 'Payments',
  source: null,
});

/**
 * The circuits of rules that come with this package, by name. Their constraints fit 2^15, 2^16, 2^18 and 2^20. Rules of
 * your own bring their circuits, see `Rules`.
 *
 * @example
 * RULES_CATALOGUE.pay9.rows; // how many payments one proof with this circuit can hold
 */
export const RULES_CATALOGUE = {
  pay3: payments('pay3', 3),
  pay9: payments('pay9', 9),
  pay45: payments('pay45', 45),
  pay183: payments('pay183', 183),
} as const satisfies Record<string, RulesCircuit>;

/**
 * The name of a circuit of rules.
 *
 * @example
 * const name: RulesCircuitName = 'pay9';
 */
export type RulesCircuitName = keyof typeof RULES_CATALOGUE;

/**
 * The name of a circuit: of storage, of rules, or of Linea's accumulator.
 *
 * @example
 * const compiled = await compileCircuit<AnyCircuitName>(store, 'pay9');
 */
export type AnyCircuitName = CircuitName | RulesCircuitName | LineaCircuitName;

/**
 * How much each circuit holds.
 * @see {@link compileCircuit}
 */
export type CircuitSizes = Readonly<
  Record<CircuitName, CircuitSize> & Record<RulesCircuitName, RulesSize> & Record<LineaCircuitName, LineaSize>
>;
export const CIRCUIT_SIZES: CircuitSizes = { ...CATALOGUE, ...RULES_CATALOGUE, ...LINEA_CATALOGUE };

/** In the catalogue's order. */
export const RULES_CIRCUIT_NAMES = Object.keys(RULES_CATALOGUE) as RulesCircuitName[];

/**
 * Those of storage, then those of rules, then those of Linea's accumulator.
 *
 * @example
 * ALL_CIRCUIT_NAMES.includes('pay9'); // true
 */
export const ALL_CIRCUIT_NAMES: readonly AnyCircuitName[] = [
  ...CIRCUIT_NAMES,
  ...RULES_CIRCUIT_NAMES,
  ...LINEA_CIRCUIT_NAMES,
];

/** Whether a circuit is one of rules. */
export const isRulesCircuit = (name: AnyCircuitName): name is RulesCircuitName => Object.hasOwn(RULES_CATALOGUE, name);

/** Whether a circuit is one of Linea's accumulator. */
export const isLineaCircuit = (name: AnyCircuitName): name is LineaCircuitName => isLineaCircuitName(name);

/** The public signals of a circuit, in its order. */
export function publicSignalsOf(name: AnyCircuitName): readonly (PublicSignal | RulesSignal | LineaSignal)[] {
  if (isLineaCircuit(name)) return LINEA_SIGNALS;
  return isRulesCircuit(name) ? RULES_SIGNALS : PUBLIC_SIGNALS;
}

/** A circuit of rules that cannot be one. */
export class RulesCircuitError extends Error {
  override readonly name = 'RulesCircuitError';
}

/** What names of circuits are made of: they are part of files' names. */
const CIRCUIT_NAME = /^[a-z][a-z0-9]{0,31}$/;

/** Whether a text can be the name of a circuit. */
export const isCircuitName = (text: string): boolean => CIRCUIT_NAME.test(text);

/**
 * Makes sure of a circuit of somebody's own.
 * @throws {RulesCircuitError} with what was expected
 */
export function checkRulesCircuit({ name, rows, template, source }: RulesCircuit): void {
  const refuse = (what: string, got: string): never => {
    throw new RulesCircuitError(`circuit ${name}: expected ${what}, got ${got}`);
  };
  if (!isCircuitName(name)) refuse('a name of at most 32 lower-case letters and digits, first a letter', name);
  if (source !== null && Object.hasOwn(CIRCUIT_SIZES, name)) refuse('a name that no circuit of this package has', name);
  if (source !== null && !source.href.startsWith('file:')) refuse('a file: URL as source', source.href);
  if (!Number.isInteger(rows) || rows < 3 || rows % 3 !== 0) refuse('rows, a multiple of 3', `${rows}`);
  if (!/^[A-Za-z_$][\w$]*$/.test(template)) refuse('the name of a template', template);
}

/** Where sources of somebody's own are put, beside the templates of this package. */
export const OWN_FOLDER = 'own';

/** The file that has a circuit's template, as its main includes it. */
const includedBy = ({ source, rules }: RulesCircuit): string =>
  source === null ? `rules/${rules}.circom` : `${OWN_FOLDER}/${fileNameOf(source)}`;

/** @throws {RulesCircuitError} the file's name would not be found in an include */
function fileNameOf({ href }: { readonly href: string }): string {
  const { pathname } = new URL(href);
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  if (/^[\w.-]+\.circom$/.test(name)) return name;
  throw new RulesCircuitError(`expected a source NAME.circom, of letters, digits, "-", "_" and ".", got ${name}`);
}

/** The circom main of a circuit: it only instantiates. */
export const rulesMainSource = (circuit: RulesCircuit): string => `pragma circom 2.2.0;

include "${includedBy(circuit)}";

component main {public [${RULES_SIGNALS.join(', ')}]} =
    ${circuit.template}(${circuit.rows});
`;
