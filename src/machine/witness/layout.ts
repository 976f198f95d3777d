import { deepestOf, rowsIn, slotsOf } from '../circuit/catalogue.js';
import type { CircuitSize } from '../circuit/catalogue.js';
import type { ReadRow, Trace, WriteRow } from '../trace/trace.js';
import { lostParents } from './cells.js';

/** A trace that a circuit has no room for. */
export class CapacityError extends Error {
  override readonly name = 'CapacityError';
}

/** A circuit's rows in its order, each with the trace's row that takes it, or null. */
export interface Layout {
  readonly reads: readonly (ReadRow | null)[];
  readonly updates: readonly (WriteRow | null)[];
  readonly writes: readonly (WriteRow | null)[];
}

/**
 * Finds every row of a trace a place. A row takes paths of up to as many levels as it has; write rows any effect,
 * update rows keys that are there before and after; the chain runs through update rows, then write rows. Reads for
 * which there are no read rows go ahead of the chain, where the tree is still the old one, as writes of the value
 * that is there.
 * @throws {CapacityError} which names the capacity that does not do
 */
export function layOut(trace: Trace, size: CircuitSize): Layout {
  if (trace.bitsPerLevel !== size.bitsPerLevel) {
    throw new CapacityError(
      `the batch's tree has ${trace.bitsPerLevel} bits per level, but the circuit is for trees with ${size.bitsPerLevel}`,
    );
  }
  fits('accesses', trace.log.length, size.accesses);
  if (size.topLevels > 0) checkTop(trace, size);
  const depth = Math.max(0, ...trace.reads.map(rowDepth), ...trace.writes.map(rowDepth));
  fits('tree levels', depth, deepestOf(size));

  const { reads, left } = placeReads(trace, size);
  const chain = [...left.map((row) => asWriteRow(trace, row)), ...trace.writes];
  const what = `rows for distinct keys (${trace.reads.length} only read, ${trace.writes.length} changed)`;
  const placed = trace.reads.length - left.length;
  fits(what, placed + chain.length, placed + rowsIn(size.updateRows) + rowsIn(size.writeRows));
  return { reads, ...placeChain(chain, size) };
}

/**
 * As many reads in read rows as there can be. Those of absent keys come before others, as these may go into update
 * rows, and then deep ones, as what goes ahead of the chain and is deep leaves it the long rows alone.
 */
function placeReads(trace: Trace, size: CircuitSize): { reads: Layout['reads']; left: readonly ReadRow[] } {
  const isAbsent = ({ key }: ReadRow): boolean => trace.keys[key]!.oldValue === 0n;
  const ranked = trace.reads.toSorted((a, b) => Number(isAbsent(b)) - Number(isAbsent(a)) || rowDepth(b) - rowDepth(a));
  // Free rows of each group and all longer ones: there is a place for what is kept as long as none falls below 0.
  const free = size.readRows.map((_, group) => rowsIn(size.readRows.slice(group)));
  const kept: ReadRow[] = [];
  const left: ReadRow[] = [];
  for (const row of ranked) {
    const group = size.readRows.findIndex(({ levels }) => levels >= rowDepth(row));
    const fits = group !== -1 && free.slice(0, group + 1).every((rows) => rows > 0);
    if (fits) for (let shorter = 0; shorter <= group; shorter++) free[shorter]!--;
    (fits ? kept : left).push(row);
  }
  const slots = slotsOf(size.readRows);
  const reads: (ReadRow | null)[] = slots.map(() => null);
  let slot = 0;
  for (const row of kept.toSorted((a, b) => rowDepth(a) - rowDepth(b))) {
    while (slots[slot]! < rowDepth(row)) slot++;
    reads[slot++] = row;
  }
  return { reads, left: left.toReversed() };
}

/** Each of the chain's rows in the first row of the circuit that takes it and that comes after those before. */
function placeChain(chain: readonly WriteRow[], size: CircuitSize): Pick<Layout, 'updates' | 'writes'> {
  const updateSlots = slotsOf(size.updateRows);
  const writeSlots = slotsOf(size.writeRows);
  const slots = [...updateSlots, ...writeSlots];
  const placed: (WriteRow | null)[] = slots.map(() => null);
  const takes = (slot: number, row: WriteRow): boolean =>
    slots[slot]! >= rowDepth(row) && (slot >= updateSlots.length || row.effect === 'update');
  let next = 0;
  for (const row of chain) {
    while (next < slots.length && !takes(next, row)) next++;
    if (next === slots.length) {
      const depth = rowDepth(row);
      const room = writeSlots.filter((levels) => levels >= depth).length;
      throw new CapacityError(
        `the batch needs another write row, for a path of ${depth} levels; of those the circuit has room for ${room}`,
      );
    }
    placed[next++] = row;
  }
  return { updates: placed.slice(0, updateSlots.length), writes: placed.slice(updateSlots.length) };
}

/** Where the top is hashed once for all rows, all of its nodes are inner ones, stay so meanwhile and are so after. */
function checkTop(trace: Trace, size: CircuitSize): void {
  const { topLevels, bitsPerLevel } = size;
  const needed = `a circuit that hashes the topmost ${topLevels} levels once needs`;
  const count = 2 ** (bitsPerLevel * topLevels);
  if (trace.cells.length !== count) {
    throw new CapacityError(
      `${needed} the trace's ${count} cells, with inner nodes alone above them; the trace has ${trace.cells.length}`,
    );
  }
  const shallow = trace.writes.find(({ siblings }) => siblings.length < topLevels);
  if (shallow !== undefined) {
    throw new CapacityError(
      `${needed} changes to leave inner nodes there; one is of a path of ${shallow.siblings.length} levels`,
    );
  }
  if (lostParents(trace, size).length > 0) {
    throw new CapacityError(`${needed} deletes to leave inner nodes there; after them one has less than two children`);
  }
}

function fits(what: string, needed: number, room: number): void {
  if (needed > room) throw new CapacityError(`the batch needs ${needed} ${what}; the circuit has room for ${room}`);
}

/** The levels of a row's longer lane. */
export const rowDepth = (row: ReadRow | WriteRow): number =>
  row.siblings.length + ('extension' in row ? row.extension : 0);

/** A read as a write row that leaves everything as it is. */
function asWriteRow(trace: Trace, row: ReadRow): WriteRow {
  return {
    key: row.key,
    effect: trace.keys[row.key]!.oldValue === 0n ? 'nothing' : 'update',
    siblings: row.siblings,
    extension: 0,
    otherLeaf: row.otherLeaf,
    siblingChildren: null,
  };
}
