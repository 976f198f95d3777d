import { f64x2, i64x2, v128 } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, Local } from '../wasm/assembler.js';
import { inverseModulo, LIMB_MASK, LIMBS, toLimbs } from './numbers.js';
import { bitsOfDouble } from './statics.js';
import type { Statics } from './statics.js';

/**
 * Montgomery's product by fused multiply-add of doubles, two at once.
 *
 * A product of two limbs, below 2^104, splits into high * 2^52 + low: rounded once, 2^104 + a * b keeps the high
 * part, and a * b - high * 2^52 is then exact, between -2^51 and 2^51. High parts are added up, and low parts, which
 * come negated, are subtracted, as the integers that their bits are; what signs and exponents add to these is undone
 * in the columns' first values.
 *
 * Source: N. Emmart, F. Zheng, C. Weems, "Faster modular exponentiation using double precision floating point
 * arithmetic on the GPU", ARITH 2018; there with rounding toward 0.
 *
 * Reduction: let n = -1/p modulo 2^52, and M = (n * p + 1) / 2^52. Adding x * (M * 2^52 - 1) to a number whose lowest
 * limb is x takes the limb away without a product for the factor. Four limbs go so, the fifth by a multiple
 * of p, so that the result of a product of a and b is below a * b / 2^260 + 2p.
 */
const HIGH = 2 ** 104;
/** Subtracted from a low part, so that what is left has one exponent. */
const LOW = 1.5 * 2 ** 52;
const HIGH_BITS = bitsOfDouble(HIGH);
const LOW_BITS = bitsOfDouble(-LOW);
/** 2^52: a number below it, put into its fraction, is the double 2^52 + number. */
const SHIFT_BITS = bitsOfDouble(2 ** 52);
const COLUMNS = 2 * LIMBS;
/** Keeps a column positive before its carry is taken: that much too large, which the next column corrects. */
const COLUMN_BIAS = 1n << 60n;
const CARRIED_BIAS = COLUMN_BIAS >> 52n;

/** What column k starts with. */
function columnStart(k: number): bigint {
  let lows = 0n;
  let highs = 0n;
  // a_i * b_j is in columns i + j and i + j + 1, so is step 4's multiple of p; those of M are one column further.
  for (let i = 0; i < LIMBS; i++) {
    for (let j = 0; j < LIMBS; j++) {
      for (const column of [i + j, i + j + (i < LIMBS - 1 ? 1 : 0)]) {
        if (column === k) lows++;
        if (column + 1 === k) highs++;
      }
    }
  }
  const bias = (k < COLUMNS - 1 ? COLUMN_BIAS : 0n) - (k > 0 ? CARRIED_BIAS : 0n);
  return bias + lows * LOW_BITS - highs * HIGH_BITS;
}

/** Builds the body of `multiply(to, a, b)`, of pairs; limbs of a and b are below 2^52. */
export function multiplyFused(f: FunctionBuilder, statics: Statics, order: bigint): void {
  const to = f.param(0);
  const a = f.param(1);
  const b = f.param(2);
  const n = LIMB_MASK + 1n - inverseModulo(order, LIMB_MASK + 1n);
  const doubles = (limbs: readonly bigint[]): Code[] =>
    limbs.map((limb) => statics.splat(bitsOfDouble(Number(limb))).load);
  const multiple = doubles(toLimbs(order));
  const shifted = doubles(toLimbs((n * order + 1n) >> 52n));
  const [factor] = doubles([n]) as [Code];
  const mask = statics.splat(LIMB_MASK).load;
  const lowBits = statics.splat(LOW_BITS).load;
  const starts = Array.from({ length: COLUMNS }, (_, k) => statics.splat(columnStart(k)).load);

  /** In a local: V8 would else load it from memory for each use. */
  const kept = (code: Code): Code => {
    const local = f.local('v128');
    f.emit(local.set(code));
    return local.get;
  };
  // Both have 53 bits: high * 2^52, at most 2^104 - 2^53, and LOW together are a multiple of 2^51 below 2^104.
  const [high, highLessLow, shift] = [HIGH_BITS, bitsOfDouble(HIGH - LOW), SHIFT_BITS].map((bits) =>
    kept(statics.splat(bits).load),
  ) as [Code, Code, Code];
  const toDouble = (x: Code): Code => f64x2.sub(v128.or(x, shift), shift);
  const operand = (from: Local): Local[] =>
    f.locals('v128', LIMBS).map((limb, i) => {
      f.emit(limb.set(toDouble(v128.load(from.get, 16 * i))));
      return limb;
    });
  const left = operand(a);
  const right = operand(b);
  const steps = f.locals('v128', LIMBS);
  const columns = f.locals('v128', COLUMNS);
  const product = f.local('v128');

  const started = new Set<number>();
  const into = (k: number, join: (column: Code, x: Code) => Code, x: Code): void => {
    const column = columns[k]!;
    f.emit(column.set(join(started.has(k) ? column.get : starts[k]!, x)));
    started.add(k);
  };
  /** The bits of the low part, less LOW. */
  const lowPart = (x: Code, y: Code): Code => {
    f.emit(product.set(f64x2.relaxedMadd(x, y, high)));
    return f64x2.relaxedMadd(x, y, f64x2.sub(highLessLow, product.get));
  };
  const addProduct = (k: number, x: Code, y: Code): void => {
    into(k, i64x2.sub, lowPart(x, y));
    into(k + 1, i64x2.add, product.get);
  };
  const carry = (k: number): void => into(k + 1, i64x2.add, i64x2.shrU(columns[k]!.get, 52));
  const last = LIMBS - 1;
  for (let k = 0; k < COLUMNS - 1; k++) {
    for (let i = Math.max(0, k - last); i <= Math.min(k, last); i++) addProduct(k, left[i]!.get, right[k - i]!.get);
    for (let i = 0; i < last; i++) {
      const j = k - 1 - i;
      if (i < k && j >= 0 && j < LIMBS) addProduct(k, steps[i]!.get, shifted[j]!);
    }
    const column = columns[k]!.get;
    if (k < last) {
      f.emit(steps[k]!.set(toDouble(v128.and(column, mask))));
    } else if (k === last) {
      const step = steps[last]!;
      // The column's start allows for the low part that this step is yet to add.
      f.emit(step.set(toDouble(v128.and(i64x2.sub(column, lowBits), mask))));
      // A negative low part is taken modulo 2^52.
      const quotient = i64x2.sub(lowBits, lowPart(step.get, factor));
      f.emit(step.set(toDouble(v128.and(quotient, mask))));
      addProduct(k, step.get, multiple[0]!);
    } else {
      addProduct(k, steps[last]!.get, multiple[k - last]!);
      f.emit(v128.store(to.get, 16 * (k - LIMBS), v128.and(columns[k]!.get, mask)));
    }
    carry(k);
  }
  f.emit(v128.store(to.get, 16 * last, columns[COLUMNS - 1]!.get));
}
