/**
 * The public signals of every circuit of Linea's accumulator, in the circuit's order.
 *
 * @example
 * LINEA_SIGNALS.indexOf('logHash'); // 3
 */
export const LINEA_SIGNALS = ['oldTop', 'newTop', 'logHashIn', 'logHash'] as const;
/**
 * The name of a public signal of a circuit of Linea's accumulator.
 *
 * @example
 * const signal: LineaSignal = 'newTop';
 */
export type LineaSignal = (typeof LINEA_SIGNALS)[number];

/**
 * How much one proof of operations on an accumulator holds.
 * @see {@link LINEA_CATALOGUE}
 */
export interface LineaSize {
  /** Operations, a multiple of 5. */
  readonly operations: number;
  /** Of these, reads and updates at most. */
  readonly points: number;
  /** Of these, reads of absent keys, inserts and deletes at most. */
  readonly lists: number;
  /** Leaves that are only read. */
  readonly readRows: number;
  /** Leaves that change; those that are only read find a place here, too. */
  readonly changeRows: number;
  /** Inserts at most. */
  readonly appends: number;
  /** d: of the trie before and after, the next free leaf index is below 2^d before, and at most 2^d after. */
  readonly levels: number;
  /** Levels at the top of these d that are hashed once for all rows. */
  readonly topLevels: number;
}

/**
 * The circuits of Linea's accumulator in the suite poseidon-bn254, by name. Their constraints fit 2^16 and 2^18.
 *
 * @example
 * LINEA_CATALOGUE.linea18.operations; // how many operations one proof with this circuit can hold
 */
export const LINEA_CATALOGUE = {
  linea16: { operations: 5, points: 5, lists: 1, readRows: 1, changeRows: 4, appends: 1, levels: 16, topLevels: 0 },
  linea18: { operations: 10, points: 10, lists: 5, readRows: 5, changeRows: 15, appends: 5, levels: 24, topLevels: 0 },
} as const satisfies Record<string, LineaSize>;

/**
 * The name of a circuit of Linea's accumulator.
 *
 * @example
 * const chosen: LineaCircuitName = 'linea18';
 */
export type LineaCircuitName = keyof typeof LINEA_CATALOGUE;

/** In the catalogue's order. */
export const LINEA_CIRCUIT_NAMES = Object.keys(LINEA_CATALOGUE) as LineaCircuitName[];

/** Whether a name is that of a circuit of Linea's accumulator. */
export const isLineaCircuitName = (name: string): name is LineaCircuitName => Object.hasOwn(LINEA_CATALOGUE, name);

/** The template and its parameters, in the template's order. */
export const lineaComponent = (size: LineaSize): string =>
  `LineaBlock(${[
    size.operations,
    size.points,
    size.lists,
    size.readRows,
    size.changeRows,
    size.appends,
    size.levels,
    size.topLevels,
  ].join(', ')})`;

/** The circom main of a size: it only instantiates. */
export const lineaMainSource = (size: LineaSize): string => `pragma circom 2.2.0;

include "linea/block.circom";

component main {public [${LINEA_SIGNALS.join(', ')}]} =
    ${lineaComponent(size)};
`;
