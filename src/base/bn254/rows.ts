import { advance, i32, i64, repeat, repeatWhile, times, when } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, Local } from '../wasm/assembler.js';
import { plus } from './coordinates.js';
import { limbAt } from './field.js';
import type { Field } from './field.js';
import { LIMB_MASK, LIMBS, PAIR_BYTES, toLimbs } from './numbers.js';
import { WORD_BYTES } from './points.js';

/** Of a zkey's coefficient: matrix, constraint, wire, and the number times 2^512. */
export const COEFFICIENT_BYTES = 44;
/** So many products are added to a row before it is reduced, at most: a multiple of r below 2^63 takes that away. */
export const MOST_TERMS = 256;

/**
 * Builds what turns a witness into the polynomials of a proof. Vectors are pairs as the transforms have them; numbers
 * in them stand for x * 2^244 until `join`, as coefficients bring 2^512, and each product takes 2^260.
 *
 * - `fr_rows(coefficients, count, witness, a, b, half, terms)`: adds up rows of A and B; after `terms` coefficients of
 *   one row it is reduced
 * - `fr_finishRows(a, b, c, count)`: reduces `count` pairs of rows, and multiplies them to those of C
 * - `fr_join(a, b, c, out, count, half)`: writes the scalars a * b - c, plain numbers of 32 bytes, below 1.01r
 */
export function buildRows(
  field: Field,
  { unpack, pack }: { readonly unpack: FunctionBuilder; readonly pack: FunctionBuilder },
  settle: FunctionBuilder,
): void {
  const { module } = field.workshop;
  buildAddRows(field, unpack, settle);
  buildJoin(field, pack);

  const f = module.define('fr_finishRows', ['i32', 'i32', 'i32', 'i32']);
  const a = f.param(0);
  const b = f.param(1);
  const c = f.param(2);
  const count = f.param(3);
  f.emit(
    repeat(
      count,
      [a, b].map(({ get }) => [module.call(settle, get), module.call(settle, plus(get, LANE_BYTES))]),
      field.product(c.get, a.get, b.get),
      [a, b, c].map((pair) => advance(pair, PAIR_BYTES)),
    ),
  );
}

/** Where the second lane is. */
const LANE_BYTES = 8;

/** `settle(number)`: reduces one lane's number, below 2^11 * r but of limbs of any size, to below 1.01r. */
export function buildSettle(field: Field): FunctionBuilder {
  const f = field.workshop.module.define('fr_settle', ['i32']);
  const number = f.param(0).get;
  const limbs = f.locals('i64', LIMBS);
  const carry = f.local('i64');
  const quotient = f.local('i64');
  const mask = i64.const(LIMB_MASK);
  const order = toLimbs(field.order);
  const last = LIMBS - 1;
  f.emit(carry.set(i64.const(0n)));
  limbs.forEach((limb, i) => {
    f.emit(limb.set(i64.add(i64.load(number, limbAt(i)), carry.get)));
    if (i < last) f.emit(carry.set(i64.shrU(limb.get, 52)), limb.set(i64.and(limb.get, mask)));
  });
  f.emit(quotient.set(i64.divU(limbs[last]!.get, i64.const(order[last]! + 1n))), carry.set(i64.const(0n)));
  limbs.forEach((limb, i) => {
    const multiple = i64.mul(quotient.get, i64.const(order[i]!));
    f.emit(limb.set(i64.add(i64.sub(limb.get, multiple), carry.get)), carry.set(i64.shrS(limb.get, 52)));
    f.emit(i64.store(number, limbAt(i), i < last ? i64.and(limb.get, mask) : limb.get));
  });
  return f;
}

function buildAddRows(field: Field, unpack: FunctionBuilder, settle: FunctionBuilder): void {
  const { module, scratch } = field.workshop;
  const {
    f,
    params: [first, count, witness, a, b, half, terms],
  } = module.defineOfI32('fr_rows', 7);
  const [second, row, lastRow, sinceSettled] = f.locals('i32', 4);
  const factor = scratch(PAIR_BYTES);
  const value = scratch(PAIR_BYTES);
  const MATRIX = 0;
  const CONSTRAINT = 4;
  const WIRE = 8;
  const NUMBER = 12;
  const wireOf = (entry: Local): Code =>
    i32.add(witness.get, i32.mul(i32.load(entry.get, WIRE), i32.const(WORD_BYTES)));
  const addToRow = (entry: Local, lane: number): Code => [
    row.set(i32.load(entry.get, CONSTRAINT)),
    when(
      i32.ltU(row.get, half.get),
      [row.set(i32.mul(row.get, i32.const(PAIR_BYTES)))],
      [row.set(i32.add(i32.mul(i32.sub(row.get, half.get), i32.const(PAIR_BYTES)), i32.const(LANE_BYTES)))],
    ),
    when(i32.load(entry.get, MATRIX), [advance(row, b.get)], [advance(row, a.get)]),
    when(i32.eq(row.get, lastRow.get), [], [lastRow.set(row.get), sinceSettled.set(i32.const(0))]),
    Array.from({ length: LIMBS }, (_, i) =>
      i64.store(
        row.get,
        limbAt(i),
        i64.add(i64.load(row.get, limbAt(i)), i64.load(value, limbAt(i) + lane * LANE_BYTES)),
      ),
    ),
    advance(sinceSettled, 1),
    when(i32.eq(sinceSettled.get, terms.get), [module.call(settle, row.get), sinceSettled.set(i32.const(0))]),
  ];
  f.emit(
    // Two coefficients at a time; the last one alone is taken twice, and added once.
    when(count.get, [
      repeatWhile(
        [
          second.set(first.get),
          count.set(i32.sub(count.get, i32.const(1))),
          when(count.get, [advance(second, COEFFICIENT_BYTES)]),
          module.call(unpack, factor, plus(first.get, NUMBER), plus(second.get, NUMBER)),
          module.call(unpack, value, wireOf(first), wireOf(second)),
          field.product(value, factor, value),
          addToRow(first, 0),
          when(count.get, [addToRow(second, 1), count.set(i32.sub(count.get, i32.const(1)))]),
          advance(first, 2 * COEFFICIENT_BYTES),
        ],
        count.get,
      ),
    ]),
  );
}

function buildJoin(field: Field, pack: FunctionBuilder): void {
  const { module, statics, scratch } = field.workshop;
  const f = module.define(
    'fr_join',
    Array.from({ length: 6 }, () => 'i32'),
  );
  const [a, b, c, out, count, half] = times(6, (i) => f.param(i));
  // x * 2^244 * 2^16 / 2^260 = x
  const plain = i32.const(statics.pair(1n << 16n));
  const product = scratch(PAIR_BYTES);
  const taken = scratch(PAIR_BYTES);
  f.emit(
    half.set(i32.mul(half.get, i32.const(WORD_BYTES))),
    repeat(
      count,
      field.product(product, a.get, b.get),
      field.product(product, product, plain),
      field.product(taken, c.get, plain),
      field.sum({ plus: 1, minus: 1, bias: 3, folds: [4, 2, 1] }, product, [product], [taken]),
      module.call(pack, product, out.get, i32.add(out.get, half.get)),
      [a, b, c].map((pair) => advance(pair, PAIR_BYTES)),
      advance(out, WORD_BYTES),
    ),
  );
}
