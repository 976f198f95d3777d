import type { Code, Curve, ModuleBuilder } from 'ffjavascript';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { addPairs } from './add-pairs.js';
import type { AddPairs } from './add-pairs.js';
import { advance, repeat } from './loops.js';
import { littleEndian } from './sections.js';

/**
 * The WebAssembly in which a setup is computed: ffjavascript's BN254 and a few loops of ours, which
 * would otherwise be tens of millions of calls from JavaScript. Pointers are byte addresses.
 *
 * Fields: `frm` scalars, `f1m` and `f2m` coordinates of G1 and G2, in Montgomery form (x stands for
 * x * 2^256). `frm_mul` of a Montgomery and a plain number is a plain number, which is used below.
 */
export interface SetupKernel {
  readonly g1m_addPairs: AddPairs;
  readonly g2m_addPairs: AddPairs;
  /**
   * Writes the terms of A and B as a zkey's coefficients, 44 bytes each: matrix, constraint, wire,
   * and the coefficient times 2^512.
   */
  r1cs_encodeConstraints(bytes: number, count: number, firstConstraint: number, out: number): void;
}

const TERM_BYTES = 36;
const COEFFICIENT_BYTES = 44;

let kernel: Promise<Curve> | null = null;

/** BN254 in this thread, its `tm.code` exporting a `SetupKernel`; built once. */
export const buildKernel = (): Promise<Curve> =>
  (kernel ??= import('ffjavascript').then(({ buildBn128 }) =>
    buildBn128(true, (module) => {
      addPairs(module, 'g1m', 'f1m', 32);
      addPairs(module, 'g2m', 'f2m', 64);
      encodeConstraints(module);
    }),
  ));

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
