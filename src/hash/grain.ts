import { add, FIELD_BITS, FIELD_ORDER, inverseOrZero, type Fr } from '../field/fr.js';

/** What makes one Poseidon permutation of `width` lanes. */
export interface PoseidonParameters {
  readonly width: number;
  readonly partialRounds: number;
  /** Added before each round's S-boxes: one row a round, the 4 full rounds, the partial ones, 4 full ones. */
  readonly roundConstants: readonly (readonly Fr[])[];
  /** Each round ends with `state = matrix * state`. */
  readonly matrix: readonly (readonly Fr[])[];
}

/** Full rounds on each side of the partial ones. */
export const HALF_FULL_ROUNDS = 4;

/** By inputs, 1 to 16. */
const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

export const MAX_INPUTS = PARTIAL_ROUNDS.length;

/**
 * circomlib's parameters for `inputs` inputs, 1 to 16: the output of the Grain generator of the
 * Poseidon paper (https://eprint.iacr.org/2019/458, appendix F), as its reference program
 * `generate_parameters_grain.sage 1 0 254 <width> 8 <partial rounds> <r>` draws them.
 */
export function poseidonParameters(inputs: number): PoseidonParameters {
  const width = inputs + 1;
  const partialRounds = PARTIAL_ROUNDS[inputs - 1] as number;
  const bits = grain(width, partialRounds);
  const number = (): bigint => {
    let x = 0n;
    for (let i = 0; i < FIELD_BITS; i++) x = (x << 1n) | BigInt(bits.next().value);
    return x;
  };
  const constant = (): Fr => {
    for (;;) {
      const x = number();
      if (x < FIELD_ORDER) return x as Fr;
    }
  };
  const row = <T>(item: (i: number) => T): T[] => Array.from({ length: width }, (_, i) => item(i));
  const rounds = 2 * HALF_FULL_ROUNDS + partialRounds;
  const roundConstants = Array.from({ length: rounds }, () => row(constant));
  // A Cauchy matrix; its numbers are reduced, not drawn again.
  const xs = row(() => (number() % FIELD_ORDER) as Fr);
  const ys = row(() => (number() % FIELD_ORDER) as Fr);
  const matrix = xs.map((x) => ys.map((y) => inverseOrZero(add(x, y))));
  return { width, partialRounds, roundConstants, matrix };
}

/** The paper's generator: an LFSR of 80 bits, of whose bit pairs (1, b) give b and (0, b) nothing. */
function* grain(width: number, partialRounds: number): Generator<number, never> {
  const field = (value: number, length: number): number[] =>
    Array.from({ length }, (_, i) => (value >> (length - 1 - i)) & 1);
  const state = [
    ...field(1, 2), // a prime field
    ...field(0, 4), // the S-box x^5
    ...field(FIELD_BITS, 12),
    ...field(width, 12),
    ...field(2 * HALF_FULL_ROUNDS, 10),
    ...field(partialRounds, 10),
    ...field(2 ** 30 - 1, 30),
  ];
  let start = 0;
  const at = (i: number): number => state[(start + i) % 80] as number;
  const step = (): number => {
    const bit = at(62) ^ at(51) ^ at(38) ^ at(23) ^ at(13) ^ at(0);
    state[start] = bit;
    start = (start + 1) % 80;
    return bit;
  };
  for (let i = 0; i < 160; i++) step();
  for (;;) {
    const taken = step();
    const bit = step();
    if (taken === 1) yield bit;
  }
}
