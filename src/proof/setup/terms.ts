import type { LoadedR1cs } from './r1cs.js';

/**
 * What each wire's point in a key is the sum of: terms, each a coefficient times a point of a list. The arrays
 * of u32 are shared with workers.
 */
export interface WireTerms {
  /** A wire's terms are those from `starts[wire]` up to, not including, `starts[wire + 1]`. */
  readonly starts: Uint32Array<SharedArrayBuffer>;
  /** Each term's point: its place in the list. */
  readonly points: Uint32Array<SharedArrayBuffer>;
  /** Where each term's coefficient, 8 words, begins in `LoadedR1cs.bytes`, counted in words; or `ONE`. */
  readonly coefficients: Uint32Array<SharedArrayBuffer>;
}

/** Stands for the coefficient 1 of a row that the R1CS does not have. */
export const ONE = 0xffffffff;

/** Which of the lists of points there are, one after another, and `domainSize` points each, a term is of. */
const TAU = 0;
const ALPHA_TAU = 1;
const BETA_TAU = 2;

/**
 * The terms of a key's three kinds of points, A, B, and K = beta A + alpha B + C, over the Lagrange forms of
 * tau, alpha tau and beta tau, each `domainSize` points.
 */
export function wireTerms(
  r1cs: LoadedR1cs,
  domainSize: number,
): { readonly a: WireTerms; readonly b: WireTerms; readonly k: WireTerms } {
  const lists = { a: new Builder(r1cs.wires), b: new Builder(r1cs.wires), k: new Builder(r1cs.wires) };
  const walk = (
    take: (list: Builder, points: number, constraint: number, wire: number, coefficient: number) => void,
  ): void => {
    forEachTerm(r1cs, (side, constraint, wire, coefficient) => {
      if (side === 0) take(lists.a, TAU, constraint, wire, coefficient);
      if (side === 1) take(lists.b, TAU, constraint, wire, coefficient);
      take(lists.k, [BETA_TAU, ALPHA_TAU, TAU][side]!, constraint, wire, coefficient);
    });
    // The rows `wire * 0 = 0` behind the circuit's own, one for each public signal and the constant.
    for (let wire = 0; wire <= r1cs.publicSignals; wire++) {
      take(lists.a, TAU, r1cs.constraints + wire, wire, ONE);
      take(lists.k, BETA_TAU, r1cs.constraints + wire, wire, ONE);
    }
  };
  walk((list, _points, _constraint, wire) => list.count(wire));
  walk((list, points, constraint, wire, coefficient) => list.add(wire, points * domainSize + constraint, coefficient));
  return { a: lists.a.terms(), b: lists.b.terms(), k: lists.k.terms() };
}

const u32s = (length: number): Uint32Array<SharedArrayBuffer> => new Uint32Array(new SharedArrayBuffer(4 * length));

/** Sorts terms by wire: first all are counted, then all are added. */
class Builder {
  readonly #starts: Uint32Array<SharedArrayBuffer>;
  #filled: {
    readonly next: Uint32Array;
    readonly points: Uint32Array<SharedArrayBuffer>;
    readonly coefficients: Uint32Array<SharedArrayBuffer>;
  } | null = null;

  constructor(wires: number) {
    this.#starts = u32s(wires + 1);
  }

  count(wire: number): void {
    this.#starts[wire + 1]!++;
  }

  add(wire: number, point: number, coefficient: number): void {
    const { next, points, coefficients } = (this.#filled ??= this.#allocate());
    const at = next[wire]!++;
    points[at] = point;
    coefficients[at] = coefficient;
  }

  terms(): WireTerms {
    const { points, coefficients } = (this.#filled ??= this.#allocate());
    return { starts: this.#starts, points, coefficients };
  }

  #allocate() {
    const starts = this.#starts;
    for (let wire = 1; wire < starts.length; wire++) starts[wire]! += starts[wire - 1]!;
    const total = starts.at(-1)!;
    return { next: starts.slice(), points: u32s(total), coefficients: u32s(total) };
  }
}

/** Every term of every constraint: side 0, 1 and 2 are A, B and C; `coefficient` counts words of `LoadedR1cs.bytes`. */
function forEachTerm(
  { bytes, constraints }: LoadedR1cs,
  take: (side: number, constraint: number, wire: number, coefficient: number) => void,
): void {
  const words = new Uint32Array(bytes, 0, Math.floor(bytes.byteLength / 4));
  const TERM_WORDS = 9;
  let at = 0;
  for (let constraint = 0; constraint < constraints; constraint++) {
    for (let side = 0; side < 3; side++) {
      const end = at + 1 + TERM_WORDS * words[at]!;
      for (let term = at + 1; term < end; term += TERM_WORDS) take(side, constraint, words[term]!, term + 1);
      at = end;
    }
  }
}
