import { PUBLIC_SIGNALS } from '../trace/trace.js';

/**
 * Rows of one kind and length.
 * @see {@link circuitInputs}
 */
export interface RowGroup {
  readonly rows: number;
  /** The deepest that a leaf on a path may lie. */
  readonly levels: number;
}

/**
 * How much one proof holds; see circuits/transition.circom. A level is a digit of `bitsPerLevel` bits. Rows of a
 * kind come in groups, shorter ones first.
 * @see {@link circuitInputs}
 */
export interface CircuitSize {
  /** Accesses in the log; a multiple of 3. */
  readonly accesses: number;
  /** Distinct keys whose value stays as it is. */
  readonly readRows: readonly RowGroup[];
  /** Distinct keys that are there before and after, whether their value changes or not: cheaper than write rows. */
  readonly updateRows: readonly RowGroup[];
  /** Distinct keys, whatever becomes of them. */
  readonly writeRows: readonly RowGroup[];
  /** 1 for a binary tree, 2 for a quad tree. */
  readonly bitsPerLevel: 1 | 2;
  /** Levels at the top of the tree that are hashed once for all rows; every node on them must be inner. */
  readonly topLevels: number;
}

/** How many rows there are in groups. */
export const rowsIn = (groups: readonly RowGroup[]): number => groups.reduce((sum, { rows }) => sum + rows, 0);

/** The levels of each row of a kind, in the circuit's order. */
export const slotsOf = (groups: readonly RowGroup[]): number[] =>
  groups.flatMap(({ rows, levels }) => Array.from({ length: rows }, () => levels));

/** The deepest that a leaf on any path may lie. */
export const deepestOf = ({ readRows, updateRows, writeRows }: CircuitSize): number =>
  Math.max(0, ...[...readRows, ...updateRows, ...writeRows].map(({ rows, levels }) => (rows > 0 ? levels : 0)));

/**
 * The circuits there are, by name: `s` and the power of two that holds their constraints, or `deep`; then
 * `b` for a binary tree, `t` for one that shares the top of the tree, as all larger ones do, beside one of its size
 * that takes any state, `p` for payments, which write what they read: no read rows, and write rows for what is new and
 * for the deepest updates. Compiled mains, capacity checks and verifier contracts take their numbers here.
 *
 * Rows and accesses are to each other as in windows of a mainnet block, see `npm run circuits:ratios`; `s22` holds the
 * sample block. Lengths are those of paths among a million random entries: of these 61 percent lie deeper than
 * 10 levels of a quad tree, 21 percent deeper than 11, 6 deeper than 12, one in 1,000 deeper than 15, none deeper than
 * 32 but by 2^64 trials. Of each length there are as many rows as paths need, and two or three standard
 * deviations more, since a longer row takes shorter paths. A deep circuit takes any path, and any three accesses.
 *
 * @example
 * CATALOGUE.s18.accesses; // what one proof with this circuit can hold
 */
export const CATALOGUE = {
  s14: {
    accesses: 6,
    readRows: [{ rows: 1, levels: 6 }],
    updateRows: [],
    writeRows: [{ rows: 1, levels: 6 }],
    bitsPerLevel: 2,
    topLevels: 0,
  },
  s16: {
    accesses: 15,
    readRows: [
      { rows: 2, levels: 11 },
      { rows: 2, levels: 14 },
    ],
    updateRows: [
      { rows: 1, levels: 11 },
      { rows: 1, levels: 13 },
    ],
    writeRows: [
      { rows: 2, levels: 11 },
      { rows: 1, levels: 14 },
    ],
    bitsPerLevel: 2,
    topLevels: 0,
  },
  s18: {
    accesses: 60,
    readRows: [
      { rows: 7, levels: 11 },
      { rows: 5, levels: 13 },
      { rows: 1, levels: 32 },
    ],
    updateRows: [
      { rows: 8, levels: 11 },
      { rows: 5, levels: 13 },
      { rows: 1, levels: 16 },
    ],
    writeRows: [
      { rows: 4, levels: 11 },
      { rows: 2, levels: 13 },
      { rows: 1, levels: 32 },
    ],
    bitsPerLevel: 2,
    topLevels: 0,
  },
  s18t: {
    accesses: 72,
    readRows: [
      { rows: 13, levels: 11 },
      { rows: 5, levels: 12 },
      { rows: 2, levels: 16 },
    ],
    updateRows: [
      { rows: 8, levels: 11 },
      { rows: 3, levels: 12 },
      { rows: 2, levels: 16 },
    ],
    writeRows: [
      { rows: 4, levels: 11 },
      { rows: 3, levels: 12 },
      { rows: 2, levels: 16 },
    ],
    bitsPerLevel: 2,
    topLevels: 2,
  },
  s20: {
    accesses: 345,
    readRows: [
      { rows: 18, levels: 10 },
      { rows: 34, levels: 11 },
      { rows: 18, levels: 12 },
      { rows: 8, levels: 15 },
      { rows: 1, levels: 32 },
    ],
    updateRows: [
      { rows: 15, levels: 10 },
      { rows: 28, levels: 11 },
      { rows: 16, levels: 12 },
      { rows: 7, levels: 15 },
      { rows: 1, levels: 32 },
    ],
    writeRows: [
      { rows: 20, levels: 11 },
      { rows: 8, levels: 12 },
      { rows: 4, levels: 15 },
      { rows: 1, levels: 32 },
    ],
    bitsPerLevel: 2,
    topLevels: 3,
  },
  s21: {
    accesses: 807,
    readRows: [
      { rows: 46, levels: 10 },
      { rows: 74, levels: 11 },
      { rows: 35, levels: 12 },
      { rows: 18, levels: 15 },
      { rows: 2, levels: 32 },
    ],
    updateRows: [
      { rows: 44, levels: 10 },
      { rows: 72, levels: 11 },
      { rows: 34, levels: 12 },
      { rows: 17, levels: 15 },
      { rows: 2, levels: 32 },
    ],
    writeRows: [
      { rows: 27, levels: 11 },
      { rows: 11, levels: 12 },
      { rows: 7, levels: 15 },
      { rows: 1, levels: 32 },
    ],
    bitsPerLevel: 2,
    topLevels: 4,
  },
  s22: {
    accesses: 1212,
    readRows: [
      { rows: 82, levels: 10 },
      { rows: 115, levels: 11 },
      { rows: 51, levels: 12 },
      { rows: 18, levels: 13 },
      { rows: 8, levels: 15 },
      { rows: 2, levels: 32 },
    ],
    updateRows: [
      { rows: 76, levels: 10 },
      { rows: 109, levels: 11 },
      { rows: 48, levels: 12 },
      { rows: 17, levels: 13 },
      { rows: 8, levels: 15 },
      { rows: 2, levels: 32 },
    ],
    writeRows: [
      { rows: 44, levels: 11 },
      { rows: 16, levels: 12 },
      { rows: 5, levels: 13 },
      { rows: 3, levels: 15 },
      { rows: 2, levels: 32 },
    ],
    bitsPerLevel: 2,
    topLevels: 4,
  },
  s20p: {
    accesses: 345,
    readRows: [],
    updateRows: [
      { rows: 57, levels: 10 },
      { rows: 58, levels: 11 },
      { rows: 20, levels: 12 },
      { rows: 4, levels: 13 },
    ],
    writeRows: [
      { rows: 9, levels: 12 },
      { rows: 5, levels: 13 },
      { rows: 3, levels: 15 },
      { rows: 1, levels: 32 },
    ],
    bitsPerLevel: 2,
    topLevels: 3,
  },
  s22p: {
    accesses: 1485,
    readRows: [],
    updateRows: [
      { rows: 230, levels: 10 },
      { rows: 274, levels: 11 },
      { rows: 100, levels: 12 },
      { rows: 18, levels: 13 },
    ],
    writeRows: [
      { rows: 36, levels: 12 },
      { rows: 19, levels: 13 },
      { rows: 8, levels: 15 },
      { rows: 3, levels: 32 },
    ],
    bitsPerLevel: 2,
    topLevels: 4,
  },
  deep: {
    accesses: 3,
    readRows: [],
    updateRows: [],
    writeRows: [{ rows: 3, levels: 127 }],
    bitsPerLevel: 2,
    topLevels: 0,
  },
  s14b: {
    accesses: 6,
    readRows: [{ rows: 1, levels: 12 }],
    updateRows: [],
    writeRows: [{ rows: 1, levels: 12 }],
    bitsPerLevel: 1,
    topLevels: 0,
  },
  s18b: {
    accesses: 45,
    readRows: [
      { rows: 5, levels: 22 },
      { rows: 4, levels: 26 },
      { rows: 1, levels: 64 },
    ],
    updateRows: [
      { rows: 3, levels: 22 },
      { rows: 2, levels: 26 },
    ],
    writeRows: [
      { rows: 2, levels: 22 },
      { rows: 2, levels: 26 },
      { rows: 1, levels: 64 },
    ],
    bitsPerLevel: 1,
    topLevels: 0,
  },
  deepb: {
    accesses: 3,
    readRows: [],
    updateRows: [],
    writeRows: [{ rows: 3, levels: 254 }],
    bitsPerLevel: 1,
    topLevels: 0,
  },
} as const satisfies Record<string, CircuitSize>;

/**
 * The name of a circuit of the catalogue.
 *
 * @example
 * const name: CircuitName = 's18';
 */
export type CircuitName = keyof typeof CATALOGUE;

/**
 * The circuit that `prove` takes unless told otherwise, by bits a level.
 *
 * @example
 * DEFAULT_CIRCUITS[2]; // 's18', for quad trees
 */
export const DEFAULT_CIRCUITS: Readonly<Record<1 | 2, CircuitName>> = { 1: 's18b', 2: 's18' };

/**
 * In the catalogue's order.
 *
 * @example
 * CIRCUIT_NAMES.filter((name) => CATALOGUE[name].bitsPerLevel === 1); // those for binary trees
 */
export const CIRCUIT_NAMES = Object.keys(CATALOGUE) as CircuitName[];

/** Whether a name is that of a circuit of storage. */
export const isStorageCircuit = (name: string): name is CircuitName => Object.hasOwn(CATALOGUE, name);

/** The circom main of a size: it only instantiates. */
export function mainSource(size: CircuitSize): string {
  return `pragma circom 2.2.0;

include "transition.circom";

component main {public [${PUBLIC_SIGNALS.join(', ')}]} =
    ${mainComponent(size)};
`;
}

/** The template and its parameters, in the template's order. */
export function mainComponent(size: CircuitSize): string {
  const groups = [size.readRows, size.updateRows, size.writeRows].flatMap((kind) => {
    // An array of the template has at least one element.
    const some = kind.length > 0 ? kind : [{ rows: 0, levels: size.topLevels }];
    const list = (numbers: readonly number[]): string => `[${numbers.join(', ')}]`;
    return [some.length, list(some.map(({ rows }) => rows)), list(some.map(({ levels }) => levels))];
  });
  return `Transition(${[size.accesses, ...groups, size.bitsPerLevel, size.topLevels].join(', ')})`;
}
