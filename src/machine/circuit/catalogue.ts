import { PUBLIC_SIGNALS } from '../trace/trace.js';

/** How much one proof holds; see circuits/transition.circom. A level is a digit of `bitsPerLevel` bits. */
export interface CircuitSize {
  /** Accesses in the log; a multiple of 3. */
  readonly accesses: number;
  /** Distinct keys whose value stays as it is. */
  readonly readRows: number;
  /** Distinct keys, whatever becomes of them. */
  readonly writeRows: number;
  /** Distinct keys that are there before and after, whether their value changes or not: cheaper than write rows. */
  readonly updateRows: number;
  /** The deepest that a leaf on a path may lie. */
  readonly levels: number;
  /** Read and write rows for the few paths that go deeper than `levels`, down to `tallLevels`. */
  readonly tallReadRows: number;
  readonly tallWriteRows: number;
  readonly tallLevels: number;
  /** 1 for a binary tree, 2 for a quad tree. */
  readonly bitsPerLevel: 1 | 2;
  /** Levels at the top of the tree that are hashed once for all rows; every node on them must be inner. */
  readonly topLevels: number;
}

/** Rows that the smallest circuits have no room for. */
const NO_TALL_ROWS = { tallReadRows: 0, tallWriteRows: 0 } as const;

/**
 * The circuits there are, by name: `s` and the power of two that holds their constraints, or `deep`; then
 * `b` for a binary tree, `t` for one that shares the top of the tree, as all larger ones do, beside one of its size that
 * takes any state. Compiled mains, capacity checks and verifier contracts take their numbers here.
 *
 * Rows and accesses are to each other as in windows of a mainnet block, see `npm run circuits:ratios`. 13
 * levels of a quad tree are 26 bits: of a million random entries 1.5 percent lie deeper, and none of
 * them deeper than the 64 bits of a tall row. A deep circuit takes any path, and any three accesses.
 */
export const CATALOGUE = {
  s14: {
    accesses: 6,
    readRows: 1,
    writeRows: 1,
    updateRows: 0,
    levels: 6,
    ...NO_TALL_ROWS,
    tallLevels: 6,
    bitsPerLevel: 2,
    topLevels: 0,
  },
  s16: {
    accesses: 15,
    readRows: 3,
    writeRows: 3,
    updateRows: 1,
    levels: 13,
    ...NO_TALL_ROWS,
    tallLevels: 13,
    bitsPerLevel: 2,
    topLevels: 0,
  },
  s18: {
    accesses: 48,
    readRows: 9,
    writeRows: 5,
    updateRows: 11,
    levels: 13,
    tallReadRows: 1,
    tallWriteRows: 1,
    tallLevels: 32,
    bitsPerLevel: 2,
    topLevels: 0,
  },
  s18t: {
    accesses: 60,
    readRows: 16,
    writeRows: 5,
    updateRows: 10,
    levels: 12,
    tallReadRows: 2,
    tallWriteRows: 3,
    tallLevels: 16,
    bitsPerLevel: 2,
    topLevels: 2,
  },
  s20: {
    accesses: 255,
    readRows: 57,
    writeRows: 23,
    updateRows: 50,
    levels: 13,
    tallReadRows: 3,
    tallWriteRows: 3,
    tallLevels: 32,
    bitsPerLevel: 2,
    topLevels: 3,
  },
  s21: {
    accesses: 600,
    readRows: 123,
    writeRows: 28,
    updateRows: 127,
    levels: 13,
    tallReadRows: 5,
    tallWriteRows: 6,
    tallLevels: 32,
    bitsPerLevel: 2,
    topLevels: 4,
  },
  s22: {
    accesses: 1212,
    readRows: 268,
    writeRows: 61,
    updateRows: 257,
    levels: 13,
    tallReadRows: 8,
    tallWriteRows: 9,
    tallLevels: 32,
    bitsPerLevel: 2,
    topLevels: 4,
  },
  deep: {
    accesses: 3,
    readRows: 0,
    writeRows: 3,
    updateRows: 0,
    levels: 127,
    ...NO_TALL_ROWS,
    tallLevels: 127,
    bitsPerLevel: 2,
    topLevels: 0,
  },
  s14b: {
    accesses: 6,
    readRows: 1,
    writeRows: 1,
    updateRows: 0,
    levels: 12,
    ...NO_TALL_ROWS,
    tallLevels: 12,
    bitsPerLevel: 1,
    topLevels: 0,
  },
  s18b: {
    accesses: 42,
    readRows: 7,
    writeRows: 4,
    updateRows: 5,
    levels: 26,
    tallReadRows: 1,
    tallWriteRows: 1,
    tallLevels: 64,
    bitsPerLevel: 1,
    topLevels: 0,
  },
  deepb: {
    accesses: 3,
    readRows: 0,
    writeRows: 3,
    updateRows: 0,
    levels: 254,
    ...NO_TALL_ROWS,
    tallLevels: 254,
    bitsPerLevel: 1,
    topLevels: 0,
  },
} as const satisfies Record<string, CircuitSize>;

/** The name of a circuit of the catalogue. */
export type CircuitName = keyof typeof CATALOGUE;

/** The circuit that `prove` takes unless told otherwise, by bits a level. */
export const DEFAULT_CIRCUITS: Readonly<Record<1 | 2, CircuitName>> = { 1: 's18b', 2: 's18' };

/** In the catalogue's order. */
export const CIRCUIT_NAMES = Object.keys(CATALOGUE) as CircuitName[];

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
  const { accesses, tallReadRows, readRows, updateRows, writeRows, tallWriteRows, tallLevels, levels } = size;
  const rows = [tallReadRows, readRows, updateRows, writeRows, tallWriteRows];
  return `Transition(${[accesses, ...rows, tallLevels, levels, size.bitsPerLevel, size.topLevels].join(', ')})`;
}
