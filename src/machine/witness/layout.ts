import { type CircuitSize } from '../circuit/catalogue.js';
import { type ReadRow, type Trace, type WriteRow } from '../trace/trace.js';
import { lostParents } from './cells.js';

/** A trace that a circuit has no room for. */
export class CapacityError extends Error {
  override readonly name = 'CapacityError';
}

/** A trace's rows in the sections of a circuit, each in the circuit's order. */
export interface Layout {
  readonly tallReads: readonly ReadRow[];
  readonly reads: readonly ReadRow[];
  readonly updates: readonly WriteRow[];
  readonly writes: readonly WriteRow[];
  readonly tallWrites: readonly WriteRow[];
}

/**
 * Finds every row of a trace a place. Tall rows take any path, write rows any effect, update rows keys that
 * are there before and after; the chain runs through update rows, write rows, tall write rows, in that
 * order. Reads for which there are no read rows go ahead of the chain, where the tree is still the old
 * one, as writes of the value that is there.
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
  const depth = Math.max(0, ...trace.reads.map(readDepth), ...trace.writes.map(writeDepth));
  fits('tree levels', depth, size.tallReadRows + size.tallWriteRows > 0 ? size.tallLevels : size.levels);

  // Deep ones first, then absent keys, so that what is left over can go into update rows.
  const isAbsent = ({ key }: ReadRow): boolean => trace.keys[key]!.oldValue === 0n;
  const rank = (row: ReadRow): number => (readDepth(row) > size.levels ? 0 : isAbsent(row) ? 1 : 2);
  const ranked = trace.reads.toSorted((a, b) => rank(a) - rank(b));
  const tall = ranked.filter((row) => rank(row) === 0).length;
  const tallReads = ranked.slice(0, Math.min(size.tallReadRows, Math.max(tall, ranked.length - size.readRows)));
  const others = ranked.slice(tallReads.length);
  const reads = others.filter((row) => rank(row) > 0).slice(0, size.readRows);
  const overflow = others
    .filter((row) => !reads.includes(row))
    .toReversed()
    .map((row) => asWriteRow(trace, row));

  const chain = [...overflow, ...trace.writes];
  const what = `rows for distinct keys (${trace.reads.length} only read, ${trace.writes.length} changed)`;
  const changeRoom = size.tallWriteRows + size.writeRows + size.updateRows;
  fits(what, tallReads.length + reads.length + chain.length, tallReads.length + reads.length + changeRoom);
  const firstOf = (is: (row: WriteRow) => boolean): number => {
    const index = chain.findIndex(is);
    return index === -1 ? chain.length : index;
  };
  const firstTall = firstOf((row) => writeDepth(row) > size.levels);
  const firstWrite = Math.min(
    size.updateRows,
    firstTall,
    firstOf(({ effect }) => effect !== 'update'),
  );
  const deep = chain.length - firstTall;
  fits(`tall write rows, for paths of more than ${size.levels} levels`, deep, size.tallWriteRows);
  fits('write rows', firstTall - firstWrite, size.writeRows + size.tallWriteRows - deep);
  const firstTallWrite = Math.min(firstWrite + size.writeRows, firstTall);
  return {
    tallReads,
    reads,
    updates: chain.slice(0, firstWrite),
    writes: chain.slice(firstWrite, firstTallWrite),
    tallWrites: chain.slice(firstTallWrite),
  };
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

const readDepth = (row: ReadRow): number => row.siblings.length;
const writeDepth = (row: WriteRow): number => row.siblings.length + row.extension;

/** A read as a write row that leaves everything as it is. */
function asWriteRow(trace: Trace, row: ReadRow): WriteRow {
  return {
    key: row.key,
    effect: trace.keys[row.key]!.oldValue === 0n ? 'nothing' : 'update',
    siblings: row.siblings,
    extension: 0,
    otherLeaf: row.otherLeaf,
    siblingChildren: null,
    rootBefore: trace.publics.oldRoot,
    rootAfter: trace.publics.oldRoot,
  };
}
