import { type CircuitSize } from '../circuit/catalogue.js';
import { type ReadRow, type Trace, type WriteRow } from '../trace/trace.js';

/** A trace that a circuit has no room for. */
export class CapacityError extends Error {
  override readonly name = 'CapacityError';
}

/** A trace's rows in the sections of a circuit, each in the circuit's order. */
export interface Layout {
  readonly tallReads: readonly ReadRow[];
  readonly reads: readonly ReadRow[];
  readonly tallWrites: readonly WriteRow[];
  readonly writes: readonly WriteRow[];
  readonly updates: readonly WriteRow[];
}

/**
 * Finds every row of a trace a place. Tall rows take any path, write rows any effect, update rows updates
 * only; the chain runs through tall write rows, write rows, update rows, in that order. Reads for
 * which there are no read rows go ahead of the chain, as writes of the value that is there.
 * @throws {CapacityError} which names the capacity that does not do
 */
export function layOut(trace: Trace, size: CircuitSize): Layout {
  if (trace.bitsPerLevel !== size.bitsPerLevel) {
    throw new CapacityError(
      `the batch's tree has ${trace.bitsPerLevel} bits a level; the circuit is for trees with ${size.bitsPerLevel}`,
    );
  }
  fits('accesses', trace.log.length, size.accesses);
  if (size.topLevels > 0) checkTop(trace, size);
  const depth = Math.max(0, ...trace.reads.map(readDepth), ...trace.writes.map(writeDepth));
  fits('tree levels', depth, size.tallReadRows + size.tallWriteRows > 0 ? size.tallLevels : size.levels);

  // The deepest first, so that what is left over for write rows is shallow.
  const byDepth = trace.reads.toSorted((a, b) => readDepth(b) - readDepth(a));
  const tall = byDepth.filter((row) => readDepth(row) > size.levels).length;
  const tallReads = byDepth.slice(0, Math.min(size.tallReadRows, Math.max(tall, byDepth.length - size.readRows)));
  const others = byDepth.slice(tallReads.length);
  const reads = others.filter((row) => readDepth(row) <= size.levels).slice(0, size.readRows);
  const overflow = others.filter((row) => !reads.includes(row)).map((row) => asWriteRow(trace, row));

  const chain = [...overflow, ...trace.writes];
  const what = `rows for distinct keys (${trace.reads.length} only read, ${trace.writes.length} changed)`;
  const changeRoom = size.tallWriteRows + size.writeRows + size.updateRows;
  fits(what, tallReads.length + reads.length + chain.length, tallReads.length + reads.length + changeRoom);
  // From `firstUpdate` on only updates that are not too deep; before `firstWrite` the tall rows.
  const tooDeep = chain.findLastIndex((row) => writeDepth(row) > size.levels) + 1;
  const notUpdate = chain.findLastIndex((row) => row.effect !== 'update') + 1;
  const firstUpdate = Math.max(tooDeep, notUpdate, chain.length - size.updateRows);
  const firstWrite = Math.max(tooDeep, firstUpdate - size.writeRows);
  fits(`write rows, tall ones for paths of more than ${size.levels} levels`, firstUpdate, size.writeRows + firstWrite);
  fits(`tall write rows, for paths of more than ${size.levels} levels`, firstWrite, size.tallWriteRows);
  return {
    tallReads,
    reads,
    tallWrites: chain.slice(0, firstWrite),
    writes: chain.slice(firstWrite, firstUpdate),
    updates: chain.slice(firstUpdate),
  };
}

/** Where the top is hashed once for all rows, all of its nodes are inner ones and stay so. */
function checkTop({ cells, writes, bitsPerLevel }: Trace, { topLevels }: CircuitSize): void {
  const needed = `a circuit that hashes the topmost ${topLevels} levels once needs`;
  const count = 2 ** (bitsPerLevel * topLevels);
  if (cells.length !== count) {
    throw new CapacityError(`${needed} the trace's ${count} cells, with inner nodes alone above them; the trace has ${cells.length}`);
  }
  const shallow = writes.find(({ effect, siblings }) => effect.startsWith('delete') && siblings.length <= topLevels);
  if (shallow !== undefined) {
    throw new CapacityError(`${needed} deletes to leave an inner node there; one leaves ${shallow.otherLeaf === null ? 'none' : 'a leaf'} at level ${shallow.siblings.length}`);
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
