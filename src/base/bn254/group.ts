import { advance, i32, i64, repeat, v128, when } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, Local } from '../wasm/assembler.js';
import { plus } from './coordinates.js';
import type { Coordinates } from './coordinates.js';
import { limbAt } from './field.js';
import type { Workshop } from './field.js';
import { LIMBS } from './numbers.js';

/** Of an entry in a list of additions: three addresses of points, of what is added, and of the sum. */
export const ENTRY_BYTES = 12;
/** Additions that share one inversion, at most. A list needs room for one entry more. */
export const BATCH = 2048;

/**
 * A group's affine points: x and y, as many elements of Fq as the coordinates have, 40 bytes each; infinity is all zeros.
 * An address of a point is a multiple of 8; with bit 0 set it stands for the point's negative.
 */
export interface GroupCode {
  readonly pointBytes: number;
  /** `copy(from, to)` */
  readonly copy: FunctionBuilder;
  /** `isInfinity(point)` */
  readonly isInfinity: FunctionBuilder;
}

/** Scratch memory for a list of doublings, and for a batch's denominators and their products. */
export interface BatchMemory {
  readonly doublings: Code;
  readonly denominators: Code;
  readonly products: Code;
}

export const batchMemory = ({ scratch }: Workshop, pairBytes: number): BatchMemory => ({
  doublings: scratch((BATCH + 1) * ENTRY_BYTES),
  denominators: scratch((BATCH / 2) * pairBytes),
  products: scratch((BATCH / 2 + 1) * pairBytes),
});

/**
 * Builds `<name>_addAll(list, count, careful)`, which does a list of additions, no sum of which is an operand of another
 * one, though it may take its own operand's place. Any points may be added: equal and opposite ones, and infinity.
 *
 * The affine formulas hold for points of different x. Others are told by a product of 0, at which the list is sorted
 * out; infinity, that of other points, is not: with `careful` each list is sorted out. Returns `careful` for later lists:
 * 1 if some sum was infinity.
 */
export function buildGroup(workshop: Workshop, name: string, coordinates: Coordinates, batch: BatchMemory): GroupCode {
  const { module } = workshop;
  const pointBytes = 2 * coordinates.elementBytes;
  const isInfinity = buildIsInfinity(workshop, name, coordinates);
  const negate = buildNegate(workshop, name, coordinates);
  const shape = { workshop, name, coordinates, batch, isInfinity, negate };
  const copy = buildCopy(shape);
  const add = buildBatch(shape, 'add');
  const double = buildBatch(shape, 'double');
  const sortOut = buildSortOut({ ...shape, copy });

  const f = module.define(`${name}_addAll`, ['i32', 'i32', 'i32'], ['i32']);
  const list = f.param(0);
  const count = f.param(1);
  const careful = f.param(2);
  const kinds = f.local('i32');
  f.emit(
    when(i32.eqz(careful.get), [when(module.call(add, list.get, count.get), [i32.const(0), RETURN])]),
    kinds.set(module.call(sortOut, list.get, count.get)),
    when(i32.and(kinds.get, i32.const(ONE_ADDITION - 1)), [
      module.call(double, batch.doublings, i32.and(kinds.get, i32.const(ONE_ADDITION - 1))),
      DROP,
    ]),
    count.set(i32.and(i32.shrU(kinds.get, ADDITION_SHIFT), i32.const(ONE_ADDITION - 1))),
    when(count.get, [module.call(add, list.get, count.get), DROP]),
    i32.or(careful.get, i32.shrU(kinds.get, INFINITY_SHIFT)),
  );
  return { pointBytes, copy, isInfinity };
}

/** What `sortOut` returns: doublings in the lower 12 bits, additions in the next, above them whether a sum is infinity. */
const ADDITION_SHIFT = 12;
const ONE_ADDITION = 1 << ADDITION_SHIFT;
const INFINITY_SHIFT = 24;
const RETURN: Code = [0x0f];
const DROP: Code = [0x1a];

interface Shape {
  readonly workshop: Workshop;
  readonly name: string;
  readonly coordinates: Coordinates;
  readonly batch: BatchMemory;
  readonly isInfinity: FunctionBuilder;
  readonly negate: FunctionBuilder;
}

const point = (address: Code): Code => i32.and(address, i32.const(-2));
const sign = (address: Code): Code => i32.and(address, i32.const(1));
const DIFFERENCE = { plus: 1, minus: 1, bias: 5 } as const;

/** No point has y = 0, the groups' orders being odd. */
function buildIsInfinity({ module }: Workshop, name: string, { elementBytes }: Coordinates): FunctionBuilder {
  const f = module.define(`${name}_isInfinity`, ['i32'], ['i32']);
  const words = Array.from({ length: elementBytes / 8 }, (_, i) => i64.load(f.param(0).get, elementBytes + 8 * i));
  f.emit(i64.eqz(words.reduce((any, word) => i64.or(any, word))));
  return f;
}

/** `negate(pair, lanes)`: takes elements below 2.2p of the chosen lanes, bit i for lane i, for their negatives. */
function buildNegate(workshop: Workshop, name: string, coordinates: Coordinates): FunctionBuilder {
  const { module, statics, scratch } = workshop;
  const f = module.define(`${name}_negate`, ['i32', 'i32']);
  const pair = f.param(0).get;
  const masks = statics.words([0n, 0n, -1n, 0n, 0n, -1n, -1n, -1n]);
  const chosen = f.local('v128');
  const negative = scratch(coordinates.pairBytes);
  f.emit(
    coordinates.sum({ plus: 0, minus: 1, bias: 4 }, negative, [], [pair]),
    chosen.set(v128.load(i32.shl(f.param(1).get, 4), masks)),
  );
  for (let i = 0; i < LIMBS * coordinates.components; i++) {
    f.emit(
      v128.store(pair, limbAt(i), v128.select(chosen.get, v128.load(negative, limbAt(i)), v128.load(pair, limbAt(i)))),
    );
  }
  return f;
}

function buildCopy({ workshop, name, coordinates, isInfinity, negate }: Shape): FunctionBuilder {
  const { module, scratch } = workshop;
  const f = module.define(`${name}_copy`, ['i32', 'i32']);
  const from = f.param(0);
  const to = f.param(1);
  const x = scratch(coordinates.pairBytes);
  const y = scratch(coordinates.pairBytes);
  const isNegative = f.local('i32');
  f.emit(
    isNegative.set(sign(from.get)),
    from.set(point(from.get)),
    gatherPoint(coordinates, x, y, from.get, from.get),
    when(i32.and(isNegative.get, i32.eqz(module.call(isInfinity, from.get))), [module.call(negate, y, i32.const(3))]),
    coordinates.scatter(x, to.get, to.get),
    coordinates.scatter(y, plus(to.get, coordinates.elementBytes), plus(to.get, coordinates.elementBytes)),
  );
  return f;
}

const gatherPoint = ({ gather, elementBytes }: Coordinates, x: Code, y: Code, p: Code, q: Code): Code => [
  gather(x, p, q),
  gather(y, plus(p, elementBytes), plus(q, elementBytes)),
];

/**
 * A batch of additions, or of doublings (each entry's first point), two in each step; returns 0, having written nothing,
 * if the formulas do not hold for one of them.
 */
function buildBatch({ workshop, name, coordinates, batch, negate }: Shape, kind: 'add' | 'double'): FunctionBuilder {
  const { module, scratch } = workshop;
  const { elementBytes, pairBytes } = coordinates;
  const f = module.define(`${name}_${kind}`, ['i32', 'i32'], ['i32']);
  const list = f.param(0);
  const count = f.param(1);
  const [a0, a1, b0, b1, entry, left, denominator, product, signs] = f.locals('i32', 9) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const temporary = (): Code => scratch(pairBytes);
  const [x1, y1, x2, y2, inverse, swapped, own, slope, square, newX, newY] = Array.from({ length: 11 }, temporary) as [
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
  ];
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

/**
 * `sortOut(list, count)`: leaves in the list what the formulas hold for, writes a list of doublings, and does whatever
 * has infinity as an operand or sum.
 */
function buildSortOut({
  workshop,
  name,
  coordinates,
  batch,
  isInfinity,
  copy,
}: Shape & { readonly copy: FunctionBuilder }): FunctionBuilder {
  const { module, scratch } = workshop;
  const { elementBytes, pairBytes } = coordinates;
  const f = module.define(`${name}_sortOut`, ['i32', 'i32'], ['i32']);
  const list = f.param(0);
  const count = f.param(1);
  const [entry, a, b, out, kinds, doubling] = f.locals('i32', 6) as [Local, Local, Local, Local, Local, Local];
  const x1 = scratch(pairBytes);
  const x2 = scratch(pairBytes);
  const first = scratch(2 * elementBytes);
  const second = scratch(2 * elementBytes);
  const infinite = (p: Local): Code => module.call(isInfinity, point(p.get));
  const differ = (p: Code, q: Code): Code => [
    coordinates.gather(x1, p, p),
    coordinates.gather(x2, q, q),
    coordinates.sum(DIFFERENCE, x1, [x2], [x1]),
    i32.eqz(coordinates.isZero(x1)),
  ];
  const append = (to: Local, kind: number): Code => [
    i32.store(to.get, 0, a.get),
    i32.store(to.get, 4, b.get),
    i32.store(to.get, 8, out.get),
    advance(to, ENTRY_BYTES),
    advance(kinds, kind),
  ];
  const setInfinity: Code = Array.from({ length: (2 * elementBytes) / 8 }, (_, i) =>
    i64.store(out.get, 8 * i, i64.const(0n)),
  );
  f.emit(
    entry.set(list.get),
    doubling.set(batch.doublings),
    repeat(
      count,
      a.set(i32.load(entry.get)),
      b.set(i32.load(entry.get, 4)),
      out.set(i32.load(entry.get, 8)),
      advance(entry, ENTRY_BYTES),
      when(
        infinite(a),
        [module.call(copy, b.get, out.get)],
        [
          when(
            infinite(b),
            [module.call(copy, a.get, out.get)],
            [
              when(
                differ(point(a.get), point(b.get)),
                [append(list, ONE_ADDITION)],
                [
                  // The same point, or its negative; as copies, since either may be one's negative.
                  module.call(copy, a.get, first),
                  module.call(copy, b.get, second),
                  when(
                    differ(plus(first, elementBytes), plus(second, elementBytes)),
                    [setInfinity, kinds.set(i32.or(kinds.get, i32.const(1 << INFINITY_SHIFT)))],
                    [append(doubling, 1)],
                  ),
                ],
              ),
            ],
          ),
        ],
      ),
    ),
    kinds.get,
  );
  return f;
}
