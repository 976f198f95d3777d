// What the results of npm run bench say: the figures that its page, its summary and its plots share.
import type { ExecutorPlan, ProvingPlan } from '../harness/plans.js';
import type { Rates } from '../harness/timing.js';
import { BLOCK, YCSB } from '../harness/workloads.js';
import type { Workload } from '../harness/workloads.js';
import type { CircuitPlan, ExecutorResult, Plans, WorkloadRates } from '../measures/executor.js';
import type { ProverTimes, ProvingResult } from '../measures/proving.js';

export interface RunConditions {
  readonly command: string;
  readonly machine: string;
  readonly date: string;
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly minutes: number;
}
export interface ExecutorRun extends RunConditions {
  readonly plan: ExecutorPlan;
  readonly states: readonly ExecutorResult[];
}
export interface ProvingRun extends RunConditions, ProvingResult {
  readonly plan: ProvingPlan;
}
export interface EngineResults {
  readonly executor: ExecutorRun;
  readonly proving: ProvingRun;
}

/** What a record has under a name that it must have. */
export function under<Value>(record: Readonly<Record<string, Value>>, name: string): Value {
  const value = record[name];
  if (value === undefined) throw new Error(`expected ${name} among ${Object.keys(record).join(', ')}`);
  return value;
}

/** Names and what they stand for, in order. */
export const workloadsOf = <Of>(workloads: Readonly<Record<Workload, Of>>): [name: Workload, of: Of][] =>
  Object.entries(workloads) as [Workload, Of][];

export const titleOf = (name: Workload): string => (name === BLOCK ? BLOCK : `YCSB ${name}: ${YCSB[name].title}`);

/** A state that the peers took part in. */
export interface SharedState extends ExecutorResult {
  readonly peersHeldMiB: NonNullable<ExecutorResult['peersHeldMiB']>;
}
const isShared = (state: ExecutorResult): state is SharedState => state.peersHeldMiB !== null;

/** The largest state that the peers took part in. */
export function besidePeers({ states }: ExecutorRun): SharedState {
  const state = states.findLast(isShared);
  if (state === undefined) throw new Error('expected a state that the peers took part in');
  return state;
}

export function largest({ states }: ExecutorRun): ExecutorResult {
  const state = states.at(-1);
  if (state === undefined) throw new Error('expected a state');
  return state;
}

/** Ours to the faster peer. */
export function ratioOf({ ratio }: WorkloadRates): Rates {
  if (ratio === undefined) throw new Error('expected the rates of peers');
  return ratio;
}

/** Constraints an access of the peer: each operation's own. */
export const peerConstraints = ({ accesses, reads }: Plans, { read, write }: ProvingRun['peerCosts']): number =>
  (reads * read + (accesses - reads) * write) / accesses;

export const constraintsPerAccess = (plans: Plans, circuit: string): number =>
  planFor(plans, circuit).constraints / plans.accesses;

export const planFor = ({ circuits }: Plans, circuit: string): CircuitPlan => under(circuits, circuit);

/** The largest circuit that proofs were made by, of those that were planned for; else the smallest of these. */
export function provenBy({ executor, proving }: EngineResults): string {
  const made = proving.growth.map(({ circuit }) => circuit);
  const { circuits } = executor.plan;
  const name = circuits.findLast((one) => made.includes(one)) ?? circuits[0];
  if (name === undefined) throw new Error('expected circuits to plan for');
  return name;
}

export interface ProvenRates {
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
}

/** Accesses proven a second: ours, whole circuits; and the peer's, as if its circuits were always full. */
export function provenRates(results: EngineResults, plans: Plans, prover: string): ProvenRates {
  const { proving } = results;
  const { accesses } = plans;
  const { proofs } = planFor(plans, provenBy(results));
  const ours = Object.entries(proofs).reduce(
    (sum, [circuit, count]) => sum + count * secondsOf(proving, circuit, prover),
    0,
  );
  const { peer, seconds } = proving.pair;
  const perConstraint = under(seconds, prover).peer / peer.constraints;
  const theirs = accesses * peerConstraints(plans, proving.peerCosts) * perConstraint;
  return { ours: accesses / ours, peer: accesses / theirs, ratio: theirs / ours };
}

/** Of a circuit that was not proven by itself, such as the one for deep paths, the largest that was stands for it. */
function secondsOf({ growth }: ProvingRun, circuit: string, prover: string): number {
  const proof = growth.find((one) => one.circuit === circuit) ?? growth.at(-1);
  if (proof === undefined) throw new Error('expected the times of a proof');
  return under(proof.provers, prover).prove;
}

export const proversOf = ({ pair }: ProvingRun): string[] => Object.keys(pair.seconds);
export const peerNames = (state: SharedState): string[] => Object.keys(state.peersHeldMiB);

/** Each proof by each prover. */
export const proofsOf = ({ growth }: ProvingRun) =>
  growth.flatMap((proof) =>
    Object.entries(proof.provers).map(([prover, times]: [string, ProverTimes]) => ({ ...proof, prover, times })),
  );
