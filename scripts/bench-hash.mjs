// Times Poseidon of 2, 3 and 4 inputs, bigints in and out, in hashes a second: circomlibjs, which hashes one at a
// time, and beside it ours one at a time, many on one thread and many on all threads. Best of several turns.
// --json prints an object.
import os from 'node:os';
import { performance } from 'node:perf_hooks';
import { buildPoseidon } from 'circomlibjs';
import { ensureBuilt, ensureInstalled } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const { FIELD_ORDER, poseidon: ours } = await import('../dist/index.js');
const { POOL_ROWS } = await import('../dist/base/hash/poseidon.js');

const TURNS = 60;
// Some milliseconds of work for each way, so that on a busy machine some turns go undisturbed.
const ONE_BY_ONE = 200;
const MANY = 5_000;

const circomlibjs = await buildPoseidon();

/** Different numbers of full length, the same in every run. */
function rowsOf(inputs, count) {
  let x = 1n;
  const next = () => (x = (x * x + 7n) % FIELD_ORDER);
  for (let i = 0; i < 10; i++) next();
  return Array.from({ length: count }, () => Array.from({ length: inputs }, next));
}

const oneByOne = (hash) => async (rows) => {
  for (const row of rows.slice(0, ONE_BY_ONE)) hash(row);
  return ONE_BY_ONE;
};
const ways = {
  circomlibjs: oneByOne((row) => circomlibjs.F.toObject(circomlibjs(row))),
  one: oneByOne((row) => ours.hash(row)),
  manyOneThread: async (rows) => {
    // A call of so few rows stays on the calling thread.
    return (await ours.hashMany(rows.slice(0, POOL_ROWS - 2))).length;
  },
  manyAllThreads: async (rows) => (await ours.hashMany(rows)).length,
};

async function ratesOf(inputs) {
  const rows = rowsOf(inputs, MANY);
  const best = Object.fromEntries(Object.keys(ways).map((way) => [way, 0]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [way, run] of Object.entries(ways)) {
      const start = performance.now();
      const hashes = await run(rows);
      best[way] = Math.max(best[way], (1e3 * hashes) / (performance.now() - start));
    }
  }
  return Object.fromEntries(Object.entries(best).map(([way, rate]) => [way, Math.round(rate)]));
}

const hashesPerSecond = {};
for (const inputs of [2, 3, 4]) hashesPerSecond[`Poseidon(${inputs})`] = await ratesOf(inputs);
const timesCircomlibjs = Object.fromEntries(
  Object.entries(hashesPerSecond).map(([hash, { circomlibjs: peer, ...rates }]) => [
    hash,
    Object.fromEntries(Object.entries(rates).map(([way, rate]) => [way, Number((rate / peer).toFixed(2))])),
  ]),
);
const machine = `${os.availableParallelism()} x ${os.cpus()[0]?.model}, Node ${process.versions.node}`;
if (process.argv.includes('--json'))
  console.log(JSON.stringify({ machine, hashesPerSecond, timesCircomlibjs }, null, 2));
else {
  console.log(`${machine}\nHashes a second`);
  console.table(hashesPerSecond);
  console.log('Times the rate of circomlibjs');
  console.table(timesCircomlibjs);
}
// circomlibjs leaves threads behind.
process.exit();
