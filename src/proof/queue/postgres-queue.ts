import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { atRoot, FieldError } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { readGroth16Proof } from '../prover/proof-json.js';
import { ProverError } from '../prover/program.js';
import { chunkProof, requireOwnKeys, rulesChunkProof, signalsOf } from '../prover/queue.js';
import type { AnyJob, Making, ProofJob, ProofQueue, Proven, ProvenRules, RulesJob } from '../prover/queue.js';
import { Turns } from '../prover/turns.js';
import { groth16Verify } from '../../base/untyped/snarkjs.js';
import type { Groth16Proof } from '../../base/untyped/snarkjs.js';
import { unlessAborted } from '../../base/tasks/unless-aborted.js';
import type { Watching } from '../../base/tasks/watching.js';
import { QueueConnection } from './connection.js';
import { JobError } from './error.js';
import { parseQueueName } from './job.js';
import type { JobKey } from './job.js';
import { JobStore } from './job-store.js';
import type { JobOutcome, StoredProof } from './job-store.js';
import { DIED } from './jobs.js';
import { Closing } from '../../base/tasks/closing.js';

const POLL_MS = 500;
const UPKEEP_MS = 10_000;
/** After so long without a worker, the planner is told what is needed. */
const UNSERVED_SECONDS = 30;

/**
 * How a planner learns why its jobs wait.
 * @see {@link PostgresQueue}
 */
export interface PostgresQueueOptions {
  /** Called when the server goes down, when it is back, and when nobody takes the jobs. */
  readonly onWarning?: (warning: string) => void;
  /** After so long without anybody at work it is told. By default half a minute. */
  readonly unservedSeconds?: number;
}

/**
 * Has chunks proven by workers, anywhere, that take them from a queue in PostgreSQL. What another process asked for
 * already, or before, is not proven again. What workers give is verified.
 *
 * @example
 * await using workers = await PostgresQueue.open('postgres://host/jobs');
 * const proven = await workers.prove({ trace, circuit, keys });
 */
export class PostgresQueue extends Closing implements ProofQueue {
  readonly prover = 'workers';
  readonly provesHere = false;
  readonly ahead = Infinity;
  readonly #connection: QueueConnection;
  readonly #jobs: JobStore;
  readonly #stop: AbortController;
  readonly #submitting = new Turns();
  readonly #awaited = new Map<JobKey, Pending>();
  readonly #unservedSeconds: number;
  readonly #onWarning: (warning: string) => void;
  /** Queues already reported to have no worker. */
  #unserved = new Map<string, number>();
  #watching: Promise<void> | null = null;

  private constructor(
    connection: QueueConnection,
    stop: AbortController,
    { onWarning, unservedSeconds }: Required<PostgresQueueOptions>,
  ) {
    super();
    this.#connection = connection;
    this.#jobs = new JobStore(connection);
    this.#stop = stop;
    this.#unservedSeconds = unservedSeconds;
    this.#onWarning = onWarning;
  }

  /**
   * Opens the queue at `url`, whose tables are made if need be; see `queuePlace`.
   * @throws what `QueueConnection.open` throws
   */
  static async open(
    url: string,
    { onWarning = () => {}, unservedSeconds = UNSERVED_SECONDS }: PostgresQueueOptions = {},
  ): Promise<PostgresQueue> {
    const stop = new AbortController();
    // Each job listens until it is submitted.
    setMaxListeners(0, stop.signal);
    const patience = { signal: stop.signal, onWarning };
    const connection = await QueueConnection.open(url, { createIfMissing: true, patience });
    return new PostgresQueue(connection, stop, { onWarning, unservedSeconds });
  }

  /**
   * Whoever asks no more leaves the job to the workers: it may be another's, too.
   * @throws {JobError} the job failed too often, or was cancelled
   * @throws what the signal was aborted with
   */
  async prove(job: ProofJob, watching: Watching = {}): Promise<Proven> {
    const made = await this.#prove(job, watching);
    return { ...made, proof: chunkProof(job, made.proof) };
  }

  async proveRules(job: RulesJob, watching: Watching = {}): Promise<ProvenRules> {
    const made = await this.#prove(job, watching);
    return { ...made, proof: rulesChunkProof(job, made.proof) };
  }

  async #prove(
    job: AnyJob,
    { onProgress, signal: own = new AbortController().signal }: Watching,
  ): Promise<Making & { readonly proof: Groth16Proof }> {
    requireOwnKeys(job);
    const signal = AbortSignal.any([own, this.#stop.signal]);
    onProgress?.(`proof with ${this.prover}`, 0, 1);
    for (let isFirst = true; ; isFirst = false) {
      // One at a time: connections are few, and a plan may have hundreds of jobs.
      const key = await unlessAborted(
        this.#submitting.take(() => this.#jobs.submit(job), signal),
        signal,
      );
      const outcome = await this.#outcomeOf(key, signal);
      if (outcome.kind !== 'proven') throw new JobError(describeEnd(key, outcome));
      const start = performance.now();
      const proof = await checked(outcome, job);
      if (proof !== null) {
        const { prover, worker, timings } = outcome;
        onProgress?.(`proof with ${this.prover}`, 1, 1);
        return { proof, prover: `${prover} of ${worker}`, timings: { ...timings, verify: performance.now() - start } };
      }
      await this.#jobs.forget(key, outcome);
      if (!isFirst)
        throw new ProverError(`worker ${outcome.worker} stored a proof of job ${key.slice(0, 12)} that is not valid`);
    }
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error('stopped waiting for the proof because its queue was closed'));
    // What it asked and the server has not answered yet fails.
    await Promise.all([this.#connection.close(), this.#watching]);
  }

  async #outcomeOf(key: JobKey, signal: AbortSignal): Promise<JobOutcome> {
    signal.throwIfAborted();
    const awaited = this.#awaited.get(key) ?? new Pending();
    this.#awaited.set(key, awaited);
    this.#watching ??= this.#watch();
    awaited.waiting++;
    try {
      return await unlessAborted(awaited.promise, signal);
    } finally {
      if (--awaited.waiting === 0 && this.#awaited.get(key) === awaited) this.#awaited.delete(key);
    }
  }

  /** Asks repeatedly for the outcomes of awaited jobs until none is left. */
  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for (let upkeepAt = 0; this.#awaited.size > 0 && !signal.aborted;) {
        if (performance.now() >= upkeepAt) {
          await this.#jobs.upkeep();
          upkeepAt = performance.now() + UPKEEP_MS;
        }
        for (const [key, outcome] of await this.#jobs.outcomes([...this.#awaited.keys()])) {
          this.#awaited.get(key)?.resolve(outcome);
          this.#awaited.delete(key);
        }
        await this.#lookForWorkers();
        await sleep(POLL_MS, undefined, { signal }).catch(() => {});
      }
    } catch (error) {
      for (const { reject } of this.#awaited.values()) reject(error);
      this.#awaited.clear();
    } finally {
      this.#watching = null;
    }
  }

  /** Tells of queues at which nobody works, once until somebody does. */
  async #lookForWorkers(): Promise<void> {
    const unserved = await this.#jobs.unserved([...this.#awaited.keys()], this.#unservedSeconds);
    for (const [queue, count] of unserved) {
      if (!this.#unserved.has(queue))
        this.#onWarning(
          `no worker takes ${describeWaiting(queue, count)} rootshift worker --queue ${this.#connection.location}`,
        );
    }
    this.#unserved = unserved;
  }
}

function describeWaiting(queue: string, count: number): string {
  const { circuit, verificationKey, version } = parseQueueName(queue)!;
  return `the ${count === 1 ? 'waiting job' : `${count} waiting jobs`} for circuit ${circuit}. Start a worker that has the keys with verification key ${verificationKey} and does jobs of version ${version}:`;
}

/** A promise that is settled from outside, for all who wait for it. */
class Pending {
  /** How many wait. */
  waiting = 0;
  resolve!: (outcome: JobOutcome) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<JobOutcome>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** The stored proof; null if it is none of the job. */
async function checked({ proof: stored }: StoredProof, job: AnyJob): Promise<Groth16Proof | null> {
  try {
    const proof = readGroth16Proof(atRoot(parseJson(JSON.stringify(stored))));
    const signals = signalsOf(job).map(([, value]) => value);
    return (await groth16Verify(job.keys.verificationKey, signals, proof)) ? proof : null;
  } catch (error) {
    if (error instanceof FieldError) return null;
    throw error;
  }
}

function describeEnd(key: JobKey, outcome: Exclude<JobOutcome, StoredProof>): string {
  const job = `job ${key.slice(0, 12)}`;
  switch (outcome.kind) {
    case 'cancelled':
      return `${job} was cancelled`;
    case 'failed':
      return `${job} failed ${outcome.tries} times, last on worker ${outcome.worker}: ${outcome.error ?? DIED}`;
  }
}
