import { expect, test } from 'vitest';
import { Cache } from '../../../src/state/hashdb/cache.js';

const held = (cache: Cache<number, number>, to: number): number =>
  Array.from({ length: to }, (_, key) => key).filter((key) => cache.get(key) !== undefined).length;

test('a cache holds at most what it may, by the sizes of its values, and at least half of it', () => {
  for (const size of [1, 10, 50]) {
    const cache = new Cache<number, number>(1000, () => size);
    for (let key = 0; key < 5000; key++) cache.set(key, key);
    expect(held(cache, 5000) * size).toBeLessThanOrEqual(1000 + size);
    expect(held(cache, 5000) * size).toBeGreaterThanOrEqual(500 - size);
  }
});

test('what is asked for again and again stays, what is not is forgotten, however often it was before', () => {
  const cache = new Cache<number, number>(100, () => 1);
  for (let i = 0; i < 100; i++) cache.get(0);
  for (let key = 0; key < 1000; key++) {
    cache.set(key, key);
    if (key >= 10) expect(cache.get(7)).toBe(7);
  }
  expect(cache.get(7)).toBe(7);
  expect(cache.get(0)).toBeUndefined();
});

test('a value larger than the cache goes through it', () => {
  const cache = new Cache<number, number>(10, (value) => value);
  cache.set(1, 1);
  cache.set(2, 1000);
  expect(cache.get(2)).toBe(1000);
  cache.set(3, 6);
  cache.set(4, 6);
  expect(cache.get(2)).toBeUndefined();
});
