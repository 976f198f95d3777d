// Words and random draws, the same in every run.
import { createHash } from 'node:crypto';

/** 256 bits, the same for the same name: a slot or a value. */
export const word = (name: string): bigint => BigInt(`0x${createHash('sha256').update(name).digest('hex')}`);

/** 253 bits, the same for the same name: a raw key or value of a tree, below the order of the field. */
export const rawWord = (name: string): bigint => word(name) >> 3n;

/** A small generator of numbers from 0 up to 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Draws ranks below `size`, rank k with a weight of (k + 1)^-0.99 (YCSB's constant).
 * @param next numbers from 0 up to 1
 */
export function ranks(size: number, next: () => number): () => number {
  const sums = new Float64Array(size);
  for (let rank = 0, sum = 0; rank < size; rank++) sums[rank] = sum += (rank + 1) ** -0.99;
  return () => {
    const aim = next() * (sums[size - 1] ?? 0);
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < aim) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** `uniform`: all indices alike. `zipfian`: by ranks, spread over the indices. */
export type Distribution = 'uniform' | 'zipfian';

/** Draws indices below `size`. */
export function drawer(distribution: Distribution, size: number, seed: number): () => number {
  const next = random(seed);
  if (distribution === 'uniform') return () => Math.floor(next() * size);
  const rank = ranks(size, next);
  return () => spread(rank(), size);
}

/** The index of a rank: neighbours in rank lie far apart. */
export const spread = (rank: number, size: number): number => (rank * 7919) % size;
