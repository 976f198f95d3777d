import { buildBn128, type Code, type Curve, type ModuleBuilder } from 'ffjavascript';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { addPairs, type AddPairs } from './add-pairs.js';
import { advance, repeat } from './loops.js';

/**
 * The WebAssembly in which a setup is computed: ffjavascript's BN254 and a few loops of ours, which
 * would otherwise be tens of millions of calls from JavaScript. Pointers are byte addresses.
 *
 * Fields: `frm` scalars, `f1m` and `f2m` coordinates of G1 and G2, in Montgomery form (x stands for
 * x * 2^256). `frm_mul` of a Montgomery and a plain number is a plain number, which is used below.
 */
export interface SetupKernel {
  /**
   * Adds, for `count` affine points each, the table entry that `mask` bits of the point's scalar from
   * `bit` on choose; entry d lies at `table + d * size of a point`, entry 0 is never read.
   *
   * The affine formulas share one inversion between all points, 6 multiplications a point against 11
   * of a mixed addition. They hold only for unequal x: the caller adds windows in rising order, so that
   * a point's value p and entry e have 0 < p < e and p + e < r, and never e = ±p modulo r.
   *
   * @param scalars plain little-endian integers, `stride` bytes apart
   * @param denominators scratch of `count` coordinates; as much again is taken behind the heap pointer
   */
  readonly g1m_addFromTable: AddFromTable;
  readonly g2m_addFromTable: AddFromTable;
  readonly g1m_addPairs: AddPairs;
  readonly g2m_addPairs: AddPairs;
  /**
   * For constraints from `bytes` on, adds coefficient * lagrange[i] to the sum of each term's wire.
   * The three matrices' sums, of plain scalars, lie `sumsStride` bytes apart.
   * @param lagrange the first constraint's value, in Montgomery form
   */
  r1cs_sumConstraints(bytes: number, count: number, lagrange: number, sums: number, sumsStride: number): void;
  /**
   * Writes the terms of A and B as a zkey's coefficients, 44 bytes each: matrix, constraint, wire,
   * and the coefficient times 2^512.
   */
  r1cs_encodeConstraints(bytes: number, count: number, firstConstraint: number, out: number): void;

  frm_add(a: number, b: number, result: number): void;
  frm_sub(a: number, b: number, result: number): void;
  frm_mul(a: number, b: number, result: number): void;
  frm_fromMontgomery(a: number, result: number): void;
  /** Inverts in place or elsewhere; the inverse of 0 is 0. Takes `count + 1` elements behind the heap pointer. */
  frm_batchInverse(a: number, step: number, count: number, result: number, resultStep: number): void;
}

type AddFromTable = (
  points: number,
  count: number,
  table: number,
  scalars: number,
  stride: number,
  bit: number,
  mask: number,
  denominators: number,
) => void;

const FR_BYTES = 32;
const TERM_BYTES = 36;
const COEFFICIENT_BYTES = 44;

let kernel: Promise<Curve> | null = null;

/** BN254 in this thread, its `tm.code` exporting a `SetupKernel`; built once. */
export const buildKernel = (): Promise<Curve> =>
  (kernel ??= buildBn128(true, (module) => {
    addFromTable(module, 'g1m', 'f1m', 32);
    addFromTable(module, 'g2m', 'f2m', 64);
    addPairs(module, 'g1m', 'f1m', 32);
    addPairs(module, 'g2m', 'f2m', 64);
    sumConstraints(module);
    encodeConstraints(module);
  }));

function addFromTable(module: ModuleBuilder, group: string, field: string, size: number): void {
  const f = module.addFunction(`${group}_addFromTable`);
  for (const name of ['points', 'count', 'table', 'scalars', 'stride', 'bit', 'mask', 'denominators']) {
    f.addParam(name, 'i32');
  }
  for (const name of ['left', 'point', 'scalar', 'denominator', 'digit', 'entry']) f.addLocal(name, 'i32');
  const c = f.getCodeBuilder();
  const slope = c.i32_const(module.alloc(size));
  const newX = c.i32_const(module.alloc(size));
  const local = (name: string): Code => c.getLocal(name);
  const y = (point: string): Code => c.i32_add(local(point), c.i32_const(size));

  const start = [
    c.setLocal('left', local('count')),
    c.setLocal('point', local('points')),
    c.setLocal('scalar', c.i32_add(local('scalars'), c.i32_shr_u(local('bit'), c.i32_const(3)))),
    c.setLocal('denominator', local('denominators')),
  ];
  const next = [
    advance(c, 'point', c.i32_const(2 * size)),
    advance(c, 'scalar', local('stride')),
    advance(c, 'denominator', c.i32_const(size)),
  ];
  const findEntry = [
    c.setLocal(
      'digit',
      c.i32_and(c.i32_shr_u(c.i32_load(local('scalar')), c.i32_and(local('bit'), c.i32_const(7))), local('mask')),
    ),
    c.setLocal('entry', c.i32_add(local('table'), c.i32_mul(local('digit'), c.i32_const(2 * size)))),
  ];
  f.addCode(
    ...start,
    repeat(
      c,
      'left',
      ...findEntry,
      c.call(`${field}_zero`, local('denominator')),
      c.if(
        local('digit'),
        c.if(
          c.call(`${group}_isZeroAffine`, local('point')),
          c.call(`${group}_copyAffine`, local('entry'), local('point')),
          c.call(`${field}_sub`, local('entry'), local('point'), local('denominator')),
        ),
      ),
      ...next,
    ),
    c.call(
      `${field}_batchInverse`,
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
      c.if(c.i32_eqz(c.call(`${field}_isZero`, local('denominator'))), [
        ...findEntry.flat(),
        ...c.call(`${field}_sub`, y('entry'), y('point'), slope),
        ...c.call(`${field}_mul`, slope, local('denominator'), slope),
        ...c.call(`${field}_square`, slope, newX),
        ...c.call(`${field}_sub`, newX, local('point'), newX),
        ...c.call(`${field}_sub`, newX, local('entry'), newX),
        ...c.call(`${field}_sub`, local('point'), newX, local('point')),
        ...c.call(`${field}_mul`, slope, local('point'), slope),
        ...c.call(`${field}_sub`, slope, y('point'), y('point')),
        ...c.call(`${field}_copy`, newX, local('point')),
      ]),
      ...next,
    ),
  );
  module.exportFunction(`${group}_addFromTable`);
}

function sumConstraints(module: ModuleBuilder): void {
  const f = module.addFunction('r1cs_sumConstraints');
  for (const name of ['bytes', 'count', 'lagrange', 'sums', 'sumsStride']) f.addParam(name, 'i32');
  for (const name of ['matrices', 'terms', 'matrixSums', 'sum']) f.addLocal(name, 'i32');
  const c = f.getCodeBuilder();
  const product = c.i32_const(module.alloc(FR_BYTES));
  const bytes = c.getLocal('bytes');
  f.addCode(
    repeat(
      c,
      'count',
      c.setLocal('matrices', c.i32_const(3)),
      c.setLocal('matrixSums', c.getLocal('sums')),
      repeat(
        c,
        'matrices',
        c.setLocal('terms', c.i32_load(bytes)),
        advance(c, 'bytes', c.i32_const(4)),
        repeat(
          c,
          'terms',
          c.call('frm_mul', c.i32_add(bytes, c.i32_const(4)), c.getLocal('lagrange'), product),
          c.setLocal('sum', c.i32_add(c.getLocal('matrixSums'), c.i32_mul(c.i32_load(bytes), c.i32_const(FR_BYTES)))),
          c.call('frm_add', c.getLocal('sum'), product, c.getLocal('sum')),
          advance(c, 'bytes', c.i32_const(TERM_BYTES)),
        ),
        advance(c, 'matrixSums', c.getLocal('sumsStride')),
      ),
      advance(c, 'lagrange', c.i32_const(FR_BYTES)),
    ),
  );
  module.exportFunction('r1cs_sumConstraints');
}

function encodeConstraints(module: ModuleBuilder): void {
  const f = module.addFunction('r1cs_encodeConstraints');
  for (const name of ['bytes', 'count', 'constraint', 'out']) f.addParam(name, 'i32');
  for (const name of ['matrices', 'matrix', 'terms']) f.addLocal(name, 'i32');
  const c = f.getCodeBuilder();
  // frm_mul(x, 2^768) = x * 2^512.
  const shift = c.i32_const(module.alloc(littleEndian(2n ** 768n % FIELD_ORDER)));
  const bytes = c.getLocal('bytes');
  const at = (offset: number): Code => c.i32_add(c.getLocal('out'), c.i32_const(offset));
  f.addCode(
    repeat(
      c,
      'count',
      c.setLocal('matrices', c.i32_const(3)),
      c.setLocal('matrix', c.i32_const(0)),
      repeat(
        c,
        'matrices',
        c.setLocal('terms', c.i32_load(bytes)),
        advance(c, 'bytes', c.i32_const(4)),
        repeat(
          c,
          'terms',
          c.if(c.i32_lt_u(c.getLocal('matrix'), c.i32_const(2)), [
            ...c.i32_store(at(0), c.getLocal('matrix')),
            ...c.i32_store(at(4), c.getLocal('constraint')),
            ...c.i32_store(at(8), c.i32_load(bytes)),
            ...c.call('frm_mul', c.i32_add(bytes, c.i32_const(4)), shift, at(12)),
            ...advance(c, 'out', c.i32_const(COEFFICIENT_BYTES)),
          ]),
          advance(c, 'bytes', c.i32_const(TERM_BYTES)),
        ),
        advance(c, 'matrix', c.i32_const(1)),
      ),
      advance(c, 'constraint', c.i32_const(1)),
    ),
  );
  module.exportFunction('r1cs_encodeConstraints');
}

/** 32 bytes; `x` is below 2^256. */
export function littleEndian(x: bigint): Uint8Array {
  const out = new Uint8Array(FR_BYTES);
  for (let i = 0; i < FR_BYTES; i++) out[i] = Number((x >> BigInt(8 * i)) & 0xffn);
  return out;
}
