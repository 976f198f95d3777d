import { setTimeout as sleep } from 'node:timers/promises';
import { type ArtifactStore } from '../circuit/artifacts.js';
import { type Poseidon } from '../hash/poseidon.js';
import { StorageError } from '../hashdb/driver.js';
import { type ProverProgram } from '../prover/program.js';
import { LocalQueue, type Proven } from '../prover/queue.js';
import { withCurve } from '../untyped/snarkjs.js';
import { QueueConnection } from './connection.js';
import { type JobKey, unpackTrace } from './job.js';
import { type Claim, JobStore } from './job-store.js';
import { Serving, type Tools } from './serving.js';

/** What befalls a worker, in order. */
export type WorkerEvent =
  | { readonly kind: 'taken'; readonly job: JobKey; readonly circuit: string }
  | { readonly kind: 'done'; readonly job: JobKey; readonly circuit: string; readonly prover: string; readonly timings: Proven['timings'] }
  | { readonly kind: 'failed'; readonly job: JobKey; readonly circuit: string; readonly error: string }
  /** Cancelled, or another's after a silence. */
  | { readonly kind: 'lost'; readonly job: JobKey; readonly circuit: string }
  | { readonly kind: 'warning'; readonly warning: string };

/** What a worker works for, and with what. */
export interface WorkOptions {
  readonly poseidon: Poseidon;
  readonly connection: QueueConnection;
  /** Circuits and keys: jobs for others are left to other workers. */
  readonly store: ArtifactStore;
  /** Best first, see `LocalQueue`. */
  readonly programs: readonly ProverProgram[];
  /** What the worker is called in the list of jobs. */
  readonly name: string;
  /** For so long a job is the worker's without a sign of it; it gives one three times as often. */
  readonly leaseSeconds: number;
  /** Has it take no more jobs; the one in its hands is finished. */
  readonly signal: AbortSignal;
  /** Told what the worker does. */
  readonly onEvent: (event: WorkerEvent) => void;
}

const POLL_MS = 500;

/**
 * Takes jobs from a queue, one at a time, proves them, verifies the proofs and stores them, until it is told to stop.
 * @throws {StorageError} the server refuses, or is away when it is to stop
 */
export const work = (options: WorkOptions): Promise<void> => withCurve(() => new Worker(options).run());

class Worker {
  readonly #options: WorkOptions;
  readonly #jobs: JobStore;
  readonly #serving: Serving;
  readonly #tickMs: number;
  #prover: LocalQueue;

  constructor(options: WorkOptions) {
    const { connection, store, leaseSeconds } = options;
    this.#options = options;
    this.#jobs = new JobStore(connection);
    this.#serving = new Serving(store, this.#warn);
    this.#tickMs = (1000 * leaseSeconds) / 3;
    this.#prover = this.#newProver();
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const upkeep = every(this.#tickMs, signal, () => this.#jobs.upkeep()).catch((error: Error) => this.#warn(error.message));
    try {
      while (!signal.aborted) {
        const taken = await this.#take().catch((error: unknown) => {
          // A server that is away, and nothing in hand that it would lose.
          if (signal.aborted && error instanceof StorageError) return null;
          throw error;
        });
        if (taken === null) await pause(POLL_MS, signal);
        // What failed here may do elsewhere: others come first.
        else if (!(await this.#see(...taken))) await pause(this.#tickMs, signal);
      }
    } finally {
      await this.#prover.close();
    }
    await upkeep;
  }

  readonly #warn = (warning: string): void => this.#options.onEvent({ kind: 'warning', warning });

  #newProver(): LocalQueue {
    const { poseidon, programs } = this.#options;
    return new LocalQueue({ poseidon, programs, onWarning: this.#warn });
  }

  async #take(): Promise<readonly [Claim, Tools] | null> {
    const { name, leaseSeconds } = this.#options;
    for (const queue of await this.#jobs.waitingQueues()) {
      const tools = await this.#serving.toolsFor(queue);
      const claim = tools && (await this.#jobs.claim(queue, name, leaseSeconds));
      if (tools && claim) return [claim, tools];
    }
    return null;
  }

  /** Sees a job through. Returns false if it failed. */
  async #see(claim: Claim, { circuit, keys }: Tools): Promise<boolean> {
    const { name, leaseSeconds, onEvent } = this.#options;
    const about = { job: claim.key, circuit: circuit.name };
    onEvent({ kind: 'taken', ...about });
    const ended = new AbortController();
    let isLost = false;
    const renewal = every(this.#tickMs, ended.signal, async () => {
      isLost = !(await this.#jobs.renew(claim, leaseSeconds));
      if (!isLost) return;
      ended.abort();
      await this.#prover.close();
    });
    // Its error comes up below, when the prover is done.
    renewal.catch(() => {});
    let outcome: Proven | Error;
    try {
      outcome = await this.#prover.prove({ trace: await unpackTrace(claim.trace), circuit, keys });
    } catch (error) {
      outcome = error as Error;
    }
    // Before the job is: a renewal finds no job that has ended.
    ended.abort();
    await renewal;
    if (isLost) this.#prover = this.#newProver();
    if (!(outcome instanceof Error)) {
      await this.#jobs.finish(claim, outcome, name);
      onEvent({ kind: 'done', ...about, prover: outcome.prover, timings: outcome.timings });
      return true;
    }
    if (isLost) {
      onEvent({ kind: 'lost', ...about });
      return true;
    }
    await this.#jobs.fail(claim, outcome.message);
    onEvent({ kind: 'failed', ...about, error: outcome.message });
    return false;
  }
}

/** Does something again and again, with a pause before each time. */
async function every(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  for (;;) {
    await pause(ms, signal);
    if (signal.aborted) return;
    await act();
  }
}

/** Ends early when the signal says so. */
const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});
