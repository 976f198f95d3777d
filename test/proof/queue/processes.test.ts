/** Workers as users start them, in processes of their own, that are killed, told to stop, or have a wrong clock. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { jobKey } from '../../../src/proof/queue/job.js';
import { JobStore } from '../../../src/proof/queue/job-store.js';
import { Jobs } from '../../../src/proof/queue/jobs.js';
import { BIN, environment, expectRefusal, freshFolder, put, rootshift } from '../../cli/cli.js';
import { postgres } from '../../postgres/server.js';
import { isRunning, letProve, runsOf, standInFile } from '../prover/stand-in.js';
import { connectTo, jobs, planner, workerProcess } from './queue.js';
import type { WorkerProcess } from './queue.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const KILLS = LONG ? 60 : 4;
/** Fewer than the tries after which a job is given up. */
const KILLS_A_ROUND = 5;
const lease = (seconds: number): string[] => ['--lease-seconds', String(seconds)];
/** Of those that are killed: others wait for its end. */
const SHORT_LEASE = lease(2);
/** A third of it, after which it is renewed, is waited for; two thirds may be lost on a busy machine. */
const RENEWED_LEASE_SECONDS = 21;

it(`${KILLS} workers killed at any moment lose no job, and no job has two results`, async () => {
  const folder = await freshFolder();
  const server = await postgres();
  const prover = await standInFile(folder, 'slow');
  const outcomes = { killed: 0, withAJob: 0, rounds: 0 };
  for (; outcomes.killed < KILLS; outcomes.rounds++) {
    const url = server.url();
    const asked = Promise.all(
      (await Promise.all([planner(url), planner(url)])).map((queue) =>
        Promise.all(jobs.map((job) => queue.prove(job))),
      ),
    );
    let done = false;
    void asked.then(
      () => (done = true),
      () => (done = true),
    );
    const workers: WorkerProcess[] = await Promise.all(
      [1, 2].map(() => workerProcess(folder, url, prover, SHORT_LEASE)),
    );
    for (let killed = 0; !done;) {
      await sleep(Math.random() * 3_000);
      if (done || killed === KILLS_A_ROUND || outcomes.killed === KILLS) continue;
      const [victim] = workers.splice(Math.floor(Math.random() * workers.length), 1);
      const last = victim!.said.at(-1)!;
      await victim!.end('SIGKILL');
      killed++;
      outcomes.killed++;
      if (last.endsWith(' taken')) outcomes.withAJob++;
      workers.push(await workerProcess(folder, url, prover, SHORT_LEASE));
    }
    const [first, second] = await asked;
    expect(second!.map(({ proof }) => proof)).toEqual(first!.map(({ proof }) => proof));
    expect(await new Jobs(await connectTo(url)).counts()).toMatchObject({ done: jobs.length, waiting: 0, failed: 0 });
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  }
  console.info('workers', outcomes);
});

it('workers whose clocks are days off neither take jobs from others nor lose theirs', async () => {
  const folder = await freshFolder();
  const url = (await postgres()).url();
  const prover = await standInFile(folder, 'held');
  const skewed = (days: number): NodeJS.ProcessEnv => {
    const hook = `const now=Date.now,by=${days}*864e5;const D=Date;globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(now()+by)}static now(){return now()+by}}`;
    return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
  };
  const workers = await Promise.all(
    [3, -3].map((days) => workerProcess(folder, url, prover, lease(RENEWED_LEASE_SECONDS), skewed(days))),
  );
  const queue = await planner(url);
  const asked = Promise.all(jobs.map((job) => queue.prove(job)));
  const connection = await connectTo(url);
  const renewed = async (): Promise<number> => {
    const [row] = await connection.query<{ count: number }>(
      `select count(*)::int as count from ${connection.turns} where state = 'active' and expire_in > $1 * interval '1 second'`,
      [1.2 * RENEWED_LEASE_SECONDS],
    );
    return row!.count;
  };
  // Both renew what they hold, and look as often for what others have lost.
  while ((await renewed()) < jobs.length) await sleep(50);
  await letProve(folder);
  await asked;
  expect(await runsOf(folder, 'held')).toHaveLength(jobs.length);
  const listed = await new Jobs(connection).list(9);
  expect(listed.map(({ tries, state }) => [tries, state])).toEqual(jobs.map(() => [1, 'done']));
  for (const { endedAt } of listed) expect(Math.abs(endedAt!.getTime() - Date.now())).toBeLessThan(3_600_000);
  for (const { said } of workers) expect(said.filter((line) => /^\S+ WARN /.test(line))).toEqual([]);
});

/** The kinds and jobs of what a worker told, in order. */
const told = ({ said }: WorkerProcess): string[] =>
  said.flatMap(
    (line) => /^\S+ INFO  job ([0-9a-f]{12}) \(s14\) (taken|done)/.exec(line)?.slice(1).reverse().join(' ') ?? [],
  );

it('a worker makes the witness of its next job while one is with the prover, and has never more than two', async () => {
  const folder = await freshFolder();
  const url = (await postgres()).url();
  // Its first run does not end before there is the witness of another job.
  const prover = await standInFile(folder, 'overlap');
  const queue = await planner(url);
  const asked = Promise.all(jobs.map((job) => queue.prove(job)));
  const worker = await workerProcess(folder, url, prover);
  await asked;
  expect(await worker.end('SIGTERM')).toMatchObject({ code: 0 });
  const events = told(worker);
  expect(events.slice(0, 3).map((event) => event.split(' ')[0])).toEqual(['taken', 'taken', 'done']);
  // Its own before the next one's.
  expect(events[2]!.split(' ')[1]).toBe(events[0]!.split(' ')[1]);
  let inHand = 0;
  for (const event of events) expect((inHand += event.startsWith('taken') ? 1 : -1)).toBeLessThanOrEqual(2);
  expect(events).toHaveLength(2 * jobs.length);
  expect(await runsOf(folder, 'overlap')).toHaveLength(jobs.length);
});

it('both jobs of a killed worker go to another; told to stop, it finishes both and takes no third', async () => {
  const folder = await freshFolder();
  const url = (await postgres()).url();
  const prover = await standInFile(folder, 'held');
  const connection = await connectTo(url);
  const listed = new Jobs(connection);
  const queue = await planner(url);
  const asked = Promise.all(jobs.slice(0, 2).map((job) => queue.prove(job)));
  const twoInHand = async (): Promise<WorkerProcess> => {
    const worker = await workerProcess(folder, url, prover, ['--worker-metrics', '127.0.0.1:0']);
    while (told(worker).length < 2) await sleep(20);
    expect(await (await fetch(worker.metricsUrl!)).text()).toMatch(/^rootshift_worker_running 2$/m);
    expect(await listed.counts()).toMatchObject({ running: 2, waiting: 0 });
    return worker;
  };
  const killed = await twoInHand();
  while ((await runsOf(folder, 'held')).length === 0) await sleep(20);
  await killed.end('SIGKILL');
  // As if its lease were over.
  await connection.query(`update ${connection.turns} set expire_in = interval '0' where state = 'active'`);
  await new JobStore(connection).upkeep();
  const other = await twoInHand();
  const third = queue.prove(jobs[2]!);
  third.catch(() => {});
  while ((await listed.counts()).waiting === 0) await sleep(20);
  const ended = other.end('SIGINT');
  while (!other.said.at(-1)!.includes(' INFO  stopping')) await sleep(20);
  await letProve(folder);
  expect(await ended).toEqual({
    code: 0,
    stdout: expect.stringMatching(/\n {2}done +2 jobs\n {2}failed +0 jobs\n {2}lost +0 jobs$/m),
  });
  await asked;
  expect((await listed.list(9)).map(({ state, tries }) => [state, tries]).sort()).toEqual([
    ['done', 2],
    ['done', 2],
    ['waiting', 0],
  ]);
  // The first is the killed worker's, and died with it.
  const runs = await runsOf(folder, 'held');
  expect(runs).toHaveLength(3);
  for (const pid of runs) while (isRunning(pid)) await sleep(10);
});

it('a worker whose machine is at fault leaves all jobs to another, and is told why', async () => {
  const folder = await freshFolder();
  const url = (await postgres()).url();
  const prover = await standInFile(folder, 'replay');
  // No directory for witnesses.
  const env = { TMPDIR: path.join(folder, await put(folder, 'file', '')) };
  const queue = await planner(url);
  const asked = Promise.all(jobs.map((job) => queue.prove(job)));
  const sick = await workerProcess(folder, url, prover, lease(1), env);
  const warnings = (): string[] => sick.said.filter((line) => /^\S+ WARN /.test(line));
  // As often as a job may fail.
  while (warnings().length < 3) await Promise.race([sleep(20), asked]);
  await workerProcess(folder, url, prover);
  await asked;
  expect(warnings().slice(0, 3)).toEqual(
    [1, 2, 4].map((seconds) =>
      expect.stringMatching(
        new RegExp(
          `^\\S+ WARN  could not mkdir ${env.TMPDIR}\\S*: .* \\(E\\w+\\); the job goes to other workers, and this worker pauses for ${seconds} s$`,
        ),
      ),
    ),
  );
});

it('a worker that the server refuses ends with what it said', async () => {
  const folder = await freshFolder();
  const url = (await postgres()).url();
  const worker = await workerProcess(folder, url, await standInFile(folder, 'replay'));
  const connection = await connectTo(url);
  await connection.query(`drop table ${connection.turns} cascade`);
  expect(await worker.ended).toBe(2);
  expect(worker.said.at(-1)).toMatch(/^error: .*does not exist/);
});

/** Three chunks of s14. */
const BATCH = {
  prestate: [{ key: '1', value: '5' }],
  accesses: Array.from({ length: 13 }, (_, i) => ({ op: 'write', key: '1', value: 6 + i })),
};

it('prove hands chunks to workers and finds their proofs after a kill; jobs lists them; workers stop', async () => {
  const folder = await freshFolder();
  const url = (await postgres()).url();
  const prover = await standInFile(folder, 'slow');
  await put(folder, 'batch.json', BATCH);
  const env = { ROOTSHIFT_QUEUE: url };
  const prove = ['prove', 'batch.json', '--circuit', 's14', '--json'];
  expectRefusal(await rootshift(folder, ['jobs'], env), /there is no queue at postgres:\/\/postgres:\*\*\*@/);
  expectRefusal(await rootshift(folder, ['worker']), /expected a queue, --queue postgres:/);
  expectRefusal(
    await rootshift(folder, ['prove', 'batch.json', '--queue', 'here']),
    /expected postgres:\/\/USER@HOST:5432\/DATABASE\?schema=NAME for the queue, got here/,
  );

  const worker = await workerProcess(folder, url, prover, ['--worker-metrics', '127.0.0.1:0']);
  const child = spawn(process.execPath, [BIN, ...prove], {
    cwd: folder,
    env: { ...environment(), ...env },
    stdio: 'ignore',
  });
  while ((await runsOf(folder, 'slow')).length < 2) await sleep(20);
  child.kill('SIGKILL');
  await once(child, 'close');
  const { code, stdout, stderr } = await rootshift(folder, prove, env);
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /^plan: 3 proofs \(3 with s14\), \d+ MiB of memory here; the time depends on the workers$/m,
    ),
  });
  expect(JSON.parse(stdout)).toMatchObject({
    valid: true,
    chunks: [{}, {}, {}],
    provers: [expect.stringMatching(/slow of .+:\d+$/)],
  });
  expect(await runsOf(folder, 'slow')).toHaveLength(3);

  const metrics = await (await fetch(worker.metricsUrl!)).text();
  expect(metrics).toMatch(/^rootshift_worker_jobs_total\{circuit="s14",outcome="done"\} 3$/m);
  expect(metrics).toMatch(/^rootshift_worker_stage_seconds_count\{circuit="s14",stage="prove"\} 3$/m);
  expect(metrics).toMatch(/^rootshift_queue_jobs\{state="done"\} 3$/m);

  const list = await rootshift(folder, ['jobs', '--json', '--queue', url]);
  const { counts, jobs: listed } = JSON.parse(list.stdout);
  expect(counts).toEqual({ waiting: 0, running: 0, done: 3, failed: 0, cancelled: 0 });
  expect(listed).toMatchObject([1, 2, 3].map(() => ({ state: 'done', circuit: 's14', tries: 1, error: null })));
  expect((await rootshift(folder, ['jobs'], env)).stdout).toMatch(
    /^job +state +circuit +tries .*\n[0-9a-f]{12} +done +s14 +1 /,
  );
  expectRefusal(
    await rootshift(folder, ['jobs', 'retry', listed[0].id, '--queue', url]),
    /expected a job that is failed or cancelled to retry, [0-9a-f]{12} is done/,
  );

  // Told to stop, it finishes what it has.
  const queue = await planner(url);
  const last = queue.prove(jobs[0]!);
  while (!worker.said.at(-1)!.endsWith(`${jobKey(jobs[0]!).slice(0, 12)} (s14) taken`)) await sleep(20);
  expect(await worker.end('SIGTERM')).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Stopped\.\n {2}by +SIGTERM\n {2}done +4 jobs/),
  });
  await last;
  const another = queue.prove(jobs[1]!);
  const id = jobKey(jobs[1]!).slice(0, 12);
  another.catch(() => {});
  while ((await rootshift(folder, ['jobs', 'cancel', id], env)).code !== 0);
  await expect(another).rejects.toThrow('was cancelled');
  expect((await rootshift(folder, ['jobs', 'retry', id, '--json'], env)).stdout).toContain('"state": "waiting"');
  expect(worker.isRunning()).toBe(false);
});
