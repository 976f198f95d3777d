import { type ReadRow, type WriteRow } from '../trace/trace.js';
import { layOut } from '../witness/layout.js';
import { type Chunk } from './plan.js';

/** What a chunk takes of one of its circuit's capacities. */
export interface Use {
  readonly used: number;
  readonly room: number;
}

/** `levels` and `tallLevels` tell of the deepest row in the sections that have so many. */
export const DIMENSIONS = [
  'accesses',
  'tallReadRows',
  'readRows',
  'tallWriteRows',
  'writeRows',
  'updateRows',
  'levels',
  'tallLevels',
] as const;
/** What a circuit has a bounded number of. */
export type Dimension = (typeof DIMENSIONS)[number];
/** How full a circuit is, by dimension. */
export type Utilisation = Readonly<Record<Dimension, Use>>;

/**
 * How full a chunk's circuit is, in each dimension.
 *
 * @example
 * utilisation({ trace, size: CATALOGUE.s14 }).accesses; // { used: 2, room: 6 }
 */
export function utilisation({ trace, size }: Pick<Chunk, 'trace' | 'size'>): Utilisation {
  const { tallReads, reads, tallWrites, writes, updates } = layOut(trace, size);
  const used: Readonly<Record<Dimension, number>> = {
    accesses: trace.log.length,
    tallReadRows: tallReads.length,
    readRows: reads.length,
    tallWriteRows: tallWrites.length,
    writeRows: writes.length,
    updateRows: updates.length,
    levels: deepest([...reads, ...writes, ...updates]),
    tallLevels: deepest([...tallReads, ...tallWrites]),
  };
  return Object.fromEntries(
    DIMENSIONS.map((dimension) => [dimension, { used: used[dimension], room: size[dimension] }]),
  ) as Record<Dimension, Use>;
}

const deepest = (rows: readonly (ReadRow | WriteRow)[]): number =>
  Math.max(0, ...rows.map((row) => row.siblings.length + ('extension' in row ? row.extension : 0)));
