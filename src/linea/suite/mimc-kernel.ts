import { Field } from '../../base/bn254/field.js';
import { hasFusedMultiplyAdd } from '../../base/bn254/fused.js';
import { multiplyFused } from '../../base/bn254/multiply-fused.js';
import { multiplyInteger } from '../../base/bn254/multiply-integer.js';
import { ELEMENT_BYTES, fromLimbs, LIMBS, MONTGOMERY, PAIR_BYTES, toLimbs } from '../../base/bn254/numbers.js';
import { Statics } from '../../base/bn254/statics.js';
import { advance, i32, ModuleBuilder, repeat } from '../../base/wasm/assembler.js';
import type { Code } from '../../base/wasm/assembler.js';

/** A field, and the rounds of a block cipher in it that raises to a power of the form 2^k + 1. */
export interface MimcParameters {
  readonly order: bigint;
  /** log2 of the exponent less 1: 2 for the fifth power, 4 for the 17th. */
  readonly squarings: number;
  readonly constants: readonly bigint[];
}

/** Hashes rows of numbers, as many in each. */
export type MimcHash = (rows: readonly (readonly bigint[])[]) => bigint[];

const PAGE_BYTES = 65536;
const INPUT_PAGES = 4;

/**
 * MiMC in Miyaguchi and Preneel's mode, of two rows at once. All below is of numbers in Montgomery's form:
 *
 * - a product of two numbers below 8p is below 64p^2 / 2^260 + 2p < 3p, as p < 2^254
 * - so what is raised to a power, a power or an input with the state and a constant, is below 3p + 3p + p
 * - and a new state, the sum of a power, twice the old state and the input, below 3p + 6p + 3p; multiplied by 1, it is
 *   below 12p * p / 2^260 + 2p < 3p again
 */
export function mimcHash({ order, squarings, constants }: MimcParameters): MimcHash {
  const module = new ModuleBuilder();
  const statics = new Statics(0);
  const multiplier = hasFusedMultiplyAdd() ? multiplyFused : multiplyInteger;
  let scratchEnd = 0;
  const scratch = (bytes: number): Code => {
    scratchEnd += bytes;
    return i32.const(PAGE_BYTES - scratchEnd);
  };
  const field = new Field({ module, statics, multiplier, scratch }, 'f', order);
  const roundConstants = constants.map((constant) => field.constant(constant));
  const toMontgomery = field.constant(MONTGOMERY);
  const plainOne = statics.pair(1n);
  const [state, input, sum, power] = Array.from({ length: 4 }, () => scratch(PAIR_BYTES)) as [Code, Code, Code, Code];

  // run(at, blocks): reads `blocks` pairs from `at` on, and leaves their hash at `at`.
  const f = module.define('run', ['i32', 'i32']);
  const at = f.param(0);
  const blocks = f.param(1);
  const block = f.local('i32');
  const round = f.local('i32');
  const constant = f.local('i32');
  const raise = [
    field.product(power, sum, sum),
    ...Array.from({ length: squarings - 1 }, () => field.product(power, power, power)),
    field.product(power, power, sum),
  ];
  const zero = statics.pair(0n);
  f.emit(
    field.sum({ plus: 1, minus: 0, bias: 0 }, state, [i32.const(zero)]),
    block.set(at.get),
    repeat(
      blocks,
      field.product(input, block.get, i32.const(toMontgomery)),
      field.sum({ plus: 1, minus: 0, bias: 0 }, power, [input]),
      constant.set(i32.const(roundConstants[0]!)),
      round.set(i32.const(constants.length)),
      repeat(
        round,
        field.sum({ plus: 3, minus: 0, bias: 0 }, sum, [power, state, constant.get]),
        raise,
        advance(constant, PAIR_BYTES),
      ),
      field.sum({ plus: 4, minus: 0, bias: 0 }, sum, [power, state, state, input]),
      field.product(state, sum, i32.const(field.one)),
      advance(block, PAIR_BYTES),
    ),
    field.product(sum, state, i32.const(plainOne)),
    field.reduce(at.get, sum),
  );
  const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(module.build(1 + INPUT_PAGES))).exports as {
    memory: WebAssembly.Memory;
    run(at: number, blocks: number): void;
  };
  statics.write(memory.buffer);
  const words = new BigUint64Array(memory.buffer, PAGE_BYTES);
  /** The first word of a number of a lane; its other limbs follow two apart. */
  const put = (pair: number, lane: number, x: bigint): void => {
    const first = (pair * PAIR_BYTES) / 8 + lane;
    toLimbs(x).forEach((limb, i) => {
      words[first + 2 * i] = limb;
    });
  };
  const take = (lane: number): bigint => fromLimbs(Array.from({ length: LIMBS }, (_, i) => words[2 * i + lane]!));
  if (statics.end > PAGE_BYTES - scratchEnd) throw new Error('the constants of MiMC do not fit into their page');

  return (rows) => {
    const hashes: bigint[] = [];
    for (let i = 0; i < rows.length; i += 2) {
      const first = rows[i]!;
      const second = rows[i + 1] ?? first;
      first.forEach((x, k) => put(k, 0, x));
      second.forEach((x, k) => put(k, 1, x));
      run(PAGE_BYTES, first.length);
      hashes.push(take(0));
      if (i + 1 < rows.length) hashes.push(take(1));
    }
    return hashes;
  };
}

/** Blocks that one call can take. */
export const MAX_BLOCKS = (INPUT_PAGES * PAGE_BYTES) / (2 * ELEMENT_BYTES);
