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
export const SHIFT_BITS = bitsOfDouble(2 ** 52);
export const COLUMNS = 2 * LIMBS;
/** Keeps a column positive before its carry is taken: that much too large, which the next column corrects. */
const COLUMN_BIAS = 1n << 60n;
const CARRIED_BIAS = COLUMN_BIAS >> 52n;

/** What column k starts with, of a sum of so many products. */
export function columnStart(k: number, products = 1): bigint {
  let lows = 0n;
  let highs = 0n;
  const count = (column: number, times: number): void => {
    if (column === k) lows += BigInt(times);
    if (column + 1 === k) highs += BigInt(times);
  };
  for (let i = 0; i < LIMBS; i++) {
    for (let j = 0; j < LIMBS; j++) {
      count(i + j, products);
      // Step 4's multiple of p; those of M are one column further.
      count(i + j + (i < LIMBS - 1 ? 1 : 0), 1);
    }
  }
  const bias = (k < COLUMNS - 1 ? COLUMN_BIAS : 0n) - (k > 0 ? CARRIED_BIAS : 0n);
  return bias + lows * LOW_BITS - highs * HIGH_BITS;
}

type Join = (column: Code, x: Code) => Code;

/** In the body of a function: the columns of a sum of products, of limbs that are doubles, and their reduction. */
export class FusedColumns {
  readonly columns: readonly Local[];
  readonly #f: FunctionBuilder;
  /** Of columns to which nothing was added yet. */
  readonly #starts = new Map<Local, Code>();
  readonly #steps: readonly Local[];
  readonly #product: Local;
  readonly #high: Code;
  readonly #highLessLow: Code;
  readonly #shift: Code;
  readonly #mask: Code;
  readonly #lowBits: Code;
  readonly #multiple: readonly Code[];
  readonly #shifted: readonly Code[];
  readonly #factor: Code;

  /** @param starts what each column starts with; by default the function sets them before it adds to them */
  constructor(f: FunctionBuilder, statics: Statics, order: bigint, starts: readonly Code[] = []) {
    const n = LIMB_MASK + 1n - inverseModulo(order, LIMB_MASK + 1n);
    const word = (x: bigint): Code => statics.splat(x).load;
    const doubles = (limbs: readonly bigint[]): Code[] => limbs.map((limb) => word(bitsOfDouble(Number(limb))));
    /** In a local: V8 would else load it from memory for each use. */
    const kept = (x: bigint): Code => {
      const local = f.local('v128');
      f.emit(local.set(word(x)));
      return local.get;
    };
    this.#f = f;
    this.#multiple = doubles(toLimbs(order));
    this.#shifted = doubles(toLimbs((n * order + 1n) >> 52n));
    this.#factor = doubles([n])[0]!;
    this.#mask = word(LIMB_MASK);
    this.#lowBits = word(LOW_BITS);
    this.#high = kept(HIGH_BITS);
    // Both have 53 bits: high * 2^52, at most 2^104 - 2^53, and LOW together are a multiple of 2^51 below 2^104.
    this.#highLessLow = kept(bitsOfDouble(HIGH - LOW));
    this.#shift = kept(SHIFT_BITS);
    this.#steps = f.locals('v128', LIMBS);
    this.#product = f.local('v128');
    this.columns = f.locals('v128', COLUMNS);
    starts.forEach((start, k) => this.#starts.set(this.columns[k]!, start));
  }

  /** A double of a whole number below 2^52. */
  toDouble(x: Code): Code {
    return f64x2.sub(v128.or(x, this.#shift), this.#shift);
  }

  /** The bits of 2^52 more than a double of a whole number below 2^52: this number, and SHIFT_BITS. */
  shiftedBits(x: Code): Code {
    return f64x2.add(x, this.#shift);
  }

  /** In locals. */
  doubles(limbs: readonly Code[]): Local[] {
    return limbs.map((limb) => {
      const local = this.#f.local('v128');
      this.#f.emit(local.set(this.toDouble(limb)));
      return local;
    });
  }

  /** The product of two limbs of which the sum of their indices is k. */
  addProduct(k: number, x: Code, y: Code, columns = this.columns): void {
    this.#into(columns[k]!, i64x2.sub, this.#lowPart(x, y));
    this.#into(columns[k + 1]!, i64x2.add, this.#product.get);
  }

  /** Adds to a column. */
  add(k: number, x: Code): void {
    this.#into(this.columns[k]!, i64x2.add, x);
  }

  /**
   * The reduction of column k, after all products of it; of one column after the other.
   * @returns limb k - 5 of the result, for k from 5 on
   */
  reduce(k: number): Code | null {
    const last = LIMBS - 1;
    for (let i = 0; i < last; i++) {
      const j = k - 1 - i;
      if (i < k && j >= 0 && j < LIMBS) this.addProduct(k, this.#steps[i]!.get, this.#shifted[j]!);
    }
    const column = this.columns[k]!.get;
    if (k === COLUMNS - 1) return column;
    const step = this.#steps[Math.min(k, last)]!;
    const toStep = (x: Code): Code => step.set(this.toDouble(v128.and(x, this.#mask)));
    if (k < last) this.#f.emit(toStep(column));
    if (k === last) {
      // The column's start allows for the low part that this step is yet to add.
      this.#f.emit(toStep(i64x2.sub(column, this.#lowBits)));
      // A negative low part is taken modulo 2^52.
      this.#f.emit(toStep(i64x2.sub(this.#lowBits, this.#lowPart(step.get, this.#factor))));
    }
    if (k >= last) this.addProduct(k, step.get, this.#multiple[k - last]!);
    this.add(k + 1, i64x2.shrU(column, 52));
    return k > last ? v128.and(column, this.#mask) : null;
  }

  #into(column: Local, join: Join, x: Code): void {
    this.#f.emit(column.set(join(this.#starts.get(column) ?? column.get, x)));
    this.#starts.delete(column);
  }

  /** The bits of the low part, less LOW. */
  #lowPart(x: Code, y: Code): Code {
    this.#f.emit(this.#product.set(f64x2.relaxedMadd(x, y, this.#high)));
    return f64x2.relaxedMadd(x, y, f64x2.sub(this.#highLessLow, this.#product.get));
  }
}

/** Builds the body of `multiply(to, a, b)`, of pairs; limbs of a and b are below 2^52. */
export function multiplyFused(f: FunctionBuilder, statics: Statics, order: bigint): void {
  const to = f.param(0).get;
  const starts = Array.from({ length: COLUMNS }, (_, k) => statics.splat(columnStart(k)).load);
  const sum = new FusedColumns(f, statics, order, starts);
  const [left, right] = [f.param(1).get, f.param(2).get].map((from) =>
    sum.doubles(Array.from({ length: LIMBS }, (_, i) => v128.load(from, 16 * i))),
  ) as [Local[], Local[]];
  for (let k = 0; k < COLUMNS; k++) {
    for (let i = Math.max(0, k - LIMBS + 1); i <= Math.min(k, LIMBS - 1); i++)
      sum.addProduct(k, left[i]!.get, right[k - i]!.get);
    const limb = sum.reduce(k);
    if (limb !== null) f.emit(v128.store(to, 16 * (k - LIMBS), limb));
  }
}
