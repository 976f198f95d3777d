import type { Machine, Program } from './machine.js';
import { PAIR_WORDS } from './words.js';

/** Many pairs of inputs in memory that threads share, in runs: whoever is free takes the next. */
export interface SharedRuns {
  readonly program: Program;
  readonly pairs: number;
  /** In each run but the last, which may have fewer. */
  readonly pairsPerRun: number;
  /** Both in one buffer. */
  readonly input: BigUint64Array<SharedArrayBuffer>;
  readonly output: BigUint64Array<SharedArrayBuffer>;
  /** How many runs were taken, and how many are done. */
  readonly counts: Int32Array;
}

const WORD_BYTES = BigUint64Array.BYTES_PER_ELEMENT;
const LEAST_BYTES = 1 << 16;
const MOST_BYTES = 1 << 22;
const MOST_BUFFERS = 4;

/** Buffers of runs that are done, for runs to come: new ones cost a tenth of the hashing. */
export class SharedBuffers {
  readonly #free: SharedArrayBuffer[] = [];

  /** At least as large as asked for, with whatever is there. */
  take(bytes: number): SharedArrayBuffer {
    const index = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    const [found] = index === -1 ? [] : this.#free.splice(index, 1);
    return found ?? new SharedArrayBuffer(Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(bytes))));
  }

  /** Takes back the buffer of runs that all threads have ended, and whose outputs nobody needs any more. */
  giveBack({ input: { buffer } }: SharedRuns): void {
    if (this.#free.length < MOST_BUFFERS && buffer.byteLength <= MOST_BYTES) this.#free.push(buffer);
  }
}

/** Memory for the runs of `pairs` pairs. Their inputs have to be put there. */
export function shareRuns(
  program: Program,
  pairs: number,
  pairsPerRun: number,
  buffers = new SharedBuffers(),
): SharedRuns {
  const inputWords = pairs * program.inputs * PAIR_WORDS;
  const outputWords = pairs * program.outputs * PAIR_WORDS;
  const buffer = buffers.take((inputWords + outputWords) * WORD_BYTES);
  return {
    program,
    pairs,
    pairsPerRun,
    input: new BigUint64Array(buffer, 0, inputWords),
    output: new BigUint64Array(buffer, inputWords * WORD_BYTES, outputWords),
    // Never used again: a thread that hears of the runs late finds them taken.
    counts: new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)),
  };
}

/**
 * Takes the next run and does it. Threads do it, too, from its source text: it must use nothing from outside itself but
 * types.
 * @returns `none` if all were taken; `last` if now all are done
 */
export function takeRun(
  { program: { inputs, outputs }, input, output, run }: Machine,
  runs: SharedRuns,
): 'none' | 'done' | 'last' {
  const pairWords = 8;
  const first = Atomics.add(runs.counts, 0, 1) * runs.pairsPerRun;
  if (first >= runs.pairs) return 'none';
  const pairs = Math.min(runs.pairsPerRun, runs.pairs - first);
  input.set(runs.input.subarray(first * inputs * pairWords, (first + pairs) * inputs * pairWords));
  run(pairs);
  runs.output.set(output.subarray(0, pairs * outputs * pairWords), first * outputs * pairWords);
  const done = Atomics.add(runs.counts, 1, 1) + 1;
  return done * runs.pairsPerRun < runs.pairs ? 'done' : 'last';
}
