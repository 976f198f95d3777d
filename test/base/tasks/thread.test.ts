/** Every kind of thread that is started here, ended at any moment: whoever waits for its work is told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { MessagePort, Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kernelHere } from '../../../src/base/hash/kernel.js';
import { compileImage, compileProgram } from '../../../src/base/hash/machine.js';
import { HashPool } from '../../../src/base/hash/pool.js';
import { Pool } from '../../../src/base/tasks/pool.js';
import { scriptOf } from '../../../src/base/tasks/script.js';
import { ThreadError } from '../../../src/base/tasks/thread-error.js';
import { startThread } from '../../../src/base/tasks/thread.js';
import { WitnessCalculator } from '../../../src/machine/witness/calculate.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import { read, run } from '../../machine/circuits/world.js';
import { circuit } from '../../proof/prover/prover.js';

/** The threads that were started, in order; each is a turn of the event loop old before it is known. */
const started: Worker[] = [];
const know = (worker: Worker): void => void started.push(worker);
beforeAll(() => void process.on('worker', know));
afterAll(() => void process.off('worker', know));
afterEach(() => void started.splice(0));
const last = async (): Promise<Worker> => {
  while (started.length === 0) await setImmediate();
  return started.at(-1)!;
};

describe('a thread', () => {
  const endOf = (program: string): Promise<ThreadError> =>
    new Promise(
      (resolve) =>
        void startThread('test', `const { parentPort } = require('node:worker_threads'); ${program}`, null, {
          message: () => {},
          end: resolve,
        }),
    );

  it.each([
    ['throws', 'throw new RangeError("no such luck")', 'no such luck'],
    ['exits', 'process.exit(3)', 'exit code 3'],
    ['ends well', '', 'exit code 0'],
    ['rejects', 'Promise.reject(new Error("later"))', 'later'],
    ['takes too much memory', 'const all = []; for (;;) all.push(new Array(1e6).fill(all.length));', 'memory limit'],
  ])('that %s is heard, once', async (_, program, says) => {
    const ended = await endOf(program);
    expect(ended).toBeInstanceOf(ThreadError);
    expect(ended.message).toMatch(new RegExp(`^a test thread ended before its work was done: .*${says}`));
  });
});

const kernel = new WebAssembly.Module(kernelHere().build());
const shape = { capacity: 'zero', outputs: 1 } as const;
const program = compileProgram(2, shape, compileImage(kernelHere(), 2, shape));

/** Gives the pool a long chain when its thread is ready, and the promise that it made. */
async function offered(pool: HashPool): Promise<{ readonly hashed: Promise<BigUint64Array> }> {
  for (;;) {
    const hashed = pool.offerChain(program, 20_000, () => {});
    if (hashed !== undefined) return { hashed };
    await setImmediate();
  }
}

it('a hashing thread that is ended fails what it was given', async () => {
  const pool = new HashPool(kernel, 1);
  const thread = await last();
  const { hashed } = await offered(pool);
  void thread.terminate();
  await expect(hashed).rejects.toThrow(/^a hashing thread ended before its work was done: exit code \d$/);
  expect(pool.size).toBe(0);
});

/** What a worker of a setup's pool may do with a job. */
type Job = 'answer' | 'hang' | 'exit' | 'throw' | 'refuse';
function work(port: MessagePort): void {
  port.on('message', (job: Job) => {
    if (job === 'exit') process.exit(4);
    if (job === 'throw') throw new Error('no such luck');
    if (job !== 'hang') port.postMessage(job === 'refuse' ? 'no such job' : null);
  });
}
const withPool = (use: (pool: Pool<Job>) => Promise<unknown>, signal?: AbortSignal): Promise<unknown> =>
  Pool.with(
    { what: 'test', source: scriptOf(work, "require('node:worker_threads').parentPort"), data: [1, 2], signal },
    use,
  );

describe('a pool', () => {
  it('is done when all jobs are', async () => {
    expect(await withPool((pool) => Promise.all(Array.from({ length: 5 }, () => pool.run('answer'))))).toHaveLength(5);
  });

  it.each<[Job, string]>([
    ['exit', 'a test thread ended before its work was done: exit code 4'],
    ['throw', 'a test thread ended before its work was done: no such luck'],
    ['refuse', 'a test thread failed: no such job'],
  ])('in which one job would %s fails all, those that wait and those to come', async (job, says) => {
    await withPool(async (pool) => {
      const others = Promise.allSettled([pool.run('hang'), pool.run(job), pool.run('answer')]);
      for (const one of await others) expect(one).toMatchObject({ status: 'rejected', reason: { message: says } });
      await expect(pool.run('answer')).rejects.toThrow(says);
    });
  });

  it.each([
    ['before it has a job', false],
    ['at its job', true],
  ])('of which a thread is ended %s fails', async (_, isAtWork) => {
    await withPool(async (pool) => {
      const thread = await last();
      const running = isAtWork ? [pool.run('hang'), pool.run('hang')] : [];
      const failed = Promise.allSettled(running);
      await thread.terminate();
      for (const one of await failed)
        expect(one).toMatchObject({ status: 'rejected', reason: { name: 'ThreadError' } });
      await expect(pool.run('answer')).rejects.toThrow(/^a test thread ended before its work was done: exit code \d$/);
    });
  });

  it('is stopped by its signal, and has no threads afterwards', async () => {
    const stop = new AbortController();
    const stopped = withPool((pool) => Promise.all([pool.run('hang'), pool.run('hang')]), stop.signal);
    const ended = Promise.all(
      [await last(), started[0]!].map((thread) => new Promise((resolve) => thread.once('exit', resolve))),
    );
    stop.abort(new Error('not wanted'));
    await expect(stopped).rejects.toThrow('not wanted');
    await ended;
    await expect(withPool((pool) => pool.run('answer'), stop.signal)).rejects.toThrow('not wanted');
  });
});

describe("a witness's thread that is ended", () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'))));
  afterAll(() => rm(folder, { recursive: true }));

  const asked = 50;
  it.each<[string, (witnesses: readonly Promise<void>[]) => Promise<unknown>]>([
    ['before it works', () => Promise.resolve()],
    ['when it made the first', ([first]) => first!],
    ['when it made ten', (witnesses) => witnesses[9]!],
  ])('%s fails the witnesses that were asked for, and another one makes the next', async (_, moment) => {
    const calculator = new WitnessCalculator();
    const { trace } = await run([[1n, 7n]], [read(1n)], 2);
    const write = (): Promise<void> =>
      calculator.write(circuitInputs(trace, circuit.size), circuit.wasm, path.join(folder, 'witness.wtns'));
    const witnesses = Array.from({ length: asked }, write);
    const ended = Promise.allSettled(witnesses);
    const thread = await last();
    await moment(witnesses);
    await thread.terminate();
    // Some more may have been made while this thread had its turn; forty take seconds.
    expect((await ended).at(-1)).toMatchObject({
      status: 'rejected',
      reason: {
        name: 'ThreadError',
        message: expect.stringMatching(/^a witness thread ended before its work was done: exit code \d$/),
      },
    });
    await write();
    await calculator.close();
  });
});
