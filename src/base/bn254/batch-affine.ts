// Batches of affine additions and doublings, which share one inversion (Montgomery's trick).
import { advance, i32, repeat, times, v128, when } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, Local } from '../wasm/assembler.js';
import { plus } from './coordinates.js';
import { limbAt } from './field.js';
import { DIFFERENCE, ENTRY_BYTES, point, RETURN, sign } from './group-shape.js';
import type { Shape } from './group-shape.js';
import { LIMBS } from './numbers.js';

/**
 * A batch of additions, or of doublings (each entry's first point), two in each step; returns 0, having written
 * nothing, if the formulas do not hold for one of them.
 */
export function buildBatch(
  { workshop, name, coordinates, batch, negate }: Shape,
  kind: 'add' | 'double',
): FunctionBuilder {
  const { module, scratch } = workshop;
  const { elementBytes, pairBytes } = coordinates;
  const f = module.define(`${name}_${kind}`, ['i32', 'i32'], ['i32']);
  const list = f.param(0);
  const count = f.param(1);
  const [a0, a1, b0, b1, entry, left, denominator, product, signs] = f.locals('i32', 9);
  const temporary = (): Code => scratch(pairBytes);
  const [x1, y1, x2, y2, inverse, swapped, own, slope, square, newX, newY] = times(11, temporary);
  const spare = scratch(2 * elementBytes);

  const readPoints = (a: Local, b: Local, offset: number): Code => [
    a.set(i32.load(entry.get, offset)),
    b.set(i32.load(entry.get, offset + 4)),
  ];
  const signed = (y: Code, p: Local, q: Local): Code => [
    signs.set(i32.or(sign(p.get), i32.shl(sign(q.get), 1))),
    coordinates.gather(y, plus(point(p.get), elementBytes), plus(point(q.get), elementBytes)),
    when(signs.get, [module.call(negate, y, signs.get)]),
  ];
  const start = [
    entry.set(list.get),
    left.set(i32.shrU(i32.add(count.get, i32.const(1)), 1)),
    denominator.set(batch.denominators),
    product.set(batch.products),
  ];

  // An odd one out is done twice.
  f.emit(
    when(i32.and(count.get, i32.const(1)), [
      entry.set(i32.add(list.get, i32.mul(i32.sub(count.get, i32.const(1)), i32.const(ENTRY_BYTES)))),
      i32.store(entry.get, ENTRY_BYTES, i32.load(entry.get, 0)),
      i32.store(entry.get, ENTRY_BYTES + 4, i32.load(entry.get, 4)),
      i32.store(entry.get, ENTRY_BYTES + 8, spare),
    ]),
  );
  // Apart from the products, which wait for each other: so many points are on their way from memory at a time.
  f.emit(
    start,
    repeat(
      left,
      readPoints(a0, b0, 0),
      readPoints(a1, b1, ENTRY_BYTES),
      kind === 'add'
        ? [
            coordinates.gather(x1, point(a0.get), point(a1.get)),
            coordinates.gather(x2, point(b0.get), point(b1.get)),
            coordinates.sum(DIFFERENCE, denominator.get, [x2], [x1]),
          ]
        : [signed(y1, a0, a1), coordinates.sum({ plus: 2, minus: 0, bias: 0 }, denominator.get, [y1, y1])],
      advance(entry, 2 * ENTRY_BYTES),
      advance(denominator, pairBytes),
    ),
  );
  const copyPair = (to: Code, from: Code, swap: boolean): Code =>
    Array.from({ length: LIMBS * coordinates.components }, (_, i) => {
      const limb = v128.load(from, limbAt(i));
      return v128.store(to, limbAt(i), swap ? swapLanes(limb) : limb);
    });
  f.emit(
    start,
    copyPair(product.get, i32.const(coordinates.one), false),
    repeat(
      left,
      coordinates.multiply(plus(product.get, pairBytes), product.get, denominator.get),
      advance(denominator, pairBytes),
      advance(product, pairBytes),
    ),
    copyPair(swapped, product.get, true),
    coordinates.multiply(own, product.get, swapped),
    when(coordinates.isZero(own), [i32.const(0), RETURN]),
    coordinates.invert(inverse, own),
    coordinates.multiply(inverse, inverse, swapped),
  );
  f.emit(
    left.set(i32.shrU(i32.add(count.get, i32.const(1)), 1)),
    repeat(
      left,
      advance(denominator, -pairBytes),
      advance(product, -pairBytes),
      coordinates.multiply(own, inverse, product.get),
      coordinates.multiply(inverse, inverse, denominator.get),
      // The entries from the last to the first, as the products are.
      entry.set(i32.add(list.get, i32.mul(i32.sub(left.get, i32.const(1)), i32.const(2 * ENTRY_BYTES)))),
      readPoints(a0, b0, 0),
      readPoints(a1, b1, ENTRY_BYTES),
      coordinates.gather(x1, point(a0.get), point(a1.get)),
      signed(y1, a0, a1),
      kind === 'add'
        ? [
            coordinates.gather(x2, point(b0.get), point(b1.get)),
            signed(y2, b0, b1),
            coordinates.sum(DIFFERENCE, slope, [y2], [y1]),
          ]
        : [
            coordinates.square(square, x1),
            coordinates.sum({ plus: 3, minus: 0, bias: 0, folds: [8, 4] }, slope, [square, square, square]),
          ],
      coordinates.multiply(slope, slope, own),
      coordinates.square(square, slope),
      coordinates.sum(
        { plus: 1, minus: 2, bias: 10, folds: [8, 4] },
        newX,
        [square],
        kind === 'add' ? [x1, x2] : [x1, x1],
      ),
      coordinates.sum(DIFFERENCE, x1, [x1], [newX]),
      coordinates.multiply(newY, slope, x1),
      coordinates.sum(
        { plus: 1, minus: 1, bias: 5, folds: coordinates.components === 1 ? [4] : [8, 4] },
        newY,
        [newY],
        [y1],
      ),
      a0.set(i32.load(entry.get, 8)),
      a1.set(i32.load(entry.get, ENTRY_BYTES + 8)),
      coordinates.scatter(newX, a0.get, a1.get),
      coordinates.scatter(newY, plus(a0.get, elementBytes), plus(a1.get, elementBytes)),
    ),
    i32.const(1),
  );
  return f;
}

const swapLanes = (vector: Code): Code => [
  vector,
  vector,
  0xfd,
  13,
  [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7],
];
