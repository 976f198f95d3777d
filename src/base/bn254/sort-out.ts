// What the affine formulas do not hold for, taken out of a list of additions: infinity, equal points, opposite points.
import { advance, i32, i64, repeat, when } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, Local } from '../wasm/assembler.js';
import { plus } from './coordinates.js';
import { DIFFERENCE, ENTRY_BYTES, point } from './group-shape.js';
import type { Shape } from './group-shape.js';

/**
 * What `sortOut` returns: doublings in the lower 12 bits, additions in the next, above them whether a sum is infinity.
 */
export const ADDITION_SHIFT = 12;
export const ONE_ADDITION = 1 << ADDITION_SHIFT;
export const INFINITY_SHIFT = 24;

/**
 * `sortOut(list, count)`: leaves in the list what the formulas hold for, writes a list of doublings, and does whatever
 * has infinity as an operand or sum.
 */
export function buildSortOut({
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
  const [entry, a, b, out, kinds, doubling] = f.locals('i32', 6);
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
