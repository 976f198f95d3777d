// Runs what the engine is for beside what one would take instead, in one run: the workloads of YCSB and a mainnet
// block, by the executor and by provers; the peers are circomlibjs's and iden3's trees, and a circuit of circomlib's
// components. Writes what it found into bench/results/ (executor.json, proving.json), the page and plots made of it,
// and the part of docs/benchmarks.md.
//   npm run bench -- [--quick] [--prover PROGRAM] [--only executor|proving|report] [--out DIR]
// --quick takes small states and circuits, under 3 minutes; --least the least of everything, for a test that it works;
// neither touches the documents. --only measures one part anew. --out writes elsewhere.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findProvers } from 'rootshift';
import type { ProverProgram } from 'rootshift';
import { ROOT } from '../scripts/ready.mjs';
import { load, machine, measure } from './harness/measure.js';
import { PLANS } from './harness/plans.js';
import { page, summary } from './reports/engine.js';
import type { EngineResults, ExecutorRun, ProvingRun, RunConditions } from './reports/engine-figures.js';
import { plots } from './reports/engine-plots.js';

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    least: { type: 'boolean' },
    only: { type: 'string' },
    out: { type: 'string' },
    prover: { type: 'string' },
  },
});
const size = sizeAsked();
const plan = PLANS[size];
const out = path.resolve(args.out ?? path.join(ROOT, 'bench', 'results'));

function sizeAsked(): keyof typeof PLANS {
  if (args.least) return 'least';
  return args.quick ? 'quick' : 'full';
}

/** snarkjs, and rapidsnark where it is found or the program that was named; in the results by its file's name. */
async function provers(): Promise<ProverProgram[]> {
  const found = await findProvers(args.prover ?? process.env['ROOTSHIFT_PROVER'] ?? 'auto', process.env['PATH'] ?? '');
  const named = [
    ...(await findProvers('snarkjs', '')),
    ...found.map((program) => ({ ...program, name: path.basename(program.name) })),
  ];
  return [...new Map(named.map((prover) => [prover.name, prover])).values()];
}

function executor(): Pick<ExecutorRun, 'plan' | 'states'> {
  const { sizes, peersUpTo, circuits, ...rest } = plan.executor;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
  try {
    const states = sizes.map((records) => {
      const place = path.join(folder, String(records));
      const result = measure('executor', {
        ...rest,
        home: ROOT,
        folder: place,
        size: records,
        withPeers: records <= peersUpTo,
        circuits: records === sizes.at(-1) ? circuits : [],
      });
      rmSync(place, { recursive: true, force: true });
      return result;
    });
    return { plan: plan.executor, states };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function proving(): Promise<Omit<ProvingRun, keyof RunConditions>> {
  const found = measure('proving', {
    ...plan.proving,
    home: ROOT,
    artifacts: path.join(ROOT, '.rootshift', 'artifacts'),
    provers: await provers(),
  });
  return { plan: plan.proving, ...found };
}

/** What was measured, now or earlier. */
async function part<Found extends object>(
  name: 'executor' | 'proving',
  work: () => Found | Promise<Found>,
): Promise<Found & RunConditions> {
  const file = path.join(out, `${name}.json`);
  if (args.only === undefined || args.only === name) {
    const before = {
      command: `npm run bench${size === 'full' ? '' : ` -- --${size}`}`,
      machine: machine(),
      date: new Date().toISOString().slice(0, 10),
      loadBefore: load(),
    };
    const began = performance.now();
    const found = await work();
    const minutes = Number(((performance.now() - began) / 60_000).toFixed(1));
    writeFileSync(file, `${JSON.stringify({ ...before, loadAfter: load(), minutes, ...found }, null, 1)}\n`);
  }
  if (!existsSync(file)) throw new Error(`--only ${args.only} needs the other part's results: expected ${file}`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

function writeSummary(results: EngineResults): void {
  const document = path.join(ROOT, 'docs', 'benchmarks.md');
  const begin = '<!-- made by npm run bench -->';
  const end = '<!-- end of what npm run bench makes -->';
  const text = readFileSync(document, 'utf8');
  if (!text.includes(begin) || !text.includes(end)) throw new Error(`expected ${begin} and ${end} in ${document}`);
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  writeFileSync(document, `${before}\n${summary(results)}\n${text.slice(text.indexOf(end))}`);
}

mkdirSync(out, { recursive: true });
const results = { executor: await part('executor', executor), proving: await part('proving', proving) };
writeFileSync(path.join(out, 'bench.md'), page(results));
for (const [name, svg] of Object.entries(plots(results))) writeFileSync(path.join(out, name), svg);
if (size === 'full' && args.out === undefined) writeSummary(results);
console.log(page(results));
