// Measures the HashDB beside its peers, and writes what it found: JSON, a Markdown page and plots, into bench/results/.
//   npm run bench:hashdb -- [--quick] [--trees-only] [--json] [--out DIR]
// --quick takes small trees, in seconds; --out writes elsewhere; --trees-only keeps what was measured of states and
// proofs before; --json prints the results as such.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../scripts/ready.mjs';
import { load, machine, measure } from './harness/measure.js';
import { markdown, spacePlot, timePlot } from './reports/hashdb.js';
import type { HashDbResults } from './reports/hashdb.js';

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    'trees-only': { type: 'boolean' },
    json: { type: 'boolean' },
    out: { type: 'string' },
  },
});
const out = path.resolve(args.out ?? path.join(ROOT, 'bench', 'results'));
const file = path.join(out, 'hashdb.json');

/** The peers' limit: beyond, their own work takes hours. */
const PEERS_UP_TO = 100_000;
const QUICK = {
  sizes: [100, 1000],
  rounds: 2,
  blockRuns: 1,
  peerUpdates: 5,
  peerReads: 20,
  proofs: { size: 1000, counts: [10, 100] },
};
const FULL = {
  sizes: [1000, 10_000, 100_000, 1_000_000],
  rounds: 5,
  blockRuns: 5,
  peerUpdates: 50,
  peerReads: 300,
  proofs: { size: 100_000, counts: [10, 100, 1000] },
};
const { sizes, rounds, blockRuns, peerUpdates, peerReads, proofs } = args.quick ? QUICK : FULL;
const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));

const measureTrees = () =>
  sizes.map((size) => measure('tree', { size, withPeers: size <= PEERS_UP_TO, rounds, peerUpdates, peerReads }));

const measureStates = () =>
  sizes.map((size) => {
    const place = path.join(folder, String(size));
    const result = measure('state', { home: ROOT, folder: place, size, rounds, blockRuns });
    rmSync(place, { recursive: true, force: true });
    return result;
  });

/** The states and proofs, and the load when they were measured: now or earlier. */
function others(): Pick<HashDbResults, 'states' | 'proofs'> & { readonly statesLoad: number } {
  if (args['trees-only']) {
    const earlier: HashDbResults = JSON.parse(readFileSync(file, 'utf8'));
    return { ...earlier, statesLoad: earlier.load.states };
  }
  return { states: measureStates(), proofs: measure('proofs', proofs), statesLoad: load() };
}

try {
  const trees = measureTrees();
  const treesLoad = load();
  const { states, proofs: sizesOfProofs, statesLoad } = others();
  const results: HashDbResults = {
    machine: machine(),
    load: { trees: treesLoad, states: statesLoad },
    quick: args.quick,
    trees,
    states,
    proofs: sizesOfProofs,
  };
  mkdirSync(out, { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(path.join(out, 'hashdb.md'), markdown(results));
  writeFileSync(path.join(out, 'hashdb-time.svg'), timePlot(results));
  writeFileSync(path.join(out, 'hashdb-space.svg'), spacePlot(results));
  console.log(args.json ? JSON.stringify(results, null, 2) : markdown(results));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
