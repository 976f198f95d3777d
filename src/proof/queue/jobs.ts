import { QueueError } from './error.js';
import type { QueueConnection } from './connection.js';
import { MAX_TEXT } from './job-store.js';
import { bossId, parseQueueName } from './job.js';
import type { JobKey } from './job.js';

/**
 * The states of a job.
 * @see {@link Jobs}
 */
export const JOB_STATES = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const;
/**
 * The name of a job's state.
 * @see {@link Jobs}
 */
export type JobState = (typeof JOB_STATES)[number];

/**
 * A job as the queue's operator sees it.
 * @see {@link Jobs}
 */
export interface ListedJob {
  readonly key: JobKey;
  readonly circuit: string;
  readonly verificationKey: string;
  readonly state: JobState;
  /** How many times it was started. */
  readonly tries: number;
  /** The last worker that started it; null if none has. */
  readonly worker: string | null;
  /** The error of the last try. */
  readonly error: string | null;
  /** Times of the last try, by the server's clock. */
  readonly submittedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** The error of a job that was started too often and never ended. */
export const DIED = 'every worker that started it died or lost its connection';

/** As what a job counts, by its proof and by what pg-boss says of it, which forgets it in time. */
const STATE = `case when p.proof is not null then 'done' when t.state < 'active' then 'waiting'
  when t.state = 'active' then 'running' when t.state = 'failed' then 'failed' else 'cancelled' end`;

/**
 * Lists and changes the jobs of a queue.
 *
 * @example
 * await new Jobs(connection).list(10); // the last ten
 */
export class Jobs {
  constructor(private readonly connection: QueueConnection) {}

  /** The latest jobs, newest first, at most the given number. */
  async list(limit: number): Promise<ListedJob[]> {
    const rows = await this.connection.query<JobRow>(`${this.select} order by p.submitted_at desc, p.key limit $1`, [
      limit,
    ]);
    return rows.map(listed);
  }

  /** The number of jobs in each state. Does not wait for a server that is down. */
  async counts(): Promise<Record<JobState, number>> {
    const { jobs, turns } = this.connection;
    const rows = await this.connection.queryNow<{ state: JobState; n: number }>(
      `select ${STATE} as state, count(*)::int as n from ${jobs} p left join ${turns} t on t.name = p.queue and t.id = p.id group by 1`,
    );
    const found = new Map(rows.map(({ state, n }) => [state, n]));
    return Object.fromEntries(JOB_STATES.map((state) => [state, found.get(state) ?? 0])) as Record<JobState, number>;
  }

  /**
   * Has a job tried again that failed or was cancelled, as if it had never been tried.
   * @param id the first digits of its key
   * @throws {QueueError} no such job, or it is in another state
   */
  async retry(id: string): Promise<ListedJob> {
    const job = await this.find(id, ['failed', 'cancelled'], 'to retry');
    await this.connection.transaction(async (query, db) => {
      const { boss, jobs } = this.connection;
      const [row] = await query<{ queue: string }>(
        `update ${jobs} set failures = 0, error = null, lease = null, submitted_at = now() where key = $1 and proof is null returning queue`,
        [job.key],
      );
      if (row === undefined) return false;
      const { queue } = row;
      await boss.deleteJob(queue, bossId(job.key), { db });
      await boss.send(queue, {}, { id: bossId(job.key), db });
      return true;
    });
    return this.find(job.key);
  }

  /**
   * Takes a job out of the queue; a worker that has it stops when it next renews its lease.
   * @throws {QueueError} as `retry`
   */
  async cancel(id: string): Promise<ListedJob> {
    const { key, queue } = await this.find(id, ['waiting', 'running'], 'to cancel');
    await this.connection.boss.cancel(queue, bossId(key));
    return this.find(key);
  }

  private async find(
    id: string,
    states: readonly JobState[] = JOB_STATES,
    purpose = '',
  ): Promise<ListedJob & { readonly queue: string }> {
    const rows = /^[0-9a-f]{4,64}$/.test(id)
      ? await this.connection.query<JobRow>(`${this.select} where p.key like $1 || '%' limit 2`, [id])
      : [];
    if (rows.length !== 1)
      throw new QueueError(
        `expected the first digits of one job, at least 4, got ${id}, which matches ${rows.length === 0 ? 'none' : 'several'}`,
      );
    const job = listed(rows[0]!);
    if (!states.includes(job.state))
      throw new QueueError(`expected a job that is ${states.join(' or ')} ${purpose}, ${id} is ${job.state}`);
    return { ...job, queue: rows[0]!.queue };
  }

  private get select(): string {
    const { jobs, turns } = this.connection;
    return `select p.key, p.queue, ${STATE} as state, left(p.worker, ${MAX_TEXT}) as worker, left(p.error, ${MAX_TEXT}) as error, p.submitted_at as "submittedAt",
      t.started_on as "startedAt", coalesce(p.proven_at, t.completed_on) as "endedAt",
      case when t.started_on is null then 0 else t.retry_count + 1 end as tries
      from ${jobs} p left join ${turns} t on t.name = p.queue and t.id = p.id`;
  }
}

type JobRow = Omit<ListedJob, 'circuit' | 'verificationKey'> & { readonly queue: string };

function listed({ queue, ...job }: JobRow): ListedJob {
  const { circuit = '', verificationKey = '' } = parseQueueName(queue) ?? {};
  return { ...job, circuit, verificationKey, error: job.error ?? (job.state === 'failed' ? DIED : null) };
}
