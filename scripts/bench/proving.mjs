// Proofs: one of each size of circuit, step by step; and ours beside the peer's, of about as many constraints, in turn.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { listsOf, pairOf } from './pair.mjs';
import { peerCircuit } from './peer-circuit.mjs';
import { asBatch, readBlock } from './workloads.mjs';
import { median, watchMemory } from './world.mjs';

const timed = async (work) => {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
};

/**
 * @param circuits names, smallest first, of those to prove the mainnet block's first chunk by; one that would take longer than
 *   what is left of `limitSeconds` is left out, and so are those after it
 * @param pair options of `pairOf`, for as many of the block's first accesses as `first` says, or all
 * @param provers programs as `findProvers` gives them
 */
export async function provingTimes(rootshift, { home, artifacts, circuits, rounds, limitSeconds, pair, provers }) {
  const { compileCircuit, findCircuit, provingKeys } = rootshift;
  const store = new rootshift.ArtifactStore(artifacts);
  const block = readBlock(rootshift, home);
  const start = await rootshift.startingState(null, block);

  const seconds = expectedSeconds(home);
  const began = performance.now();
  const growth = [];
  const leftOut = [];
  for (const name of circuits) {
    const { making, proving } = seconds(name);
    const expected = ((await findCircuit(store, name)) === null ? making : 0) + proving * provers.length;
    if (leftOut.length > 0 || (performance.now() - began) / 1000 + expected > limitSeconds) leftOut.push(name);
    else growth.push(await oneCircuit(name));
  }
  process.stderr.write('  beside the peer\n');
  const { first, ...options } = pair;
  const { block: list } = listsOf(rootshift, home);
  const beside = await pairOf(rootshift, {
    ...options,
    artifacts,
    list: { ...list, accesses: list.accesses.slice(0, first) },
    provers,
  });
  return { growth, leftOut, pair: beside, peerCosts: { read: await peerCost('read'), write: await peerCost('write') } };

  /** The first chunk of the block, as long as the circuit holds; its first two accesses, if that is no chunk for it. */
  async function chunkOf(name) {
    const sizes = rootshift.circuitsWith(name).map((one) => rootshift.CATALOGUE[one]);
    for (const accesses of [block.accesses, block.accesses.slice(0, 2)]) {
      const { value: chunk } = await rootshift.planChunks({ ...start, batch: asBatch(accesses), sizes }).next();
      if (chunk.size === sizes[0]) return chunk;
    }
    throw new Error(`the block begins with nothing for circuit ${name}`);
  }

  async function oneCircuit(name) {
    process.stderr.write(`  circuit ${name}\n`);
    const chunk = await chunkOf(name);
    const circuit = await compileCircuit(store, name);
    const keys = await provingKeys(store, circuit);
    const batch = asBatch(block.accesses.slice(0, chunk.accesses));
    const execution = [];
    const times = Object.fromEntries(
      provers.map((prover) => [prover.name, { witness: [], prove: [], verify: [], peak: 0 }]),
    );
    const runs = rounds[name] ?? 1;
    for (let run = 0; run < runs; run++) {
      execution.push((await timed(() => rootshift.execute(start.reader, start.root, batch, circuit.size)))[1]);
      for (const program of provers) {
        const taken = times[program.name];
        const { peaks, stop } = watchMemory();
        const { timings } = await rootshift.prove({ trace: chunk.trace, circuit, keys, program });
        stop();
        for (const step of ['witness', 'prove', 'verify']) taken[step].push(timings[step] / 1000);
        taken.peak = Math.max(taken.peak, peaks.children);
      }
    }
    return {
      circuit: name,
      constraints: circuit.constraints,
      accesses: chunk.accesses,
      runs,
      keyBytes: statSync(keys.zkey).size,
      execute: median(execution),
      provers: Object.fromEntries(
        Object.entries(times).map(([prover, { witness, prove, verify, peak }]) => [
          prover,
          { witness: median(witness), prove: median(prove), verify: median(verify), peakMiB: peak },
        ]),
      ),
    };
  }

  /** Constraints of the peer's circuit for one operation. */
  async function peerCost(op) {
    return (await peerCircuit(store, [op])).constraints;
  }
}

/** What making and proving took where it was measured; of others, by the constraints of the next smaller one. */
function expectedSeconds(home) {
  const { circuits } = JSON.parse(readFileSync(path.join(home, 'circuits', 'measured.json'), 'utf8'));
  const pins = JSON.parse(readFileSync(path.join(home, 'circuits', 'pins.json'), 'utf8'));
  return (name) => {
    const known = circuits[name]
      ? name
      : Object.keys(circuits).findLast((other) => pins[other].constraints < pins[name].constraints);
    const scale = pins[name].constraints / pins[known].constraints;
    const { compileSeconds, keysSeconds, witnessSeconds, proofSeconds } = circuits[known];
    return { making: scale * (compileSeconds + keysSeconds), proving: scale * (witnessSeconds + proofSeconds) };
  };
}
