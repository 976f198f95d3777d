// Runs what the engine is for beside what one would take instead, in one run: the workloads of YCSB and a mainnet block, by
// the executor and by provers; the peers are circomlibjs's and iden3's trees, and a circuit of circomlib's components. Writes
// what it found into bench/results/ (executor.json, proving.json), the page and plots made of it, and the part of docs/benchmarks.md.
//   npm run bench -- [--quick] [--prover PROGRAM] [--only executor|proving|report] [--out DIR]
// --quick takes small states and circuits, under 3 minutes; --least the least of everything, for a test that it works; neither
// touches the documents. --only measures one part anew. --out writes elsewhere.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { page, plots, summary } from './bench/engine-report.mjs';
import { machine, measure } from './bench/measure.mjs';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

const PLANS = {
  full: {
    // The peers' limit is 100,000 records: beyond, their own work takes hours.
    executor: {
      sizes: [1000, 10_000, 100_000, 1_000_000],
      peersUpTo: 100_000,
      rounds: 5,
      batch: 1000,
      peerAccesses: 50,
      planned: 1212,
      circuits: ['s18', 's18t', 's20', 's22'],
    },
    proving: {
      circuits: ['s14', 's16', 's18', 's18t', 's20', 's21', 's22'],
      rounds: { s14: 3, s16: 3, s18: 2, s18t: 2 },
      limitSeconds: 480,
      pair: { circuit: 's18t', size: 2 ** 18, runs: 2 },
    },
  },
  quick: {
    executor: {
      sizes: [1000, 10_000],
      peersUpTo: 10_000,
      rounds: 3,
      batch: 500,
      peerAccesses: 25,
      planned: 300,
      circuits: ['s16', 's18'],
    },
    proving: {
      circuits: ['s14', 's16'],
      rounds: {},
      limitSeconds: 60,
      pair: { circuit: 's16', size: 2 ** 16, runs: 1 },
    },
  },
  least: {
    executor: {
      sizes: [500, 1000],
      peersUpTo: 500,
      rounds: 1,
      batch: 30,
      peerAccesses: 5,
      planned: 12,
      circuits: ['s14'],
    },
    proving: {
      circuits: ['s14'],
      rounds: {},
      limitSeconds: 60,
      pair: { circuit: 's14', size: 10_000, runs: 1, first: 2 },
    },
  },
};

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    least: { type: 'boolean' },
    only: { type: 'string' },
    out: { type: 'string' },
    prover: { type: 'string' },
  },
});
const size = args.least ? 'least' : args.quick ? 'quick' : 'full';
const plan = PLANS[size];
const out = path.resolve(args.out ?? path.join(ROOT, 'bench', 'results'));

ensureInstalled();
ensureBuilt();
const { findProvers } = await import('../dist/index.js');

/** snarkjs, and rapidsnark where it is found or the program that was named; in the results by its file's name. */
async function provers() {
  const found = await findProvers(args.prover ?? process.env.ROOTSHIFT_PROVER ?? 'auto', process.env.PATH ?? '');
  const named = [
    ...(await findProvers('snarkjs', '')),
    ...found.map(({ name, command }) => ({ name: path.basename(name), command })),
  ];
  return [...new Map(named.map((prover) => [prover.name, prover])).values()];
}

function executor() {
  const { sizes, peersUpTo, circuits, ...rest } = plan.executor;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
  try {
    const states = sizes.map((records) => {
      const place = path.join(folder, String(records));
      const largest = records === sizes.at(-1);
      const result = measure('executor', {
        ...rest,
        home: ROOT,
        folder: place,
        size: records,
        withPeers: records <= peersUpTo,
        circuits: largest ? circuits : [],
      });
      rmSync(place, { recursive: true, force: true });
      return result;
    });
    return { plan: plan.executor, states };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const proving = async () => ({
  plan: plan.proving,
  ...measure('proving', {
    ...plan.proving,
    home: ROOT,
    artifacts: path.join(ROOT, '.rootshift', 'artifacts'),
    provers: await provers(),
  }),
});

mkdirSync(out, { recursive: true });
const load = () => Number(os.loadavg()[0].toFixed(1));
const results = {};
for (const [part, work] of Object.entries({ executor, proving })) {
  const file = path.join(out, `${part}.json`);
  if (args.only === undefined || args.only === part) {
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
  results[part] = JSON.parse(readFileSync(file, 'utf8'));
}
writeFileSync(path.join(out, 'bench.md'), page(results));
for (const [name, svg] of Object.entries(plots(results))) writeFileSync(path.join(out, name), svg);
if (size === 'full' && args.out === undefined) {
  const document = path.join(ROOT, 'docs', 'benchmarks.md');
  const [begin, end] = ['<!-- made by npm run bench -->', '<!-- end of what npm run bench makes -->'];
  const text = readFileSync(document, 'utf8');
  if (!text.includes(begin) || !text.includes(end)) throw new Error(`expected ${begin} and ${end} in ${document}`);
  writeFileSync(
    document,
    text.slice(0, text.indexOf(begin) + begin.length) + `\n${summary(results)}\n` + text.slice(text.indexOf(end)),
  );
}
console.log(page(results));
