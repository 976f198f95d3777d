// Measures the HashDB beside its peers, and writes what it found: JSON, a Markdown page and plots, into bench/results/.
// --quick takes small trees, in seconds; --out DIR writes elsewhere; --trees-only keeps what was measured of states and
// proofs before; --json prints the results as such.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { machine, measure } from './bench/measure.mjs';
import { markdown, spacePlot, timePlot } from './bench/report.mjs';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();

const argument = (name) => process.argv.includes(name) && process.argv[process.argv.indexOf(name) + 1];
const quick = process.argv.includes('--quick');
const out = path.resolve(argument('--out') || path.join(ROOT, 'bench', 'results'));

/** The peers' limit: beyond, their own work takes hours. */
const PEERS_UP_TO = 100_000;
const plan = quick
  ? {
      sizes: [100, 1000],
      rounds: 2,
      blockRuns: 1,
      peerUpdates: 5,
      peerReads: 20,
      proofs: { size: 1000, counts: [10, 100] },
    }
  : {
      sizes: [1000, 10_000, 100_000, 1_000_000],
      rounds: 5,
      blockRuns: 5,
      peerUpdates: 50,
      peerReads: 300,
      proofs: { size: 100_000, counts: [10, 100, 1000] },
    };

function measureStates() {
  const states = sizes.map((size) => {
    const place = path.join(folder, String(size));
    const result = measure('state', { root: ROOT, folder: place, size, rounds, blockRuns });
    rmSync(place, { recursive: true, force: true });
    return result;
  });
  return { states, proofs: measure('proofs', plan.proofs), load: { states: loadNow() } };
}

const { rounds, blockRuns, peerUpdates, peerReads, sizes } = plan;
const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
const loadNow = () => os.loadavg()[0];
const file = path.join(out, 'hashdb.json');
try {
  const trees = sizes.map((size) =>
    measure('tree', { size, withPeers: size <= PEERS_UP_TO, rounds, peerUpdates, peerReads }),
  );
  const load = { trees: loadNow() };
  const {
    states,
    proofs,
    load: { states: statesLoad },
  } = process.argv.includes('--trees-only') ? JSON.parse(readFileSync(file, 'utf8')) : measureStates();
  const results = { machine: machine(), load: { ...load, states: statesLoad }, quick, trees, states, proofs };
  mkdirSync(out, { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(path.join(out, 'hashdb.md'), markdown(results));
  writeFileSync(path.join(out, 'hashdb-time.svg'), timePlot(results));
  writeFileSync(path.join(out, 'hashdb-space.svg'), spacePlot(results));
  console.log(process.argv.includes('--json') ? JSON.stringify(results, null, 2) : markdown(results));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
