import { add, FIELD_ORDER, inverseOrZero, mul, ONE, sub, ZERO } from '../field/fr.js';
import type { Fr } from '../field/fr.js';
import { HALF_FULL_ROUNDS } from './grain.js';
import type { PoseidonParameters } from './grain.js';
import { addVectors, apply, applyLeft, column, dot, inverse, multiply } from './linear.js';
import type { Matrix, Vector } from './linear.js';
import type { Instruction, NumberFormat } from './program.js';

/**
 * A Poseidon permutation as a program of the kernel.
 *
 * Full rounds are computed as they are defined. In the partial rounds only lane 0 has an S-box: with
 * s_j its input and y_j = s_j^5, the other n = width - 1 lanes are a linear system driven by y and seen
 * through s. Such a system is a linear recurrence,
 *
 *     s_j = a_1 s_{j-1} + ... + a_n s_{j-n} + g_0 y_{j-1} + ... + g_n y_{j-1-n} + constant,
 *
 * a being the characteristic polynomial of the matrix of those lanes (Cayley and Hamilton). So a partial
 * round is one S-box and one sum of products, reduced once, and the lanes themselves are needed only
 * after the last one, where they follow from the last n of s and of y.
 *
 * A value v is kept as a number u with v = scale * u. Scales are chosen so that one factor of a sum is 1,
 * and they absorb Montgomery's R, also that of inputs and outputs, which are plain numbers.
 */
export interface ProgramShape {
  /** Whether lane 0 is the first input, or 0. */
  readonly capacity: 'input' | 'zero';
  /** How many lanes are given back. */
  readonly outputs: number;
}

/** A linear combination of values, and a constant. */
interface Sum {
  readonly terms: readonly { readonly value: Value; readonly factor: Fr }[];
  readonly constant: Fr;
}

/** A number in a slot, or one that is known. */
type Value = { readonly slot: number; readonly scale: Fr } | { readonly known: Fr };

const fifth = (x: Fr): Fr => mul(mul(mul(x, x), mul(x, x)), x);

/** Writes instructions, and keeps the slots and scales of values. */
class Writer {
  readonly instructions: Instruction[] = [];
  readonly #free: number[] = [];
  readonly #r: Fr;
  #slots = 1;

  constructor(readonly format: NumberFormat) {
    this.#r = (format.montgomery % FIELD_ORDER) as Fr;
  }

  get slotsEnd(): number {
    return this.#slotAt(this.#slots);
  }

  #slotAt(index: number): number {
    return this.format.slotsAt + index * this.format.slotBytes;
  }

  #slot(): number {
    return this.#free.pop() ?? this.#slotAt(this.#slots++);
  }

  free(values: readonly Value[]): void {
    for (const value of values) if ('slot' in value) this.#free.push(value.slot);
  }

  read(addend: Fr): Value {
    const to = this.#slot();
    this.instructions.push({ kind: 'read', to, addend });
    return { slot: to, scale: ONE };
  }

  power5(value: Value): Value {
    if ('known' in value) return { known: fifth(value.known) };
    const to = this.#slot();
    this.instructions.push({ kind: 'power5', to, from: value.slot });
    const r2 = mul(this.#r, this.#r);
    return { slot: to, scale: mul(fifth(value.scale), mul(r2, r2)) };
  }

  /** The last term, a fifth power, is the one whose factor becomes 1; it must not be 0. */
  sum(sum: Sum): Value {
    const last = sum.terms.at(-1) as Sum['terms'][number];
    if ('known' in last.value || last.factor === ZERO) throw new Error('a sum needs a last term that varies');
    const scaleOfSum = mul(last.factor, last.value.scale);
    return this.#sum({ ...sum, terms: sum.terms.slice(0, -1) }, last.value.slot, scaleOfSum);
  }

  /** A sum given back as a plain number, reduced but for at most one r. */
  write(sum: Sum): void {
    const value = this.#sum(sum, this.#slotAt(0), ONE);
    this.instructions.push({ kind: 'write', from: (value as { slot: number }).slot });
    this.free([value]);
  }

  #sum({ terms, constant }: Sum, plus: number, scaleOfSum: Fr): Value {
    const inverseScale = inverseOrZero(scaleOfSum);
    const to = this.#slot();
    let addend = constant;
    const products = [];
    for (const { value, factor } of terms) {
      if ('known' in value) addend = add(addend, mul(factor, value.known));
      else products.push({ from: value.slot, factor: mul(mul(factor, value.scale), mul(this.#r, inverseScale)) });
    }
    this.instructions.push({ kind: 'sum', to, terms: products, plus, addend: mul(addend, inverseScale) });
    return { slot: to, scale: scaleOfSum };
  }
}

const termsOf = (factors: Vector, values: readonly Value[]): Sum['terms'] =>
  values.map((value, i) => ({ value, factor: factors[i] as Fr }));
/** The sum whose factors are `row`, with the i-th value last. */
const rowSum = (row: Vector, values: readonly Value[], i: number, constant: Fr): Sum => {
  const terms = termsOf(row, values);
  return { terms: [...terms.slice(0, i), ...terms.slice(i + 1), ...terms.slice(i, i + 1)], constant };
};

export function permutationProgram(
  parameters: PoseidonParameters,
  shape: ProgramShape,
  format: NumberFormat,
): { readonly instructions: readonly Instruction[]; readonly slotsEnd: number } {
  const { matrix, partialRounds, roundConstants } = parameters;
  const writer = new Writer(format);
  const last = HALF_FULL_ROUNDS + partialRounds;
  const constantsOf = (round: number): Vector => roundConstants[round] as Vector;

  let state: Value[] = constantsOf(0).map((constant, i) =>
    i === 0 && shape.capacity === 'zero' ? { known: constant } : writer.read(constant),
  );
  const powers = (): Value[] => {
    const result = state.map((value) => writer.power5(value));
    writer.free(state);
    return result;
  };
  const fullRound = (next: Vector): void => {
    const fifths = powers();
    // With lane 0 known, the factor 1 of the first round cannot be its.
    state = matrix.map((row, i) => writer.sum(rowSum(row, fifths, i === 0 ? 1 : i, next[i] as Fr)));
    writer.free(fifths);
  };
  for (let round = 1; round < HALF_FULL_ROUNDS; round++) fullRound(constantsOf(round));
  state = partialRoundsProgram(writer, parameters, powers());
  for (let round = last + 1; round < last + HALF_FULL_ROUNDS; round++) fullRound(constantsOf(round));
  const fifths = powers();
  for (const row of matrix.slice(0, shape.outputs)) writer.write({ terms: termsOf(row, fifths), constant: ZERO });
  return { instructions: writer.instructions, slotsEnd: writer.slotsEnd };
}

/**
 * From the fifth powers of the last full round to the lanes after the partial rounds, the constants of
 * the round after them added.
 */
function partialRoundsProgram(writer: Writer, parameters: PoseidonParameters, first: readonly Value[]): Value[] {
  const { matrix, partialRounds, roundConstants } = parameters;
  const constants = (round: number): Vector => roundConstants[HALF_FULL_ROUNDS + round] as Vector;
  const lanes = parameters.width - 1;

  // One round maps lane 0's power y and the other lanes z to s = corner * y + seen * z, z = driven * y + inner * z.
  const corner = matrix[0]?.[0] as Fr;
  const seen = (matrix[0] as Vector).slice(1);
  const driven = column(matrix, 0).slice(1);
  const inner: Matrix = matrix.slice(1).map((row) => row.slice(1));

  // seenAfter[k] = seen * inner^k, drivenAfter[k] = inner^k * driven, echo[k]: what y adds to s k + 1 rounds later.
  const seenAfter: Vector[] = [seen];
  const drivenAfter: Vector[] = [driven];
  for (let k = 1; k < lanes; k++) drivenAfter.push(apply(inner, drivenAfter[k - 1] as Vector));
  for (let k = 1; k < 2 * lanes; k++) seenAfter.push(applyLeft(seenAfter[k - 1] as Vector, inner));
  const echo = [corner, ...seenAfter.slice(0, lanes).map((row) => dot(row, driven))];

  // The lanes are z + offset, where z starts at 0 and knows no constants; s is the sum of what z shows and shift.
  const shift = [constants(0)[0] as Fr];
  let offset: Vector = driven.map(() => ZERO);
  for (let round = 0; round < partialRounds; round++) {
    offset = addVectors(offset, constants(round).slice(1));
    shift.push(add(dot(seen, offset), constants(round + 1)[0] as Fr));
    offset = apply(inner, offset);
  }

  const observe = seenAfter.slice(0, lanes);
  const fromSeen = inverse(observe);
  // a[i] belongs to s i + 1 rounds before, g[k] to y k + 1 rounds before.
  const a = [...applyLeft(seenAfter[lanes] as Vector, fromSeen)].reverse();
  const g = Array.from({ length: lanes + 1 }, (_, k) =>
    a.slice(0, k).reduce((rest, factor, i) => sub(rest, mul(factor, echo[k - 1 - i] as Fr)), echo[k] as Fr),
  );

  const s: Value[] = [];
  const y: Value[] = [];
  const push = (value: Value): void => {
    s.push(value);
    y.push(writer.power5(value));
  };
  /** The last `count` values, the latest first, with their factors; then reversed, so that the latest comes last. */
  const latest = (values: readonly Value[], factors: Vector): Sum['terms'] =>
    factors.map((factor, k) => ({ value: values[values.length - 1 - k] as Value, factor })).reverse();

  push(writer.sum(rowSum(matrix[0] as Vector, first, 0, shift[0] as Fr)));
  for (let round = 1; round <= partialRounds; round++) {
    const constant = shift[round] as Fr;
    let next: Value;
    if (round <= lanes) {
      const start = applyLeft(seenAfter[round - 1] as Vector, matrix.slice(1));
      next = writer.sum({ terms: [...termsOf(start, first), ...latest(y, echo.slice(0, round))], constant });
    } else {
      const past = shift.slice(round - lanes, round).reverse();
      next = writer.sum({ terms: [...latest(s, a), ...latest(y, g)], constant: sub(constant, dot(a, past)) });
      writer.free([s[round - lanes] as Value, y[round - lanes - 1] as Value]);
    }
    if (round < partialRounds) push(next);
    else s.push(next);
  }
  writer.free(first);

  // The n last s, of round m + 1 on, give z after round m; the y since then bring it up to date.
  const update = multiply(multiply(fromSeen, seenAfter.slice(lanes)), fromSeen);
  const sinceThen = shift.slice(partialRounds - lanes + 1);
  const known = addVectors(offset, constants(partialRounds).slice(1));
  const lastLanes = update.map((row, lane) => {
    const ofY = drivenAfter.map((from, k) =>
      row.slice(lanes - 1 - k).reduce((rest, factor, i) => sub(rest, mul(factor, echo[i] as Fr)), from[lane] as Fr),
    );
    return writer.sum({
      terms: [...latest(s, [...row].reverse()), ...latest(y, ofY)],
      constant: sub(known[lane] as Fr, dot(row, sinceThen)),
    });
  });
  const state = [s.at(-1) as Value, ...lastLanes];
  writer.free([...s.slice(-lanes, -1), ...y.slice(-lanes)]);
  return state;
}
