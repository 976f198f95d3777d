import type { Code, ModuleBuilder } from 'ffjavascript';
import { advance, repeat } from './loops.js';

/**
 * Adds points to points: each of `count` pairs is two u32 addresses, of the sum and of what is added to it,
 * whose negative is added where the second address is odd. All points are affine, infinity is all zeros; any
 * two may be added, equal and opposite ones included.
 *
 * The affine formulas share one inversion between all pairs. No sum may
 * occur twice, nor be added to another; added to itself, it is doubled.
 *
 * @param denominators scratch of `count` coordinates; as much again is taken behind the heap pointer
 */
export type AddPairs = (pairs: number, count: number, denominators: number) => void;

const PAIR_BYTES = 8;

/** Builds `<group>_addPairs` over a field of coordinates of `size` bytes. */
export function addPairs(module: ModuleBuilder, group: string, field: string, size: number): void {
  const f = module.addFunction(`${group}_addPairs`);
  for (const name of ['pairs', 'count', 'denominators']) f.addParam(name, 'i32');
  for (const name of ['left', 'pair', 'sum', 'point', 'denominator']) f.addLocal(name, 'i32');
  const c = f.getCodeBuilder();
  const [slope, newX, pointY] = [0, 1, 2].map(() => c.i32_const(module.alloc(size))) as [Code, Code, Code];
  const local = (name: string): Code => c.getLocal(name);
  const y = (point: string): Code => c.i32_add(local(point), c.i32_const(size));
  const call = (name: string, ...args: Code[]): Code => c.call(`${field}_${name}`, ...args);

  const start = [
    c.setLocal('left', local('count')),
    c.setLocal('pair', local('pairs')),
    c.setLocal('denominator', local('denominators')),
  ];
  const next = [advance(c, 'pair', c.i32_const(PAIR_BYTES)), advance(c, 'denominator', c.i32_const(size))];
  const readPair = [
    c.setLocal('sum', c.i32_load(local('pair'))),
    c.setLocal('point', c.i32_and(c.i32_load(local('pair'), 4), c.i32_const(-2))),
    c.if(
      c.i32_and(c.i32_load(local('pair'), 4), c.i32_const(1)),
      call('neg', y('point'), pointY),
      call('copy', y('point'), pointY),
    ),
  ];
  f.addCode(
    ...start,
    repeat(
      c,
      'left',
      ...readPair,
      call('zero', local('denominator')),
      c.if(c.i32_eqz(c.call(`${group}_isZeroAffine`, local('point'))), [
        ...c.if(
          c.call(`${group}_isZeroAffine`, local('sum')),
          [...call('copy', local('point'), local('sum')), ...call('copy', pointY, y('sum'))],
          [
            ...call('sub', local('point'), local('sum'), local('denominator')),
            // Equal x: the same point, which is doubled, or its negative. None has y = 0, the order being odd.
            ...c.if(call('isZero', local('denominator')), [
              ...c.if(
                call('eq', pointY, y('sum')),
                call('add', pointY, pointY, local('denominator')),
                c.call(`${group}_zeroAffine`, local('sum')),
              ),
            ]),
          ],
        ),
      ]),
      ...next,
    ),
    call(
      'batchInverse',
      local('denominators'),
      c.i32_const(size),
      local('count'),
      local('denominators'),
      c.i32_const(size),
    ),
    ...start,
    repeat(
      c,
      'left',
      c.if(c.i32_eqz(call('isZero', local('denominator'))), [
        ...readPair.flat(),
        ...c.if(
          call('eq', local('point'), local('sum')),
          [
            ...call('square', local('sum'), newX),
            ...call('add', newX, newX, slope),
            ...call('add', slope, newX, slope),
          ],
          call('sub', pointY, y('sum'), slope),
        ),
        ...call('mul', slope, local('denominator'), slope),
        ...call('square', slope, newX),
        ...call('sub', newX, local('sum'), newX),
        ...call('sub', newX, local('point'), newX),
        ...call('sub', local('sum'), newX, pointY),
        ...call('mul', slope, pointY, slope),
        ...call('sub', slope, y('sum'), y('sum')),
        ...call('copy', newX, local('sum')),
      ]),
      ...next,
    ),
  );
  module.exportFunction(`${group}_addPairs`);
}
