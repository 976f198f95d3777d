import { advance, i32, i64, i64x2, repeat, v128, when } from '../wasm/assembler.js';
import type { Code, FunctionBuilder } from '../wasm/assembler.js';
import { plus } from './coordinates.js';
import type { Coordinates, Lanes } from './coordinates.js';
import { limbAt } from './field.js';
import type { Field, Workshop } from './field.js';
import { LIMB_MASK, LIMBS, PAIR_BYTES } from './numbers.js';

/** Bytes of a scalar, and of a number in the files of snarkjs. */
export const WORD_BYTES = 32;

/** Builds `unpack(to, p, q)`: the pair of two numbers of 32 bytes, little-endian. */
export function buildUnpack({ module, statics }: Workshop): FunctionBuilder {
  const f = module.define('unpack', ['i32', 'i32', 'i32']);
  const to = f.param(0).get;
  const p = f.param(1).get;
  const q = f.param(2).get;
  const mask = statics.splat(LIMB_MASK).load;
  const words = f.locals('v128', 4);
  words.forEach((word, i) => f.emit(word.set(v128.load64Pair(p, q, 8 * i))));
  const word = (i: number): Code => words[i]!.get;
  const joined = (i: number): Code =>
    v128.or(i64x2.shrU(word(i), 64 - 12 * (i + 1)), i64x2.shl(word(i + 1), 12 * (i + 1)));
  const limbs = [word(0), joined(0), joined(1), joined(2)].map((limb) => v128.and(limb, mask));
  [...limbs, i64x2.shrU(word(3), 16)].forEach((limb, i) => f.emit(v128.store(to, limbAt(i), limb)));
  return f;
}

/** Builds `pack(pair, p, q)`, the reverse of `unpack`. */
export function buildPack({ module }: Workshop): FunctionBuilder {
  const f = module.define('pack', ['i32', 'i32', 'i32']);
  const pair = f.param(0).get;
  const p = f.param(1).get;
  const q = f.param(2).get;
  const limb = (i: number): Code => v128.load(pair, limbAt(i));
  const word = f.local('v128');
  for (let i = 0; i < LIMBS - 1; i++) {
    f.emit(
      word.set(v128.or(i64x2.shrU(limb(i), 12 * i), i64x2.shl(limb(i + 1), 52 - 12 * i))),
      v128.store64Lane(p, 8 * i, word.get, 0),
      v128.store64Lane(q, 8 * i, word.get, 1),
    );
  }
  return f;
}

/**
 * Builds `<name>_prepare(points, scalars, table, biased, bias, count)`: takes points as zkeys have them, coordinates
 * times 2^256, to the kernel's form, and adds `bias` to the scalars; that of infinity becomes 0 before.
 */
export function buildPrepare(
  workshop: Workshop,
  name: string,
  coordinates: Coordinates,
  field: Field,
  lanes: Lanes & { readonly unpack: FunctionBuilder },
): void {
  const { module, statics, scratch } = workshop;
  const {
    f,
    params: [points, scalars, table, biased, bias, count],
  } = module.defineOfI32(`${name}_prepare`, 6);
  const any = f.local('i64');
  const sum = f.local('i64');
  // x * 2^256 * 2^264 / 2^260 = x * 2^260
  const shift = i32.const(statics.pair((1n << 264n) % field.order));
  const pair = scratch(PAIR_BYTES);
  const { elementBytes, components } = coordinates;
  const packedBytes = 2 * components * WORD_BYTES;
  const convert = Array.from({ length: components }, (_, i) => {
    const half = elementBytes / components;
    const from = plus(points.get, 2 * i * WORD_BYTES);
    const to = plus(table.get, 2 * i * half);
    return [
      module.call(lanes.unpack, pair, from, plus(from, WORD_BYTES)),
      field.product(pair, pair, shift),
      module.call(lanes.scatter, pair, to, plus(to, half)),
    ];
  });
  const words = Array.from({ length: packedBytes / 8 }, (_, i) => i64.load(points.get, 8 * i));
  const addBias = Array.from({ length: WORD_BYTES / 4 }, (_, i) => [
    sum.set(i64.add(i64.add(i64.load32U(scalars.get, 4 * i), i64.load32U(bias.get, 4 * i)), i64.shrU(sum.get, 32))),
    i64.store32(biased.get, 4 * i, sum.get),
  ]);
  f.emit(
    repeat(
      count,
      convert,
      any.set(words.reduce((all, word) => i64.or(all, word))),
      when(
        i64.eqz(any.get),
        Array.from({ length: WORD_BYTES / 8 }, (_, i) => i64.store(biased.get, 8 * i, i64.load(bias.get, 8 * i))),
        [sum.set(i64.const(0n)), addBias],
      ),
      advance(points, packedBytes),
      advance(scalars, WORD_BYTES),
      advance(table, 2 * elementBytes),
      advance(biased, WORD_BYTES),
    ),
  );
}

/** Builds `<name>_pack(points, out, count)`: takes points of the kernel's form to what zkeys have, fully reduced. */
export function buildPackPoints(
  { module, statics, scratch }: Workshop,
  name: string,
  { elementBytes, components }: Coordinates,
  field: Field,
  lanes: Lanes & { readonly pack: FunctionBuilder },
): void {
  const f = module.define(`${name}_pack`, ['i32', 'i32', 'i32']);
  const points = f.param(0);
  const out = f.param(1);
  const count = f.param(2);
  // x * 2^260 * 2^256 / 2^260 = x * 2^256
  const shift = i32.const(statics.pair((1n << 256n) % field.order));
  const pair = scratch(PAIR_BYTES);
  const half = elementBytes / components;
  f.emit(
    repeat(
      count,
      Array.from({ length: components }, (_, i) => {
        const from = plus(points.get, 2 * i * half);
        const to = plus(out.get, 2 * i * WORD_BYTES);
        return [
          module.call(lanes.gather, pair, from, plus(from, half)),
          field.product(pair, pair, shift),
          field.reduce(pair, pair),
          module.call(lanes.pack, pair, to, plus(to, WORD_BYTES)),
        ];
      }),
      advance(points, 2 * elementBytes),
      advance(out, 2 * components * WORD_BYTES),
    ),
  );
}
