import { deepestOf, rowsIn } from '../circuit/catalogue.js';
import type { CircuitSize } from '../circuit/catalogue.js';
import type { ReadRow } from '../trace/trace.js';
import { layOut, rowDepth } from '../witness/layout.js';
import type { Chunk } from './plan.js';

/**
 * What a chunk takes of one of its circuit's capacities.
 * @see {@link utilisation}
 */
export interface Use {
  readonly used: number;
  readonly room: number;
}

/**
 * Rows of a kind are those of all lengths; `levels` tells of the deepest row.
 * @see {@link utilisation}
 */
export const DIMENSIONS = ['accesses', 'readRows', 'updateRows', 'writeRows', 'levels'] as const;
/**
 * What a circuit has a bounded number of.
 * @see {@link utilisation}
 */
export type Dimension = (typeof DIMENSIONS)[number];
/**
 * How full a circuit is, by dimension.
 * @see {@link utilisation}
 */
export type Utilisation = Readonly<Record<Dimension, Use>>;

/** What a circuit has room for, in a dimension. */
export function roomIn(size: CircuitSize, dimension: Dimension): number {
  switch (dimension) {
    case 'accesses':
      return size.accesses;
    case 'levels':
      return deepestOf(size);
    case 'readRows':
    case 'updateRows':
    case 'writeRows':
      return rowsIn(size[dimension]);
  }
}

/**
 * How full a chunk's circuit is, in each dimension.
 *
 * @example
 * utilisation({ trace, size: CATALOGUE.s14 }).accesses; // { used: 2, room: 6 }
 */
export function utilisation({ trace, size }: Pick<Chunk, 'trace' | 'size'>): Utilisation {
  const { reads, updates, writes } = layOut(trace, size);
  const taken = (rows: readonly (ReadRow | null)[]): number => rows.filter((row) => row !== null).length;
  const used: Readonly<Record<Dimension, number>> = {
    accesses: trace.log.length,
    readRows: taken(reads),
    updateRows: taken(updates),
    writeRows: taken(writes),
    levels: Math.max(0, ...trace.reads.map(rowDepth), ...trace.writes.map(rowDepth)),
  };
  return Object.fromEntries(
    DIMENSIONS.map((dimension) => [dimension, { used: used[dimension], room: roomIn(size, dimension) }]),
  ) as Record<Dimension, Use>;
}
