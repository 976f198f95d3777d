// A circuit of ours and one of the peer's, proven in turn by the same prover: one chunk of a list of accesses by each. What
// the whole list takes is computed: as many proofs as it takes, each of a whole circuit, at what one took.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { peerCircuit, peerInputs, peerKeys } from './peer-circuit.mjs';
import { asBatch, firstValue, readBlock, record } from './workloads.mjs';
import { median } from './world.mjs';

const TIMEOUT_MS = 3_600_000;

/** The lists that are proven: the block's, on the entries that it found; and of random keys, on random entries. */
export function listsOf(rootshift, home) {
  const { prestate, accesses } = readBlock(rootshift, home);
  const entries = Array.from({ length: 2000 }, (_, i) => ({ ...record(i), value: firstValue(i) }));
  const distinct = Array.from({ length: 1200 }, (_, i) =>
    i % 2 === 0 ? { op: 'read', ...record(i) } : { op: 'write', ...record(i), value: firstValue(entries.length + i) },
  );
  return {
    block: { what: 'the mainnet block', prestate, accesses },
    distinct: { what: 'as many keys as accesses, half of them updated', prestate: entries, accesses: distinct },
  };
}

/**
 * @param list see `listsOf`
 * @param circuit by its name
 * @param size of the peer's circuit, in constraints, at most
 * @param runs of each side, by each prover; the median counts
 * @param provers programs as `findProvers` gives them
 */
export async function pairOf(
  rootshift,
  { artifacts, list: { what, prestate, accesses }, circuit: name, size, runs, provers },
) {
  const { runProver } = await import('../../dist/proof/prover/program.js');
  const { developmentSetup } = await import('../../dist/proof/setup/index.js');
  const store = new rootshift.ArtifactStore(artifacts);

  const costs = {
    read: (await peerCircuit(store, ['read'])).constraints,
    write: (await peerCircuit(store, ['write'])).constraints,
  };
  const peerCounts = [0];
  let room = size;
  for (const { op } of accesses) {
    if (room < costs[op]) {
      peerCounts.push(0);
      room = size;
    }
    room -= costs[op];
    peerCounts[peerCounts.length - 1]++;
  }
  const first = accesses.slice(0, peerCounts[0]);
  const peer = await peerCircuit(
    store,
    first.map(({ op }) => op),
  );
  const peerKey = await peerKeys(store, peer, developmentSetup);

  const start = await rootshift.startingState(null, { ...asBatch(accesses), prestate });
  const { chunks } = await rootshift.planBatch({
    start,
    batch: asBatch(accesses),
    circuits: rootshift.circuitsWith(name),
  });
  const chunk = chunks.find((one) => one.circuit === name);
  if (chunk === undefined)
    throw new Error(
      `expected a chunk for circuit ${name}, ${what} is planned for ${chunks.map((one) => one.circuit).join(', ')}`,
    );
  const circuit = await rootshift.compileCircuit(store, name);
  const keys = await rootshift.provingKeys(store, circuit);

  const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
  const calculator = new rootshift.WitnessCalculator();
  try {
    const file = (of) => path.join(folder, of);
    await calculator.write(rootshift.circuitInputs(chunk.trace, chunk.size), circuit.wasm, file('ours.wtns'));
    await calculator.write(await peerInputs(rootshift, prestate, first), peer.wasm, file('peer.wtns'));
    const signal = new AbortController().signal;
    const seconds = {};
    for (const program of provers) {
      const prove = async (zkey, wtns) => {
        const begun = performance.now();
        await runProver(program, { zkey, wtns, folder, timeoutMs: TIMEOUT_MS, signal });
        return (performance.now() - begun) / 1000;
      };
      const taken = { ours: [], peer: [] };
      for (let run = 0; run < runs; run++) {
        taken.ours.push(await prove(keys.zkey, file('ours.wtns')));
        taken.peer.push(await prove(peerKey, file('peer.wtns')));
      }
      seconds[program.name] = { ours: median(taken.ours), peer: median(taken.peer) };
    }
    return {
      what,
      runs,
      accesses: accesses.length,
      ours: { circuit: name, constraints: circuit.constraints, accesses: chunk.accesses, proofs: chunks.length },
      peer: { constraints: peer.constraints, accesses: first.length, proofs: peerCounts.length, size },
      seconds,
    };
  } finally {
    await calculator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
