import { accessElements, leafValue, rawKey } from '../batch/encoding.js';
import { type CircuitSize } from '../circuit/catalogue.js';
import { type Fr, ZERO } from '../field/fr.js';
import { splitLimbs, type Uint256 } from '../field/limbs.js';
import { type Poseidon } from '../hash/poseidon.js';
import { type KeyRow, type ReadRow, type Siblings, type Trace, type WriteRow } from '../trace/trace.js';

/** A main input of the circuit: a number, or an array of inputs. */
export type CircuitInput = bigint | readonly CircuitInput[];

/** The inputs of `Transition`, by signal name; see circuits/transition.circom for their shapes. */
export type CircuitInputs = Record<string, CircuitInput>;

/** A trace that a circuit has no room for. */
export class CapacityError extends Error {
  override readonly name = 'CapacityError';
}

/** Sort keys are the low 120 bits of tree keys; a padding row's is 2^120 + its index. */
const SORT_BITS = 120n;
const SORT_MASK = (1n << SORT_BITS) - 1n;

/**
 * Lays a trace out as the circuit's inputs, padded to its size. Read rows beyond the circuit's own go
 * to write rows ahead of the chain, as writes of the value that is there.
 * @throws {CapacityError} the trace has more accesses, rows or levels than the circuit
 */
export function circuitInputs(poseidon: Poseidon, trace: Trace, size: CircuitSize): CircuitInputs {
  const readRows = trace.reads.slice(0, size.readRows);
  const writeRows = [...trace.reads.slice(size.readRows).map((row) => asWriteRow(trace, row)), ...trace.writes];
  checkCapacity(trace, size, readRows, writeRows);

  const keyOf = (row: ReadRow | WriteRow): KeyRow => trace.keys[row.key]!;
  const pad = <T>(rows: readonly T[], length: number, padding: T): T[] => [
    ...rows,
    ...Array.from({ length: length - rows.length }, () => padding),
  ];
  const { accesses: T, readRows: R, writeRows: W, levels: L } = size;
  const log = <V extends CircuitInput>(f: (row: Trace['log'][number]) => V, padding: V) => pad(trace.log.map(f), T, padding);
  const read = <V extends CircuitInput>(f: (row: ReadRow) => V, padding: V) => pad(readRows.map(f), R, padding);
  const write = <V extends CircuitInput>(f: (row: WriteRow) => V, padding: V) => pad(writeRows.map(f), W, padding);

  return {
    ...trace.publics,
    isRead: log((row) => (row.op === 'read' ? 1n : 0n), 0n),
    isWrite: log((row) => (row.op === 'write' ? 1n : 0n), 0n),
    elements: log<readonly bigint[]>((row) => accessElements(row), zeros(5)),
    previous: log((row) => [...limbs(row.previousValue), BigInt(row.previousTime)], zeros(3)),

    readReal: read(() => 1n, 0n),
    readKey: read((row) => rawKeyElements(keyOf(row)), zeros(3)),
    readValue: read((row) => limbs(keyOf(row).oldValue), zeros(2)),
    readLastTime: read((row) => BigInt(keyOf(row).lastTime), 0n),
    readActive: read((row) => ones(row.siblings.length, L), zeros(L)),
    readSiblings: read((row) => siblingColumn(row.siblings, L), zeros(L)),
    readOther: read((row) => (row.otherLeaf === null ? 0n : 1n), 0n),
    readLeaf: read((row) => endLeaf(poseidon, keyOf(row), row.otherLeaf, keyOf(row).oldValue), zeros(2)),

    writeReal: write(() => 1n, 0n),
    writeKey: write((row) => rawKeyElements(keyOf(row)), zeros(3)),
    writeOld: write((row) => limbs(keyOf(row).oldValue), zeros(2)),
    writeNew: write((row) => limbs(keyOf(row).newValue), zeros(2)),
    writeLastTime: write((row) => BigInt(keyOf(row).lastTime), 0n),
    writeShort: write((row) => ones(row.siblings.length, L), zeros(L)),
    writeLong: write((row) => ones(row.siblings.length + row.extension, L), zeros(L)),
    writeSiblings: write((row) => siblingColumn([...row.siblings, ...extensionSiblings(poseidon, row)], L), zeros(L)),
    writeOther: write((row) => (row.otherLeaf === null ? 0n : 1n), 0n),
    // A delete's short lane ends where the key is gone, so only an update shows the key's own leaf.
    writeLeaf: write(
      (row) => endLeaf(poseidon, keyOf(row), row.otherLeaf, row.effect === 'update' ? keyOf(row).oldValue : 0n),
      zeros(2),
    ),
    writeSiblingChildren: write((row) => row.siblingChildren ?? zeros(2), zeros(2)),

    sorted: sortKeys(readRows.map(keyOf), writeRows.map(keyOf), size),
  };
}

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

function checkCapacity(trace: Trace, size: CircuitSize, reads: readonly ReadRow[], writes: readonly WriteRow[]): void {
  const need = (what: string, needed: number, room: number): void => {
    if (needed > room) throw new CapacityError(`the batch needs ${needed} ${what}; the circuit has room for ${room}`);
  };
  need('bits a level', trace.bitsPerLevel, size.bitsPerLevel);
  need('accesses', trace.log.length, size.accesses);
  need(`rows for distinct keys (${trace.reads.length} only read, ${trace.writes.length} changed)`, reads.length + writes.length, reads.length + size.writeRows);
  for (const row of reads) need('tree levels', row.siblings.length, size.levels);
  for (const row of writes) need('tree levels', row.siblings.length + row.extension, size.levels);
}

/** The siblings that only the longer lane has: empty nodes, then the other leaf. */
function extensionSiblings(poseidon: Poseidon, row: WriteRow): Siblings {
  if (row.extension === 0) return [];
  const { key, value } = row.otherLeaf!;
  const leaf = poseidon.hash([key, value, 1n as Fr]);
  return [...Array.from({ length: row.extension - 1 }, () => [ZERO]), [leaf]];
}

/** The leaf at which a lane ends: another key's, the key's own, or none. */
function endLeaf(poseidon: Poseidon, key: KeyRow, other: ReadRow['otherLeaf'], own: bigint): readonly bigint[] {
  if (other !== null) return [other.key, other.value];
  return own === 0n ? zeros(2) : [key.treeKey, leafValue(poseidon, own as Uint256)];
}

/** The sort keys of all rows, padding included, in increasing order. */
function sortKeys(reads: readonly KeyRow[], writes: readonly KeyRow[], size: CircuitSize): bigint[] {
  const column = (rows: readonly KeyRow[], first: number, length: number): bigint[] =>
    Array.from({ length }, (_, i) => {
      const row = rows[i];
      return row === undefined ? (1n << SORT_BITS) + BigInt(first + i) : row.treeKey & SORT_MASK;
    });
  const keys = [...column(reads, 0, size.readRows), ...column(writes, size.readRows, size.writeRows)];
  return keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

const rawKeyElements = (key: KeyRow): bigint[] => {
  const { accountTag, slotHi, slotLo } = rawKey(key);
  return [accountTag, slotHi, slotLo];
};

const limbs = (value: Uint256): bigint[] => {
  const { hi, lo } = splitLimbs(value);
  return [hi, lo];
};

const zeros = (n: number): bigint[] => Array.from({ length: n }, () => 0n);
const ones = (n: number, length: number): bigint[] => zeros(length).fill(1n, 0, n);

/** The one sibling of each level of a binary tree, padded to the circuit's levels. */
const siblingColumn = (siblings: Siblings, levels: number): bigint[] =>
  zeros(levels).map((zero, l) => siblings[l]?.[0] ?? zero);
