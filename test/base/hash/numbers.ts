import { randomBytes } from 'node:crypto';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';

export const randomFr = (): Fr => (BigInt(`0x${randomBytes(40).toString('hex')}`) % FIELD_ORDER) as Fr;

/** The least and greatest numbers, and those on both sides of each limb, of 28 or 52 bits, and each 64-bit word. */
export function numbersAtLimbEdges(): Fr[] {
  const edges = [28n, 56n, 84n, 112n, 140n, 168n, 196n, 224n, 252n, 52n, 104n, 156n, 208n, 32n, 64n, 128n, 192n];
  const around = edges.flatMap((bits) => [(1n << bits) - 1n, 1n << bits, FIELD_ORDER - (1n << bits)]);
  return [0n, 1n, 2n, FIELD_ORDER >> 1n, FIELD_ORDER - 2n, FIELD_ORDER - 1n, ...around] as Fr[];
}
