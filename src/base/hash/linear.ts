import { add, FIELD_ORDER, inverseOrZero, mul, ONE, sub, ZERO } from '../field/fr.js';
import type { Fr } from '../field/fr.js';

/** Row by row. */
export type Matrix = readonly Vector[];
export type Vector = readonly Fr[];

export const dot = (a: Vector, b: Vector): Fr =>
  (a.reduce((sum, x, i) => sum + x * (b[i] as Fr), 0n) % FIELD_ORDER) as Fr;
export const addVectors = (a: Vector, b: Vector): Vector => a.map((x, i) => add(x, b[i] as Fr));
export const scale = (a: Vector, factor: Fr): Vector => a.map((x) => mul(x, factor));
export const column = (matrix: Matrix, j: number): Vector => matrix.map((row) => row[j] as Fr);
/** `matrix * v` */
export const apply = (matrix: Matrix, v: Vector): Vector => matrix.map((row) => dot(row, v));
/** `v * matrix` */
export const applyLeft = (v: Vector, matrix: Matrix): Vector =>
  (matrix[0] as Vector).map((_, j) => dot(v, column(matrix, j)));
export const multiply = (a: Matrix, b: Matrix): Matrix => a.map((row) => applyLeft(row, b));

/** The inverse of a square matrix that has one, by Gauss and Jordan. */
export function inverse(matrix: Matrix): Matrix {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? ONE : ZERO))]);
  for (let i = 0; i < size; i++) {
    const pivot = rows.findIndex((row, k) => k >= i && row[i] !== ZERO);
    [rows[i], rows[pivot]] = [rows[pivot] as Fr[], rows[i] as Fr[]];
    const own = scale(rows[i] as Fr[], inverseOrZero(rows[i]?.[i] as Fr));
    rows.forEach((row, k) => {
      rows[k] = k === i ? [...own] : row.map((x, j) => sub(x, mul(row[i] as Fr, own[j] as Fr)));
    });
  }
  return rows.map((row) => row.slice(size));
}
