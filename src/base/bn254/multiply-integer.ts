import { i32x4, i64x2, v128 } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, Local } from '../wasm/assembler.js';
import { inverseModulo, LIMBS } from './numbers.js';
import type { Statics } from './statics.js';

/**
 * Montgomery's product of integers, two at once, for where no fused multiply-add is: 1.6 times as long. Limbs are cut
 * in two, and columns of products of 26 bits each, up to 20 of them, need no carry in 64 bits.
 *
 * Reduction is as in the fused product, by steps of 26 bits: nine by M = (n * p + 1) / 2^26, and one by p.
 */
const BITS = 26;
const HALVES = 2 * LIMBS;
const MASK = (1n << BigInt(BITS)) - 1n;
const COLUMNS = 2 * HALVES;

const halvesOf = (x: bigint): bigint[] => Array.from({ length: HALVES }, (_, i) => (x >> BigInt(BITS * i)) & MASK);

/** Builds the body of `multiply(to, a, b)`, of pairs; limbs of a and b are below 2^52. */
export function multiplyInteger(f: FunctionBuilder, statics: Statics, order: bigint): void {
  const to = f.param(0);
  const a = f.param(1);
  const b = f.param(2);
  const n = MASK + 1n - inverseModulo(order, MASK + 1n);
  // In all four 32-bit lanes.
  const factors = (numbers: readonly bigint[]): Code[] => numbers.map((x) => statics.splat(x | (x << 32n)).load);
  const multiple = factors(halvesOf(order));
  const shifted = factors(halvesOf((n * order + 1n) >> BigInt(BITS)));
  const [factor] = factors([n]) as [Code];
  const mask = statics.splat(MASK).load;

  const operand = (from: Local): Local[] =>
    f.locals('v128', HALVES).map((half, i) => {
      const limb = v128.load(from.get, 16 * (i >> 1));
      f.emit(half.set(i32x4.even(i % 2 === 0 ? v128.and(limb, mask) : i64x2.shrU(limb, BITS))));
      return half;
    });
  const left = operand(a);
  const right = operand(b);
  const steps = f.locals('v128', HALVES);
  const [column, carry, low] = f.locals('v128', 3);
  const product = (x: Code, y: Code): Code => i64x2.extmulLowI32x4U(x, y);
  const last = HALVES - 1;
  for (let k = 0; k < COLUMNS; k++) {
    const terms = k > 0 ? [carry.get] : [];
    for (let i = Math.max(0, k - last); i <= Math.min(k, last); i++)
      terms.unshift(product(left[i]!.get, right[k - i]!.get));
    for (let i = 0; i < Math.min(k, last); i++)
      if (k - 1 - i < HALVES) terms.unshift(product(steps[i]!.get, shifted[k - 1 - i]!));
    if (k > last && k - last < HALVES) terms.unshift(product(steps[last]!.get, multiple[k - last]!));
    f.emit(column.set(terms.reduce((sum, term) => i64x2.add(sum, term))));
    if (k < last) {
      f.emit(steps[k]!.set(i32x4.even(v128.and(column.get, mask))));
    } else if (k === last) {
      const step = steps[last]!;
      f.emit(step.set(i32x4.even(v128.and(column.get, mask))));
      f.emit(step.set(i32x4.even(v128.and(product(step.get, factor), mask))));
      f.emit(column.set(i64x2.add(column.get, product(step.get, multiple[0]!))));
    } else if (k < COLUMNS - 1) {
      if (k % 2 === 0) f.emit(low.set(v128.and(column.get, mask)));
      else
        f.emit(v128.store(to.get, 8 * (k - HALVES - 1), v128.or(low.get, i64x2.shl(v128.and(column.get, mask), BITS))));
    } else {
      f.emit(v128.store(to.get, 8 * (k - HALVES - 1), v128.or(low.get, i64x2.shl(column.get, BITS))));
    }
    f.emit(carry.set(i64x2.shrU(column.get, BITS)));
  }
}
