import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { runWorker, type Answer, type Job, type WorkerData } from './worker.js';

// Each worker holds two tables, of about 70 MiB for a large circuit.
const MAX_WORKERS = 8;

/** How many workers a pool has. */
export const poolSize = (): number => Math.min(MAX_WORKERS, availableParallelism());

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

/** Workers that take jobs in the order in which they were given. */
export class Pool {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #queue: Waiting[] = [];
  readonly #running = new Map<Worker, Waiting>();

  constructor(data: WorkerData) {
    for (let i = 0; i < poolSize(); i++) {
      const worker = new Worker(SOURCE, { eval: true, workerData: data });
      worker.on('message', ({ error }: Answer) => this.#finish(worker, error === null ? null : new Error(error)));
      worker.on('error', (error) => this.#finish(worker, error));
      this.#workers.push(worker);
      this.#idle.push(worker);
    }
  }

  run(job: Job): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#next();
    });
  }

  /** Stops all workers, also in the middle of a job. */
  async close(): Promise<void> {
    this.#queue.length = 0;
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

  #finish(worker: Worker, error: Error | null): void {
    const waiting = this.#running.get(worker);
    this.#running.delete(worker);
    if (error === null) {
      waiting?.resolve();
      this.#idle.push(worker);
      this.#next();
      return;
    }
    waiting?.reject(error);
  }
}
