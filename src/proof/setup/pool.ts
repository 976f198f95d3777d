import { availableParallelism } from 'node:os';
import { type MessagePort, type Worker } from 'node:worker_threads';
import { scriptOf } from '../../base/tasks/script.js';
import { startThread } from '../../base/tasks/thread.js';
import { type Answer } from './worker.js';

/** Each worker has tables of its own, of up to 200 MiB. */
const MAX_WORKERS = 8;

/** How many workers share so many jobs. */
export const workersFor = (jobs: number): number => Math.min(MAX_WORKERS, availableParallelism(), jobs);

/** A worker's whole program, see `scriptOf`. It answers each job with an `Answer`. */
export type WorkerProgram<Data> = (
  port: MessagePort,
  data: Data,
  writeSync: (file: number, bytes: Uint8Array, offset: number, length: number, position: number) => number,
) => void;

const sourceOf = (program: (...args: never[]) => void): string =>
  scriptOf(
    program,
    "require('node:worker_threads').parentPort",
    "require('node:worker_threads').workerData",
    "require('node:fs').writeSync",
  );

/** How many workers there are, and what each of them runs. */
export interface PoolOptions<Data> {
  readonly workers: number;
  readonly program: WorkerProgram<Data>;
  readonly data: Data;
  /** Fails all jobs with its reason. */
  readonly signal: AbortSignal | undefined;
}

interface Waiting<Job> {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Workers that take jobs in the order in which they were given. One failure fails all jobs, then and later. */
export class Pool<Job> {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #queue: Waiting<Job>[] = [];
  readonly #running = new Map<Worker, Waiting<Job>>();
  #failure: { readonly error: unknown } | null = null;

  /** Has workers while `use` runs; afterwards they are stopped, also in the middle of a job. */
  static async with<Job, Data, T>(
    { workers, program, data, signal }: PoolOptions<Data>,
    use: (pool: Pool<Job>) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const pool = new Pool<Job>();
    const abort = (): void => pool.#fail(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      const source = sourceOf(program);
      for (let i = 0; i < workers; i++) pool.#start(source, data);
      return await use(pool);
    } finally {
      signal?.removeEventListener('abort', abort);
      await Promise.all(pool.#workers.map((worker) => worker.terminate()));
    }
  }

  /** @throws {ThreadError} a worker ended; or what the signal was aborted with, or what another job failed with */
  run(job: Job): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure.error);
      this.#queue.push({ job, resolve, reject });
      this.#next();
    });
  }

  #start(source: string, data: unknown): void {
    const worker = startThread<Answer>('setup', source, data, {
      message: ({ error }) => (error === null ? this.#finish(worker) : this.#fail(new Error(error))),
      end: (error) => this.#fail(error),
    });
    this.#workers.push(worker);
    this.#idle.push(worker);
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop();
      if (worker === undefined) return;
      const waiting = this.#queue.shift() as Waiting<Job>;
      this.#running.set(worker, waiting);
      worker.postMessage(waiting.job);
    }
  }

  #finish(worker: Worker): void {
    this.#running.get(worker)?.resolve();
    this.#running.delete(worker);
    this.#idle.push(worker);
    this.#next();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { reject } of [...this.#running.values(), ...this.#queue]) reject(error);
    this.#running.clear();
    this.#queue.length = 0;
  }
}
