// Times Poseidon of 2, 3 and 4 inputs, bigints in and out, in hashes a second: circomlibjs, which hashes one at a
// time, and beside it ours one at a time, many on one thread and many on all threads. Best of several turns.
//   npm run bench:hash -- [--quick] [--json]
// --quick takes few turns; --json prints an object.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { buildPoseidon } from 'circomlibjs';
import { FIELD_ORDER, poseidon as ours, toFr } from 'rootshift';
import type { Fr } from 'rootshift';
import { POOL_ROWS } from '#dist/base/hash/poseidon.js';

const { values: args } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
const TURNS = args.quick ? 3 : 60;
// Some milliseconds of work for each way, so that on a busy machine some turns go undisturbed.
const ONE_BY_ONE = 200;
const MANY = 5_000;

const circomlibjs = await buildPoseidon();

/** Different numbers of full length, the same in every run. */
function rowsOf(inputs: number, count: number): Fr[][] {
  let x = 1n;
  const next = (): Fr => toFr((x = (x * x + 7n) % FIELD_ORDER));
  for (let i = 0; i < 10; i++) next();
  return Array.from({ length: count }, () => Array.from({ length: inputs }, next));
}

/** Hashes rows, and says how many. */
type Way = (rows: readonly Fr[][]) => Promise<number>;

const oneByOne =
  (hash: (row: readonly Fr[]) => unknown): Way =>
  async (rows) => {
    for (const row of rows.slice(0, ONE_BY_ONE)) hash(row);
    return ONE_BY_ONE;
  };
const WAYS = {
  circomlibjs: oneByOne((row) => circomlibjs.F.toObject(circomlibjs(row))),
  one: oneByOne((row) => ours.hash(row)),
  // A call of so few rows stays on the calling thread.
  manyOneThread: async (rows: readonly Fr[][]) => (await ours.hashMany(rows.slice(0, POOL_ROWS - 2))).length,
  manyAllThreads: async (rows: readonly Fr[][]) => (await ours.hashMany(rows)).length,
} satisfies Record<string, Way>;
type WayName = keyof typeof WAYS;
const WAY_NAMES = Object.keys(WAYS) as WayName[];

/** Hashes a second, by each way. */
async function ratesOf(inputs: number): Promise<Record<WayName, number>> {
  const rows = rowsOf(inputs, MANY);
  const best: Record<WayName, number> = { circomlibjs: 0, one: 0, manyOneThread: 0, manyAllThreads: 0 };
  for (let turn = 0; turn < TURNS; turn++) {
    for (const way of WAY_NAMES) {
      const start = performance.now();
      const hashes = await WAYS[way](rows);
      best[way] = Math.max(best[way], Math.round((1e3 * hashes) / (performance.now() - start)));
    }
  }
  return best;
}

const hashesPerSecond: Record<string, Record<WayName, number>> = {};
for (const inputs of [2, 3, 4]) hashesPerSecond[`Poseidon(${inputs})`] = await ratesOf(inputs);
const timesCircomlibjs = Object.fromEntries(
  Object.entries(hashesPerSecond).map(([hash, { circomlibjs: peer, ...rates }]) => [
    hash,
    Object.fromEntries(Object.entries(rates).map(([way, rate]) => [way, Number((rate / peer).toFixed(2))])),
  ]),
);
const machine = `${os.availableParallelism()} x ${os.cpus()[0]?.model}, Node ${process.versions.node}`;
if (args.json) console.log(JSON.stringify({ machine, hashesPerSecond, timesCircomlibjs }, null, 2));
else {
  console.log(`${machine}\nHashes a second`);
  console.table(hashesPerSecond);
  console.log('Times the rate of circomlibjs');
  console.table(timesCircomlibjs);
}
// circomlibjs leaves threads behind.
process.exit();
