import { ZERO, toFr } from '../field/fr.js';
import type { Fr } from '../field/fr.js';
import { MAX_INPUTS } from './grain.js';
import { kernelHere } from './kernel.js';
import { compileProgram, programId, startMachine } from './machine.js';
import type { Machine, Program } from './machine.js';
import { HashPool } from './pool.js';
import type { Kernel } from './program.js';
import { SharedBuffers, shareRuns } from './shared-runs.js';
import { readyImage, readyKernel } from './ready.js';
import { putNumber, takeNumber } from './words.js';

/**
 * circomlib's Poseidon over Fr: x^5 S-boxes, 8 full rounds, the published round constants.
 *
 * Source: https://eprint.iacr.org/2019/458, instances of circomlib (`PoseidonEx`), state width
 * `inputs + 1`; lane 0 is the capacity.
 *
 * Inputs are checked as they enter the kernel, which would take a number for what it is modulo r: all throw
 * `FieldRangeError` for one that is not reduced. Beside a permutation the check costs nothing that can be measured.
 * @see {@link poseidon}
 */
export interface Poseidon {
  /** 1 to 16 inputs, capacity 0, one output: circomlib's `Poseidon(n)`. */
  hash(inputs: readonly bigint[]): Fr;
  /** `hash` of each row, in their order; rows may differ in length. For many at once: all cores share the work. */
  hashMany(rows: readonly (readonly bigint[])[]): Promise<Fr[]>;
  /**
   * One permutation of `[initialState, ...inputs]`; returns its first `outputs` lanes
   * (1 <= outputs <= inputs + 1): circomlib's `PoseidonEx(n, outputs)`.
   */
  permute(initialState: bigint, inputs: readonly bigint[], outputs: number): Fr[];
  /**
   * Lane 0 of the permutation of each state, all of whose lanes are given: `permute(first, rest, 1)` of each row. For
   * many at once, as `hashMany`.
   */
  permuteMany(states: readonly (readonly bigint[])[]): Promise<Fr[]>;
  /**
   * Absorbs rows of one length, one after another: `running = permute(running, row, 1)[0]`. No two of them can share
   * the work; but another thread does it, if there is one that has nothing to do.
   */
  absorb(initialState: bigint, rows: readonly (readonly bigint[])[]): Promise<Fr>;
}

/** A number of inputs or outputs for which there is no instance of the hash. */
export class PoseidonWidthError extends RangeError {
  override readonly name = 'PoseidonWidthError';
}

/** Calls with fewer rows are hashed at once in the calling thread. */
export const POOL_ROWS = 256;

/** Fewer rows are absorbed at once in the calling thread. */
export const CHAIN_ROWS = 32;

const RUNS_PER_THREAD = 4;

/** Poseidon by a kernel; by default by the one that is fastest here. */
export class KernelPoseidon implements Poseidon {
  #kernel: Kernel | undefined;
  #compiled: WebAssembly.Module | undefined;
  /** By the id of their programs. */
  readonly #machines = new Map<string, Machine>();
  #pool: HashPool | undefined;
  readonly #buffers = new SharedBuffers();

  constructor(kernel?: Kernel) {
    this.#kernel = kernel;
  }

  /** Chosen late: to try whether the machine has what one needs takes a millisecond. */
  get #chosen(): Kernel {
    return (this.#kernel ??= kernelHere());
  }

  get #module(): WebAssembly.Module {
    return (this.#compiled ??= new WebAssembly.Module(readyKernel(this.#chosen)));
  }

  hash(inputs: readonly bigint[]): Fr {
    return this.#run(this.#machine(inputs.length, 'zero', 1), inputs, 1)[0]!;
  }

  permute(initialState: bigint, inputs: readonly bigint[], outputs: number): Fr[] {
    const width = inputs.length + 1;
    if (!Number.isInteger(outputs) || outputs < 1 || outputs > width) {
      throw new PoseidonWidthError(`expected 1 to ${width} outputs of ${inputs.length} inputs, got ${outputs}`);
    }
    const machine = this.#machine(inputs.length, 'input', outputs === 1 ? 1 : width);
    return this.#run(machine, [initialState, ...inputs], outputs);
  }

  hashMany(rows: readonly (readonly bigint[])[]): Promise<Fr[]> {
    return this.#runMany(rows, (length) => this.#machine(length, 'zero', 1));
  }

  permuteMany(states: readonly (readonly bigint[])[]): Promise<Fr[]> {
    return this.#runMany(states, (length) => this.#machine(length - 1, 'input', 1));
  }

  async absorb(initialState: bigint, rows: readonly (readonly bigint[])[]): Promise<Fr> {
    const [first] = rows;
    if (first !== undefined && rows.length >= CHAIN_ROWS) {
      const { program } = this.#machine(first.length, 'input', 1);
      const put = (words: BigUint64Array): void =>
        rows.forEach((row, step) =>
          [initialState, ...row].forEach((x, i) => putNumber(words, 2 * step, program.inputs, i, toFr(x))),
        );
      const taken = (this.#pool ??= new HashPool(this.#module)).offerChain(program, rows.length, put);
      if (taken !== undefined) return takeNumber(await taken, 0, 1, 0);
    }
    return rows.reduce((running, row) => this.permute(running, row, 1)[0]!, toFr(initialState));
  }

  #run({ program, input, output, run }: Machine, inputs: readonly bigint[], outputs: number): Fr[] {
    inputs.forEach((x, i) => putNumber(input, 0, program.inputs, i, toFr(x)));
    run(1);
    return Array.from({ length: outputs }, (_, i) => takeNumber(output, 0, program.outputs, i));
  }

  /** Output 0 of the machine for each row's length. */
  async #runMany(rows: readonly (readonly bigint[])[], machineOf: (length: number) => Machine): Promise<Fr[]> {
    const hashes = Array.from(rows, () => ZERO);
    const pool = rows.length < POOL_ROWS ? undefined : (this.#pool ??= new HashPool(this.#module));
    await Promise.all(
      Array.from(indicesByLength(rows), async ([inputs, indices]) => {
        const machine = machineOf(inputs);
        const put = (words: BigUint64Array, batch: readonly number[]): void =>
          batch.forEach((index, row) => rows[index]?.forEach((x, i) => putNumber(words, row, inputs, i, toFr(x))));
        const take = (words: BigUint64Array, batch: readonly number[]): void =>
          batch.forEach((index, row) => {
            hashes[index] = takeNumber(words, row, 1, 0);
          });
        if (pool === undefined || pool.size === 0) {
          const perBatch = 2 * machine.program.maxPairs;
          for (let from = 0; from < indices.length; from += perBatch) {
            const batch = indices.slice(from, from + perBatch);
            put(machine.input, batch);
            machine.run(pairsOf(batch.length));
            take(machine.output, batch);
          }
          return;
        }
        const pairs = pairsOf(indices.length);
        const perRun = pairsPerRun(machine.program, pool.size + 1, pairs);
        const runs = shareRuns(machine.program, pairs, perRun, this.#buffers);
        put(runs.input, indices);
        await pool.share(machine, runs);
        take(runs.output, indices);
        this.#buffers.giveBack(runs);
      }),
    );
    return hashes;
  }

  #machine(inputs: number, capacity: 'input' | 'zero', outputs: number): Machine {
    if (inputs < 1 || inputs > MAX_INPUTS) {
      throw new PoseidonWidthError(`expected 1 to ${MAX_INPUTS} inputs, got ${inputs}`);
    }
    const shape = { capacity, outputs } as const;
    const id = programId(inputs, shape);
    let machine = this.#machines.get(id);
    if (machine === undefined) {
      machine = startMachine(this.#module, compileProgram(inputs, shape, readyImage(this.#chosen, inputs, shape)));
      this.#machines.set(id, machine);
    }
    return machine;
  }
}

/**
 * The one instance of the process. The kernel is compiled when something is first hashed, and what a number of inputs
 * needs is computed on its first use (about 0.05 s).
 *
 * @example
 * poseidon.hash([1n, 2n]); // 7853200120776062878684798364095072458815029376092732009249414926327459813530n
 */
export const poseidon: Poseidon = new KernelPoseidon();

function indicesByLength(rows: readonly (readonly bigint[])[]): Map<number, number[]> {
  const byLength = new Map<number, number[]>();
  rows.forEach((row, i) => {
    const same = byLength.get(row.length);
    if (same === undefined) byLength.set(row.length, [i]);
    else same.push(i);
  });
  return byLength;
}

const pairsOf = (rows: number): number => (rows + 1) >> 1;

/** Some runs for each thread, so that all end at about the same time. */
const pairsPerRun = ({ maxPairs }: Program, threads: number, pairs: number): number =>
  Math.min(maxPairs, Math.ceil(pairs / (RUNS_PER_THREAD * threads)));
