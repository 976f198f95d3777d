import type { MessagePort, Worker } from 'node:worker_threads';
import { builtin } from '../tasks/builtin.js';
import { scriptOf } from '../tasks/script.js';
import { startThread } from '../tasks/thread.js';
import { startMachine } from './machine.js';
import type { Machine, Program } from './machine.js';
import { takeRun } from './shared-runs.js';
import type { SharedRuns } from './shared-runs.js';
import { PAIR_WORDS } from './words.js';

/** What a thread is asked to do. */
type Job = SharedJob | ChainJob;

/** Runs of which it does what it can get. Who ends the last one answers. */
interface SharedJob {
  readonly kind: 'shared';
  readonly id: number;
  readonly runs: SharedRuns;
}

/**
 * Single runs one after another, the first input of each but the first being the first output of the one before. The
 * answer is the last one's outputs.
 */
interface ChainJob {
  readonly kind: 'chain';
  readonly id: number;
  readonly program: Program;
  readonly runs: number;
  readonly words: BigUint64Array;
}

interface Answer {
  readonly id: number;
  /** None of shared runs, whose outputs are in the memory that is shared. */
  readonly output: BigUint64Array;
}

// Beyond this the calling thread, which feeds all others, is the limit.
const MAX_WORKERS = 15;

interface WorkerData {
  readonly kernel: WebAssembly.Module;
}

/** The whole program of a worker, see `scriptOf`. */
function runWorker(port: MessagePort, { kernel }: WorkerData, start: typeof startMachine, take: typeof takeRun): void {
  const machines = new Map<string, Machine>();
  const machineOf = (program: Program): Machine => {
    const machine = machines.get(program.id) ?? start(kernel, program);
    machines.set(program.id, machine);
    return machine;
  };
  const answer = (id: number, output: BigUint64Array): void => port.postMessage({ id, output } satisfies Answer);

  function runChain({ program, runs, words }: ChainJob): BigUint64Array {
    const { input, output, run } = machineOf(program);
    const inputWords = words.length / runs;
    for (let first = 0; first < words.length; first += inputWords) {
      input.set(words.subarray(first, first + inputWords));
      // An output is below r + 2^240: added to a round constant it has no more bits than any input.
      if (first > 0) input.set(output.subarray(0, 8));
      run(1);
    }
    return output.slice(0, program.outputs * 8);
  }

  port.on('message', (job: Job) => {
    if (job.kind === 'chain') return answer(job.id, runChain(job));
    const machine = machineOf(job.runs.program);
    let took = take(machine, job.runs);
    while (took === 'done') took = take(machine, job.runs);
    if (took === 'last') answer(job.id, new BigUint64Array());
  });
  port.postMessage(null); // ready
}

const SOURCE = scriptOf(
  runWorker,
  "require('node:worker_threads').parentPort",
  "require('node:worker_threads').workerData",
  startMachine.toString(),
  takeRun.toString(),
);

/** A job that is not done. */
interface Waiting {
  readonly members: readonly Member[];
  resolve(output: BigUint64Array): void;
  reject(error: Error): void;
}

interface Member {
  readonly worker: Worker;
  ready: boolean;
  /** Ids of the jobs that it was given and that are not done. */
  readonly jobs: Set<number>;
}

/** In a browser there are none: what it verifies is hashed in the calling thread. */
const threadsHere = (): number => Math.min(MAX_WORKERS, (builtin('node:os')?.availableParallelism() ?? 1) - 1);

/**
 * Threads beside the calling one. They keep the process alive only while they have work.
 */
export class HashPool {
  readonly #members = new Set<Member>();
  /** By id. */
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  /** By id. Threads share their images, which are not copied for each job. */
  readonly #programs = new Map<string, Program>();

  constructor(kernel: WebAssembly.Module, workers = threadsHere()) {
    for (let i = 0; i < workers; i++) this.#start({ kernel });
  }

  /** Threads that have not ended. */
  get size(): number {
    return this.#members.size;
  }

  /**
   * Does runs in all threads that are ready, and in the calling one with `machine`, which lets others have their turn
   * after each run.
   * @throws {ThreadError} a thread ended that may have taken some of them
   */
  async share(machine: Machine, runs: SharedRuns): Promise<void> {
    const others = Math.ceil(runs.pairs / runs.pairsPerRun) - 1;
    const members = [...this.#members].filter(({ ready }) => ready).slice(0, others);
    const id = this.#nextId++;
    const done = this.#wait(id, members);
    // Whether it failed is asked later.
    done.catch(() => {});
    const job: SharedJob = { kind: 'shared', id, runs: { ...runs, program: this.#shared(runs.program) } };
    for (const { worker } of members) worker.postMessage(job);
    while (this.#waiting.has(id)) {
      const took = takeRun(machine, runs);
      if (took === 'last') this.#settle(id)?.resolve(runs.output);
      if (took === 'none') break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
  }

  /**
   * Gives single runs, each beginning with the first output of the one before, to a thread that has nothing to do;
   * undefined if none has. `put` writes the inputs, each run's in a pair's first lane. The promise is of the last one's
   * outputs.
   * @throws {ThreadError} (the promise) the thread ended
   */
  offerChain(
    program: Program,
    runs: number,
    put: (words: BigUint64Array) => void,
  ): Promise<BigUint64Array> | undefined {
    const idle = [...this.#members].find(({ ready, jobs }) => ready && jobs.size === 0);
    if (idle === undefined) return undefined;
    const words = new BigUint64Array(runs * program.inputs * PAIR_WORDS);
    put(words);
    const id = this.#nextId++;
    const job: ChainJob = { kind: 'chain', id, program: this.#shared(program), runs, words };
    idle.worker.postMessage(job, [words.buffer]);
    return this.#wait(id, [idle]);
  }

  #wait(id: number, members: readonly Member[]): Promise<BigUint64Array> {
    for (const { worker, jobs } of members) {
      jobs.add(id);
      worker.ref();
    }
    return new Promise((resolve, reject) => this.#waiting.set(id, { members, resolve, reject }));
  }

  /** Whoever waits for a job, which nobody does any more; undefined if that was so already. */
  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const { worker, jobs } of waiting?.members ?? []) {
      jobs.delete(id);
      if (jobs.size === 0) worker.unref();
    }
    return waiting;
  }

  #shared(program: Program): Program {
    let shared = this.#programs.get(program.id);
    if (shared === undefined) {
      const image = new Uint8Array(new SharedArrayBuffer(program.image.length));
      image.set(program.image);
      shared = { ...program, image };
      this.#programs.set(program.id, shared);
    }
    return shared;
  }

  #start(workerData: WorkerData): void {
    const worker = startThread<Answer | null>('hashing', SOURCE, workerData, {
      message: (answer) => {
        if (answer === null) member.ready = true;
        else this.#settle(answer.id)?.resolve(answer.output);
      },
      end: (error) => {
        this.#members.delete(member);
        for (const id of member.jobs) this.#settle(id)?.reject(error);
      },
    });
    const member: Member = { worker, ready: false, jobs: new Set() };
    this.#members.add(member);
    worker.unref();
  }
}
