import { i32, i64x2, v128 } from '../wasm/assembler.js';
import type { Code, FunctionBuilder, ModuleBuilder } from '../wasm/assembler.js';
import { LIMB_MASK, LIMBS, MONTGOMERY, PAIR_BYTES, toLimbs } from './numbers.js';
import type { Constant, Statics } from './statics.js';

/** Builds the body of a function `multiply(to, a, b)` of pairs modulo `order`; results are below a * b / 2^260 + 2p. */
export type Multiplier = (f: FunctionBuilder, statics: Statics, order: bigint) => void;

/** What all parts of a kernel are built with. */
export interface Workshop {
  readonly module: ModuleBuilder;
  readonly statics: Statics;
  readonly multiplier: Multiplier;
  /** Code for the address of so many bytes of scratch memory, which each thread has its own of. */
  scratch(bytes: number): Code;
}

/** A sum of pairs: `plus - minus + bias * p`, less multiples of p by which it is folded. */
export interface SumShape {
  readonly plus: number;
  readonly minus: number;
  /** So many p are added, that nothing gets below 0; with a negative one, the last limb of what does is negative. */
  readonly bias: number;
  /**
   * Multiples of p that are subtracted from what is above them, one after the other. Only the last limb is
   * compared: what is left may exceed the multiple by p / 1000.
   */
  readonly folds?: readonly number[];
}

/** A limb is this much too large until its carry is taken, which the next limb corrects: so none is negative. */
const BIAS = 1n << 60n;
const CARRIED_BIAS = BIAS >> 52n;

export const limbAt = (i: number): number => 16 * i;

/**
 * A prime field of the kernel, on pairs of elements: two lanes of five vectors, 80 bytes in memory. Functions take
 * addresses, first that of the result. Limbs are below 2^52; how far values are reduced, each function says.
 */
export class Field {
  readonly multiply: FunctionBuilder;
  /** The pair of 1s, in Montgomery form. */
  readonly one: number;
  readonly #sums = new Map<string, FunctionBuilder>();
  readonly #multiples = new Map<number, readonly Constant[]>();
  #reduce: FunctionBuilder | null = null;
  #isZero: FunctionBuilder | null = null;
  readonly #mask: Constant;

  constructor(
    readonly workshop: Workshop,
    readonly name: string,
    readonly order: bigint,
  ) {
    const { module, statics } = workshop;
    this.multiply = module.define(`${name}_multiply`, ['i32', 'i32', 'i32']);
    workshop.multiplier(this.multiply, statics, order);
    this.one = this.constant(1n);
    this.#mask = statics.splat(LIMB_MASK);
  }

  /** Places a pair of equal elements: `x` in Montgomery form. */
  constant(x: bigint): number {
    return this.workshop.statics.pair((x * MONTGOMERY) % this.order);
  }

  product(to: Code, a: Code, b: Code): Code {
    return this.workshop.module.call(this.multiply, to, a, b);
  }

  sum(shape: SumShape, to: Code, plus: readonly Code[], minus: readonly Code[] = []): Code {
    return this.workshop.module.call(this.#sum(shape), to, ...plus, ...minus);
  }

  /** Takes the carries of limbs that are each `BIAS` too large (the last one, none) less what such carries bring. */
  carry(f: FunctionBuilder, to: Code, limbs: readonly Code[]): void {
    const limb = f.local('v128');
    const rest = f.local('v128');
    limbs.forEach((code, i) => {
      f.emit(limb.set(i === 0 ? code : i64x2.add(code, rest.get)));
      f.emit(v128.store(to, limbAt(i), i < LIMBS - 1 ? v128.and(limb.get, this.#mask.load) : limb.get));
      if (i < LIMBS - 1) f.emit(rest.set(i64x2.shrU(limb.get, 52)));
    });
  }

  /** `multiple * p`, with what `carry` expects. */
  biased(multiple: number): readonly Constant[] {
    const known = this.#multiples.get(multiple);
    if (known !== undefined) return known;
    const limbs = toLimbs(BigInt(multiple) * this.order).map((limb, i) =>
      this.workshop.statics.splat(limb + (i < LIMBS - 1 ? BIAS : 0n) - (i > 0 ? CARRIED_BIAS : 0n)),
    );
    this.#multiples.set(multiple, limbs);
    return limbs;
  }

  #sum(shape: SumShape): FunctionBuilder {
    const { plus, minus, bias, folds = [] } = shape;
    const name = `${this.name}_sum_${plus}_${minus}_${[bias, ...folds].join('_')}`;
    const known = this.#sums.get(name);
    if (known !== undefined) return known;
    const f = this.workshop.module.define(
      name,
      Array.from({ length: 1 + plus + minus }, () => 'i32'),
    );
    this.#sums.set(name, f);
    const limbs = f.locals('v128', LIMBS);
    const start = this.biased(bias);
    limbs.forEach((limb, i) => {
      const term = (k: number): Code => v128.load(f.param(1 + k).get, limbAt(i));
      let sum = start[i]!.load;
      for (let k = 0; k < plus + minus; k++) sum = k < plus ? i64x2.add(sum, term(k)) : i64x2.sub(sum, term(k));
      f.emit(limb.set(sum));
    });
    const isAbove = f.local('v128');
    for (const multiple of folds) {
      const taken = toLimbs(BigInt(multiple) * this.order);
      const threshold = this.workshop.statics.splat(taken[LIMBS - 1]! - CARRIED_BIAS);
      f.emit(isAbove.set(i64x2.gtS(limbs[LIMBS - 1]!.get, threshold.load)));
      limbs.forEach((limb, i) => {
        const part = this.workshop.statics.splat(taken[i]!);
        f.emit(limb.set(i64x2.sub(limb.get, v128.and(isAbove.get, part.load))));
      });
    }
    this.carry(
      f,
      f.param(0).get,
      limbs.map((limb) => limb.get),
    );
    return f;
  }

  /** Reduces a pair below 3p, exactly: to below p. `to` may be `a`. */
  reduce(to: Code, a: Code): Code {
    this.#reduce ??= this.#buildReduce();
    return this.workshop.module.call(this.#reduce, to, a);
  }

  #buildReduce(): FunctionBuilder {
    const { module, scratch } = this.workshop;
    const f = module.define(`${this.name}_reduce`, ['i32', 'i32']);
    const to = f.param(0).get;
    const a = f.param(1).get;
    const less = scratch(PAIR_BYTES);
    const isBelow = f.local('v128');
    for (const from of [a, to]) {
      f.emit(
        this.sum({ plus: 1, minus: 0, bias: -1 }, less, [from]),
        isBelow.set(i64x2.gtS(i64x2.splat(0n), v128.load(less, limbAt(LIMBS - 1)))),
        Array.from({ length: LIMBS }, (_, i) =>
          v128.store(to, limbAt(i), v128.select(isBelow.get, v128.load(from, limbAt(i)), v128.load(less, limbAt(i)))),
        ),
      );
    }
    return f;
  }

  /** Which lanes of a pair below 16p are 0 modulo p: bit i tells of lane i. */
  isZero(pair: Code): Code {
    this.#isZero ??= this.#buildIsZero();
    return this.workshop.module.call(this.#isZero, pair);
  }

  #buildIsZero(): FunctionBuilder {
    const { module, statics } = this.workshop;
    const f = module.define(`${this.name}_isZero`, ['i32'], ['i32']);
    const reduced = this.workshop.scratch(PAIR_BYTES);
    // Below 16p * p / 2^260 + 2p < 3p, and the same modulo p but for a factor.
    f.emit(this.product(reduced, f.param(0).get, i32.const(this.one)));
    const isMultiple = (multiple: bigint): Code =>
      toLimbs(multiple * this.order)
        .map((limb, i) => i64x2.eq(v128.load(reduced, limbAt(i)), statics.splat(limb).load))
        .reduce((all, one) => v128.and(all, one));
    f.emit(i64x2.bitmask([0n, 1n, 2n].map(isMultiple).reduce((any, one) => v128.or(any, one))));
    return f;
  }
}

/** Builds `gather(to, p, q)` or `scatter(from, p, q)`: a pair, of two elements that lie apart. */
export function buildLanes({ module }: Workshop): {
  readonly gather: FunctionBuilder;
  readonly scatter: FunctionBuilder;
} {
  const gather = module.define('gather', ['i32', 'i32', 'i32']);
  const scatter = module.define('scatter', ['i32', 'i32', 'i32']);
  for (let i = 0; i < LIMBS; i++) {
    const [pair, p, q] = [gather.param(0), gather.param(1), gather.param(2)].map(({ get }) => get) as [
      Code,
      Code,
      Code,
    ];
    gather.emit(v128.store(pair, limbAt(i), v128.load64Pair(p, q, 8 * i)));
    const limb = v128.load(pair, limbAt(i));
    scatter.emit(v128.store64Lane(p, 8 * i, limb, 0), v128.store64Lane(q, 8 * i, limb, 1));
  }
  return { gather, scatter };
}
