import type { MessagePort, Worker } from 'node:worker_threads';
import { builtin } from '../tasks/builtin.js';
import { scriptOf } from '../tasks/script.js';
import { startThread } from '../tasks/thread.js';
import { startMachine } from './machine.js';
import type { Machine, Program } from './machine.js';
import { PAIR_WORDS } from './words.js';

/** Runs of a program: their inputs. The answer is their outputs. */
interface Job {
  readonly program: Program;
  readonly pairs: number;
  readonly words: BigUint64Array;
  /** Whether pair by pair, the first input of each but the first being the first output of the one before. The answer is the last one's outputs. */
  readonly chained: boolean;
}

// Beyond this the calling thread, which feeds all others, is the limit.
const MAX_WORKERS = 15;
/** One in the works and one that waits. */
const RUNS_AHEAD = 2;

interface WorkerData {
  readonly kernel: WebAssembly.Module;
}

/** The whole program of a worker, see `scriptOf`. */
function runWorker(port: MessagePort, { kernel }: WorkerData, start: typeof startMachine): void {
  const machines = new Map<string, Machine>();
  function runChain(machine: Machine, pairs: number, words: BigUint64Array): void {
    const inputWords = words.length / pairs;
    for (let pair = 0; pair < pairs; pair++) {
      machine.input.set(words.subarray(pair * inputWords, (pair + 1) * inputWords));
      // An output is below r + 2^240: added to a round constant it has no more bits than any input.
      if (pair > 0) machine.input.set(machine.output.subarray(0, 8));
      machine.run(1);
    }
  }
  port.on('message', ({ program, pairs, words, chained }: Job) => {
    let machine = machines.get(program.id);
    if (machine === undefined) {
      machine = start(kernel, program);
      machines.set(program.id, machine);
    }
    if (chained) {
      runChain(machine, pairs, words);
    } else {
      machine.input.set(words);
      machine.run(pairs);
    }
    const output = machine.output.slice(0, (chained ? 1 : pairs) * program.outputs * 8);
    port.postMessage(output, [output.buffer]);
  });
  port.postMessage(null); // ready
}

const SOURCE = scriptOf(
  runWorker,
  "require('node:worker_threads').parentPort",
  "require('node:worker_threads').workerData",
  startMachine.toString(),
);

interface Waiting {
  resolve(output: BigUint64Array): void;
  reject(error: Error): void;
}

interface Member {
  readonly worker: Worker;
  ready: boolean;
  /** Whether it runs a chain, which takes long: nothing waits behind it. */
  isChained: boolean;
  /** Whoever waits for its runs, the oldest first. */
  readonly waiting: Waiting[];
}

/** In a browser there are none: what it verifies is hashed in the calling thread. */
const threadsHere = (): number => Math.min(MAX_WORKERS, (builtin('node:os')?.availableParallelism() ?? 1) - 1);

/**
 * Threads beside the calling one. They keep the process alive only while they have work.
 */
export class HashPool {
  readonly #members = new Set<Member>();
  /** By id. Threads share their images, which are not copied for each run. */
  readonly #programs = new Map<string, Program>();

  constructor(kernel: WebAssembly.Module, workers = threadsHere()) {
    for (let i = 0; i < workers; i++) this.#start({ kernel });
  }

  /** Threads that have not ended. */
  get size(): number {
    return this.#members.size;
  }

  /**
   * Gives a run to a thread that has room for it; undefined if none has. `put` writes the inputs.
   * @throws {ThreadError} (the promise) the thread ended
   */
  offer(program: Program, pairs: number, put: (words: BigUint64Array) => void): Promise<BigUint64Array> | undefined {
    let chosen: Member | undefined;
    for (const member of this.#members) {
      if (!member.ready || member.isChained) continue;
      if (member.waiting.length < (chosen?.waiting.length ?? RUNS_AHEAD)) chosen = member;
    }
    return chosen && this.#give(chosen, { program, pairs, chained: false }, put);
  }

  /**
   * Gives runs one after another, each beginning with the first output of the one before, to a thread that has nothing
   * to do; undefined if none has. `put` writes the inputs, each run's in a pair's first lane.
   * @throws {ThreadError} (the promise) the thread ended
   */
  offerChain(
    program: Program,
    runs: number,
    put: (words: BigUint64Array) => void,
  ): Promise<BigUint64Array> | undefined {
    const idle = [...this.#members].find(({ ready, waiting }) => ready && waiting.length === 0);
    return idle && this.#give(idle, { program, pairs: runs, chained: true }, put);
  }

  #give(
    member: Member,
    { program, pairs, chained }: Omit<Job, 'words'>,
    put: (words: BigUint64Array) => void,
  ): Promise<BigUint64Array> {
    const { worker, waiting } = member;
    const words = new BigUint64Array(pairs * program.inputs * PAIR_WORDS);
    put(words);
    member.isChained = chained;
    worker.ref();
    return new Promise((resolve, reject) => {
      worker.postMessage({ program: this.#shared(program), pairs, words, chained } satisfies Job, [words.buffer]);
      waiting.push({ resolve, reject });
    });
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
    const waiting: Waiting[] = [];
    const worker = startThread<BigUint64Array | null>('hashing', SOURCE, workerData, {
      message: (output) => {
        if (output === null) member.ready = true;
        else waiting.shift()?.resolve(output);
        if (waiting.length > 0) return;
        member.isChained = false;
        worker.unref();
      },
      end: (error) => {
        this.#members.delete(member);
        for (const { reject } of waiting.splice(0)) reject(error);
      },
    });
    const member: Member = { worker, ready: false, isChained: false, waiting };
    this.#members.add(member);
    worker.unref();
  }
}
