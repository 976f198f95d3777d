import { FIELD_ORDER } from '../field/fr.js';
import type { Fr } from '../field/fr.js';

/** Words of a number in both lanes. */
export const PAIR_WORDS = 8;

/**
 * The first word of number `index` of row `row`, where a row has `count` numbers; the number's next
 * words follow two places apart, those of the pair's other row between them.
 */
const place = (row: number, count: number, index: number): number =>
  ((row >> 1) * count + index) * PAIR_WORDS + (row & 1);

export function putNumber(words: BigUint64Array, row: number, count: number, index: number, x: Fr): void {
  const at = place(row, count, index);
  // A store keeps the low 64 bits.
  words[at] = x;
  words[at + 2] = x >> 64n;
  words[at + 4] = x >> 128n;
  words[at + 6] = x >> 192n;
}

/** A number below 2r, reduced. */
export function takeNumber(words: BigUint64Array, row: number, count: number, index: number): Fr {
  const at = place(row, count, index);
  const high = ((words[at + 6] as bigint) << 64n) | (words[at + 4] as bigint);
  const low = ((words[at + 2] as bigint) << 64n) | (words[at] as bigint);
  const x = (high << 128n) | low;
  return (x >= FIELD_ORDER ? x - FIELD_ORDER : x) as Fr;
}
