import {
  ADDEND_BYTES,
  COLUMNS,
  COLUMNS_AT,
  encodeInteger,
  FACTOR_BYTES,
  INTEGER_FORMAT,
  LIMB_BITS,
  LIMBS,
  ORDER_AT,
  ORDERING_AT,
  POWER_AT,
  STEPS,
  VECTOR_BYTES,
} from './integer-program.js';
import { OPERATION, PAIR_BYTES } from './program.js';
import type { Kernel } from './program.js';
import { i32, i32x4, i64x2, ModuleBuilder, repeatWhile, v128, when } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, Local } from '../wasm/assembler.js';

/**
 * The WebAssembly that computes in Fr, on two numbers at once: all below happens in both 64-bit
 * lanes of a vector.
 *
 * A product is the sum of limb products in each of 17 columns, which 64 bits hold without a carry;
 * Montgomery's reduction then divides by R = 2^280 in ten steps. r = 1 modulo 2^28, so a step's factor
 * is the column itself, negated.
 *
 * Ten steps where nine would do for 254 bits: a sum of 32 products of numbers below 4r is below 2^520,
 * far less than r * R, so its reduction is below r + 2^240, and nothing is ever subtracted:
 *
 * - a fifth power is below r + 2^240;
 * - a sum is below 3r + 2^240: r for its products, r for the fifth power that is added, r for the addend;
 * - an input with its addend is below 2r, in limbs of 29 bits and a last one of 31.
 */
const PRODUCT_COLUMNS = 2 * LIMBS - 1;
const MASK = i64x2.splat((1n << BigInt(LIMB_BITS)) - 1n);

/**
 * After so many products of a sum the columns are carried. A sum times a factor adds less than
 * 28 * 2^56 to any column, and a reduction less than 11 * 2^56: 8 * 28 + 11 < 2^8.
 */
export const PRODUCTS_PER_CARRY = 8;

const add = (terms: readonly Code[]): Code => terms.reduce((sum, term) => i64x2.add(sum, term));
const at = (limb: number): number => limb * VECTOR_BYTES;
const load = (slot: Local, limb: number): Code => v128.load(slot.get, at(limb));

/** Pairs `[i, column - i]` of limbs whose product belongs to a column. */
const pairsOf = (column: number): [number, number][] =>
  Array.from({ length: LIMBS }, (_, i): [number, number] => [i, column - i]).filter(([, j]) => j >= 0 && j < LIMBS);

/**
 * Reduces the columns whose terms `column` gives, and stores the result. A column's terms are added
 * in the order in which they become known, the carry last: the steps wait for each other only there.
 */
function reduce(f: FunctionBuilder, to: Local, column: (k: number) => readonly Code[]): void {
  const factors = f.locals('v128', STEPS);
  const sum = f.local('v128');
  const carry = f.local('v128');
  for (let k = 0; k < COLUMNS; k++) {
    const multiples = factors
      .map((factor, i) => ({ factor, j: k - i }))
      .filter(({ j }) => j >= 1 && j < LIMBS)
      .map(({ factor, j }) => i64x2.extmulLowI32x4U(factor.get, v128.load32Splat(i32.const(ORDER_AT), 4 * j)));
    f.emit(sum.set(add([...column(k), ...multiples, ...(k > 0 ? [carry.get] : [])])));
    const factor = factors[k];
    if (factor !== undefined) {
      // sum + factor * r_0 = sum + factor = 0 modulo 2^28
      f.emit(
        factor.set(v128.and(i64x2.sub(i64x2.splat(0n), sum.get), MASK)),
        carry.set(i64x2.shrU(i64x2.add(sum.get, factor.get), LIMB_BITS)),
        factor.set(i32x4.even(factor.get)),
        // Never read: V8 would else load all numbers first, which is more than there are registers.
        v128.store(i32.const(0), ORDERING_AT, factor.get),
      );
    } else {
      const limb = k - STEPS;
      const last = limb === LIMBS - 1;
      f.emit(v128.store(to.get, at(limb), i32x4.even(last ? sum.get : v128.and(sum.get, MASK))));
      if (!last) f.emit(carry.set(i64x2.shrU(sum.get, LIMB_BITS)));
    }
  }
}

function buildSquare(module: ModuleBuilder): FunctionBuilder {
  const f = module.define('square', ['i32', 'i32']);
  const to = f.param(0);
  const from = f.param(1);
  const limbs = f.locals('v128', LIMBS);
  const doubled = f.locals('v128', LIMBS - 1);
  limbs.forEach((limb, i) => f.emit(limb.set(load(from, i))));
  // The last limb, which has up to 32 bits, is never doubled.
  doubled.forEach((twice, i) => f.emit(twice.set(i64x2.shl((limbs[i] as Local).get, 1))));
  reduce(f, to, (k) =>
    pairsOf(k)
      .filter(([i, j]) => i <= j)
      .map(([i, j]) => i64x2.extmulLowI32x4U(((i < j ? doubled : limbs)[i] as Local).get, (limbs[j] as Local).get)),
  );
  return f;
}

/** `to` must differ from `b`. */
function buildMultiply(module: ModuleBuilder): FunctionBuilder {
  const f = module.define('multiply', ['i32', 'i32', 'i32']);
  const to = f.param(0);
  const a = f.param(1);
  const b = f.param(2);
  const limbs = f.locals('v128', LIMBS);
  limbs.forEach((limb, i) => f.emit(limb.set(load(a, i))));
  reduce(f, to, (k) => pairsOf(k).map(([i, j]) => i64x2.extmulLowI32x4U((limbs[i] as Local).get, load(b, j))));
  return f;
}

const columnAt = (k: number): number => COLUMNS_AT + k * VECTOR_BYTES;
const loadColumn = (k: number): Code => v128.load(i32.const(0), columnAt(k));
const storeColumn = (k: number, value: Code): Code => v128.store(i32.const(0), columnAt(k), value);

/** Adds a slot's product with a factor to the columns. */
function buildAddProduct(module: ModuleBuilder): FunctionBuilder {
  const f = module.define('addProduct', ['i32', 'i32']);
  const from = f.param(0);
  const factor = f.param(1);
  const limbs = f.locals('v128', LIMBS);
  limbs.forEach((limb, i) => f.emit(limb.set(load(from, i))));
  // As many of the factor's limbs at a time as there are registers for, beside those of the number.
  for (const group of [
    [0, 1, 2, 3],
    [4, 5, 6, 7, 8],
  ]) {
    const factors = group.map((j) => ({ j, limb: f.local('v128') }));
    for (const { j, limb } of factors) f.emit(limb.set(v128.load32Splat(factor.get, 4 * j)));
    for (let k = 0; k < PRODUCT_COLUMNS; k++) {
      const products = factors
        .filter(({ j }) => k - j >= 0 && k - j < LIMBS)
        .map(({ j, limb }) => i64x2.extmulLowI32x4U((limbs[k - j] as Local).get, limb.get));
      if (products.length > 0) f.emit(storeColumn(k, add([...products, loadColumn(k)])));
    }
  }
  return f;
}

function buildCarryColumns(module: ModuleBuilder): FunctionBuilder {
  const f = module.define('carryColumns', []);
  const carry = f.local('v128');
  for (let k = 0; k < COLUMNS - 1; k++) {
    const sum = k === 0 ? loadColumn(k) : i64x2.add(loadColumn(k), carry.get);
    f.emit(carry.set(sum), storeColumn(k, v128.and(carry.get, MASK)), carry.set(i64x2.shrU(carry.get, LIMB_BITS)));
  }
  f.emit(storeColumn(COLUMNS - 1, i64x2.add(loadColumn(COLUMNS - 1), carry.get)));
  return f;
}

/** The instruction `sum` at `pc`; returns where it ends. */
function buildSum(module: ModuleBuilder): FunctionBuilder {
  const addProduct = buildAddProduct(module);
  const carryColumns = buildCarryColumns(module);
  const reduceColumns = module.define('reduceColumns', ['i32']);
  reduce(reduceColumns, reduceColumns.param(0), (k) => [loadColumn(k)]);

  const f = module.define('sum', ['i32'], ['i32']);
  const pc = f.param(0);
  const to = f.local('i32');
  const plus = f.local('i32');
  const left = f.local('i32');
  f.emit(to.set(i32.load(pc.get, 4)), plus.set(i32.load(pc.get, 8)), left.set(i32.load(pc.get, 12)));
  for (let k = 0; k < STEPS; k++) f.emit(storeColumn(k, i64x2.splat(0n)));
  for (let i = 0; i < LIMBS; i++) {
    const value = i64x2.add(i64x2.extendLowI32x4U(load(plus, i)), v128.load64Splat(pc.get, 16 + 8 * i));
    f.emit(storeColumn(STEPS + i, value));
  }
  f.emit(pc.set(i32.add(pc.get, i32.const(16 + ADDEND_BYTES))));
  const oneTerm = [
    module.call(addProduct, i32.load(pc.get), i32.add(pc.get, i32.const(4))),
    pc.set(i32.add(pc.get, i32.const(4 + FACTOR_BYTES))),
    left.set(i32.sub(left.get, i32.const(1))),
    when(left.get, [
      when(i32.eq(i32.and(left.get, i32.const(PRODUCTS_PER_CARRY - 1)), i32.const(0)), [module.call(carryColumns)]),
    ]),
  ];
  f.emit(when(left.get, [repeatWhile(oneTerm, left.get)]), module.call(reduceColumns, to.get), pc.get);
  return f;
}

/** From four words to limbs: `to = input + addend`, limbs not carried. */
function buildRead(module: ModuleBuilder): FunctionBuilder {
  const f = module.define('read', ['i32', 'i32', 'i32']);
  const to = f.param(0);
  const input = f.param(1);
  const addend = f.param(2);
  const words = f.locals('v128', 4);
  words.forEach((word, i) => f.emit(word.set(v128.load(input.get, at(i)))));
  for (let limb = 0; limb < LIMBS; limb++) {
    const word = (limb * LIMB_BITS) >> 6;
    const shift = (limb * LIMB_BITS) & 63;
    const low = i64x2.shrU((words[word] as Local).get, shift);
    const next = words[word + 1];
    const bits = shift + LIMB_BITS > 64 && next !== undefined ? v128.or(low, i64x2.shl(next.get, 64 - shift)) : low;
    const masked = limb === LIMBS - 1 ? bits : v128.and(bits, MASK);
    const value = i64x2.add(masked, v128.load64Splat(addend.get, 8 * limb));
    f.emit(v128.store(to.get, at(limb), i32x4.even(value)));
  }
  return f;
}

/** From limbs to four words; the number is below 2^256 and its limbs are carried. */
function buildWrite(module: ModuleBuilder): FunctionBuilder {
  const f = module.define('write', ['i32', 'i32']);
  const output = f.param(0);
  const from = f.param(1);
  for (let word = 0; word < 4; word++) {
    const parts = Array.from({ length: LIMBS }, (_, limb) => ({ limb, shift: limb * LIMB_BITS - 64 * word }))
      .filter(({ shift }) => shift > -LIMB_BITS && shift < 64)
      .map(({ limb, shift }) => {
        const value = i64x2.extendLowI32x4U(load(from, limb));
        return shift < 0 ? i64x2.shrU(value, -shift) : i64x2.shl(value, shift);
      });
    f.emit(
      v128.store(
        output.get,
        at(word),
        parts.reduce((a, b) => v128.or(a, b)),
      ),
    );
  }
  return f;
}

/**
 * `run(start, input, output, pairs)` runs the program at `start` once for each pair; `input` and `output` are
 * addresses, and a run's inputs follow those of the run before.
 */
function buildRun(module: ModuleBuilder): void {
  const square = buildSquare(module);
  const multiply = buildMultiply(module);
  const sum = buildSum(module);
  const read = buildRead(module);
  const write = buildWrite(module);
  const f = module.define('run', ['i32', 'i32', 'i32', 'i32']);
  const start = f.param(0);
  const input = f.param(1);
  const output = f.param(2);
  const pairs = f.param(3);
  const pc = f.local('i32');
  const operation = f.local('i32');
  const advance = (local: Local, bytes: number): Code => local.set(i32.add(local.get, i32.const(bytes)));
  const power = i32.const(POWER_AT);
  const to = i32.load(pc.get, 4);
  const from = i32.load(pc.get, 8);
  const on = (code: number, body: readonly Code[]): Code => when(i32.eq(operation.get, i32.const(code)), body);
  const step = [
    operation.set(i32.load(pc.get)),
    on(OPERATION.sum, [pc.set(module.call(sum, pc.get))]),
    on(OPERATION.power5, [
      module.call(square, power, from),
      module.call(square, power, power),
      module.call(multiply, to, power, from),
      advance(pc, 12),
    ]),
    on(OPERATION.read, [
      module.call(read, to, input.get, i32.add(pc.get, i32.const(8))),
      advance(input, PAIR_BYTES),
      advance(pc, 8 + ADDEND_BYTES),
    ]),
    on(OPERATION.write, [module.call(write, output.get, to), advance(output, PAIR_BYTES), advance(pc, 8)]),
  ];
  const pair = [pc.set(start.get), repeatWhile(step, operation.get), pairs.set(i32.sub(pairs.get, i32.const(1)))];
  f.emit(repeatWhile(pair, pairs.get));
}

/** For where WebAssembly has no fused multiply-add. */
export const integerKernel: Kernel = {
  name: 'integer',
  format: INTEGER_FORMAT,
  encode: encodeInteger,
  build() {
    const module = new ModuleBuilder();
    buildRun(module);
    return module.build(1);
  },
};
