import type { Worker } from 'node:worker_threads';
import { scriptOf } from '../../base/tasks/script.js';
import { startThread } from '../../base/tasks/thread.js';
import { toFr } from '../../base/field/fr.js';
import { damagedFile } from '../circuit/artifacts.js';
import type { CircuitInput, CircuitInputs } from './inputs.js';
import { runWitnessWorker } from './worker.js';
import type { WitnessAnswer, WitnessJob } from './worker.js';
import { Closing } from '../../base/tasks/closing.js';

/** The circuit has a constraint that the inputs break: those of a trace, or of a chunk of rules. */
export class WitnessError extends Error {
  override readonly name = 'WitnessError';
  constructor(
    /** The circom template whose constraint is broken. */
    readonly template: string,
    /** Its line in the circuit's source. */
    readonly line: number,
  ) {
    super(`the inputs break a constraint of the circuit: template ${template}, line ${line}`);
  }
}

const SOURCE = scriptOf(runWitnessWorker, "require('node:worker_threads').parentPort", "require('node:fs')");

interface Waiting {
  readonly wasm: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes witnesses, in a thread of its own, one after another, and writes them to disk as they are read from
 * the circuit's program: of a witness there is never more than a part in memory. The program of the last
 * circuit stays loaded: a second witness takes half as long as the first.
 *
 * @example
 * await using calculator = new WitnessCalculator();
 * await calculator.write(circuitInputs(trace, circuit.size), circuit.wasm, 'witness.wtns');
 */
export class WitnessCalculator extends Closing {
  #worker: Worker | null = null;
  #waiting: Waiting[] = [];

  /**
   * Writes every wire of a circuit to a new file, as snarkjs's .wtns. The inputs of an honest trace that fits
   * always have a witness.
   * @param wasm the circuit's witness program
   * @throws {WitnessError} a constraint does not hold
   * @throws {FieldRangeError} a number of the inputs is not reduced
   * @throws {ArtifactError} the program is damaged
   * @throws {ThreadError} the thread ended, as for lack of memory
   */
  async write(inputs: CircuitInputs, wasm: string, file: string): Promise<void> {
    const job = jobOf(inputs, wasm, file);
    await new Promise<void>((resolve, reject) => {
      this.#running().postMessage(job);
      this.#waiting.push({ wasm, resolve, reject });
    });
  }

  /**
   * Stops what it was asked for so far, also in the middle of a witness. What it is asked for next, a new thread does.
   */
  async close(): Promise<void> {
    const worker = this.#worker;
    const waiting = this.#waiting;
    this.#worker = null;
    this.#waiting = [];
    await worker?.terminate();
    for (const { reject } of waiting) reject(new Error('the witness was not computed: its thread was stopped'));
  }

  #running(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = startThread<WitnessAnswer>('witness', SOURCE, null, {
      // What a thread says that was stopped is about nobody who waits now.
      message: (answer) => worker === this.#worker && this.#take(answer),
      end: (error) => {
        if (worker !== this.#worker) return;
        this.#worker = null;
        for (const { reject } of this.#waiting.splice(0)) reject(error);
      },
    });
    this.#worker = worker;
    return worker;
  }

  #take(answer: WitnessAnswer): void {
    const { wasm, resolve, reject } = this.#waiting.shift()!;
    switch (answer.kind) {
      case 'done':
        return resolve();
      case 'refused':
        return reject(refusal(wasm, answer.message));
      case 'damaged':
        return reject(damagedFile(wasm, answer.message));
      case 'failed': {
        const error: NodeJS.ErrnoException = Object.assign(new Error(), answer.error);
        return reject(error.code === 'ENOENT' && error.path === wasm ? damagedFile(wasm, 'it is not there') : error);
      }
    }
  }
}

function refusal(wasm: string, message: string): Error {
  // The innermost template comes first; `_2` tells its instances apart.
  const place = /^Assert Failed\.\s*Error in template (\w+?)_\d+ line: (\d+)/.exec(message);
  // What the program says of its inputs, it says to inputs of another circuit.
  return place === null ? damagedFile(wasm, message) : new WitnessError(place[1]!, Number(place[2]));
}

function jobOf(inputs: CircuitInputs, wasm: string, file: string): WitnessJob {
  const signals = Object.entries(inputs).map(([name, input]) => ({ name, numbers: flat(input) }));
  const values = Buffer.alloc(32 * signals.reduce((sum, { numbers }) => sum + numbers.length, 0));
  let at = 0;
  for (const number of signals.flatMap(({ numbers }) => numbers)) {
    const reduced: bigint = toFr(number); // the program would take another for what it is modulo r
    for (let word = 0n; word < 256n; word += 64n) at = values.writeBigUInt64LE(BigInt.asUintN(64, reduced >> word), at);
  }
  return {
    wasm,
    file,
    values,
    signals: signals.map(({ name, numbers }) => ({ ...hashOf(name), count: numbers.length })),
  };
}

const flat = (input: CircuitInput): readonly bigint[] => (typeof input === 'bigint' ? [input] : input.flatMap(flat));

/** FNV-1a of 64 bits: how circom's programs know an input. */
function hashOf(name: string) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(name)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return { hashHi: Number(hash >> 32n), hashLo: Number(hash & 0xffffffffn) };
}
