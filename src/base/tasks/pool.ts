import { builtin } from './builtin.js';
import { startThread } from './thread.js';
import type { ThreadListener } from './thread.js';
import { startWebThread } from './web-thread.js';

/** What a thread answers to a job: how it failed, or null. */
export type Answer = string | null;

export interface PoolOptions<Data> {
  /** What the threads do, as in «a computing thread». */
  readonly what: string;
  /** The text of their program, which answers each job with an `Answer`. */
  readonly source: string;
  /** What each thread is given. */
  readonly data: readonly Data[];
  /** Fails all jobs with its reason. */
  readonly signal: AbortSignal | undefined;
}

interface Waiting<Job> {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A thread of Node's or of a browser's. */
interface Thread {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

/** Threads that take jobs in the order in which they were given. One failure fails all jobs, then and later. */
export class Pool<Job> {
  readonly #workers: Thread[] = [];
  readonly #idle: Thread[] = [];
  readonly #queue: Waiting<Job>[] = [];
  readonly #running = new Map<Thread, Waiting<Job>>();
  #failure: { readonly error: unknown } | null = null;

  /** Has threads while `use` runs; afterwards they are stopped, also in the middle of a job. */
  static async with<Job, Data, T>(
    { what, source, data, signal }: PoolOptions<Data>,
    use: (pool: Pool<Job>) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const pool = new Pool<Job>();
    const abort = (): void => pool.#fail(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      for (const one of data) pool.#start(what, source, one);
      return await use(pool);
    } finally {
      signal?.removeEventListener('abort', abort);
      await Promise.all(pool.#workers.map((worker) => worker.terminate()));
    }
  }

  get size(): number {
    return this.#workers.length;
  }

  run(job: Job): Promise<void> {
    return this.all([job]);
  }

  /**
   * @param turn `next` puts the jobs before those that wait
   * @throws {ThreadError} a thread ended; or what the signal was aborted with, or what another job failed with
   */
  async all(jobs: readonly Job[], turn: 'next' | 'last' = 'last'): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    const waiting: Waiting<Job>[] = [];
    const done = jobs.map((job) => new Promise<void>((resolve, reject) => waiting.push({ job, resolve, reject })));
    if (turn === 'next') this.#queue.unshift(...waiting);
    else this.#queue.push(...waiting);
    this.#next();
    await Promise.all(done);
  }

  #start(what: string, source: string, data: unknown): void {
    const listener: ThreadListener<Answer> = {
      message: (answer) =>
        answer === null ? this.#finish(worker) : this.#fail(new Error(`a ${what} thread failed: ${answer}`)),
      end: (error) => this.#fail(error),
    };
    const start = builtin('node:worker_threads') === undefined ? startWebThread<Answer> : startThread<Answer>;
    const worker: Thread = start(what, source, data, listener);
    this.#workers.push(worker);
    this.#idle.push(worker);
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop();
      if (worker === undefined) return;
      const waiting = this.#queue.shift()!;
      this.#running.set(worker, waiting);
      worker.postMessage(waiting.job);
    }
  }

  #finish(worker: Thread): void {
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
