// Single points in affine coordinates: whether one is infinity, its negative, and a copy with the sign that its address
// tells.
import { i32, i64, v128, when } from '../wasm/assembler.js';
import type { Code, FunctionBuilder } from '../wasm/assembler.js';
import { plus } from './coordinates.js';
import type { Coordinates } from './coordinates.js';
import { limbAt } from './field.js';
import type { Workshop } from './field.js';
import { point, sign } from './group-shape.js';
import type { Shape } from './group-shape.js';
import { LIMBS } from './numbers.js';

/** No point has y = 0, the groups' orders being odd. */
export function buildIsInfinity({ module }: Workshop, name: string, { elementBytes }: Coordinates): FunctionBuilder {
  const f = module.define(`${name}_isInfinity`, ['i32'], ['i32']);
  const words = Array.from({ length: elementBytes / 8 }, (_, i) => i64.load(f.param(0).get, elementBytes + 8 * i));
  f.emit(i64.eqz(words.reduce((any, word) => i64.or(any, word))));
  return f;
}

/** `negate(pair, lanes)`: takes elements below 2.2p of the chosen lanes, bit i for lane i, for their negatives. */
export function buildNegate(workshop: Workshop, name: string, coordinates: Coordinates): FunctionBuilder {
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

/** `copy(from, to)` */
export function buildCopy({ workshop, name, coordinates, isInfinity, negate }: Shape): FunctionBuilder {
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
