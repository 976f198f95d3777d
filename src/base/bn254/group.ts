import { i32, when } from '../wasm/assembler.js';
import type { FunctionBuilder } from '../wasm/assembler.js';
import { buildCopy, buildIsInfinity, buildNegate } from './affine.js';
import { buildBatch } from './batch-affine.js';
import type { Coordinates } from './coordinates.js';
import type { Workshop } from './field.js';
import { DROP, RETURN } from './group-shape.js';
import type { BatchMemory } from './group-shape.js';
import { ADDITION_SHIFT, buildSortOut, INFINITY_SHIFT, ONE_ADDITION } from './sort-out.js';

/**
 * A group's affine points: x and y, as many elements of Fq as the coordinates have, 40 bytes each; infinity is all
 * zeros. An address of a point is a multiple of 8; with bit 0 set it stands for the point's negative.
 */
export interface GroupCode {
  readonly pointBytes: number;
  /** `copy(from, to)` */
  readonly copy: FunctionBuilder;
  /** `isInfinity(point)` */
  readonly isInfinity: FunctionBuilder;
}

/**
 * Builds `<name>_addAll(list, count, careful)`, which does a list of additions, no sum of which is an operand of
 * another one, though it may take its own operand's place. Any points may be added: equal and opposite ones, and
 * infinity.
 *
 * The affine formulas hold for points of different x. Others are told by a product of 0, at which the list is sorted
 * out; infinity, that of other points, is not: with `careful` each list is sorted out. Returns `careful` for later
 * lists: 1 if some sum was infinity.
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
