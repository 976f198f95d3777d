import { add, FIELD_BITS, FIELD_ORDER, inverseOrZero } from '../field/fr.js';
import type { Fr } from '../field/fr.js';

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
  const bit = grain(width, partialRounds);
  const number = (): bigint => {
    let x = 0n;
    for (let left = FIELD_BITS; left > 0; left -= 31) {
      const size = Math.min(left, 31);
      let part = 0;
      for (let i = 0; i < size; i++) part = (part << 1) | bit();
      x = (x << BigInt(size)) | BigInt(part);
    }
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
function grain(width: number, partialRounds: number): () => number {
  const seed = [
    [1, 2], // a prime field
    [0, 4], // the S-box x^5
    [FIELD_BITS, 12],
    [width, 12],
    [2 * HALF_FULL_ROUNDS, 10],
    [partialRounds, 10],
    [2 ** 30 - 1, 30],
  ] as const;
  const bits = seed.map(([value, length]) => value.toString(2).padStart(length, '0')).join('');
  // 16 bits at a time, the first one highest: a bit depends on none of the 18 before it.
  const words = Array.from({ length: 5 }, (_, i) => Number.parseInt(bits.slice(16 * i, 16 * i + 16), 2));
  let start = 0;
  const bitsFrom = (i: number): number => {
    const high = words[start + (i >> 4)] as number;
    const low = words[start + (i >> 4) + 1] as number;
    return (((high << 16) | low) >>> (16 - (i & 15))) & 0xffff;
  };
  const nextWord = (): number => {
    const word = bitsFrom(62) ^ bitsFrom(51) ^ bitsFrom(38) ^ bitsFrom(23) ^ bitsFrom(13) ^ bitsFrom(0);
    words.push(word);
    start++;
    return word;
  };
  for (let i = 0; i < 160 / 16; i++) nextWord();
  let word = 0;
  let left = 0;
  return () => {
    for (;;) {
      if (left === 0) {
        word = nextWord();
        left = 16;
      }
      left -= 2;
      const pair = (word >> left) & 3;
      if (pair >= 2) return pair & 1;
    }
  };
}
