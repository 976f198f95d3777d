import { advance, i32, i64x2, repeat, times, v128, when } from '../wasm/assembler.js';
import type { Code, Local } from '../wasm/assembler.js';
import type { Lanes } from './coordinates.js';
import { limbAt } from './field.js';
import type { Field } from './field.js';
import { ELEMENT_BYTES, LIMBS, PAIR_BYTES } from './numbers.js';

/**
 * Fast Fourier transforms over Fr, of N numbers in N / 2 pairs: pair i has the numbers i and i + N / 2. The first one
 * goes from natural to bit-reversed order, and the second one back, so that nothing is ever reordered.
 *
 * Nothing is reduced on the way either: factors of a table are below 1.01r, so a product is below 3r, and each of at
 * most 27 layers adds no more than that to a number, which stays below 2^260.
 */
const ADD = { plus: 2, minus: 0, bias: 0 } as const;
const SUBTRACT = { plus: 1, minus: 1, bias: 3 } as const;
const RETURN: Code = [0x0f];

/**
 * Builds, with `table` the address of numbers, and `from` and `count` a range of pairs:
 *
 * - `fr_powers(table, from, count, first, factor, bits)`: writes first * factor^k at place k for the k of a range, bits
 *   of k reversed, `first` being that of k = from, and both pairs of equal numbers;
 * - `fr_firstLayer(pairs, count)`;
 * - `fr_splitLayer(pairs, length, block, apart, table, from, count)`: the layer of a block of pairs that splits it in
 *   two; its lanes are the blocks number `block` and `block + apart` of their layer;
 * - `fr_splitAll(pairs, length, block, apart, table)`: all layers of a block;
 * - `fr_scale(pairs, from, count, table, half)`: multiplies by a table of N numbers;
 * - `fr_mergeAll(pairs, length, table)` and `fr_mergeLayer(pairs, length, table, from, count)`: the layers of the way
 *   back;
 * - `fr_lastLayer(pairs, from, count, table)`.
 */
export function buildTransform(field: Field, lanes: Lanes): void {
  const { module, scratch } = field.workshop;
  const [twiddle, product, left, right] = times(4, () => scratch(PAIR_BYTES));
  const elementAt = (table: Code, index: Code): Code => i32.add(table, i32.mul(index, i32.const(ELEMENT_BYTES)));
  const pairAt = (pairs: Code, index: Code): Code => i32.add(pairs, i32.mul(index, i32.const(PAIR_BYTES)));
  /** `x + twiddle * y` and `x - twiddle * y`, in the places of x and y. */
  const butterfly = (x: Code, y: Code): Code => [
    field.product(product, y, twiddle),
    field.sum(SUBTRACT, y, [x], [product]),
    field.sum(ADD, x, [x, product]),
  ];
  const half = (length: Local): Code => i32.shrU(length.get, 1);
  /**
   * Both lanes of one pair take part: from its lanes to two pairs, and what of them becomes the lanes of the result.
   */
  const spread = (pair: Code, lane: 0 | 1): Code =>
    acrossLimbs((i) => {
      const limb = v128.load(pair, limbAt(i));
      return v128.store(lane === 0 ? left : right, limbAt(i), i64x2.shuffle(limb, limb, [lane, lane]));
    });
  const join = (pair: Code): Code =>
    acrossLimbs((i) =>
      v128.store(pair, limbAt(i), i64x2.shuffle(v128.load(left, limbAt(i)), v128.load(right, limbAt(i)), [0, 2])),
    );

  {
    const {
      f,
      params: [table, index, count, first, factor, bits],
    } = module.defineOfI32('fr_powers', 6);
    const [reversed, rest, step] = f.locals('i32', 3);
    const reduced = scratch(PAIR_BYTES);
    const power = scratch(PAIR_BYTES);
    f.emit(
      acrossLimbs((i) => v128.store(power, limbAt(i), v128.load(first.get, limbAt(i)))),
      repeat(
        count,
        reversed.set(i32.const(0)),
        rest.set(index.get),
        step.set(bits.get),
        repeat(
          step,
          reversed.set(i32.or(i32.shl(reversed.get, 1), i32.and(rest.get, i32.const(1)))),
          rest.set(i32.shrU(rest.get, 1)),
        ),
        when(bits.get, [], [reversed.set(index.get)]),
        field.sum({ plus: 1, minus: 0, bias: 0, folds: [2, 1] }, reduced, [power]),
        module.call(lanes.scatter, reduced, elementAt(table.get, reversed.get), elementAt(table.get, reversed.get)),
        field.product(power, power, factor.get),
        advance(index, 1),
      ),
    );
  }
  {
    const {
      f,
      params: [pair, count],
    } = module.defineOfI32('fr_firstLayer', 2);
    f.emit(
      repeat(
        count,
        spread(pair.get, 0),
        spread(pair.get, 1),
        field.sum(ADD, product, [left, right]),
        field.sum(SUBTRACT, right, [left], [right]),
        acrossLimbs((i) => v128.store(left, limbAt(i), v128.load(product, limbAt(i)))),
        join(pair.get),
        advance(pair, PAIR_BYTES),
      ),
    );
  }
  const split = module.defineOfI32('fr_splitLayer', 7);
  {
    const {
      f,
      params: [pairs, length, block, apart, table, from, count],
    } = split;
    const x = f.local('i32');
    const y = f.local('i32');
    f.emit(
      module.call(
        lanes.gather,
        twiddle,
        elementAt(table.get, block.get),
        elementAt(table.get, i32.add(block.get, apart.get)),
      ),
      x.set(pairAt(pairs.get, from.get)),
      y.set(pairAt(x.get, half(length))),
      repeat(count, butterfly(x.get, y.get), advance(x, PAIR_BYTES), advance(y, PAIR_BYTES)),
    );
  }
  {
    const {
      f,
      params: [pairs, length, block, apart, table],
    } = module.defineOfI32('fr_splitAll', 5);
    const next = (first: Code, number: Code): Code =>
      module.call(f, first, half(length), number, i32.shl(apart.get, 1), table.get);
    f.emit(
      when(i32.ltU(length.get, i32.const(2)), [RETURN]),
      module.call(split.f, pairs.get, length.get, block.get, apart.get, table.get, i32.const(0), half(length)),
      next(pairs.get, i32.shl(block.get, 1)),
      next(pairAt(pairs.get, half(length)), i32.add(i32.shl(block.get, 1), i32.const(1))),
    );
  }
  {
    const {
      f,
      params: [pairs, index, count, table, apart],
    } = module.defineOfI32('fr_scale', 5);
    const pair = f.local('i32');
    f.emit(
      pair.set(pairAt(pairs.get, index.get)),
      index.set(elementAt(table.get, index.get)),
      apart.set(i32.mul(apart.get, i32.const(ELEMENT_BYTES))),
      repeat(
        count,
        module.call(lanes.gather, twiddle, index.get, i32.add(index.get, apart.get)),
        field.product(pair.get, pair.get, twiddle),
        advance(pair, PAIR_BYTES),
        advance(index, ELEMENT_BYTES),
      ),
    );
  }
  const merge = module.defineOfI32('fr_mergeLayer', 5);
  {
    const {
      f,
      params: [pairs, length, table, from, count],
    } = merge;
    const [x, y, factor] = f.locals('i32', 3);
    f.emit(
      x.set(pairAt(pairs.get, from.get)),
      y.set(pairAt(x.get, half(length))),
      factor.set(elementAt(table.get, i32.add(half(length), from.get))),
      repeat(
        count,
        module.call(lanes.gather, twiddle, factor.get, factor.get),
        butterfly(x.get, y.get),
        advance(x, PAIR_BYTES),
        advance(y, PAIR_BYTES),
        advance(factor, ELEMENT_BYTES),
      ),
    );
  }
  {
    const {
      f,
      params: [pairs, length, table],
    } = module.defineOfI32('fr_mergeAll', 3);
    f.emit(
      when(i32.ltU(length.get, i32.const(2)), [RETURN]),
      module.call(f, pairs.get, half(length), table.get),
      module.call(f, pairAt(pairs.get, half(length)), half(length), table.get),
      module.call(merge.f, pairs.get, length.get, table.get, i32.const(0), half(length)),
    );
  }
  {
    const {
      f,
      params: [pairs, from, count, table],
    } = module.defineOfI32('fr_lastLayer', 4);
    const pair = f.local('i32');
    const factor = f.local('i32');
    f.emit(
      pair.set(pairAt(pairs.get, from.get)),
      factor.set(elementAt(table.get, from.get)),
      repeat(
        count,
        module.call(lanes.gather, twiddle, factor.get, factor.get),
        spread(pair.get, 0),
        spread(pair.get, 1),
        butterfly(left, right),
        join(pair.get),
        advance(pair, PAIR_BYTES),
        advance(factor, ELEMENT_BYTES),
      ),
    );
  }
}

const acrossLimbs = (code: (limb: number) => Code): Code => Array.from({ length: LIMBS }, (_, i) => code(i));
