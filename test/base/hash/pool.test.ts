import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { kernelModule } from '../../../src/base/hash/kernel.js';
import { compileProgram } from '../../../src/base/hash/machine.js';
import type { Program } from '../../../src/base/hash/machine.js';
import { HashPool } from '../../../src/base/hash/pool.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { ThreadError } from '../../../src/base/tasks/thread-error.js';
import { putNumber, takeNumber } from '../../../src/base/hash/words.js';
import { node } from './node.js';

const kernel = new WebAssembly.Module(kernelModule());
const program = compileProgram(2, { capacity: 'zero', outputs: 1 });

/** Offers until a thread is there that takes it. */
async function give(pool: HashPool, work: Program, rows: readonly bigint[]): Promise<bigint[]> {
  for (;;) {
    const output = pool.offer(work, Math.ceil(rows.length / 2), (words) =>
      rows.forEach((x, row) => [x, x].forEach((input, i) => putNumber(words, row, 2, i, toFr(input)))),
    );
    if (output !== undefined) {
      const words = await output;
      return rows.map((_, row) => takeNumber(words, row, 1, 0));
    }
    await setImmediate();
  }
}

it('threads give the hashes that the calling thread gives, each call its own', async () => {
  const pool = new HashPool(kernel, 2);
  expect(pool.size).toBe(2);
  const calls = Array.from({ length: 9 }, (_, call) =>
    Array.from({ length: 3 + call }, (_, row) => BigInt(100 * call + row)),
  );
  const hashes = await Promise.all(calls.map((rows) => give(pool, program, rows)));
  expect(hashes).toEqual(calls.map((rows) => rows.map((x) => poseidon.hash([toFr(x), toFr(x)]))));
});

it('a thread takes a chain if it has nothing to do, and nothing else behind it', async () => {
  const pool = new HashPool(kernel, 1);
  const work = compileProgram(2, { capacity: 'input', outputs: 1 });
  await give(pool, program, [1n]);
  const rows = Array.from({ length: 50 }, (_, i): [Fr, Fr] => [toFr(BigInt(i)), toFr(FIELD_ORDER - 1n - BigInt(i))]);
  const put = (words: BigUint64Array): void =>
    rows.forEach((row, step) => [toFr(7n), ...row].forEach((x, i) => putNumber(words, 2 * step, 3, i, x)));
  const chained = pool.offerChain(work, rows.length, put);
  expect(pool.offer(program, 1, () => {})).toBeUndefined();
  expect(pool.offerChain(work, rows.length, put)).toBeUndefined();
  const expected = rows.reduce((running, row) => poseidon.permute(running, row, 1)[0]!, toFr(7n));
  expect(takeNumber((await chained)!, 0, 1, 0)).toBe(expected);
  const run = give(pool, program, [2n]);
  expect(pool.offerChain(work, rows.length, put)).toBeUndefined();
  expect(await run).toEqual([poseidon.hash([2n, 2n])]);
});

it('a thread that ends fails the calls that wait for it, with its reason, and no others', async () => {
  const pool = new HashPool(kernel, 1);
  expect(await give(pool, program, [1n])).toHaveLength(1);
  const broken = { ...program, id: 'broken', inputAt: program.end };
  const failing = give(pool, broken, [1n]);
  await expect(failing).rejects.toThrow(ThreadError);
  await expect(failing).rejects.toThrow(/^a hashing thread ended before its work was done: ./);
  await expect(failing).rejects.toMatchObject({ cause: { name: 'RangeError' } });
  expect(pool.size).toBe(0);
  expect(pool.offer(program, 1, () => {})).toBeUndefined();
});

it('a process that hashed on all cores ends by itself', async () => {
  const { code, output } = await node(`
    const { poseidon } = await import(${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)});
    const rows = Array.from({ length: 2000 }, (_, i) => [BigInt(i), 2n, 3n]);
    for (let i = 0; i < 2; i++) {
      const hashes = await poseidon.hashMany(rows);
      if (hashes.some((hash, i) => i % 100 === 0 && hash !== poseidon.hash(rows[i]))) throw new Error('wrong');
    }
    console.log('hashed');
  `);
  expect({ code, output }).toEqual({ code: 0, output: 'hashed\n' });
});
