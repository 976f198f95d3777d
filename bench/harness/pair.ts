// A circuit of ours and one of the peer's, proven in turn by the same prover: one chunk of a list of accesses by each.
// What the whole list takes is computed: as many proofs as it takes, each of a whole circuit, at what one took.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  ArtifactStore,
  circuitInputs,
  circuitsWith,
  compileCircuit,
  planBatch,
  provingKeys,
  startingState,
  WitnessCalculator,
} from 'rootshift';
import type { CircuitName, Entry, ProverProgram, RequestedAccess } from 'rootshift';
import { runProver } from '#dist/proof/prover/program.js';
import { readBlock } from './block.js';
import { peerChunks } from './peer-chunks.js';
import { peerCircuit, peerInputs, peerKeys } from './peer-circuit.js';
import { median, timed } from './timing.js';
import { asBatch, firstValue, record } from './workloads.js';

const TIMEOUT_MS = 3_600_000;

/** Accesses to be proven, on the state of the prestate alone. */
export interface AccessList {
  readonly what: string;
  readonly prestate: readonly Entry[];
  readonly accesses: readonly RequestedAccess[];
}

/**
 * The lists that are proven: the block's, on the entries that it found; and of random keys, on random entries.
 * @param home the project's directory
 */
export function listsOf(home: string): Readonly<Record<'block' | 'distinct', AccessList>> {
  const { prestate, accesses } = readBlock(home);
  const entries = Array.from({ length: 2000 }, (_, i): Entry => ({ ...record(i), value: firstValue(i) }));
  const distinct = Array.from({ length: 1200 }, (_, i): RequestedAccess =>
    i % 2 === 0 ? { op: 'read', ...record(i) } : { op: 'write', ...record(i), value: firstValue(entries.length + i) },
  );
  return {
    block: { what: 'the mainnet block', prestate, accesses },
    distinct: { what: 'as many keys as accesses, half of them updated', prestate: entries, accesses: distinct },
  };
}

export interface PairOptions {
  /** The directory of circuits and keys. */
  readonly artifacts: string;
  readonly list: AccessList;
  readonly circuit: CircuitName;
  /** Of the peer's circuit, in constraints, at most. */
  readonly size: number;
  /** Of each side, by each prover; the median counts. */
  readonly runs: number;
  readonly provers: readonly ProverProgram[];
}

export interface Pair {
  readonly what: string;
  readonly runs: number;
  readonly accesses: number;
  readonly ours: {
    readonly circuit: CircuitName;
    readonly constraints: number;
    readonly accesses: number;
    readonly proofs: number;
  };
  readonly peer: {
    readonly constraints: number;
    readonly accesses: number;
    readonly proofs: number;
    readonly size: number;
  };
  /** Of one proof, by the prover's name. */
  readonly seconds: Readonly<Record<string, { readonly ours: number; readonly peer: number }>>;
}

/** Proves a chunk of the list by each side. */
export async function pairOf(options: PairOptions): Promise<Pair> {
  const { size, runs, circuit: name, provers } = options;
  const { what, prestate, accesses } = options.list;
  const store = new ArtifactStore(options.artifacts);

  const costs = {
    read: (await peerCircuit(store, ['read'])).constraints,
    write: (await peerCircuit(store, ['write'])).constraints,
  };
  const peerCounts = peerChunks(accesses, costs, size);
  const first = accesses.slice(0, peerCounts[0]);
  const peer = await peerCircuit(
    store,
    first.map(({ op }) => op),
  );
  const peerKey = await peerKeys(store, peer);

  const batch = asBatch(accesses);
  const start = await startingState(null, { ...batch, prestate });
  const { chunks } = await planBatch({ start, batch, circuits: circuitsWith(name) });
  const chunk = chunks.find((one) => one.circuit === name);
  if (chunk === undefined) {
    const planned = chunks.map((one) => one.circuit).join(', ');
    throw new Error(`expected a chunk for circuit ${name}, ${what} is planned for ${planned}`);
  }
  const circuit = await compileCircuit(store, name);
  const keys = await provingKeys(store, circuit);

  const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
  const calculator = new WitnessCalculator();
  try {
    const ours = path.join(folder, 'ours.wtns');
    const theirs = path.join(folder, 'peer.wtns');
    await calculator.write(circuitInputs(chunk.trace, chunk.size), circuit.wasm, ours);
    await calculator.write({ ...(await peerInputs(prestate, first)) }, peer.wasm, theirs);
    const signal = new AbortController().signal;
    const seconds: Record<string, { ours: number; peer: number }> = {};
    for (const program of provers) {
      const prove = async (zkey: string, wtns: string): Promise<number> =>
        (await timed(() => runProver(program, { zkey, wtns, folder, timeoutMs: TIMEOUT_MS, signal })))[1];
      const taken = { ours: [] as number[], peer: [] as number[] };
      for (let run = 0; run < runs; run++) {
        taken.ours.push(await prove(keys.zkey, ours));
        taken.peer.push(await prove(peerKey, theirs));
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
