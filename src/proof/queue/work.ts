import type { ArtifactStore } from '../../machine/circuit/artifacts.js';
import { describeSystemError, isSystemError } from '../../base/files/system-error.js';
import { StorageError } from '../../state/hashdb/driver.js';
import type { ProverProgram } from '../prover/program.js';
import { LocalQueue } from '../prover/queue.js';
import type { Proven, ProveJobOptions } from '../prover/queue.js';
import type { QueueConnection } from './connection.js';
import { unpackInputs, unpackTrace } from './job.js';
import type { JobKey } from './job.js';
import { JobStore } from './job-store.js';
import type { Claim, Finished } from './job-store.js';
import { Lease } from './lease.js';
import { after, every, pause } from './pause.js';
import { Serving } from './serving.js';
import type { Tools } from './serving.js';

/**
 * What happens to a worker, in order.
 * @see {@link work}
 */
export type WorkerEvent =
  | { readonly kind: 'taken'; readonly job: JobKey; readonly circuit: string }
  | {
      readonly kind: 'done';
      readonly job: JobKey;
      readonly circuit: string;
      readonly prover: string;
      readonly timings: Proven['timings'];
    }
  | { readonly kind: 'failed'; readonly job: JobKey; readonly circuit: string; readonly error: string }
  /** Cancelled, or another's after a silence. */
  | { readonly kind: 'lost'; readonly job: JobKey; readonly circuit: string }
  | { readonly kind: 'warning'; readonly warning: string };

/**
 * What a worker serves, and with what it proves.
 * @see {@link work}
 */
export interface WorkOptions {
  readonly connection: QueueConnection;
  /** Circuits and keys. The worker takes no jobs for others. */
  readonly store: ArtifactStore;
  /** Best first, see `LocalQueue`. */
  readonly programs: readonly ProverProgram[];
  /** What the worker is called in the list of jobs. */
  readonly name: string;
  /** How long a job stays the worker's without a sign of life. The worker gives three signs in this time. */
  readonly leaseSeconds: number;
  /** Stops it from taking jobs. It finishes those that it has. */
  readonly signal: AbortSignal;
  /** Told what the worker does. */
  readonly onEvent: (event: WorkerEvent) => void;
}

const POLL_MS = 500;
/** How long a stopping worker waits for a silent server, unless it has a proof to store. */
const SILENCE_MS = 5_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** One with the prover, and the next, whose witness is made meanwhile. */
const MOST_IN_HAND = 2;
/**
 * A worker whose machine is at fault rests for a lease, then for twice as long each time; for so many leases at most.
 */
const MOST_LEASES_OF_REST = 32;

/**
 * Takes jobs from a queue, proves them, verifies the proofs and stores them, until it is told to stop. While one
 * job is with the prover, the witness of the next is made.
 * @throws {StorageError} the server refuses, or is away when it is to stop
 *
 * @example
 * const programs = [ROOTSHIFT];
 * await work({ connection, store, programs, name: 'worker-1', leaseSeconds: 60, signal, onEvent: () => {} });
 */
export const work = (options: WorkOptions): Promise<void> => new Worker(options).run();

class Worker {
  readonly #options: WorkOptions;
  readonly #jobs: JobStore;
  readonly #serving: Serving;
  readonly #tickMs: number;
  readonly #prover: LocalQueue;
  /** Those that ended with an error of the queue's stay. */
  readonly #inHand = new Set<Promise<void>>();
  /** The leases of the jobs in hand. */
  readonly #held = new Set<string>();
  #taking: Promise<unknown> = Promise.resolve();
  #restsUntil = 0;
  /** How often its machine was at fault since the last proof. */
  #faults = 0;

  constructor(options: WorkOptions) {
    const { connection, store, leaseSeconds, programs } = options;
    this.#options = options;
    this.#jobs = new JobStore(connection);
    this.#serving = new Serving(store, this.#warn);
    this.#tickMs = Math.min((1000 * leaseSeconds) / 3, LONGEST_TIMER_MS);
    this.#prover = new LocalQueue({ programs, onWarning: this.#warn });
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const ended = new AbortController();
    const upkeep = every(this.#tickMs, AbortSignal.any([signal, ended.signal]), () =>
      this.#jobs.upkeep().catch((error: Error) => this.#warn(error.message)),
    );
    const left = new AbortController();
    const silence = after(SILENCE_MS, signal, left.signal).then(() => null);
    try {
      while (!signal.aborted) {
        const taken = await Promise.race([this.#takeIfFree(), silence]);
        if (taken !== null) await this.#begin(...taken);
        // Who has a job already lets others look first: those who have none look as often.
        if (taken === null || this.#inHand.size > 0) await Promise.race([pause(POLL_MS, signal), ...this.#inHand]);
      }
      await Promise.all(this.#inHand);
    } finally {
      await Promise.allSettled(this.#inHand);
      await this.#prover.close();
      ended.abort();
      await Promise.race([upkeep, silence]);
      left.abort();
    }
  }

  readonly #warn = (warning: string): void => this.#options.onEvent({ kind: 'warning', warning });

  async #takeIfFree(): Promise<readonly [Claim, Tools] | null> {
    if (this.#inHand.size === MOST_IN_HAND || performance.now() < this.#restsUntil) return null;
    const taking = this.#take();
    this.#taking = taking.catch(() => {});
    return taking.catch((error: unknown) => {
      // A server that is away: what is in hand meets it, too, when it is to be stored.
      if (this.#options.signal.aborted && error instanceof StorageError) return null;
      throw error;
    });
  }

  async #take(): Promise<readonly [Claim, Tools] | null> {
    const { name, leaseSeconds } = this.#options;
    for (const queue of await this.#jobs.waitingQueues()) {
      const tools = await this.#serving.toolsFor(queue);
      const claim = tools && (await this.#jobs.claim(queue, name, leaseSeconds, this.#held));
      if (tools && claim) return [claim, tools];
    }
    return null;
  }

  /** Sees a job through; waits only until its witness is made, or it has ended. */
  #begin(claim: Claim, tools: Tools): Promise<void> {
    return new Promise((resolve) => {
      const seen = this.#see(claim, tools, resolve);
      this.#held.add(claim.lease);
      this.#inHand.add(seen);
      const end = (): void => {
        this.#held.delete(claim.lease);
        this.#inHand.delete(seen);
      };
      seen.then(end, () => {}).finally(resolve);
    });
  }

  async #see(claim: Claim, tools: Tools, onWitness: () => void): Promise<void> {
    const { name, leaseSeconds, onEvent } = this.#options;
    const about = { job: claim.key, circuit: tools.circuit.name };
    onEvent({ kind: 'taken', ...about });
    const lease = new Lease(this.#tickMs, () => this.#jobs.renew(claim, leaseSeconds));
    let outcome: Finished | Error;
    try {
      outcome = await this.#prove(claim.trace, tools, { signal: lease.lost, onWitness });
    } catch (error) {
      outcome = error as Error;
      if (!lease.lost.aborted) this.#rest();
      // Else it might take the job again that it gives back.
      await this.#taking;
    }
    // Before the job is: a renewal finds no job that has ended.
    await lease.letGo();
    if (!(outcome instanceof Error)) {
      await this.#jobs.finish(claim, outcome, name);
      this.#faults = 0;
      onEvent({ kind: 'done', ...about, prover: outcome.prover, timings: outcome.timings });
    } else if (lease.lost.aborted) {
      onEvent({ kind: 'lost', ...about });
    } else if (isSystemError(outcome)) {
      const error = describeSystemError(outcome);
      await this.#jobs.giveBack(claim, error);
      const seconds = leaseSeconds * Math.min(2 ** this.#faults++, MOST_LEASES_OF_REST);
      this.#rest(1000 * seconds);
      onEvent({ kind: 'failed', ...about, error });
      this.#warn(`${error}; the job goes to other workers, and this worker pauses for ${seconds} s`);
    } else {
      await this.#jobs.fail(claim, outcome.message);
      this.#rest();
      onEvent({ kind: 'failed', ...about, error: outcome.message });
    }
  }

  async #prove(packed: Uint8Array, tools: Tools, options: ProveJobOptions): Promise<Finished> {
    switch (tools.kind) {
      case 'storage':
        return this.#prover.prove({ ...tools, trace: await unpackTrace(packed) }, options);
      case 'rules':
        // Who asked for the proof has its records.
        return this.#prover.proveRules({ ...tools, ...(await unpackInputs(packed)), records: [] }, options);
    }
  }

  /** What failed here may do elsewhere: others come first. */
  #rest(ms = this.#tickMs): void {
    this.#restsUntil = Math.max(this.#restsUntil, performance.now() + ms);
  }
}
