/** A queue whose server's disks get full in earnest: of its data, and of its log, over which it crashes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toFr } from '../../../src/base/field/fr.js';
import { QueueConnection } from '../../../src/proof/queue/connection.js';
import type { JobKey } from '../../../src/proof/queue/job.js';
import { jobKey } from '../../../src/proof/queue/job.js';
import { JobStore } from '../../../src/proof/queue/job-store.js';
import { Jobs } from '../../../src/proof/queue/jobs.js';
import { noDisks } from '../../full-disk.js';
import { startOnSmallDisks } from '../../postgres/small-disks.js';
import { letProve, runsOf, standIn } from '../prover/stand-in.js';
import { connectTo, jobs, planner, worker } from './queue.js';

/** Open until the test is done; waits for no server. */
async function impatient(url: string): Promise<QueueConnection> {
  const patience = { signal: AbortSignal.abort(), onWarning: () => {} };
  const connection = await QueueConnection.open(url, { createIfMissing: false, patience });
  onTestFinished(() => connection.close());
  return connection;
}

/** Submits jobs that no worker takes, until one is refused. @returns those that were acknowledged */
async function submitUntilRefused(store: JobStore): Promise<JobKey[]> {
  const [job] = jobs as [(typeof jobs)[number]];
  const acknowledged: JobKey[] = [];
  const submitting = (async () => {
    for (let i = 0n; ; i++) {
      const publics = { ...job.trace.publics, x: toFr(i) };
      const circuit = { ...job.circuit, digest: 'of another circuit' };
      acknowledged.push(await store.submit({ ...job, circuit, trace: { ...job.trace, publics } }));
    }
  })();
  await expect(submitting).rejects.toThrow(/^could not (write|read|reach) the database at postgres:/);
  return acknowledged;
}

/** Takes what room there is in the pages that the table of jobs has. */
async function fillPages({ jobs: table, queryNow }: QueueConnection): Promise<void> {
  const filling = (async () => {
    for (;;)
      await queryNow(
        `insert into ${table} (key, id, queue, trace) values (gen_random_uuid()::text, gen_random_uuid(), '', '')`,
      );
  })();
  await expect(filling).rejects.toThrow(/could not extend file/);
}

describe.each([
  ['of its data', 'data', /could not extend file.*; retrying until it is available$/],
  ['of its log', 'wal', /; retrying until it is available$/],
] as const)('a queue whose server has a full disk %s', (_name, which, says) =>
  test('keeps worker and planner waiting; then each proof that was made is stored, and no job is lost', async ({
    skip,
  }) => {
    skip(noDisks !== null, noDisks ?? '');
    const { server, fill } = await startOnSmallDisks();
    const at = await mkdtemp(path.join(tmpdir(), 'rootshift-queue-'));
    onTestFinished(() => rm(at, { recursive: true }));
    const url = server.url();
    const warnings: string[] = [];
    const queue = await planner(url, { onWarning: (warning) => warnings.push(warning) });
    const early = Promise.all(jobs.slice(0, 2).map((job) => queue.prove(job)));
    const working = await worker(url, standIn(at, 'held'), { leaseSeconds: 60 });
    await working.first('taken', 2);

    const connection = await impatient(url);
    // Else what was dropped from its pages may make room for a proof.
    await connection.query(`vacuum full ${connection.jobs}`);
    const makeRoom = fill(which);
    const acknowledged = await submitUntilRefused(new JobStore(connection));
    if (which === 'data') await fillPages(connection);
    const late = queue.prove(jobs[2]!);
    await letProve(at);
    await working.first('warning');
    while (warnings.length === 0) await sleep(20);
    expect(await runsOf(at, 'held')).not.toHaveLength(0);
    await makeRoom();
    await server.revive();
    expect(server.said.filter((line) => /No space left on device/.test(line))).not.toEqual([]);

    expect(await Promise.all([early, late])).toMatchObject([[{}, {}], {}]);
    await working.stop();
    const told = working.events.flatMap((event) => (event.kind === 'warning' ? [event.warning] : []));
    for (const heard of [warnings, told]) {
      const ofServer = heard.filter((line) => !line.startsWith('leaving waiting jobs'));
      expect(ofServer[0]).toMatch(says);
      expect(ofServer.at(-1)).toBe('the queue is available again');
    }
    // No proof was made twice.
    expect(await runsOf(at, 'held')).toHaveLength(jobs.length);

    await server.kill();
    await server.start();
    const after = await connectTo(url);
    expect(await new Jobs(after).counts()).toMatchObject({ done: jobs.length, failed: 0, running: 0 });
    const kept = await after.query<{ key: JobKey }>(`select key from ${after.jobs} where key = any($1)`, [
      [...acknowledged, ...jobs.map(jobKey)],
    ]);
    expect(kept).toHaveLength(acknowledged.length + jobs.length);
  }),
);
