import type { Machine, Program } from './machine.js';
import { PAIR_WORDS } from './words.js';

/** Many pairs of inputs in memory that threads share, in runs: whoever is free takes the next. */
export interface SharedRuns {
  readonly program: Program;
  readonly pairs: number;
  /** In each run but the last, which may have fewer. */
  readonly pairsPerRun: number;
  readonly input: BigUint64Array;
  readonly output: BigUint64Array;
  /** How many runs were taken, and how many are done. */
  readonly counts: Int32Array;
}

/** Memory for the runs of `pairs` pairs. Their inputs have to be put there. */
export const shareRuns = (program: Program, pairs: number, pairsPerRun: number): SharedRuns => ({
  program,
  pairs,
  pairsPerRun,
  input: sharedWords(pairs * program.inputs * PAIR_WORDS),
  output: sharedWords(pairs * program.outputs * PAIR_WORDS),
  counts: new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)),
});

const sharedWords = (length: number): BigUint64Array =>
  new BigUint64Array(new SharedArrayBuffer(length * BigUint64Array.BYTES_PER_ELEMENT));

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
