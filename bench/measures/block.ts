// A whole mainnet block, proven as a chain of proofs and verified.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  ArtifactStore,
  describeVerdict,
  findProvers,
  formatProof,
  loadState,
  LocalQueue,
  openDatabase,
  proveBatch,
  takeTransactions,
  verifyProof,
} from 'rootshift';
import type { CircuitName, Entry, Estimate } from 'rootshift';
import { readBlock } from '../harness/block.js';
import { word } from '../harness/draw.js';
import { watchMemory } from '../harness/timing.js';

export interface BlockOptions {
  /** The project's directory. */
  readonly home: string;
  /** A program, `snarkjs`, or `auto`. */
  readonly prover: string;
  /** Otherwise the planner's choice. */
  readonly circuit?: CircuitName;
  /** Entries of the state. */
  readonly entries: number;
  /** Of the block, how many; otherwise all. */
  readonly transactions?: number;
}

export interface BlockProof {
  readonly prover: string;
  readonly circuits: string;
  readonly machine: string;
  readonly entries: number;
  readonly accesses: number;
  readonly wallSeconds: number;
  readonly proverSeconds: number;
  readonly wallByProver: number;
  readonly witnessSeconds: number;
  readonly witnessByProver: number;
  readonly plannedSeconds: number;
  readonly accessesASecond: number;
  readonly accessesASecondACore: number;
  readonly peakMiB: { readonly own: number; readonly provers: number };
  readonly plannedMiB: number;
  readonly proofFileBytes: number;
}

/** The block's prestate, and others, the same in each run, up to `count`. */
function* entries(prestate: readonly Entry[], count: number): Generator<readonly Entry[]> {
  yield prestate;
  const others = count - prestate.length;
  for (let first = 0; first < others; first += 10_000) {
    yield Array.from({ length: Math.min(10_000, others - first) }, (_, i) => ({
      address: word(`address ${first + i}`) >> 96n,
      kind: 'storage',
      slot: word(`slot ${first + i}`),
      value: word(`value ${first + i}`),
    }));
  }
}

const round = (number: number, digits = 1): number => Number(number.toFixed(digits));

/** Loads the state, proves the block on it, and verifies the chain of proofs. */
export async function blockProof(options: BlockOptions): Promise<BlockProof> {
  const block = readBlock(options.home);
  const store = new ArtifactStore(path.join(options.home, '.rootshift', 'artifacts'));
  const programs = await findProvers(options.prover, process.env['PATH'] ?? '');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-block-'));
  try {
    const openDb = (given = {}) => openDatabase(path.join(folder, 'db'), given);
    console.error(`loading ${options.entries} entries ...`);
    const loaded = await loadState(openDb, entries(block.prestate, options.entries));
    const batch = {
      ...(options.transactions === undefined ? block : takeTransactions(block, options.transactions)),
      prestate: [],
    };
    const { peaks, stop } = watchMemory();
    let planned: Estimate | undefined;
    let startedAt = performance.now();
    const proven = await proveBatch({
      openDb,
      batch,
      store,
      ...(options.circuit && { circuit: options.circuit }),
      queue: new LocalQueue({ programs, onWarning: console.error }),
      onPlan: (_chunks, estimate) => (planned = estimate),
      onProgress: (phase, done, total) => {
        if (phase.startsWith('proof with') && done === 0) startedAt = performance.now();
        if (total > 0) console.error(`${phase}: ${Math.floor((100 * done) / total)} %`);
      },
    });
    const wallSeconds = (performance.now() - startedAt) / 1000;
    stop();
    const keys = proven.circuits.map((used) => used.keys);
    const verdict = await verifyProof({
      proof: proven.proof,
      keys,
      batch: batch.accesses,
      acceptedRoots: [loaded.root],
    });
    if (!verdict.valid) throw new Error(`the chain does not hold: ${describeVerdict(verdict)}`);
    if (planned === undefined) throw new Error('expected a plan before the proofs');
    const cores = os.cpus().length;
    const { timings } = proven;
    return {
      prover: proven.provers.map((program) => path.basename(program)).join(', '),
      circuits: proven.circuits.map(({ circuit, chunks }) => `${chunks} x ${circuit.name}`).join(', '),
      machine: `${cores} x ${os.cpus()[0]?.model.trim()}, Node ${process.versions.node}, load ${round(os.loadavg()[0] ?? 0)}`,
      entries: loaded.entries,
      accesses: batch.accesses.length,
      wallSeconds: round(wallSeconds),
      proverSeconds: round(timings.proof / 1000),
      wallByProver: round(wallSeconds / (timings.proof / 1000), 3),
      witnessSeconds: round(timings.witness / 1000),
      witnessByProver: round(timings.witness / timings.proof, 3),
      plannedSeconds: round(planned.provingMs / 1000),
      accessesASecond: round(batch.accesses.length / wallSeconds, 2),
      accessesASecondACore: round(batch.accesses.length / wallSeconds / cores, 2),
      peakMiB: { own: Math.round(peaks.own), provers: Math.round(peaks.children) },
      plannedMiB: Math.round(planned.memoryBytes / 2 ** 20),
      proofFileBytes: Buffer.byteLength(formatProof(proven.proof)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
