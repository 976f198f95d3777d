import { availableParallelism } from 'node:os';
import { type MessagePort, Worker } from 'node:worker_threads';
import { type Answer } from './worker.js';

/** Each worker has tables of its own, of up to 200 MiB. */
const MAX_WORKERS = 8;

/** How many workers share so many jobs. */
export const workersFor = (jobs: number): number => Math.min(MAX_WORKERS, availableParallelism(), jobs);

/**
 * A worker's whole program: it is started from its source text, so that it runs alike from compiled and
 * from TypeScript sources, and must use nothing from outside itself but types. It answers each job with an `Answer`.
 */
export type WorkerProgram<Data> = (
  port: MessagePort,
  data: Data,
  writeSync: (file: number, bytes: Uint8Array, offset: number, length: number, position: number) => number,
) => void;

const sourceOf = (program: (...args: never[]) => void): string => `(${program.toString()})(
  require('node:worker_threads').parentPort,
  require('node:worker_threads').workerData,
  require('node:fs').writeSync,
)`;

interface Waiting<Job> {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Workers that take jobs in the order in which they were given. One failure fails all jobs, then and later. */
export class Pool<Job, Data> {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #queue: Waiting<Job>[] = [];
  readonly #running = new Map<Worker, Waiting<Job>>();
  #failure: Error | null = null;

  constructor(size: number, program: WorkerProgram<Data>, data: Data) {
    const source = sourceOf(program);
    for (let i = 0; i < size; i++) {
      const worker = new Worker(source, { eval: true, execArgv: [], workerData: data });
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

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#running.values(), ...this.#queue]) reject(error);
    this.#running.clear();
    this.#queue.length = 0;
  }
}
