import { tmpdir } from 'node:os';
import type { Batch } from '../state/batch/batch.js';
import { ArtifactError } from '../machine/circuit/artifacts.js';
import type { ArtifactStore } from '../machine/circuit/artifacts.js';
import { DEFAULT_CIRCUITS } from '../machine/circuit/catalogue.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { Calibration } from './calibration.js';
import { listCircuits } from './circuits.js';
import { estimatePlan } from './estimate.js';
import type { Estimate } from './estimate.js';
import { describeBytes, MachineError } from './machine.js';
import type { Machine } from './machine.js';
import { circuitsBySize, circuitsWith, planBatch } from './plan-batch.js';
import type { BatchPlan } from './plan-batch.js';
import type { StartingState } from './starting-state.js';

/**
 * A plan and its estimated cost.
 * @see {@link choosePlan}
 */
export interface ChosenPlan {
  readonly plan: BatchPlan;
  readonly estimate: Estimate;
}

/**
 * What to prove, and with what resources.
 * @see {@link choosePlan}
 */
export interface ChooseOptions {
  readonly start: StartingState;
  readonly batch: Batch;
  /** The only circuit to use, with the deep one for paths that are too deep for it. */
  readonly circuit?: CircuitName;
  readonly store: ArtifactStore;
  /** The verifier's point, see `planChunks`. */
  readonly x?: bigint | undefined;
  /** The prover that will be used. */
  readonly prover: string;
  /** False if it runs on other machines, so that their memory counts, not this machine's. */
  readonly provesHere?: boolean;
  readonly machine: Machine;
  /** Ends the planning. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Chooses the fastest plan for which the machine has enough memory and disk: with the default circuit for the state's
 * tree, or a larger one if that is faster, including the time for circuits and keys that are missing. A chunk that fits
 * a smaller circuit goes to that one.
 * @throws {MachineError} there is no such plan; the message has the figures of the smallest one
 * @throws what `planBatch` throws
 *
 * @example
 * const { plan, estimate } = await choosePlan({
 *   start: await startingState(db, batch),
 *   batch,
 *   store,
 *   prover: queue.prover,
 *   provesHere: true,
 *   machine: THIS_MACHINE,
 * });
 */
export async function choosePlan({
  start,
  batch,
  circuit,
  store,
  x,
  prover,
  provesHere = true,
  machine,
  signal,
}: ChooseOptions): Promise<ChosenPlan> {
  const calibration = await Calibration.read(store);
  const bits = start.reader.scheme.bitsPerLevel as 1 | 2;
  const names = circuit === undefined ? await candidates(store, bits) : [circuit];
  // Smaller ones are for what they hold in one proof: as the first choice they would make many.
  const usual = Math.max(0, names.indexOf(DEFAULT_CIRCUITS[bits]));
  const room = {
    memory: machine.memory(),
    disk: await machine.disk(store.directory),
    temporary: await machine.disk(tmpdir()),
  };
  let best: ChosenPlan | null = null;
  let refusal: string | null = null;
  for (const [index, name] of [...names.entries()].slice(usual)) {
    const smaller = names.slice(0, index).reverse();
    const [first, ...rest] = circuitsWith(name);
    const plan = await planBatch({ start, batch, circuits: [first!, ...smaller, ...rest], x, signal });
    const estimate = await estimatePlan(plan, { store, calibration, prover, provesHere });
    const lacks = whatLacks(estimate, room);
    if (lacks === null && (best === null || time(estimate) < time(best.estimate))) best = { plan, estimate };
    refusal ??= lacks;
    // A larger circuit gains nothing for a batch that one proof holds already.
    if (plan.chunks.length === 1) break;
  }
  if (best === null) throw new MachineError(`${provesHere ? prover : 'making circuits and keys'} needs ${refusal}`);
  return best;
}

const time = ({ makingMs, provingMs }: Estimate): number => makingMs + provingMs;

/**
 * The circuits to choose from, smallest first. If some have keys from a ceremony, only those: a proof with new
 * development keys would be worth less.
 * @throws {ArtifactError} keys or a circuit are damaged: they may be a ceremony's
 */
async function candidates(store: ArtifactStore, bits: 1 | 2): Promise<CircuitName[]> {
  const names = circuitsBySize(bits);
  const { circuits } = await listCircuits(store);
  const damage = circuits.find((circuit) => circuit.damage !== null)?.damage;
  if (damage) throw new ArtifactError(damage);
  const hasCeremony = (name: CircuitName): boolean =>
    circuits.some((circuit) => circuit.name === name && circuit.keys.some(({ setup }) => setup === 'ceremony'));
  return names.some(hasCeremony) ? names.filter(hasCeremony) : names;
}

/** What a machine has left, in bytes: `disk` for circuits and keys, `temporary` for witnesses. */
interface Room {
  readonly memory: number;
  readonly disk: number;
  readonly temporary: number;
}

function whatLacks(
  { memoryBytes, diskBytes, witnessBytes }: Estimate,
  { memory, disk, temporary }: Room,
): string | null {
  const lacks = (needed: number, what: string, free: number): string =>
    `${describeBytes(needed)} of ${what}, but only ${describeBytes(free)} are free`;
  if (memoryBytes > memory) return lacks(memoryBytes, 'memory', memory);
  if (diskBytes > disk) return lacks(diskBytes, 'disk for circuits and keys', disk);
  if (witnessBytes > temporary) return lacks(witnessBytes, `disk for witnesses in ${tmpdir()}`, temporary);
  return null;
}
