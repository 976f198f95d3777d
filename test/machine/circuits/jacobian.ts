/**
 * Which wires a prover could move together, to first order: the kernel of the Jacobian of a circuit's
 * constraints at a witness, with the inputs held fixed. No kernel means that no other witness for the same
 * inputs is infinitesimally near; each vector of the kernel is a direction to look into.
 *
 * Gaussian elimination over Fr. Circuits are programs: nearly every constraint defines one wire by wires that
 * are known already, so rows and columns with a single entry, which cost nothing, are taken first.
 */
import { inverseOrZero, toFr } from '../../../src/base/field/fr.js';
import { isInput, reduce, sidesOf } from './r1cs.js';
import type { Circuit, Constraint, Linear } from './r1cs.js';

/** Entries by wire, none of them 0. */
type Row = Map<number, bigint>;

export interface Kernel {
  /** Wires that are not inputs. */
  readonly columns: number;
  readonly rank: number;
  /** A basis; each vector as the wires that it moves. */
  readonly vectors: readonly (readonly number[])[];
}

/** @param moving the wires that are not held fixed */
export function kernelOf(
  constraints: readonly Constraint[],
  moving: ReadonlySet<number>,
  witness: readonly bigint[],
): Kernel {
  const rows = constraints.map((constraint): Row => {
    const { a, b } = sidesOf(constraint, witness);
    const row: Row = new Map();
    const addScaled = ({ wires, coefficients }: Linear, factor: bigint): void => {
      if (factor === 0n) return;
      wires.forEach((wire, i) => {
        if (moving.has(wire)) row.set(wire, (row.get(wire) ?? 0n) + factor * coefficients[i]!);
      });
    };
    addScaled(constraint.a, b);
    addScaled(constraint.b, a);
    addScaled(constraint.c, -1n);
    return nonZero(row);
  });
  const pivots = new Matrix(rows).eliminate();
  const bound = new Set(pivots.map(({ column }) => column));
  const vectors = [...moving].filter((wire) => !bound.has(wire)).map((wire) => moved(wire, pivots));
  return { columns: moving.size, rank: pivots.length, vectors };
}

/** All wires of a circuit but the constant and the inputs of main. */
export const notInputs = (circuit: Circuit): Set<number> =>
  new Set(circuit.names.map((_, wire) => wire).filter((wire) => wire !== 0 && !isInput(circuit, wire)));

interface Pivot {
  readonly column: number;
  /** The equation as it was when its column was taken; only columns taken later, or never, are in it. */
  readonly row: Row;
}

function nonZero(row: Row): Row {
  for (const [wire, value] of row) {
    const reduced = reduce(value);
    if (reduced === 0n) row.delete(wire);
    else row.set(wire, reduced);
  }
  return row;
}

/** The wires that move if `free` does: the last pivot's equation has no other column but free ones. */
function moved(free: number, pivots: readonly Pivot[]): number[] {
  const vector: Row = new Map([[free, 1n]]);
  for (const { column, row } of pivots.toReversed()) {
    let sum = 0n;
    for (const [wire, value] of row) if (wire !== column) sum += value * (vector.get(wire) ?? 0n);
    if (reduce(sum) !== 0n) vector.set(column, reduce(-sum * inverse(row.get(column)!)));
  }
  return [...vector.keys()].sort((p, q) => p - q);
}

const inverse = (x: bigint): bigint => inverseOrZero(toFr(x));

class Matrix {
  /** Rows by column. */
  private readonly places = new Map<number, Set<number>>();
  /** Rows by how many entries they have. */
  private readonly lengths: Set<number>[] = [];
  private readonly lonelyColumns: number[] = [];

  constructor(private readonly rows: Row[]) {
    rows.forEach((row, r) => {
      this.file(r);
      for (const column of row.keys()) {
        const place = this.places.get(column);
        if (place === undefined) this.places.set(column, new Set([r]));
        else place.add(r);
      }
    });
    for (const [column, place] of this.places) if (place.size === 1) this.lonelyColumns.push(column);
  }

  eliminate(): Pivot[] {
    const pivots: Pivot[] = [];
    for (;;) {
      const next = this.lonelyRow() ?? this.lonelyColumn() ?? this.shortestRow();
      if (next === null) return pivots;
      const { r, column } = next;
      const row = this.rows[r]!;
      pivots.push({ column, row });
      this.remove(r);
      const scale = inverse(row.get(column)!);
      for (const other of this.places.get(column)!) this.subtract(other, row, column, scale);
      this.places.delete(column);
    }
  }

  private lonelyRow(): { r: number; column: number } | null {
    for (const r of this.lengths[1] ?? []) return { r, column: [...this.rows[r]!.keys()][0]! };
    return null;
  }

  private lonelyColumn(): { r: number; column: number } | null {
    for (let column = this.lonelyColumns.pop(); column !== undefined; column = this.lonelyColumns.pop()) {
      const place = this.places.get(column);
      if (place?.size === 1) return { r: [...place][0]!, column };
    }
    return null;
  }

  /** Of the shortest row, the column with the fewest entries: little is filled in (Markowitz). */
  private shortestRow(): { r: number; column: number } | null {
    for (const r of this.lengths.find((rows) => rows !== undefined && rows.size > 0) ?? []) {
      const size = (column: number): number => this.places.get(column)!.size;
      return { r, column: [...this.rows[r]!.keys()].reduce((p, q) => (size(q) < size(p) ? q : p)) };
    }
    return null;
  }

  private subtract(r: number, pivot: Row, column: number, scale: bigint): void {
    const row = this.rows[r]!;
    this.unfile(r);
    const factor = pivot.size === 1 ? 0n : reduce(-row.get(column)! * scale);
    row.delete(column);
    for (const [wire, value] of pivot) {
      if (wire === column) continue;
      const sum = reduce((row.get(wire) ?? 0n) + factor * value);
      if (sum === 0n) {
        row.delete(wire);
        this.leave(r, wire);
      } else {
        row.set(wire, sum);
        this.places.get(wire)!.add(r);
      }
    }
    this.file(r);
  }

  private remove(r: number): void {
    this.unfile(r);
    for (const column of this.rows[r]!.keys()) this.leave(r, column);
  }

  private leave(r: number, column: number): void {
    const place = this.places.get(column)!;
    place.delete(r);
    if (place.size === 1) this.lonelyColumns.push(column);
  }

  /** A row without entries says nothing more. */
  private file(r: number): void {
    const { size } = this.rows[r]!;
    if (size > 0) (this.lengths[size] ??= new Set()).add(r);
  }

  private unfile(r: number): void {
    this.lengths[this.rows[r]!.size]?.delete(r);
  }
}
