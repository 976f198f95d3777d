import { advance, i32, i64, repeat, times, v128, when } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, Local } from '../wasm/assembler.js';
import { buildInvert, plus } from './coordinates.js';
import type { Lanes } from './coordinates.js';
import { limbAt } from './field.js';
import type { Field } from './field.js';
import { BATCH } from './group-shape.js';
import type { BatchMemory } from './group-shape.js';
import { ELEMENT_BYTES, LIMB_MASK, LIMBS, PAIR_BYTES } from './numbers.js';
import { COEFFICIENT_BYTES } from './rows.js';
import { WORD_BYTES } from './points.js';

/** Of a term of a constraint: a wire, and a number of 32 bytes. */
const TERM_BYTES = 4 + WORD_BYTES;
/** Pairs of the basis in one call of `fr_lagrange`, at most. */
export const LAGRANGE_PAIRS = BATCH / 2;
/** A sum whose last limb reaches this, at 42.3r, is reduced. */
const LARGE = 1n << 51n;

/**
 * Builds what gives a key's scalars. Constraints are those of an R1CS file: for each matrix the number of its terms,
 * and the terms. Sums are plain numbers in pairs, those of wires 2i and 2i + 1 in pair i, below 43r.
 *
 * - `fr_lagrange(out, pairs, constants)`: writes scale * x / (tau - x) for x = first * step^i, two in each pair, as
 *   numbers one after another; constants are the pairs first and first * step, and, with equal lanes, step^2, tau,
 *   scale * tau, scale
 * - `fr_addTerms(constraints, count, lagrange, sums, matrix)`: adds coefficient * lagrange[i] to the sum of each term's
 *   wire
 * - `fr_finishScalars(a, b, c, pairs, constants, factor, outA, outB, outK)`: of sums, writes A, B, and
 *   K = (beta A + alpha B + C) * factor, with constants beta and alpha
 * - `fr_packAll(numbers, out, pairs)`: writes numbers, one after another, as plain ones of 32 bytes, as these are
 * - `fr_encodeTerms(constraints, count, first, out)`: writes the terms of A and B as a zkey's coefficients: matrix,
 *   constraint, wire, and the number times 2^512
 */
export function buildKeyScalars(
  field: Field,
  lanes: Lanes & { readonly unpack: FunctionBuilder; readonly pack: FunctionBuilder },
  settle: FunctionBuilder,
  batch: BatchMemory,
): void {
  buildLagrange(field, lanes, batch);
  buildAddTerms(field, lanes, settle);
  buildFinishScalars(field, lanes.pack);
  buildPackAll(field, lanes);
  buildEncodeTerms(field, lanes);
}

const copyPair = (to: Code, from: Code): Code =>
  Array.from({ length: LIMBS }, (_, i) => v128.store(to, limbAt(i), v128.load(from, limbAt(i))));

/** scale * x / (tau - x) = scale * tau / (tau - x) - scale, with one inversion for all. */
function buildLagrange(field: Field, { scatter }: Lanes, batch: BatchMemory): void {
  const { module, scratch } = field.workshop;
  const invert = buildInvert(field);
  const {
    f,
    params: [out, count, constants],
  } = module.defineOfI32('fr_lagrange', 3);
  const [step, tau, scaleTau, scale] = times(4, (i) => plus(constants.get, (i + 1) * PAIR_BYTES));
  const x = scratch(PAIR_BYTES);
  const inverse = scratch(PAIR_BYTES);
  const own = scratch(PAIR_BYTES);
  const [left, denominator, product] = f.locals('i32', 3);
  f.emit(
    copyPair(x, constants.get),
    copyPair(batch.products, i32.const(field.one)),
    left.set(count.get),
    denominator.set(batch.denominators),
    product.set(batch.products),
    repeat(
      left,
      field.sum({ plus: 1, minus: 1, bias: 3 }, denominator.get, [tau], [x]),
      field.product(plus(product.get, PAIR_BYTES), product.get, denominator.get),
      field.product(x, x, step), // below 2.1r
      advance(denominator, PAIR_BYTES),
      advance(product, PAIR_BYTES),
    ),
    module.call(invert, inverse, product.get),
    out.set(i32.add(out.get, i32.mul(count.get, i32.const(2 * ELEMENT_BYTES)))),
    repeat(
      count,
      advance(denominator, -PAIR_BYTES),
      advance(product, -PAIR_BYTES),
      advance(out, -2 * ELEMENT_BYTES),
      field.product(own, inverse, product.get),
      field.product(inverse, inverse, denominator.get),
      field.product(own, own, scaleTau),
      field.sum({ plus: 1, minus: 1, bias: 1 }, own, [own], [scale]),
      module.call(scatter, own, out.get, plus(out.get, ELEMENT_BYTES)),
    ),
  );
}

/** For each of `count` constraints and its matrices; `perTerm` goes through `terms` terms, or past them. */
function forConstraints(
  f: FunctionBuilder,
  constraints: Local,
  count: Local,
  code: (matrix: Local, terms: Local) => { readonly perMatrix: Code; readonly perConstraint: Code },
): Code {
  const [matrices, matrix, terms] = f.locals('i32', 3);
  const { perMatrix, perConstraint } = code(matrix, terms);
  return repeat(
    count,
    matrices.set(i32.const(3)),
    matrix.set(i32.const(0)),
    repeat(matrices, terms.set(i32.load(constraints.get)), advance(constraints, 4), perMatrix, advance(matrix, 1)),
    perConstraint,
  );
}

const passTerms = (constraints: Local, terms: Local): Code =>
  advance(constraints, i32.mul(terms.get, i32.const(TERM_BYTES)));

/** Where the second lane is. */
const LANE_BYTES = 8;

function buildAddTerms(
  field: Field,
  { gather, unpack }: Lanes & { readonly unpack: FunctionBuilder },
  settle: FunctionBuilder,
): void {
  const { module, scratch } = field.workshop;
  const {
    f,
    params: [constraints, count, lagrange, sums, chosen],
  } = module.defineOfI32('fr_addTerms', 5);
  const [wire, sum] = f.locals('i32', 2);
  const limb = f.local('i64');
  const carry = f.local('i64');
  const factor = scratch(PAIR_BYTES);
  const value = scratch(PAIR_BYTES);
  const number = plus(constraints.get, 4);
  const last = LIMBS - 1;
  const addToSum: Code = [
    carry.set(i64.const(0n)),
    Array.from({ length: LIMBS }, (_, i) => [
      limb.set(i64.add(i64.add(i64.load(sum.get, limbAt(i)), i64.load(value, limbAt(i))), carry.get)),
      i64.store(sum.get, limbAt(i), i < last ? i64.and(limb.get, i64.const(LIMB_MASK)) : limb.get),
      i < last ? carry.set(i64.shrU(limb.get, 52)) : [],
    ]),
    when(i64.geU(limb.get, i64.const(LARGE)), [module.call(settle, sum.get)]),
  ];
  f.emit(
    forConstraints(f, constraints, count, (matrix, terms) => ({
      perMatrix: when(
        i32.eq(matrix.get, chosen.get),
        [
          module.call(gather, factor, lagrange.get, lagrange.get),
          repeat(
            terms,
            module.call(unpack, value, number, number),
            field.product(value, value, factor),
            wire.set(i32.load(constraints.get)),
            sum.set(
              i32.add(
                i32.add(sums.get, i32.mul(i32.shrU(wire.get, 1), i32.const(PAIR_BYTES))),
                i32.mul(i32.and(wire.get, i32.const(1)), i32.const(LANE_BYTES)),
              ),
            ),
            addToSum,
            advance(constraints, TERM_BYTES),
          ),
        ],
        [passTerms(constraints, terms)],
      ),
      perConstraint: advance(lagrange, ELEMENT_BYTES),
    })),
  );
}

function buildFinishScalars(field: Field, pack: FunctionBuilder): void {
  const { module, scratch } = field.workshop;
  const {
    f,
    params: [a, b, c, count, constants, factor, outA, outB, outK],
  } = module.defineOfI32('fr_finishScalars', 9);
  const product = scratch(PAIR_BYTES);
  const sum = scratch(PAIR_BYTES);
  const beta = constants.get;
  const alpha = plus(constants.get, PAIR_BYTES);
  // Products of numbers below 49r and r are below 3r.
  const write = (from: Code, times: Code, out: Local): Code => [
    field.product(product, from, times),
    field.reduce(product, product),
    module.call(pack, product, out.get, plus(out.get, WORD_BYTES)),
    advance(out, 2 * WORD_BYTES),
  ];
  f.emit(
    repeat(
      count,
      field.product(product, a.get, beta),
      field.product(sum, b.get, alpha),
      field.sum({ plus: 3, minus: 0, bias: 0 }, sum, [sum, product, c.get]),
      write(sum, factor.get, outK),
      write(a.get, i32.const(field.one), outA),
      write(b.get, i32.const(field.one), outB),
      [a, b, c].map((pairs) => advance(pairs, PAIR_BYTES)),
    ),
  );
}

function buildPackAll(field: Field, { gather, pack }: Lanes & { readonly pack: FunctionBuilder }): void {
  const { module, statics, scratch } = field.workshop;
  const {
    f,
    params: [numbers, out, count],
  } = module.defineOfI32('fr_packAll', 3);
  const plain = i32.const(statics.pair(1n));
  const pair = scratch(PAIR_BYTES);
  f.emit(
    repeat(
      count,
      module.call(gather, pair, numbers.get, plus(numbers.get, ELEMENT_BYTES)),
      field.product(pair, pair, plain),
      field.reduce(pair, pair),
      module.call(pack, pair, out.get, plus(out.get, WORD_BYTES)),
      advance(numbers, 2 * ELEMENT_BYTES),
      advance(out, 2 * WORD_BYTES),
    ),
  );
}

function buildEncodeTerms(
  field: Field,
  { unpack, pack }: { readonly unpack: FunctionBuilder; readonly pack: FunctionBuilder },
): void {
  const { module, statics, scratch } = field.workshop;
  const {
    f,
    params: [constraints, count, constraint, out],
  } = module.defineOfI32('fr_encodeTerms', 4);
  // x * 2^772 / 2^260 = x * 2^512
  const shift = i32.const(statics.pair((1n << 772n) % field.order));
  const value = scratch(PAIR_BYTES);
  const number = plus(constraints.get, 4);
  const at = (offset: number): Code => plus(out.get, offset);
  f.emit(
    forConstraints(f, constraints, count, (matrix, terms) => ({
      perMatrix: when(
        i32.ltU(matrix.get, i32.const(2)),
        [
          repeat(
            terms,
            i32.store(out.get, 0, matrix.get),
            i32.store(out.get, 4, constraint.get),
            i32.store(out.get, 8, i32.load(constraints.get)),
            module.call(unpack, value, number, number),
            field.product(value, value, shift),
            field.reduce(value, value),
            module.call(pack, value, at(12), at(12)),
            advance(constraints, TERM_BYTES),
            advance(out, COEFFICIENT_BYTES),
          ),
        ],
        [passTerms(constraints, terms)],
      ),
      perConstraint: advance(constraint, 1),
    })),
  );
}
