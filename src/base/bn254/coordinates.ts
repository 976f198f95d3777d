import { advance, i32, repeat, times, v128 } from '../wasm/assembler.js';
import type { Code, FunctionBuilder } from '../wasm/assembler.js';
import { limbAt } from './field.js';
import type { Field, SumShape } from './field.js';
import { ELEMENT_BYTES, LIMBS, PAIR_BYTES } from './numbers.js';

/**
 * What a group's coordinates are: elements of Fq, or of Fq2, in pairs, each function giving code. Elements that are
 * stored are below 4.2p; factors are below 9.2p, and products below 8.2p (each component).
 */
export interface Coordinates {
  /** Of how many elements of Fq each consists. */
  readonly components: 1 | 2;
  readonly elementBytes: number;
  readonly pairBytes: number;
  /** The pair of 1s. */
  readonly one: number;
  multiply(to: Code, a: Code, b: Code): Code;
  square(to: Code, a: Code): Code;
  /** The inverses of a pair, by one exponentiation. */
  invert(to: Code, a: Code): Code;
  sum(shape: SumShape, to: Code, plus: readonly Code[], minus?: readonly Code[]): Code;
  gather(to: Code, p: Code, q: Code): Code;
  scatter(from: Code, p: Code, q: Code): Code;
  /** Which lanes are 0 modulo p. */
  isZero(a: Code): Code;
}

export interface Lanes {
  readonly gather: FunctionBuilder;
  readonly scatter: FunctionBuilder;
}

export const plus = (address: Code, bytes: number): Code =>
  bytes === 0 ? address : i32.add(address, i32.const(bytes));

export function baseCoordinates(field: Field, lanes: Lanes): Coordinates {
  const { module } = field.workshop;
  const invert = buildInvert(field);
  return {
    components: 1,
    elementBytes: ELEMENT_BYTES,
    pairBytes: PAIR_BYTES,
    one: field.one,
    multiply: (to, a, b) => field.product(to, a, b),
    square: (to, a) => field.product(to, a, a),
    invert: (to, a) => module.call(invert, to, a),
    sum: (shape, to, added, taken) => field.sum(shape, to, added, taken),
    gather: (to, p, q) => module.call(lanes.gather, to, p, q),
    scatter: (from, p, q) => module.call(lanes.scatter, from, p, q),
    isZero: (a) => field.isZero(a),
  };
}

/** Fq2 = Fq[i], i^2 = -1: a pair of elements a + b * i is the pair of all a and, behind it, that of all b. */
export function extensionCoordinates(field: Field, base: Coordinates): Coordinates {
  const { module, statics } = field.workshop;
  const imaginary = (of: Code): Code => plus(of, PAIR_BYTES);
  const each = (code: (part: (address: Code) => Code, offset: number) => Code): Code => [
    code((address) => address, 0),
    code(imaginary, ELEMENT_BYTES),
  ];
  const one = field.constant(1n);
  statics.pair(0n);
  const multiply = buildMultiply(field);
  const square = buildSquare(field);
  const invert = buildExtensionInvert(field, base);
  return {
    components: 2,
    elementBytes: 2 * ELEMENT_BYTES,
    pairBytes: 2 * PAIR_BYTES,
    one,
    multiply: (to, a, b) => module.call(multiply, to, a, b),
    square: (to, a) => module.call(square, to, a),
    invert: (to, a) => module.call(invert, to, a),
    sum: (shape, to, added, taken = []) => each((part) => base.sum(shape, part(to), added.map(part), taken.map(part))),
    gather: (to, p, q) => each((part, offset) => base.gather(part(to), plus(p, offset), plus(q, offset))),
    scatter: (from, p, q) => each((part, offset) => base.scatter(part(from), plus(p, offset), plus(q, offset))),
    isZero: (a) => i32.and(base.isZero(a), base.isZero(imaginary(a))),
  };
}

/** Karatsuba's three products; of factors below 9.2p: real parts below 6p, imaginary ones below 8p. */
function buildMultiply(field: Field): FunctionBuilder {
  const f = field.workshop.module.define(`${field.name}2_multiply`, ['i32', 'i32', 'i32']);
  const [to, a, b] = times(3, (i) => f.param(i).get);
  const [real, other, both, sumOfA, sumOfB] = times(5, () => field.workshop.scratch(PAIR_BYTES));
  const imaginary = (of: Code): Code => plus(of, PAIR_BYTES);
  f.emit(
    field.sum({ plus: 2, minus: 0, bias: 0 }, sumOfA, [a, imaginary(a)]),
    field.sum({ plus: 2, minus: 0, bias: 0 }, sumOfB, [b, imaginary(b)]),
    field.product(real, a, b), // below 9.2p * 9.2p / 2^260 + 2p < 3p
    field.product(other, imaginary(a), imaginary(b)),
    field.product(both, sumOfA, sumOfB), // below 6.1p
    field.sum({ plus: 1, minus: 1, bias: 3 }, to, [real], [other]),
    field.sum({ plus: 1, minus: 2, bias: 6, folds: [8] }, imaginary(to), [both], [real, other]),
  );
  return f;
}

/** (a + b)(a - b) + 2abi; of a factor below 9.2p: below 6.3p. */
function buildSquare(field: Field): FunctionBuilder {
  const f = field.workshop.module.define(`${field.name}2_square`, ['i32', 'i32']);
  const to = f.param(0).get;
  const a = f.param(1).get;
  const [sum, difference, product] = times(3, () => field.workshop.scratch(PAIR_BYTES));
  const imaginary = (of: Code): Code => plus(of, PAIR_BYTES);
  f.emit(
    field.sum({ plus: 2, minus: 0, bias: 0 }, sum, [a, imaginary(a)]),
    field.sum({ plus: 1, minus: 1, bias: 10 }, difference, [a], [imaginary(a)]),
    field.product(product, a, imaginary(a)),
    field.product(to, sum, difference),
    field.sum({ plus: 2, minus: 0, bias: 0 }, imaginary(to), [product, product]),
  );
  return f;
}

/** 1 / (a + bi) = (a - bi) / (a^2 + b^2) */
function buildExtensionInvert(field: Field, base: Coordinates): FunctionBuilder {
  const f = field.workshop.module.define(`${field.name}2_invert`, ['i32', 'i32']);
  const to = f.param(0).get;
  const a = f.param(1).get;
  const [x, y, norm] = times(3, () => field.workshop.scratch(PAIR_BYTES));
  const imaginary = (of: Code): Code => plus(of, PAIR_BYTES);
  f.emit(
    base.square(x, a),
    base.square(y, imaginary(a)),
    base.sum({ plus: 2, minus: 0, bias: 0 }, norm, [x, y]),
    base.invert(norm, norm),
    base.sum({ plus: 0, minus: 1, bias: 10 }, x, [], [imaginary(a)]),
    base.multiply(to, a, norm),
    base.multiply(imaginary(to), x, norm),
  );
  return f;
}

const DIGIT_BITS = 4n;

/** The power p - 2, four bits at a time. `to` may be `a`. */
export function buildInvert(field: Field): FunctionBuilder {
  const { module, statics } = field.workshop;
  const f = module.define(`${field.name}_invert`, ['i32', 'i32']);
  const to = f.param(0).get;
  const a = f.param(1).get;
  const powers = Array.from({ length: 1 << Number(DIGIT_BITS) }, () => field.workshop.scratch(PAIR_BYTES));
  const copy = (into: Code, from: Code): Code =>
    Array.from({ length: LIMBS }, (_, i) => v128.store(into, limbAt(i), v128.load(from, limbAt(i))));
  f.emit(copy(powers[0]!, i32.const(field.one)), copy(powers[1]!, a));
  for (let i = 2; i < powers.length; i++) f.emit(field.product(powers[i]!, powers[i - 1]!, powers[1]!));
  const exponent = (field.order - 2n).toString(16);
  const [first, ...digits] = [...exponent].map((digit) => parseInt(digit, 16));
  // Scratch memory is handed out in a row, so that a digit is an offset.
  const table = statics.words(digits.map((digit) => BigInt(digit * PAIR_BYTES)));
  const digit = f.local('i32');
  const left = f.local('i32');
  f.emit(copy(to, powers[first!]!), digit.set(i32.const(table)), left.set(i32.const(digits.length)));
  f.emit(
    repeat(
      left,
      ...Array.from({ length: Number(DIGIT_BITS) }, () => field.product(to, to, to)),
      field.product(to, to, i32.add(powers[0]!, i32.load(digit.get))),
      advance(digit, 8),
    ),
  );
  return f;
}
