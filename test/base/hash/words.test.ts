import { expect, it } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { PAIR_WORDS, putNumber, takeNumber } from '../../../src/base/hash/words.js';
import { numbersAtLimbEdges, randomFr } from './numbers.js';

it('numbers come back as they were put, each from its own place', () => {
  const rows = 6;
  const count = 5;
  const words = new BigUint64Array((rows / 2) * count * PAIR_WORDS);
  const numbers = [...numbersAtLimbEdges(), randomFr(), randomFr()];
  const numberAt = (row: number, index: number): Fr => numbers[(row * count + index) % numbers.length] as Fr;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < count; i++) putNumber(words, row, count, i, numberAt(row, i));
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < count; i++) expect(takeNumber(words, row, count, i)).toBe(numberAt(row, i));
  }
});

it('a number from r to 2r is reduced when it is taken, the one below r is not', () => {
  const words = new BigUint64Array(PAIR_WORDS);
  for (const [put, taken] of [
    [FIELD_ORDER - 1n, FIELD_ORDER - 1n],
    [FIELD_ORDER, 0n],
    [FIELD_ORDER + 1n, 1n],
    [2n * FIELD_ORDER - 1n, FIELD_ORDER - 1n],
  ] as const) {
    putNumber(words, 1, 1, 0, put as Fr);
    expect(takeNumber(words, 1, 1, 0)).toBe(taken);
  }
});
