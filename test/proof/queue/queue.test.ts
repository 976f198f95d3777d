/** Planners and workers over a queue in a real PostgreSQL, in this process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ArtifactStore } from '../../../src/machine/circuit/artifacts.js';
import { toFr } from '../../../src/base/field/fr.js';
import { LocationError } from '../../../src/state/hashdb/location.js';
import type { Proven } from '../../../src/proof/prover/queue.js';
import { QueueConnection } from '../../../src/proof/queue/connection.js';
import { JobError, QueueError } from '../../../src/proof/queue/error.js';
import { bossId, jobKey, needOf, queueName } from '../../../src/proof/queue/job.js';
import type { JobKey } from '../../../src/proof/queue/job.js';
import { JobStore } from '../../../src/proof/queue/job-store.js';
import type { Claim } from '../../../src/proof/queue/job-store.js';
import { Jobs } from '../../../src/proof/queue/jobs.js';
import type { PostgresQueue } from '../../../src/proof/queue/postgres-queue.js';
import { queuePlace } from '../../../src/proof/queue/place.js';
import { postgres, startPostgres } from '../../postgres/server.js';
import { isRunning, letProve, runsOf, standIn } from '../prover/stand-in.js';
import { connectTo, jobs, planner, worker } from './queue.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-queue-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A directory for the logs of one test's provers. */
const logs = (): Promise<string> => mkdtemp(path.join(folder, 'logs-'));
const proofsOf = (all: readonly Proven[]) => all.map(({ proof }) => proof);
const proveAll = (queue: PostgresQueue): Promise<Proven[]> => Promise.all(jobs.map((job) => queue.prove(job)));
const [job] = jobs as [(typeof jobs)[number]];

/** Has the server's clock set back by so many seconds: what it wrote before is so much later by it now. */
async function jump({ query, jobs: table, turns }: QueueConnection, seconds: number): Promise<void> {
  const later = (columns: readonly string[]): string =>
    columns.map((column) => `${column} = ${column} + ${seconds} * interval '1 second'`).join();
  await query(`update ${turns} set ${later(['start_after', 'created_on', 'started_on', 'completed_on'])}`);
  await query(`update ${table} set ${later(['submitted_at'])}`);
}

/** A promise that is to be rejected later, looked at already. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  );

describe('a queue in PostgreSQL', () => {
  it('has each job proven once, for two planners at once, and for one that comes later', async () => {
    const url = (await postgres()).url();
    const at = await logs();
    const one = await planner(url);
    const two = await planner(url);
    const asked = [proveAll(one), proveAll(two)];
    const workers = [
      await worker(url, standIn(at, 'replay'), { name: 'a' }),
      await worker(url, standIn(at, 'replay'), { name: 'b' }),
    ];
    const [first, second] = await Promise.all(asked);
    expect(proofsOf(second!)).toEqual(proofsOf(first!));
    expect(first!.map(({ prover }) => prover)).toEqual(jobs.map(() => expect.stringMatching(/^replay of [ab]$/)));
    await Promise.all(workers.map(({ stop }) => stop()));
    expect(await runsOf(at, 'replay')).toHaveLength(jobs.length);
    // Nobody works any more.
    expect(proofsOf(await proveAll(await planner(url)))).toEqual(proofsOf(first!));
    expect(await new Jobs(await connectTo(url)).counts()).toEqual({
      waiting: 0,
      running: 0,
      done: jobs.length,
      failed: 0,
      cancelled: 0,
    });
  });

  it('tells its planner when nobody takes the jobs, once; not while somebody works', async () => {
    const url = (await postgres()).url();
    const at = await logs();
    const warnings: string[] = [];
    const queue = await planner(url, { onWarning: (warning) => warnings.push(warning), unservedSeconds: 0.2 });
    const asked = Promise.all(jobs.slice(0, 2).map((one) => queue.prove(one)));
    while (warnings.length === 0) await sleep(20);
    // It looks several times more.
    await sleep(1_500);
    const { version, verificationKey } = needOf(job);
    const { location } = await connectTo(url);
    // Handing the second over may take longer than the first is waited for.
    const those = ['the waiting job', 'the 2 waiting jobs'].find((some) =>
      warnings[0]!.startsWith(`no worker takes ${some} `),
    );
    expect(warnings).toEqual([
      `no worker takes ${those} for circuit s14. Start a worker that has the keys with verification key ${verificationKey} ` +
        `and does jobs of version ${version}: rootshift worker --queue ${location}`,
    ]);
    expect(warnings[0]).not.toContain(new URL(url).password);
    // Both are in hand before one is done: else nobody would be at work again.
    await (await worker(url, standIn(at, 'held'), { leaseSeconds: 60 })).first('taken', 2);
    await letProve(at);
    await asked;
    expect(warnings).toHaveLength(1);
  });

  it('takes the same job from many planners at the same moment', async () => {
    const url = (await postgres()).url();
    const stores: JobStore[] = [];
    for (let i = 0; i < 6; i++) stores.push(new JobStore(await connectTo(url)));
    for (let round = 0n; round < 50n; round++) {
      const publics = { ...job.trace.publics, x: toFr(round) };
      const same = { ...job, trace: { ...job.trace, publics } };
      expect(new Set(await Promise.all(stores.map((store) => store.submit(same))))).toEqual(new Set([jobKey(same)]));
    }
    expect(await new Jobs(await connectTo(url)).counts()).toMatchObject({ waiting: 50 });
  });

  it('gives up a job that fails three times, keeps the error, and tries again when told to', async () => {
    const url = (await postgres()).url();
    const at = await logs();
    const listed = new Jobs(await connectTo(url));
    const bad = await worker(url, standIn(at, 'crash'), { name: 'bad' });
    const refused = await rejection((await planner(url)).prove(job));
    expect(refused).toBeInstanceOf(JobError);
    expect((refused as Error).message).toMatch(
      /^job [0-9a-f]{12} failed 3 times, last on worker bad: the prover crash died, by SIGSEGV/,
    );
    await bad.stop();
    expect(await runsOf(at, 'crash')).toHaveLength(3);
    expect(await listed.list(9)).toMatchObject([
      {
        key: jobKey(job),
        state: 'failed',
        tries: 3,
        worker: 'bad',
        error: expect.stringContaining('SIGSEGV'),
        circuit: 's14',
      },
    ]);
    // It stays so for who asks again; nobody is there to try.
    expect(await rejection((await planner(url)).prove(job))).toBeInstanceOf(JobError);
    expect(await listed.retry(jobKey(job).slice(0, 6))).toMatchObject({ state: 'waiting', tries: 0, error: null });
    await expect(listed.retry(jobKey(job))).rejects.toThrow(QueueError);
    await worker(url, standIn(at, 'replay'));
    expect(await (await planner(url)).prove(job)).toMatchObject({ prover: 'replay of worker' });
    expect(await listed.list(9)).toMatchObject([{ state: 'done', tries: 1, error: null }]);
  });

  it('gives up a job whose workers all die; from one that only seemed dead, it accepts only the proof', async () => {
    const url = (await postgres()).url();
    const store = new JobStore(await connectTo(url));
    const key = await store.submit(job);
    const queue = queueName(needOf(job));
    const claims: Claim[] = [];
    for (let tries = 1; tries <= 10; tries++) {
      // A lease that is over at once.
      claims.push((await store.claim(queue, `w${tries}`, 0))!);
      expect(await store.renew(claims.at(-1)!, 0)).toBe(true);
      await store.upkeep();
      // Nobody has taken it since: it may go on; but at the end it is given up.
      expect(await store.renew(claims.at(-1)!, 0)).toBe(tries < 10);
      await store.upkeep();
    }
    expect(await store.claim(queue, 'w11', 0)).toBeNull();
    const ended = await rejection((await planner(url)).prove(job));
    expect((ended as Error).message).toMatch(
      /failed 10 times, last on worker w10: every worker that started it died or lost its connection$/,
    );

    const [early] = claims as [Claim];
    expect(await store.renew(early, 60)).toBe(false);
    await store.fail(early, 'too late');
    expect((await store.outcomes([key])).get(key)).toEqual({ kind: 'failed', error: null, tries: 10, worker: 'w10' });
    const timings = { witness: 1, prove: 2, verify: 3 };
    const proofOf = (n: string) => ({ proof: { proof: { pi_a: n } }, prover: n, timings }) as unknown as Proven;
    await store.finish(early, proofOf('first'), 'w1');
    await store.finish(claims.at(-1)!, proofOf('second'), 'w10');
    expect((await store.outcomes([key])).get(key)).toEqual({
      kind: 'proven',
      proof: { pi_a: 'first' },
      prover: 'first',
      worker: 'w1',
      timings,
    });
  });

  it('counts no try on a machine that is at fault, however often', async () => {
    const connection = await connectTo((await postgres()).url());
    const store = new JobStore(connection);
    const listed = new Jobs(connection);
    await store.submit(job);
    const queue = queueName(needOf(job));
    for (let times = 1; times <= 12; times++) {
      const claim = (await store.claim(queue, 'sick', 60))!;
      await store.giveBack(claim, 'no \0room');
      // Its answer was lost.
      await store.giveBack(claim, 'no room');
      expect(await store.renew(claim, 60)).toBe(false);
      expect(await listed.list(9)).toMatchObject([{ state: 'waiting', tries: 0, worker: 'sick', error: 'no room' }]);
    }
    const first = (await store.claim(queue, 'a', 60))!;
    await store.giveBack(first, 'no room');
    const second = (await store.claim(queue, 'b', 60))!;
    // Another's now.
    await store.giveBack(first, 'too late');
    expect(await listed.list(9)).toMatchObject([{ state: 'running', tries: 1, worker: 'b', error: 'no room' }]);
    await store.fail(second, 'no luck');
    expect(await listed.list(9)).toMatchObject([{ state: 'waiting', tries: 1, worker: 'b', error: 'no luck' }]);
  });

  it('keeps an error with any content', async () => {
    const url = (await postgres()).url();
    const store = new JobStore(await connectTo(url));
    await store.submit(job);
    const claim = await store.claim(queueName(needOf(job)), 'worker', 60);
    await store.fail(claim!, 'no \0such luck');
    expect(await new Jobs(await connectTo(url)).list(9)).toMatchObject([{ state: 'waiting', error: 'no such luck' }]);
  });

  it('gives a job whose lease has ended to another worker; to the one that still has it, nothing', async () => {
    const store = new JobStore(await connectTo((await postgres()).url()));
    await store.submit(job);
    const queue = queueName(needOf(job));
    const first = (await store.claim(queue, 'a', 0))!;
    await store.upkeep();
    expect(await store.claim(queue, 'a', 60, new Set([first.lease]))).toBeNull();
    expect(await store.renew(first, 0)).toBe(true);
    await store.upkeep();
    expect(await store.claim(queue, 'b', 60, new Set(['00000000-0000-4000-8000-000000000000']))).toMatchObject({
      key: first.key,
    });
    expect(await store.renew(first, 60)).toBe(false);
  });

  it.each([
    ['back', 3600],
    ['forward', -3600],
  ])(
    "has every job taken, and none from a worker that is there, when the server's clock jumps %s",
    async (_, seconds) => {
      const connection = await connectTo((await postgres()).url());
      const store = new JobStore(connection);
      const queue = queueName(needOf(job));
      const keys: JobKey[] = [];
      for (const one of jobs) keys.push(await store.submit(one));
      const silent = (await store.claim(queue, 'silent', 0))!;
      const alive = (await store.claim(queue, 'alive', 60))!;
      await jump(connection, seconds);
      expect(await store.renew(alive, 60)).toBe(true);
      const taken: JobKey[] = [];
      while (taken.length < 2) {
        await store.upkeep();
        for (const waiting of await store.waitingQueues()) taken.push((await store.claim(waiting, 'other', 60))!.key);
      }
      expect(taken.sort()).toEqual(keys.filter((key) => key !== alive.key).sort());
      expect(await store.claim(queue, 'other', 60)).toBeNull();
      expect(await store.renew(silent, 60)).toBe(false);
      expect(await store.renew(alive, 60)).toBe(true);
    },
  );

  it('knows that nobody works, though the clock was set back', async () => {
    const connection = await connectTo((await postgres()).url());
    const store = new JobStore(connection);
    const keys: JobKey[] = [];
    for (const one of jobs) keys.push(await store.submit(one));
    const queue = queueName(needOf(job));
    const proven = {
      proof: { proof: {} },
      prover: 'a',
      timings: { witness: 1, prove: 2, verify: 3 },
    } as unknown as Proven;
    await store.finish((await store.claim(queue, 'a', 60))!, proven, 'a');
    await jump(connection, 3600);
    await store.upkeep();
    expect(await store.unserved(keys, 0)).toEqual(new Map([[queue, 2]]));
  });

  it('takes a job from a worker when it is cancelled; tried again, it is proven', async () => {
    const url = (await postgres()).url();
    const at = await logs();
    const listed = new Jobs(await connectTo(url));
    const slow = await worker(url, standIn(at, 'hang'));
    const refused = rejection((await planner(url)).prove(job));
    while ((await runsOf(at, 'hang')).length === 0) await sleep(20);
    expect(await listed.cancel(jobKey(job))).toMatchObject({ state: 'cancelled' });
    expect(await refused).toEqual(new JobError(`job ${jobKey(job).slice(0, 12)} was cancelled`));
    await slow.first('lost');
    for (const pid of await runsOf(at, 'hang')) while (isRunning(pid)) await sleep(10);
    await expect(listed.cancel(jobKey(job))).rejects.toThrow(
      /^expected a job that is waiting or running to cancel, [0-9a-f]{64} is cancelled$/,
    );
    await expect(listed.cancel('0000')).rejects.toThrow(/got 0000, which matches none$/);
    // The worker goes on, with the same job if need be.
    await listed.retry(jobKey(job));
    while ((await runsOf(at, 'hang')).length < 2) await sleep(20);
    await listed.cancel(jobKey(job));
    await slow.stop();
    await listed.retry(jobKey(job));
    await worker(url, standIn(at, 'replay'));
    await (await planner(url)).prove(job);
    await expect(listed.cancel(jobKey(job))).rejects.toThrow(/is done$/);
  });

  it.each(['with the prover', 'next'] as const)(
    'takes the job that is %s from a worker that has two; the other is proven, by the same worker at its first try',
    async (which) => {
      const url = (await postgres()).url();
      const at = await logs();
      const listed = new Jobs(await connectTo(url));
      const queue = await planner(url);
      const working = await worker(url, standIn(at, 'held'));
      const results = new Map([job, jobs[1]!].map((one) => [jobKey(one), rejection(queue.prove(one))]));
      const order = (await working.first('taken', 2)).map((event) => event.job);
      const [unwanted, other] = which === 'next' ? order.toReversed() : order;
      while ((await runsOf(at, 'held')).length === 0) await sleep(20);
      await listed.cancel(unwanted!);
      await working.first('lost');
      const [first] = await runsOf(at, 'held');
      if (which === 'with the prover') while (isRunning(first!)) await sleep(10);
      expect(working.events.map((event) => event.kind !== 'warning' && [event.kind, event.job])).toEqual([
        ['taken', order[0]],
        ['taken', order[1]],
        ['lost', unwanted],
      ]);
      await letProve(at);
      expect(await results.get(other!)).toBe('no error');
      expect(await results.get(unwanted!)).toBeInstanceOf(JobError);
      await working.stop();
      expect(await runsOf(at, 'held')).toHaveLength(which === 'next' ? 1 : 2);
      const states = new Map((await listed.list(9)).map(({ key, state, tries }) => [key, [state, tries]]));
      expect(states).toEqual(
        new Map([
          [unwanted, ['cancelled', 1]],
          [other, ['done', 1]],
        ]),
      );
    },
  );

  it('gives one of two jobs back with its error; the other is proven, the first on its second try', async () => {
    const url = (await postgres()).url();
    const at = await logs();
    const queue = await planner(url);
    const replay = standIn(at, 'replay');
    // The first run fails, when it is let.
    const script =
      'if mkdir "$0/first"; then while [ ! -e "$0/let" ]; do sleep 0.05; done; echo "bad luck"; exit 3; fi; exec "$@"';
    const working = await worker(url, { name: 'moody', command: ['/bin/sh', '-c', script, at, ...replay.command] });
    const asked = Promise.all([queue.prove(job), queue.prove(jobs[1]!)]);
    const [first, second] = (await working.first('taken', 2)).map((event) => event.job);
    await writeFile(path.join(at, 'let'), '');
    await asked;
    await working.stop();
    expect(working.events).toContainEqual({
      kind: 'failed',
      job: first,
      circuit: 's14',
      error: 'the prover moody ended with exit code 3; its last output: bad luck',
    });
    const told = (key: string | undefined) =>
      working.events.flatMap((event) => (event.kind !== 'warning' && event.job === key ? [event.kind] : []));
    expect(told(first)).toEqual(['taken', 'failed', 'taken', 'done']);
    expect(told(second)).toEqual(['taken', 'done']);
    expect(await runsOf(at, 'replay')).toHaveLength(2);
  });

  it('gives two jobs to two workers that are idle, not both to one', async () => {
    const url = (await postgres()).url();
    const at = await logs();
    const queue = await planner(url);
    const workers = [
      await worker(url, standIn(at, 'held'), { name: 'a' }),
      await worker(url, standIn(at, 'held'), { name: 'b' }),
    ];
    const asked = Promise.all([queue.prove(job), queue.prove(jobs[1]!)]);
    await Promise.all(workers.map((one) => one.first('taken')));
    await letProve(at);
    expect((await asked).map(({ prover }) => prover).sort()).toEqual(['held of a', 'held of b']);
  });

  it('leaves jobs of another version, or for keys that a worker has not, to others, and says why', async () => {
    const url = (await postgres()).url();
    const at = await logs();
    const connection = await connectTo(url);
    const other = queueName({ ...needOf(job), version: '9.9.9' });
    await connection.boss.createQueue(other, { name: other });
    await connection.boss.send(other, {});
    const without = await worker(url, standIn(at, 'replay'), {
      name: 'without',
      store: new ArtifactStore(path.join(folder, 'none')),
    });
    const proven = (await planner(url)).prove(job);
    while (without.events.length < 2) await sleep(20);
    expect(without.events.map((event) => event.kind === 'warning' && event.warning)).toEqual([
      expect.stringMatching(
        /^leaving waiting jobs to other workers: they have version 9\.9\.9, but this worker does version [\d.]+;/,
      ),
      expect.stringMatching(
        new RegExp(
          `they need the keys of s14 with verification key ${job.keys.verificationKeyHash}, which are not in .*none; copy`,
        ),
      ),
    ]);
    await worker(url, standIn(at, 'replay'), { name: 'with' });
    expect(await proven).toMatchObject({ prover: 'replay of with' });
    expect(await connection.boss.getQueueSize(other)).toBe(1);
  });

  it('trusts no stored proof: one of another job, and one that is none, are made again', async () => {
    const url = (await postgres()).url();
    const at = await logs();
    await worker(url, standIn(at, 'replay'));
    const first = await proveAll(await planner(url));
    const connection = await connectTo(url);
    const mine = jobKey(job);
    const others = jobKey(jobs[1]!);
    await connection.query(
      `update ${connection.jobs} set proof = (select proof from ${connection.jobs} where key = $2) where key = $1`,
      [mine, others],
    );
    await connection.query(`update ${connection.jobs} set proof = '{"pi_a": 5}' where key = $1`, [others]);
    expect(proofsOf(await proveAll(await planner(url)))).toEqual(proofsOf(first));
    expect(await runsOf(at, 'replay')).toHaveLength(jobs.length + 2);
  });

  it('goes on where it was when the server is killed and comes back, and so do planner and worker', async () => {
    const server = await startPostgres();
    const at = await logs();
    onTestFinished(() => server.stop());
    const url = server.url();
    const warnings: string[] = [];
    const queue = await planner(url, { onWarning: (warning) => warnings.push(warning) });
    const asked = Promise.all([queue.prove(job), queue.prove(jobs[1]!)]);
    const working = await worker(url, standIn(at, 'held'), { leaseSeconds: 1 });
    await working.first('taken', 2);
    await server.kill();
    await working.first('warning');
    while (warnings.length === 0) await sleep(20);
    // Longer than the lease, which nobody can renew meanwhile.
    await sleep(1_500);
    await letProve(at);
    await server.start();
    expect(await asked).toHaveLength(2);
    expect(warnings).toEqual([
      expect.stringMatching(/; retrying until it is available$/),
      'the queue is available again',
    ]);
    expect(working.events.filter(({ kind }) => kind === 'done')).toHaveLength(2);
    expect(await runsOf(at, 'held')).toHaveLength(2);
  });

  it('is waited for by a worker and a planner that start while the server is away', async () => {
    const server = await startPostgres();
    const at = await logs();
    onTestFinished(() => server.stop());
    const url = server.url();
    await server.kill();
    const warnings: string[] = [];
    let warned = (): void => {};
    const away = new Promise<void>((resolve) => (warned = resolve));
    const opening = planner(url, {
      onWarning: (warning) => {
        warnings.push(warning);
        warned();
      },
    });
    const starting = worker(url, standIn(at, 'replay'));
    await away;
    await server.start();
    const queue = await opening;
    await starting;
    expect((await queue.prove(job)).prover).toMatch(/ of worker$/);
    expect(warnings).toEqual([
      expect.stringMatching(/^could not reach .*; retrying until it is available$/),
      'the queue is available again',
    ]);
  });

  it('is not waited for by who was told to stop', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop());
    await server.kill();
    const stop = new AbortController();
    const opening = QueueConnection.open(server.url(), {
      createIfMissing: true,
      patience: { signal: stop.signal, onWarning: () => stop.abort() },
    });
    await expect(opening).rejects.toThrow(/could not reach the database/);
  });

  it('has its tables beside those of a database with the same URL, and is not made by who only looks', async () => {
    const url = (await postgres()).url();
    const look = { createIfMissing: false, patience: { signal: AbortSignal.abort(), onWarning: () => {} } };
    await expect(QueueConnection.open(url, look)).rejects.toThrow(
      /^there is no queue at postgres:\/\/postgres:\*\*\*@/,
    );
    expect(queuePlace('postgres://a@b/c?schema=state').schema).toBe('state_jobs');
    expect(() => queuePlace('grpc://a:1')).toThrow(LocationError);
    expect(() => queuePlace('')).toThrow(/expected postgres:.* for the queue, got an empty text/);
    expect(() => queuePlace(`postgres://a@b/c?schema=${'a'.repeat(46)}`)).toThrow(LocationError);
    expect(bossId(jobKey(job))).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});
