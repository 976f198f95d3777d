import { COLUMNS, columnStart, FusedColumns } from '../bn254/multiply-fused.js';
import { LIMB_MASK, LIMBS, PAIR_BYTES as NUMBER_BYTES, toLimbs } from '../bn254/numbers.js';
import { Statics } from '../bn254/statics.js';
import { FIELD_ORDER } from '../field/fr.js';
import { advance, i32, i64x2, ModuleBuilder, repeatWhile, times, v128, when } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, Local } from '../wasm/assembler.js';
import {
  encodeFused,
  FUSED_FORMAT,
  HEADER_WORDS,
  POWER_AT,
  POWER_WORDS,
  READ_WORDS,
  STATICS_AT,
  SUM_WORDS,
  TERM_WORDS,
  TOGETHER,
  WORD_BYTES,
  WRITE_WORDS,
} from './fused-program.js';
import { OPERATION, PAIR_BYTES } from './program.js';
import type { Kernel } from './program.js';

/**
 * The WebAssembly that computes in Fr by fused multiply-add of doubles, on two numbers at once, which are a pair; see
 * `multiplyFused` for how. An instruction is done for some pairs, one after another, which do not wait for each other.
 *
 * A product's reduction gives less than ab / 2^260 + 2r, and r < 0.012 * 2^260. So nothing is ever subtracted:
 *
 * - an input with its addend is below 2r
 * - a sum is below 8r; its square is below 2.8r, that one's square below 2.1r, and a fifth power below 2.2r
 * - the products of a sum, of up to 16 sums and 17 fifth powers with factors below r, add up to less than 166r^2, which
 *   is reduced to below 4r; the fifth power that is added is below 2.2r, and the addend below r
 *
 * What is written out is a sum of up to 17 fifth powers, so below 3r, and is then reduced.
 */
interface Parts {
  readonly module: ModuleBuilder;
  readonly statics: Statics;
}

const at = (limb: number): number => 16 * limb;
const loadLimbs = (address: Code): Code[] => times(LIMBS, (i) => v128.load(address, at(i)));
const word = (index: number): number => WORD_BYTES * index;

/** Reduces the columns and stores the result; before it, `products` adds a column's products to it. */
function reduce(f: FunctionBuilder, to: Code, sum: FusedColumns, products: (k: number) => void = () => {}): void {
  for (let k = 0; k < COLUMNS; k++) {
    products(k);
    const limb = sum.reduce(k);
    if (limb !== null) f.emit(v128.store(to, at(k - LIMBS), sum.toDouble(limb)));
  }
}

const startsOf = ({ statics }: Parts): Code[] => times(COLUMNS, (k) => statics.splat(columnStart(k)).load);

const inLocals = (f: FunctionBuilder, codes: readonly Code[]): Local[] =>
  codes.map((code) => {
    const local = f.local('v128');
    f.emit(local.set(code));
    return local;
  });

/** Pairs `[i, k - i]` of limbs whose product belongs to column k. */
const pairsOf = (k: number): (readonly [number, number])[] =>
  times(LIMBS, (i) => [i, k - i] as const).filter(([, j]) => j >= 0 && j < LIMBS);

function buildMultiply(parts: Parts): FunctionBuilder {
  const { f, params } = parts.module.defineOfI32('multiply', 3);
  const [to, a, b] = params;
  const sum = new FusedColumns(f, parts.statics, FIELD_ORDER, startsOf(parts));
  const left = inLocals(f, loadLimbs(a.get));
  const right = inLocals(f, loadLimbs(b.get));
  reduce(f, to.get, sum, (k) => {
    for (const [i, j] of pairsOf(k)) sum.addProduct(k, left[i]!.get, right[j]!.get);
  });
  return f;
}

/** Products of two different limbs are added up apart, and doubled at once. */
function buildSquare(parts: Parts): FunctionBuilder {
  const { f, params } = parts.module.defineOfI32('square', 2);
  const [to, from] = params;
  const sum = new FusedColumns(f, parts.statics, FIELD_ORDER, startsOf(parts));
  const limbs = inLocals(f, loadLimbs(from.get));
  const halves = f.locals('v128', COLUMNS);
  for (const half of halves.slice(1, -1)) f.emit(half.set(i64x2.splat(0n)));
  reduce(f, to.get, sum, (k) => {
    for (const [i, j] of pairsOf(k)) {
      if (i < j) sum.addProduct(k, limbs[i]!.get, limbs[j]!.get, halves);
      if (i === j) sum.addProduct(k, limbs[i]!.get, limbs[i]!.get);
    }
    if (k > 0 && k < COLUMNS - 1) sum.add(k, i64x2.shl(halves[k]!.get, 1));
  });
  return f;
}

/** The instruction `sum` at `pc`, for the pair `offset` bytes into each slot. */
function buildSum({ module, statics }: Parts): FunctionBuilder {
  const { f, params } = module.defineOfI32('sum', 2);
  const [pc, offset] = params;
  const sum = new FusedColumns(f, statics, FIELD_ORDER);
  const [plus, term, left, from] = f.locals('i32', 4);
  f.emit(plus.set(i32.add(i32.load(pc.get, word(1)), offset.get)));
  sum.columns.forEach((column, k) => {
    const start = v128.load64Splat(pc.get, word(2 + k));
    const limb = k < LIMBS ? null : sum.shiftedBits(v128.load(plus.get, at(k - LIMBS)));
    f.emit(column.set(limb === null ? start : i64x2.add(start, limb)));
  });
  const limbs = f.locals('v128', LIMBS);
  const factor = f.local('v128');
  f.emit(left.set(i32.load(pc.get, word(1) + 4)), term.set(i32.add(pc.get, i32.const(word(SUM_WORDS)))));
  const oneTerm = f.capture(() => {
    f.emit(from.set(i32.add(i32.load(term.get), offset.get)));
    limbs.forEach((limb, i) => f.emit(limb.set(v128.load(from.get, at(i)))));
    for (let j = 0; j < LIMBS; j++) {
      f.emit(factor.set(v128.load64Splat(term.get, word(1 + j))));
      limbs.forEach((limb, i) => sum.addProduct(i + j, limb.get, factor.get));
    }
    f.emit(advance(term, word(TERM_WORDS)), left.set(i32.sub(left.get, i32.const(1))));
  });
  f.emit(when(left.get, [repeatWhile([oneTerm], left.get)]));
  reduce(f, i32.add(i32.load(pc.get, 4), offset.get), sum);
  return f;
}

/** From four words to limbs: `to = input + addend`. */
function buildRead({ module, statics }: Parts): FunctionBuilder {
  const { f, params } = module.defineOfI32('read', 3);
  const [to, input, addend] = params;
  const sum = new FusedColumns(f, statics, FIELD_ORDER);
  const words = inLocals(
    f,
    times(4, (i) => v128.load(input.get, at(i))),
  );
  const limb = f.local('v128');
  const mask = statics.splat(LIMB_MASK).load;
  for (let i = 0; i < LIMBS; i++) {
    const first = (52 * i) >> 6;
    const shift = (52 * i) & 63;
    const low = i64x2.shrU(words[first]!.get, shift);
    const next = words[first + 1];
    const bits = shift > 12 && next !== undefined ? v128.or(low, i64x2.shl(next.get, 64 - shift)) : low;
    const value = i64x2.add(v128.and(bits, mask), v128.load64Splat(addend.get, word(i)));
    f.emit(
      limb.set(i === 0 ? value : i64x2.add(value, i64x2.shrU(limb.get, 52))),
      v128.store(to.get, at(i), sum.toDouble(v128.and(limb.get, mask))),
    );
  }
  return f;
}

/** From the limbs of a number below 3r to the four words of the number reduced. */
function buildWrite({ module, statics }: Parts): FunctionBuilder {
  const { f, params } = module.defineOfI32('write', 2);
  const [output, from] = params;
  const sum = new FusedColumns(f, statics, FIELD_ORDER);
  const mask = statics.splat(LIMB_MASK).load;
  const limbs = inLocals(
    f,
    loadLimbs(from.get).map((limb) => v128.and(sum.shiftedBits(limb), mask)),
  );
  const less = f.locals('v128', LIMBS);
  const isBelow = f.local('v128');
  const order = toLimbs(FIELD_ORDER);
  for (let turn = 0; turn < 2; turn++) {
    less.forEach((limb, i) => {
      // Each limb but the last is 2^52 too large, so that it is positive and its carry is 0 instead of -1, or 1.
      const borrow = (i < LIMBS - 1 ? LIMB_MASK + 1n : 0n) - order[i]! - (i > 0 ? 1n : 0n);
      const rest = i64x2.add(limbs[i]!.get, statics.splat(borrow).load);
      f.emit(limb.set(i === 0 ? rest : i64x2.add(rest, i64x2.shrU(less[i - 1]!.get, 52))));
    });
    f.emit(isBelow.set(i64x2.gtS(i64x2.splat(0n), less[LIMBS - 1]!.get)));
    limbs.forEach((limb, i) => f.emit(limb.set(v128.select(isBelow.get, limb.get, v128.and(less[i]!.get, mask)))));
  }
  for (let i = 0; i < 4; i++) {
    const low = i64x2.shrU(limbs[i]!.get, 12 * i);
    f.emit(v128.store(output.get, at(i), v128.or(low, i64x2.shl(limbs[i + 1]!.get, 52 - 12 * i))));
  }
  return f;
}

/**
 * `run(start, input, output, pairs)` runs the program at `start` for each pair; `input` and `output` are addresses, and
 * the inputs of a pair follow those of the pair before.
 */
function buildRun(parts: Parts): void {
  const { module } = parts;
  const square = buildSquare(parts);
  const multiply = buildMultiply(parts);
  const sum = buildSum(parts);
  const read = buildRead(parts);
  const write = buildWrite(parts);
  const { f, params } = module.defineOfI32('run', 4);
  const [start, input, output, pairs] = params;
  const [pc, operation, inputBytes, outputBytes, offset, end, place, others] = f.locals('i32', 8);
  const slot = (address: Code): Code => i32.add(address, offset.get);
  const to = i32.load(pc.get, 4);
  const from = i32.load(pc.get, word(1));
  const power = i32.const(POWER_AT);
  /** For each pair that is computed together with others: `offset` is where its numbers are in slots. */
  const each = (...body: readonly Code[]): Code[] => [
    offset.set(i32.const(0)),
    repeatWhile([...body, advance(offset, NUMBER_BYTES)], i32.ltU(offset.get, end.get)),
  ];
  const on = (code: number, words: number, body: readonly Code[]): Code =>
    when(i32.eq(operation.get, i32.const(code)), [...body, advance(pc, word(words))]);
  const step = [
    operation.set(i32.load(pc.get)),
    on(OPERATION.sum, SUM_WORDS, [
      ...each(module.call(sum, pc.get, offset.get)),
      advance(pc, i32.mul(i32.load(pc.get, word(1) + 4), i32.const(word(TERM_WORDS)))),
    ]),
    on(OPERATION.power5, POWER_WORDS, [
      ...each(module.call(square, slot(power), slot(from))),
      ...each(module.call(square, slot(power), slot(power))),
      ...each(module.call(multiply, slot(to), slot(power), slot(from))),
    ]),
    on(OPERATION.read, READ_WORDS, [
      place.set(input.get),
      ...each(
        module.call(read, slot(to), place.get, i32.add(pc.get, i32.const(word(1)))),
        advance(place, inputBytes.get),
      ),
      advance(input, PAIR_BYTES),
    ]),
    on(OPERATION.write, WRITE_WORDS, [
      place.set(output.get),
      ...each(module.call(write, place.get, slot(to)), advance(place, outputBytes.get)),
      advance(output, PAIR_BYTES),
    ]),
  ];
  const group = [
    // How many pairs there are beside the first one.
    others.set(i32.const(TOGETHER - 1)),
    when(i32.ltU(pairs.get, i32.const(TOGETHER)), [others.set(i32.sub(pairs.get, i32.const(1)))]),
    end.set(i32.mul(i32.add(others.get, i32.const(1)), i32.const(NUMBER_BYTES))),
    pairs.set(i32.sub(i32.sub(pairs.get, others.get), i32.const(1))),
    pc.set(i32.add(start.get, i32.const(word(HEADER_WORDS)))),
    repeatWhile(step, operation.get),
    // They are behind the numbers of the first one.
    advance(input, i32.mul(inputBytes.get, others.get)),
    advance(output, i32.mul(outputBytes.get, others.get)),
  ];
  f.emit(
    inputBytes.set(i32.load(start.get)),
    outputBytes.set(i32.load(start.get, word(1))),
    repeatWhile(group, pairs.get),
  );
}

const parts = (() => {
  let built: { readonly bytes: Uint8Array; readonly statics: Statics } | null = null;
  return () => {
    if (built === null) {
      const statics = new Statics(STATICS_AT);
      const module = new ModuleBuilder();
      buildRun({ module, statics });
      if (statics.end > POWER_AT) throw new Error('the constants of the kernel do not fit before its slots');
      built = { bytes: module.build(1), statics };
    }
    return built;
  };
})();

/** For where relaxed SIMD multiplies and adds with one rounding, see `hasFusedMultiplyAdd`. */
export const fusedKernel: Kernel = {
  name: 'fused',
  format: FUSED_FORMAT,
  build: () => parts().bytes,
  encode: (instructions, slotsEnd) => encodeFused(parts().statics, PAIR_BYTES, instructions, slotsEnd),
};
