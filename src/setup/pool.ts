import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { runWorker, type Answer, type Job, type WorkerData } from './worker.js';

// Each worker has its own tables, up to 200 MiB; with more workers they are smaller.
const MAX_WORKERS = 8;

/** How many workers share so many jobs. */
export const workersFor = (jobs: number): number => Math.min(MAX_WORKERS, availableParallelism(), jobs);

const SOURCE = `(${runWorker.toString()})(
  require('node:worker_threads').parentPort,
  require('node:worker_threads').workerData,
  require('node:fs').writeSync,
)`;

interface Waiting {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Workers that take jobs in the order in which they were given. One failure fails all jobs, then and later. */
export class Pool {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #queue: Waiting[] = [];
  readonly #running = new Map<Worker, Waiting>();
  #failure: Error | null = null;

  constructor(size: number, data: WorkerData) {
    for (let i = 0; i < size; i++) {
      const worker = new Worker(SOURCE, { eval: true, execArgv: [], workerData: data });
      worker.on('message', ({ error }: Answer) => (error === null ? this.#finish(worker) : this.#fail(new Error(error))));
      worker.on('error', (error) => this.#fail(error));
      this.#workers.push(worker);
      this.#idle.push(worker);
    }
  }

  run(job: Job): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#next();
    });
  }

  /** Stops all workers, also in the middle of a job. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop();
      if (worker === undefined) return;
      const waiting = this.#queue.shift() as Waiting;
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

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#running.values(), ...this.#queue]) reject(error);
    this.#running.clear();
    this.#queue.length = 0;
  }
}
