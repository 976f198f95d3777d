// Times the executor on the sample block: the whole block, from a database that was just opened, in memory and
// embedded. --json prints an object.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const rootshift = await import('../dist/index.js');
const { HashDb, MemoryDriver } = rootshift;

const RUNS = 7;
const poseidon = await rootshift.loadPoseidon();
const block = rootshift.parseBatch(readFileSync(path.join(ROOT, 'examples', 'mainnet-block-20472570.json'), 'utf8'));

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

async function load(db) {
  await db.commit({ ...(await rootshift.loadEntries(poseidon, db.scheme, block.prestate)), origin: 'load' });
  return db;
}

/** @returns median accesses a second: by the clock, and by this process's own use of the processor */
async function executor(openDriver) {
  const scheme = rootshift.poseidonScheme(poseidon, 2);
  const open = async () => HashDb.open(await openDriver(), scheme, { createIfMissing: true });
  await (await load(await open())).close();
  const seconds = { clock: [], processor: [] };
  for (let run = 0; run < RUNS; run++) {
    const db = await open();
    const { root } = await db.current();
    const [start, used] = [performance.now(), process.cpuUsage()];
    await rootshift.execute(poseidon, db, root, block);
    const { user, system } = process.cpuUsage(used);
    seconds.clock.push((performance.now() - start) / 1e3);
    seconds.processor.push((user + system) / 1e6);
    await db.close();
  }
  const rate = (times) => Math.round(block.accesses.length / median(times));
  return { clock: rate(seconds.clock), processor: rate(seconds.processor) };
}

async function executors(folder) {
  const memory = new MemoryDriver();
  memory.close = async () => {}; // its content is gone with it
  return {
    memory: await executor(async () => memory),
    embedded: await executor(() => rootshift.openLevel(path.join(folder, 'db'), { createIfMissing: true })),
  };
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
try {
  const results = {
    machine: `${os.cpus().length} x ${os.cpus()[0]?.model}, Node ${process.versions.node}`,
    executorAccessesPerSecond: await executors(folder),
  };
  if (process.argv.includes('--json')) console.log(JSON.stringify(results, null, 2));
  else {
    console.log(`${results.machine}\nExecutor, accesses a second (median of ${RUNS} runs of ${block.accesses.length} accesses)`);
    console.table(results.executorAccessesPerSecond);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
