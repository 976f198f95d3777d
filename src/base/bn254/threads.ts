import { type MessagePort, type Worker } from 'node:worker_threads';
import { scriptOf } from '../tasks/script.js';
import { startThread } from '../tasks/thread.js';
import { combine, type CombineJob, type KernelExports, sumWindow, type WindowJob } from './window.js';

/** A function of the kernel, and its arguments. */
export interface CallJob {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly number[];
}

export type Job = CallJob | WindowJob | CombineJob;

/** What a thread answers to a job: how it failed, or null. */
type Answer = string | null;

interface ThreadData extends ThreadMemory {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** Memory of a thread's own. */
export interface ThreadMemory {
  /** What its instance of the kernel needs. */
  readonly scratch: number;
  /** Where it works on windows. */
  readonly work: number;
}

/** What a thread runs besides the kernel. */
interface Tasks {
  readonly sumWindow: typeof sumWindow;
  readonly combine: typeof combine;
}

/** The whole program of a thread, see `scriptOf`. */
function runThread(port: MessagePort, { module, memory, scratch, work }: ThreadData, tasks: Tasks): void {
  const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as KernelExports;
  kernel['begin']!(scratch);
  const area = { kernel, buffer: memory.buffer, address: work };
  const run = (job: Job): void => {
    if (job.kind === 'call') kernel[job.name]!(...job.args);
    else if (job.kind === 'window') tasks.sumWindow(area, job);
    else tasks.combine(area, job);
  };
  port.on('message', (job: Job) => {
    let answer: Answer = null;
    try {
      run(job);
    } catch (error) {
      answer = `${job.kind}: ${(error as Error).message}`;
    }
    port.postMessage(answer);
  });
}

const SOURCE = scriptOf(
  runThread,
  "require('node:worker_threads').parentPort",
  "require('node:worker_threads').workerData",
  `{ sumWindow: ${sumWindow.toString()}, combine: ${combine.toString()} }`,
);

interface Waiting {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface ThreadsOptions {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** For each thread. */
  readonly own: readonly ThreadMemory[];
  /** Fails all jobs with its reason. */
  readonly signal: AbortSignal | undefined;
}

/** Threads that take jobs in the order in which they were given. One failure fails all jobs, then and later. */
export class Threads {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #queue: Waiting[] = [];
  readonly #running = new Map<Worker, Waiting>();
  #failure: { readonly error: unknown } | null = null;

  /** Has threads while `use` runs; afterwards they are stopped, also in the middle of a job. */
  static async with<T>(
    { module, memory, own, signal }: ThreadsOptions,
    use: (threads: Threads) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const threads = new Threads();
    const abort = (): void => threads.#fail(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      for (const memoryOfOne of own) threads.#start({ module, memory, ...memoryOfOne });
      return await use(threads);
    } finally {
      signal?.removeEventListener('abort', abort);
      await Promise.all(threads.#workers.map((worker) => worker.terminate()));
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
    const waiting: Waiting[] = [];
    const done = jobs.map((job) => new Promise<void>((resolve, reject) => waiting.push({ job, resolve, reject })));
    if (turn === 'next') this.#queue.unshift(...waiting);
    else this.#queue.push(...waiting);
    this.#next();
    await Promise.all(done);
  }

  #start(data: ThreadData): void {
    const worker = startThread<Answer>('proving', SOURCE, data, {
      message: (answer) =>
        answer === null ? this.#finish(worker) : this.#fail(new Error(`a proving thread failed: ${answer}`)),
      end: (error) => this.#fail(error),
    });
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
