import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { kernelHere } from '../../../src/base/hash/kernel.js';
import { compileImage, compileProgram, startMachine } from '../../../src/base/hash/machine.js';
import { HashPool } from '../../../src/base/hash/pool.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { ThreadError } from '../../../src/base/tasks/thread-error.js';
import { shareRuns } from '../../../src/base/hash/shared-runs.js';
import { putNumber, takeNumber } from '../../../src/base/hash/words.js';
import { node } from './node.js';

const kernel = new WebAssembly.Module(kernelHere().build());
const shape = { capacity: 'zero', outputs: 1 } as const;
const program = compileProgram(2, shape, compileImage(kernelHere(), 2, shape));

const machine = startMachine(kernel, program);

/** Hashes each number beside itself, in runs of one pair. */
async function share(pool: HashPool, rows: readonly bigint[], work = program): Promise<bigint[]> {
  const runs = shareRuns(work, Math.ceil(rows.length / 2), 1);
  rows.forEach((x, row) => [x, x].forEach((input, i) => putNumber(runs.input, row, 2, i, toFr(input))));
  await pool.share(machine, runs);
  return rows.map((_, row) => takeNumber(runs.output, row, 1, 0));
}

/** A pool whose threads are ready. */
async function started(workers: number): Promise<HashPool> {
  const pool = new HashPool(kernel, workers);
  const chains: Promise<unknown>[] = [];
  for (; chains.length < workers; await setImmediate()) {
    // Long enough that no thread takes two.
    const chain = pool.offerChain(program, 1000, () => {});
    if (chain !== undefined) chains.push(chain);
  }
  await Promise.all(chains);
  return pool;
}

it('threads give the hashes that the calling thread gives, each call its own', async () => {
  const pool = await started(2);
  expect(pool.size).toBe(2);
  const calls = Array.from({ length: 9 }, (_, call) =>
    Array.from({ length: 3 + call }, (__, row) => BigInt(100 * call + row)),
  );
  const hashes = await Promise.all(calls.map((rows) => share(pool, rows)));
  expect(hashes).toEqual(calls.map((rows) => rows.map((x) => poseidon.hash([toFr(x), toFr(x)]))));
});

it('the calling thread and others share the runs: each free thread takes the next', async () => {
  const pool = await started(1);
  let own = 0;
  // On a busy machine the other thread may take them all before the calling one has its turn.
  while (own === 0) {
    const runs = shareRuns(program, 8, 1);
    const waitingForAnother = (pairs: number): void => {
      machine.run(pairs);
      own++;
      while (Atomics.load(runs.counts, 1) === 0) Atomics.wait(runs.counts, 1, 0, 1);
    };
    await pool.share({ ...machine, run: waitingForAnother }, runs);
    expect([...runs.counts].map((count) => Math.min(count, 8))).toEqual([8, 8]);
  }
  expect(own).toBeLessThan(8);
});

it('a thread takes a chain if it has nothing else to do', async () => {
  const pool = await started(1);
  const ofChain = { capacity: 'input', outputs: 1 } as const;
  const work = compileProgram(2, ofChain, compileImage(kernelHere(), 2, ofChain));
  const rows = Array.from({ length: 50 }, (_, i): [Fr, Fr] => [toFr(BigInt(i)), toFr(FIELD_ORDER - 1n - BigInt(i))]);
  const put = (words: BigUint64Array): void =>
    rows.forEach((row, step) => [toFr(7n), ...row].forEach((x, i) => putNumber(words, 2 * step, 3, i, x)));
  const chained = pool.offerChain(work, rows.length, put);
  expect(pool.offerChain(work, rows.length, put)).toBeUndefined();
  expect(await share(pool, [1n, 2n, 3n])).toEqual([1n, 2n, 3n].map((x) => poseidon.hash([x, x])));
  const expected = rows.reduce((running, row) => poseidon.permute(running, row, 1)[0]!, toFr(7n));
  expect(takeNumber((await chained)!, 0, 1, 0)).toBe(expected);
  const hashed = share(pool, [1n, 2n, 3n]);
  expect(pool.offerChain(work, rows.length, put)).toBeUndefined();
  await hashed;
  expect(await pool.offerChain(work, rows.length, put)).toBeDefined();
});

it('a thread that ends fails the calls that it takes part in, with its reason, and no others', async () => {
  const pool = await started(1);
  const broken = { ...program, id: 'broken', inputAt: program.end };
  const chained = pool.offerChain(broken, 1, () => {});
  // More than the calling thread does before it hears of it.
  const shared = share(
    pool,
    Array.from({ length: 40_000 }, () => 1n),
    broken,
  );
  for (const failing of [chained, shared]) {
    await expect(failing).rejects.toThrow(ThreadError);
    await expect(failing).rejects.toThrow(/^a hashing thread ended before its work was done: ./);
    await expect(failing).rejects.toMatchObject({ cause: { name: 'RangeError' } });
  }
  expect(pool.size).toBe(0);
  expect(pool.offerChain(program, 1, () => {})).toBeUndefined();
  expect(await share(pool, [1n, 2n, 3n])).toEqual([1n, 2n, 3n].map((x) => poseidon.hash([x, x])));
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
