import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { choosePlan } from '../../engine/choose-plan.js';
import type { ChosenPlan } from '../../engine/choose-plan.js';
import { CATALOGUE } from '../../machine/circuit/catalogue.js';
import { calibrate } from '../../engine/calibrate.js';
import { openIfThere } from '../../engine/database.js';
import type { Estimate } from '../../engine/estimate.js';
import { describeBytes, THIS_MACHINE } from '../../engine/machine.js';
import type { PlannedChunk } from '../../engine/plan-batch.js';
import { startingState } from '../../engine/starting-state.js';
import { DIMENSIONS, utilisation } from '../../machine/planner/utilisation.js';
import type { Dimension } from '../../machine/planner/utilisation.js';
import { findProvers } from '../../proof/prover/find.js';
import type { ProofQueue } from '../../proof/prover/queue.js';
import { opener } from '../database.js';
import { readBatch } from '../batch-file.js';
import { blaming } from '../input.js';
import { columns, count, table } from '../io.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import { nothingToProve } from '../report.js';
import { printBetween, watched } from '../progress.js';

export interface PlanOptions {
  readonly circuit?: CircuitName;
  readonly transactions?: string;
  readonly prover: string;
}

const HEADINGS: Readonly<Record<Dimension, string>> = {
  accesses: 'accesses',
  readRows: 'reads',
  updateRows: 'updates',
  writeRows: 'writes',
  levels: 'levels',
};

export async function planCommand(
  places: Places,
  batchFile: string,
  { circuit, transactions, prover }: PlanOptions,
): Promise<Outcome> {
  const batch = await readBatch(places, batchFile, transactions);
  if (batch.accesses.length === 0) return nothingToProve(batch, batchFile, places);
  const programs = await findProvers(prover, process.env['PATH'] ?? '');
  const db = await openIfThere(opener(places));
  try {
    const { plan, estimate, program } = await watched(async ({ onProgress, signal }) => {
      onProgress('execution', 0, 0);
      const start = await startingState(db, batch, { bitsPerLevel: circuit && CATALOGUE[circuit].bitsPerLevel });
      const onWarning = (warning: string): void => printBetween(`warning: ${warning}`);
      const choose = (program: string): Promise<ChosenPlan> => {
        onProgress('plan', 0, 0);
        const options = {
          start,
          batch,
          ...(circuit && { circuit }),
          store: places.store,
          prover: program,
          machine: THIS_MACHINE,
          signal,
        };
        return blaming(batchFile, () => choosePlan(options));
      };
      // A plan without room is refused before anything is made, even for the calibration.
      const guess = await choose(programs[0].name);
      if (guess.estimate.isCalibrated) return { ...guess, program: programs[0].name };
      const { name } = await calibrate({ store: places.store, programs, onWarning, onProgress, signal });
      return { ...(await choose(name)), program: name };
    });
    return describePlan(plan.chunks, estimate, program, circuit);
  } finally {
    await db?.close();
  }
}

function describePlan(
  chunks: readonly PlannedChunk[],
  estimate: Estimate,
  prover: string,
  circuit: CircuitName | undefined,
): Outcome {
  const uses = chunks.map((chunk) => utilisation(chunk));
  const rows = chunks.map((chunk, i) => [
    String(i),
    String(chunk.first),
    chunk.circuit,
    ...DIMENSIONS.map((dimension) =>
      uses[i]![dimension].room === 0 ? '-' : `${uses[i]![dimension].used}/${uses[i]![dimension].room}`,
    ),
  ]);
  const totals = [
    ['constraints', estimate.constraints.toLocaleString('en')],
    [
      'time',
      `${duration(estimate.provingMs)} for the proofs with ${prover}${estimate.makingMs === 0 ? '' : `, and ${duration(estimate.makingMs)} for circuits and keys`}`,
    ],
    ['memory', `${describeBytes(estimate.memoryBytes)} at most`],
    [
      'disk',
      `${estimate.diskBytes === 0 ? 'nothing for circuits and keys: they exist' : `${describeBytes(estimate.diskBytes)} for circuits and keys`}; ${describeBytes(estimate.witnessBytes)} for witnesses`,
    ],
    ['proof file', `${estimate.proofFileBytes.toLocaleString('en')} bytes`],
    ['gas', `${estimate.gas.toLocaleString('en')} to verify, one transaction per proof`],
  ] as const;
  return {
    text: `${planSentence(chunks, estimate, { prover, provesHere: true }, circuit)}\n${columns(['chunk', 'from access', 'circuit', ...DIMENSIONS.map((dimension) => HEADINGS[dimension])], rows)}\n${table(totals)}`,
    json: {
      chunks: chunks.map(({ first, accesses, circuit }, i) => ({ first, accesses, circuit, use: uses[i] })),
      prover,
      ...estimate,
    },
  };
}

/** The plan in one sentence; `only` is the requested circuit. */
export function planSentence(
  chunks: readonly PlannedChunk[],
  { provingMs, makingMs, memoryBytes, isCalibrated }: Estimate,
  { prover, provesHere }: Pick<ProofQueue, 'prover' | 'provesHere'>,
  only: CircuitName | undefined,
): string {
  const circuits = [...new Set(chunks.map(({ circuit }) => circuit))];
  const by = circuits
    .map((name) => `${chunks.filter(({ circuit }) => circuit === name).length} with ${name}`)
    .join(', ');
  const other = circuits.find((name) => name !== only);
  const why = only === undefined || other === undefined ? '' : `; ${other} for what does not fit ${only}`;
  const what = `plan: ${count(chunks.length, 'proof')} (${by}${why})`;
  const memory = `${describeBytes(memoryBytes)} of memory`;
  if (!provesHere) return `${what}, ${memory} here; the time depends on the workers`;
  const told = isCalibrated ? '' : ` (measured on another machine: ${prover} has made no proof here yet)`;
  return `${what}, about ${duration(makingMs + provingMs)} and ${memory}${told}`;
}

const duration = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
