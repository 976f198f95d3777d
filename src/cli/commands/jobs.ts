import { QueueConnection } from '../../proof/queue/connection.js';
import { Jobs } from '../../proof/queue/jobs.js';
import type { ListedJob } from '../../proof/queue/jobs.js';
import { parseCount, requireQueue } from '../input.js';
import { columns } from '../io.js';
import type { Outcome } from '../io.js';

export interface JobsOptions {
  readonly queue?: string;
}

export interface ListJobsOptions extends JobsOptions {
  readonly limit: string;
}

export function jobsCommand(options: ListJobsOptions): Promise<Outcome> {
  const limit = parseCount('--limit', options.limit);
  return withJobs(options, async (jobs) => {
    const listed = await jobs.list(limit);
    const counts = await jobs.counts();
    const total = Object.entries(counts)
      .map(([state, n]) => `${n} ${state}`)
      .join(', ');
    const headings = ['job', 'state', 'circuit', 'tries', 'submitted', 'took s', 'worker', 'error'];
    return {
      text: listed.length === 0 ? 'no jobs' : `${columns(headings, listed.map(row))}\n${total}`,
      json: { counts, jobs: listed.map(described) },
    };
  });
}

export const retryCommand = (options: JobsOptions, id: string): Promise<Outcome> =>
  withJobs(options, async (jobs) => one(await jobs.retry(id), 'will be retried'));

export const cancelCommand = (options: JobsOptions, id: string): Promise<Outcome> =>
  withJobs(options, async (jobs) => one(await jobs.cancel(id), 'is cancelled'));

const one = (job: ListedJob, what: string): Outcome => ({
  text: `Job ${shortKey(job)} ${what}.`,
  json: described(job),
});

async function withJobs(options: JobsOptions, use: (jobs: Jobs) => Promise<Outcome>): Promise<Outcome> {
  // Does not wait for a server that is down.
  const patience = { signal: AbortSignal.abort(), onWarning: () => {} };
  const connection = await QueueConnection.open(requireQueue(options.queue), { createIfMissing: false, patience });
  try {
    return await use(new Jobs(connection));
  } finally {
    await connection.close();
  }
}

const shortKey = ({ key }: ListedJob): string => key.slice(0, 12);

const row = (job: ListedJob): string[] => [
  shortKey(job),
  job.state,
  job.circuit,
  String(job.tries),
  job.submittedAt.toISOString().slice(0, 19).replace('T', ' '),
  took(job),
  job.worker ?? '',
  job.error ?? '',
];

/** Seconds of the last try. */
const took = ({ startedAt, endedAt }: ListedJob): string =>
  startedAt === null || endedAt === null || endedAt < startedAt
    ? '-'
    : ((endedAt.getTime() - startedAt.getTime()) / 1000).toFixed(1);

const described = (job: ListedJob): object => ({ ...job, id: shortKey(job) });
