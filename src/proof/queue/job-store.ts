import { randomUUID } from 'node:crypto';
import type { AnyJob, Making, Proven } from '../prover/queue.js';
import type { Groth16Proof } from '../../base/untyped/snarkjs.js';
import { KEPT_DAYS } from './connection.js';
import type { QueueConnection } from './connection.js';
import { bossId, jobKey, MAX_JOB_BYTES, needOf, packJob, queueName } from './job.js';
import type { JobKey } from './job.js';

/** A job is given up after so many failures with an error, */
const MOST_FAILURES = 3;
/** or after so many starts, including those of workers that died. */
const MOST_TRIES = 10;
/** Longer than the time between taking a job and its first lease. */
const FIRST_LEASE_SECONDS = 60;

/** A job in a worker's hands, until its lease ends. */
export interface Claim {
  readonly key: JobKey;
  readonly queue: string;
  readonly lease: string;
  /** As `packJob` made it. */
  readonly trace: Uint8Array;
}

/** A proof that a worker made. */
export interface Finished extends Making {
  readonly proof: { readonly proof: Groth16Proof };
}

/** A proof as a worker stored it; do not trust it before verifying it. */
export interface StoredProof {
  readonly kind: 'proven';
  readonly proof: unknown;
  readonly prover: string;
  readonly worker: string;
  readonly timings: Proven['timings'];
}

/** The outcome of a job that has ended. */
export type JobOutcome =
  | StoredProof
  | { readonly kind: 'failed'; readonly error: string | null; readonly tries: number; readonly worker: string }
  | { readonly kind: 'cancelled' };

/**
 * Jobs on a PostgreSQL server, dealt out by pg-boss, as planners and workers see them. All times are the server's:
 * no other clock counts. Whatever is done twice, because its answer was lost, does no harm the second time.
 */
export class JobStore {
  private readonly queues = new Set<string>();

  constructor(private readonly connection: QueueConnection) {}

  /** Puts a job into its queue unless it is there already, or was. */
  async submit(job: AnyJob): Promise<JobKey> {
    const { boss, jobs } = this.connection;
    const key = jobKey(job);
    const queue = queueName(needOf(job));
    const trace = await packJob(job);
    if (!this.queues.has(queue)) {
      await boss.createQueue(queue, {
        name: queue,
        retryLimit: MOST_TRIES - 1,
        expireInSeconds: FIRST_LEASE_SECONDS,
        retentionMinutes: 365 * 1440,
      });
      this.queues.add(queue);
    }
    await this.connection.query(
      `insert into ${jobs} (key, id, queue, trace) values ($1, $2, $3, $4) on conflict (key) do update set submitted_at = now()`,
      [key, bossId(key), queue, trace],
    );
    await boss.send(queue, {}, { id: bossId(key) });
    return key;
  }

  /** The outcomes of those of the given jobs that have ended. */
  async outcomes(keys: readonly JobKey[]): Promise<Map<JobKey, JobOutcome>> {
    const { jobs, turns } = this.connection;
    const rows = await this.connection.query<OutcomeRow>(
      `select p.key, ${bounded('p.proof', 16_384)} as proof, left(p.prover, ${MAX_TEXT}) as prover, left(p.worker, ${MAX_TEXT}) as worker,
       ${bounded('p.timings', 1024)} as timings, left(p.error, ${MAX_TEXT}) as error, t.state, t.retry_count + 1 as tries
       from ${jobs} p left join ${turns} t on t.name = p.queue and t.id = p.id
       where p.key = any($1) and (p.proof is not null or t.state is null or t.state in ('failed', 'cancelled'))`,
      [keys],
    );
    return new Map(rows.map((row) => [row.key, outcomeOf(row)]));
  }

  /**
   * The queues in which some of the jobs have waited for so many seconds, while nobody was at work on any job there;
   * and how many jobs.
   */
  async unserved(keys: readonly JobKey[], seconds: number): Promise<Map<string, number>> {
    const { jobs, turns } = this.connection;
    const rows = await this.connection.query<{ queue: string; count: number }>(
      `select p.queue, count(*)::int as count from ${jobs} p join ${turns} t on t.name = p.queue and t.id = p.id
       where p.key = any($1) and t.state < 'active' and p.submitted_at < now() - $2 * interval '1 second'
       and not exists (select from ${turns} o where o.name = p.queue and (o.state = 'active' or o.completed_on between now() - $2 * interval '1 second' and now()))
       group by p.queue`,
      [keys, seconds],
    );
    return new Map(rows.map(({ queue, count }) => [queue, count]));
  }

  /** Requests a new proof for a job whose proof is not valid. */
  async forget(key: JobKey, { proof }: StoredProof): Promise<void> {
    const { boss, jobs } = this.connection;
    await this.connection.transaction(async (query, db) => {
      const [row] = await query<{ queue: string }>(
        `update ${jobs} set proof = null where key = $1 and proof = $2::jsonb returning queue`,
        [key, JSON.stringify(proof)],
      );
      if (row === undefined) return false;
      await boss.deleteJob(row.queue, bossId(key), { db });
      await boss.send(row.queue, {}, { id: bossId(key), db });
      return true;
    });
  }

  /** The queues with waiting jobs, longest wait first. */
  async waitingQueues(): Promise<string[]> {
    const { turns } = this.connection;
    const rows = await this.connection.query<{ name: string }>(
      `select name from ${turns} where state < 'active' and start_after < now() group by name order by min(created_on)`,
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Takes the oldest job that waits in a queue, for so many seconds; null if there is none.
   * @param held the worker's other leases: one of them may have ended while the server was away, its work goes on
   */
  async claim(
    queue: string,
    worker: string,
    seconds: number,
    held: ReadonlySet<string> = new Set(),
  ): Promise<Claim | null> {
    const { boss, jobs } = this.connection;
    const [job] = await boss.fetch(queue);
    if (job === undefined) return null;
    const lease = randomUUID();
    const [before] = await this.connection.query<{ lease: string | null }>(`select lease from ${jobs} where id = $1`, [
      job.id,
    ]);
    // Renewed as before: nobody else has taken it.
    if (held.has(before?.lease ?? '')) return null;
    const [row] = await this.connection.query<Pick<Claim, 'key' | 'trace'>>(
      `update ${jobs} set lease = $2, worker = $3 where id = $1 and proof is null returning key, substring(trace from 1 for $4) as trace`,
      // One byte more than allowed, so that unpacking finds it too large.
      [job.id, lease, worker, MAX_JOB_BYTES + 1],
    );
    if (row === undefined) {
      // The worker's lease had ended, but it went on and finished.
      await boss.complete(queue, job.id);
      return null;
    }
    const claim = { ...row, queue, lease };
    return (await this.renew(claim, seconds)) ? claim : null;
  }

  /**
   * Has a claim last for so many seconds from now on; also one that has ended, if nobody took the job since.
   * @returns false if the job is another's now, was cancelled, or has ended
   */
  async renew({ key, lease }: Claim, seconds: number): Promise<boolean> {
    const { jobs, turns } = this.connection;
    const rows = await this.connection.query(
      `update ${turns} t set state = 'active', started_on = least(t.started_on, now()),
       expire_in = now() - least(t.started_on, now()) + $3 * interval '1 second'
       from ${jobs} p
       where p.key = $1 and p.lease = $2 and t.name = p.queue and t.id = p.id and t.state in ('active', 'retry')
       returning t.id`,
      [key, lease, seconds],
    );
    return rows.length > 0;
  }

  /** Stores a verified proof unless there is one: the first counts, whoever holds the job now. */
  async finish({ key, queue }: Claim, { proof: { proof }, prover, timings }: Finished, worker: string): Promise<void> {
    await this.connection.query(
      `update ${this.connection.jobs} set proof = $2, prover = $3, timings = $4, worker = $5, proven_at = now(), error = null
       where key = $1 and proof is null`,
      [key, JSON.stringify(proof), prover, JSON.stringify(timings), worker],
    );
    await this.connection.boss.complete(queue, bossId(key));
  }

  /** Returns a claim with the error: the job is tried again unless it has failed too often. */
  async fail({ key, queue, lease }: Claim, message: string): Promise<void> {
    const { boss, jobs, turns } = this.connection;
    const said = storable(message);
    await this.connection.transaction(async (query, db) => {
      const [row] = await query<{ failures: number }>(
        `update ${jobs} set failures = failures + 1, error = $3, lease = null where key = $1 and lease = $2 returning failures`,
        [key, lease, said],
      );
      if (row === undefined) return false;
      if (row.failures >= MOST_FAILURES) {
        await query(`update ${turns} set retry_limit = retry_count where name = $1 and id = $2`, [queue, bossId(key)]);
      }
      await boss.fail(queue, bossId(key), { message: said }, { db });
      return true;
    });
  }

  /** Returns a claim because of a fault of the worker's machine: this does not count as a try. */
  async giveBack({ key, lease }: Claim, message: string): Promise<void> {
    const { jobs, turns } = this.connection;
    // pg-boss counts the next try from here.
    await this.connection.query(
      `with given as (update ${jobs} set error = $3, lease = null where key = $1 and lease = $2 returning queue, id)
       update ${turns} t set state = 'retry', retry_count = t.retry_count - 1
       from given g where t.name = g.queue and t.id = g.id and t.state in ('active', 'retry')`,
      [key, lease, storable(message)],
    );
  }

  /**
   * Call this now and then. It retries jobs whose worker is silent, frees jobs that wait because a clock was set back,
   * and deletes jobs that ended long ago.
   */
  async upkeep(): Promise<void> {
    const { boss, jobs, turns } = this.connection;
    // No job can wait for, or have begun in, the future: the clock was set back.
    await this.connection.query(
      `update ${turns} set start_after = least(start_after, now() - interval '1 second'), started_on = least(started_on, now())
       where state <= 'active' and greatest(start_after, started_on) > now()`,
    );
    await this.connection.query(`update ${jobs} set submitted_at = now() where submitted_at > now()`);
    await boss.maintain();
    await this.connection.query(
      `delete from ${jobs} p where submitted_at < now() - interval '${KEPT_DAYS} days'
       and not exists (select from ${turns} t where t.name = p.queue and t.id = p.id)`,
    );
  }
}

/** How many characters of a stored text are read: anyone who can write to the tables can store a long one. */
export const MAX_TEXT = 2000;

/** Stored JSON, unless it is too long; an empty object counts as none. */
const bounded = (column: string, length: number): string =>
  `case when octet_length(${column}::text) > ${length} then '{}' else ${column} end`;

/** PostgreSQL cannot store a NUL in a text. */
const storable = (text: string): string => text.replaceAll('\0', '').slice(0, MAX_TEXT);

interface OutcomeRow {
  readonly key: JobKey;
  readonly proof: unknown;
  readonly prover: string;
  readonly worker: string;
  readonly timings: Proven['timings'];
  readonly error: string | null;
  readonly state: string | null;
  readonly tries: number;
}

function outcomeOf({ proof, prover, worker, timings, error, state, tries }: OutcomeRow): JobOutcome {
  if (proof !== null) return { kind: 'proven', proof, prover, worker, timings };
  return state === 'failed' ? { kind: 'failed', error, tries, worker } : { kind: 'cancelled' };
}
