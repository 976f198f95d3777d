/** The public signals of every rules circuit, in the circuit's order. */
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
/** The name of a public signal of a rules circuit. */
export type RulesSignal = (typeof RULES_SIGNALS)[number];
