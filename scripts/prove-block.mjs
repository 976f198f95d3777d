// Proves all 1,211 accesses of mainnet block 20,472,570 on a state of 100,000 entries (what the block found, and random
// others), verifies the chain of proofs, and tells what it took: wall time, the prover's own time, peak memory of this
// process and of its provers (Linux), accesses a second.
//   npm run prove:block -- [--prover PROGRAM] [--circuit NAME] [--entries N] [--transactions N]
// Adds its row to bench/results/block.json and block.md, in place of an earlier one of the same prover and circuits; not
// for the block's first N transactions, which are a trial.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { watchMemory } from './bench/world.mjs';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const rootshift = await import('../dist/index.js');
const { values: args } = parseArgs({
  options: {
    prover: { type: 'string', default: 'auto' },
    circuit: { type: 'string' },
    entries: { type: 'string', default: '100000' },
    transactions: { type: 'string' },
  },
});

const store = new rootshift.ArtifactStore(path.join(ROOT, '.rootshift', 'artifacts'));
const block = rootshift.parseBatch(readFileSync(path.join(ROOT, 'examples', 'mainnet-block-20472570.json'), 'utf8'));
const programs = await rootshift.findProvers(args.prover, process.env.PATH ?? '');

/** The block's prestate, and others, the same in each run, up to `count`. */
function* entries(count) {
  yield block.prestate;
  const word = (text) => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
  const others = count - block.prestate.length;
  for (let first = 0; first < others; first += 10_000) {
    yield Array.from({ length: Math.min(10_000, others - first) }, (_, i) => ({
      address: word(`address ${first + i}`) >> 96n,
      kind: 'storage',
      slot: word(`slot ${first + i}`),
      value: word(`value ${first + i}`),
    }));
  }
}

/** Writes the figures of a whole block down, beside those of other runs. */
function keep(result) {
  const results = path.join(ROOT, 'bench', 'results');
  mkdirSync(results, { recursive: true });
  const file = path.join(results, 'block.json');
  const earlier = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).runs : [];
  const runs = [...earlier.filter((run) => run.prover !== result.prover || run.circuits !== result.circuits), result];
  writeFileSync(file, `${JSON.stringify({ command: 'npm run prove:block', runs }, null, 2)}\n`);
  const row = (run) =>
    `| ${run.prover} | ${run.circuits} | ${run.wallSeconds} | ${run.wallByProver} | ${run.witnessByProver} | ${run.accessesASecond} | ${run.accessesASecondACore} | ${run.peakMiB.own} + ${run.peakMiB.provers} | ${run.plannedSeconds} | ${run.machine} |`;
  writeFileSync(
    path.join(results, 'block.md'),
    `# A mainnet block, proven

\`npm run prove:block\`: all ${result.accesses.toLocaleString('en')} accesses of block 20,472,570 on a state of ${result.entries.toLocaleString('en')} entries, as a chain of proofs that was verified.
In a chain of several, a witness is made while the proof before it is, on the same cores, which makes it take longer than alone.

| prover | proofs | wall s | wall by prover's time | witness by prover's time | accesses a second | a core | peak MiB, own + provers | planned s | machine |
|---|---|---|---|---|---|---|---|---|---|
${runs.map(row).join('\n')}
`,
  );
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-block-'));
try {
  const openDb = (options) => rootshift.openDatabase(path.join(folder, 'db'), options);
  console.error(`loading ${args.entries} entries ...`);
  const loaded = await rootshift.loadState(openDb, entries(Number(args.entries)));
  const batch = {
    ...(args.transactions ? rootshift.takeTransactions(block, Number(args.transactions)) : block),
    prestate: [],
  };
  const { peaks, stop } = watchMemory();
  let planned;
  let startedAt = performance.now();
  const proven = await rootshift.proveBatch({
    openDb,
    batch,
    store,
    ...(args.circuit && { circuit: args.circuit }),
    queue: new rootshift.LocalQueue({ programs, onWarning: console.error }),
    onPlan: (_chunks, estimate) => (planned = estimate),
    onProgress: (phase, done, total) => {
      if (phase.startsWith('proof with') && done === 0) startedAt = performance.now();
      if (total > 0) console.error(`${phase}: ${done} of ${total}`);
    },
  });
  const wallSeconds = (performance.now() - startedAt) / 1000;
  stop();
  const keys = proven.circuits.map((used) => used.keys);
  const acceptedRoots = [proven.proof.chunks[0].publicSignals.oldRoot];
  const verdict = await rootshift.verifyProof({ proof: proven.proof, keys, batch: batch.accesses, acceptedRoots });
  if (!verdict.valid || loaded.root !== acceptedRoots[0])
    throw new Error(`the chain does not hold: ${rootshift.describeVerdict(verdict)}`);

  const round = (number, digits = 1) => Number(number.toFixed(digits));
  const { timings } = proven;
  const result = {
    prover: proven.provers.map((program) => path.basename(program)).join(', '),
    circuits: proven.circuits.map(({ circuit, chunks }) => `${chunks} x ${circuit.name}`).join(', '),
    machine: `${os.cpus().length} x ${os.cpus()[0]?.model?.trim()}, Node ${process.versions.node}, load ${round(os.loadavg()[0])}`,
    entries: loaded.entries,
    accesses: batch.accesses.length,
    wallSeconds: round(wallSeconds),
    proverSeconds: round(timings.proof / 1000),
    wallByProver: round(wallSeconds / (timings.proof / 1000), 3),
    witnessSeconds: round(timings.witness / 1000),
    witnessByProver: round(timings.witness / timings.proof, 3),
    plannedSeconds: round(planned.provingMs / 1000),
    accessesASecond: round(batch.accesses.length / wallSeconds, 2),
    accessesASecondACore: round(batch.accesses.length / wallSeconds / os.cpus().length, 2),
    peakMiB: { own: Math.round(peaks.own), provers: Math.round(peaks.children) },
    plannedMiB: Math.round(planned.memoryBytes / 2 ** 20),
    proofFileBytes: Buffer.byteLength(rootshift.formatProof(proven.proof)),
  };
  if (args.transactions === undefined) keep(result);
  console.log(JSON.stringify(result, null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
