// Proofs: one of each size of circuit, step by step; and ours beside the peer's, of about as many constraints, in turn.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  ArtifactStore,
  CATALOGUE,
  circuitsWith,
  compileCircuit,
  execute,
  findCircuit,
  planChunks,
  prove,
  provingKeys,
  startingState,
} from 'rootshift';
import type { Batch, Chunk, CircuitName, CircuitPins, CircuitSize, ProverProgram, StartingState } from 'rootshift';
import type { Measurements } from '#dist/machine/circuit/pins.js';
import { readBlock } from '../harness/block.js';
import { listsOf, pairOf } from '../harness/pair.js';
import type { Pair } from '../harness/pair.js';
import { peerCircuit } from '../harness/peer-circuit.js';
import { median, timed, watchMemory } from '../harness/timing.js';
import { asBatch } from '../harness/workloads.js';

export interface ProvingOptions {
  /** The project's directory. */
  readonly home: string;
  /** That of circuits and keys. */
  readonly artifacts: string;
  /**
   * Smallest first, of those to prove the block's first chunk by. One that would take longer than what is left of
   * `limitSeconds` is left out, and so are those after it.
   */
  readonly circuits: readonly CircuitName[];
  /** Of each circuit; otherwise one. */
  readonly rounds: Readonly<Partial<Record<CircuitName, number>>>;
  readonly limitSeconds: number;
  readonly pair: {
    readonly circuit: CircuitName;
    readonly size: number;
    readonly runs: number;
    /** Of the block's accesses, how many; otherwise all. */
    readonly first?: number;
  };
  readonly provers: readonly ProverProgram[];
}

/** The steps of one proof, in seconds. */
export interface ProverTimes {
  readonly witness: number;
  readonly prove: number;
  readonly verify: number;
  readonly peakMiB: number;
}

export interface OneProof {
  readonly circuit: CircuitName;
  readonly constraints: number;
  readonly accesses: number;
  readonly runs: number;
  readonly keyBytes: number;
  readonly execute: number;
  /** By the prover's name. */
  readonly provers: Readonly<Record<string, ProverTimes>>;
}

export interface ProvingResult {
  readonly growth: readonly OneProof[];
  readonly leftOut: readonly CircuitName[];
  readonly pair: Pair;
  /** Constraints of the peer's circuit for one operation. */
  readonly peerCosts: Readonly<Record<'read' | 'write', number>>;
}

/** Proves the block's first chunk by each circuit and prover, and the pair. */
export async function provingTimes(options: ProvingOptions): Promise<ProvingResult> {
  const { home, artifacts, circuits, limitSeconds, provers } = options;
  const store = new ArtifactStore(artifacts);
  const block = readBlock(home);
  const start = await startingState(null, block);

  const expected = expectedSeconds(home);
  const began = performance.now();
  const growth: OneProof[] = [];
  const leftOut: CircuitName[] = [];
  for (const name of circuits) {
    const { making, proving } = expected(name);
    const needed = ((await findCircuit(store, name)) === null ? making : 0) + proving * provers.length;
    if (leftOut.length > 0 || (performance.now() - began) / 1000 + needed > limitSeconds) leftOut.push(name);
    else growth.push(await oneProof(name, { store, block, start, provers, runs: options.rounds[name] ?? 1 }));
  }
  process.stderr.write('  beside the peer\n');
  const { first, ...pair } = options.pair;
  const { block: list } = listsOf(home);
  const accesses = list.accesses.slice(0, first);
  const beside = await pairOf({ ...pair, artifacts, list: { ...list, accesses }, provers });
  const peerCost = async (op: 'read' | 'write'): Promise<number> => (await peerCircuit(store, [op])).constraints;
  return { growth, leftOut, pair: beside, peerCosts: { read: await peerCost('read'), write: await peerCost('write') } };
}

interface OneProofOptions {
  readonly store: ArtifactStore;
  readonly block: Batch;
  readonly start: StartingState;
  readonly provers: readonly ProverProgram[];
  readonly runs: number;
}

async function oneProof(name: CircuitName, options: OneProofOptions): Promise<OneProof> {
  const { store, block, start, provers, runs } = options;
  process.stderr.write(`  circuit ${name}\n`);
  const chunk = await chunkOf(name, block, start);
  const circuit = await compileCircuit(store, name);
  const keys = await provingKeys(store, circuit);
  const batch = asBatch(block.accesses.slice(0, chunk.accesses));
  const execution: number[] = [];
  const taken = new Map(provers.map((prover): [ProverProgram, ProverTimes[]] => [prover, []]));
  for (let run = 0; run < runs; run++) {
    execution.push((await timed(() => execute(start.reader, start.root, batch, circuit.size)))[1]);
    for (const [program, times] of taken) {
      const { peaks, stop } = watchMemory();
      const { timings } = await prove({ trace: chunk.trace, circuit, keys, program });
      stop();
      times.push({
        witness: timings.witness / 1000,
        prove: timings.prove / 1000,
        verify: timings.verify / 1000,
        peakMiB: peaks.children,
      });
    }
  }
  return {
    circuit: name,
    constraints: circuit.constraints,
    accesses: chunk.accesses,
    runs,
    keyBytes: statSync(keys.zkey).size,
    execute: median(execution),
    provers: Object.fromEntries([...taken].map(([prover, times]) => [prover.name, medianTimes(times)])),
  };
}

const medianTimes = (times: readonly ProverTimes[]): ProverTimes => ({
  witness: median(times.map(({ witness }) => witness)),
  prove: median(times.map(({ prove: seconds }) => seconds)),
  verify: median(times.map(({ verify }) => verify)),
  peakMiB: Math.max(...times.map(({ peakMiB }) => peakMiB)),
});

/** The first chunk of the block, as long as the circuit holds; its first two accesses, if that is no chunk for it. */
async function chunkOf(name: CircuitName, block: Batch, start: StartingState): Promise<Chunk> {
  const [first = name, ...others] = circuitsWith(name);
  const sizes: [CircuitSize, ...CircuitSize[]] = [CATALOGUE[first], ...others.map((one) => CATALOGUE[one])];
  for (const accesses of [block.accesses, block.accesses.slice(0, 2)]) {
    for await (const chunk of planChunks({ ...start, batch: asBatch(accesses), sizes })) {
      if (chunk.size === sizes[0]) return chunk;
      break;
    }
  }
  throw new Error(`the block begins with nothing for circuit ${name}`);
}

/** What making and proving took where it was measured; of others, by the constraints of the next smaller one. */
function expectedSeconds(home: string): (name: CircuitName) => { readonly making: number; readonly proving: number } {
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(home, 'circuits', file), 'utf8'));
  const { circuits } = read('measured.json') as Measurements;
  const pins = read('pins.json') as CircuitPins;
  const constraintsOf = (name: CircuitName): number => {
    const pin = pins[name];
    if (pin === undefined) throw new Error(`expected circuit ${name} in circuits/pins.json`);
    return pin.constraints;
  };
  return (name) => {
    const measured = Object.keys(circuits) as CircuitName[];
    const smaller = measured.findLast((other) => constraintsOf(other) < constraintsOf(name));
    const known = measured.includes(name) ? name : smaller;
    const times = known && circuits[known];
    if (times === undefined) throw new Error(`expected a circuit no larger than ${name} in circuits/measured.json`);
    const scale = constraintsOf(name) / constraintsOf(known!);
    return {
      making: scale * (times.compileSeconds + times.keysSeconds),
      proving: scale * (times.witnessSeconds + times.proofSeconds),
    };
  };
}
