/**
 * The tables of a trace, and its public signals.
 * @see {@link checkTrace}
 */
export type TraceTable = 'publics' | 'log' | 'keys' | 'reads' | 'writes';

/**
 * Every rule of a trace, in words: what is true where the rule is kept.
 * @see {@link checkTrace}
 */
export const TRACE_RULES = [
  // log
  'the key is in the key table',
  'the previous time is before the access',
  'the previous time is that of the last access to the key',
  'the previous value is the last value of the key',
  'a read returns the previous value',
  // keys
  'a key has one row of the key table',
  'the tree key is the hash of the entry',
  'the key is accessed in the log',
  'the old value is the value before the first access',
  'the new value is the value after the last access',
  'the last time is that of the last access',
  'a key has a read row or a write row',
  // reads and writes
  'the row is of a key in the key table',
  'a key has only one read or write row',
  'the path is no longer than a key',
  'a level has a sibling for each other digit',
  'the other leaf has another key',
  'the root of the path is the root before',
  // reads
  'the value of a read row does not change',
  'a present key has no other leaf',
  // writes
  'the effect follows from presence before and after',
  'the effect has another leaf exactly if its short lane ends at one',
  'the effect has an extension exactly if two leaves part',
  'the keys agree on the extension but for its last level',
  'the keys part at the last level of the extension',
  'a deleted leaf leaves a sibling',
  'a sibling that stays alone shows its children, and no other does',
  'the children hash to the sibling that stays alone',
  'a lifted leaf stops beside a sibling or at the root',
  // publics
  'a level has 1 or 2 bits',
  'the cells are the nodes of one level of the old tree',
  'the new root is the root after the last write row',
  'logHash is the commitment to the log',
  'dataOut is the polynomial of the writes at x',
] as const;
/**
 * A rule that a trace may break, in words.
 * @see {@link checkTrace}
 */
export type TraceRule = (typeof TRACE_RULES)[number];

/**
 * The first place where a trace breaks a rule.
 * @see {@link checkTrace}
 */
export interface TraceViolation {
  readonly table: TraceTable;
  /** Index of the row in its table, from 0; null for the public signals. */
  readonly row: number | null;
  readonly rule: TraceRule;
  /** What was expected and what came. */
  readonly detail: string;
}

/**
 * One sentence: where, which rule, what.
 *
 * @example
 * const violation = checkTrace(trace);
 * if (violation !== null) throw new Error(describeViolation(violation));
 */
export const describeViolation = ({ table, row, rule, detail }: TraceViolation): string =>
  `${table}${row === null ? '' : `[${row}]`} breaks the rule «${rule}»: ${detail}`;
