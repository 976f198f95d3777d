// Times the executor on the sample block: the whole block, from a database that was just opened, in memory and
// embedded. With --proof also one snarkjs proof by each of three circuits, its memory the prover's own peak;
// circuits and keys are made first if need be, which takes minutes. --json prints an object.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const rootshift = await import('../dist/index.js');
const { ArtifactStore, CATALOGUE, DEFAULT_CIRCUITS, HashDb, MemoryDriver, SNARKJS } = rootshift;

const RUNS = 7;
const PROVEN = ['s14', 's16', 's18'];
const poseidon = await rootshift.loadPoseidon();
const block = rootshift.parseBatch(readFileSync(path.join(ROOT, 'examples', 'mainnet-block-20472570.json'), 'utf8'));

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const schemeOf = (circuit) => rootshift.poseidonScheme(poseidon, CATALOGUE[circuit].bitsPerLevel);

async function load(db) {
  await db.commit({ ...(await rootshift.loadEntries(poseidon, db.scheme, block.prestate)), origin: 'load' });
  return db;
}

/** @returns median accesses a second: by the clock, and by this process's own use of the processor */
async function executor(openDriver) {
  const scheme = schemeOf(DEFAULT_CIRCUITS[2]);
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

/** The trace of the block's first two accesses, for which every circuit has room: its size decides the time. */
async function smallTrace(name) {
  const db = await load(await HashDb.open(new MemoryDriver(), schemeOf(name), { createIfMissing: true }));
  const { levels, topLevels } = CATALOGUE[name];
  const batch = { ...block, accesses: block.accesses.slice(0, 2) };
  return (await rootshift.execute(poseidon, db, (await db.current()).root, batch, { levels, topLevels })).trace;
}

/** In the prover, before its program: writes its peak resident memory, in KiB, when it ends. */
const REPORT_PEAK = (file) =>
  `data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(${JSON.stringify(file)},String(process.resourceUsage().maxRSS)))`;

async function proof(name, folder) {
  const store = new ArtifactStore(path.join(ROOT, '.rootshift', 'artifacts'));
  const circuit = await rootshift.compileCircuit(store, name);
  const { zkey } = await rootshift.provingKeys(store, circuit);
  const trace = await smallTrace(name);
  const start = performance.now();
  const wires = await rootshift.witness(poseidon, trace, circuit);
  const witness = performance.now() - start;

  const file = (what) => path.join(folder, `${name}.${what}`);
  writeFileSync(file('wtns'), wires);
  const [node, ...args] = SNARKJS.command;
  const begun = performance.now();
  const { status, stderr } = spawnSync(
    node,
    ['--import', REPORT_PEAK(file('peak')), ...args, zkey, file('wtns'), file('proof'), file('public')],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`snarkjs ended with exit code ${status}: ${stderr}`);
  return {
    constraints: circuit.constraints,
    witnessSeconds: Number((witness / 1000).toFixed(2)),
    proofSeconds: Number(((performance.now() - begun) / 1000).toFixed(1)),
    peakMiB: Math.round(Number(readFileSync(file('peak'), 'utf8')) / 1024),
  };
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
try {
  const results = {
    machine: `${os.cpus().length} x ${os.cpus()[0]?.model}, Node ${process.versions.node}`,
    executorAccessesPerSecond: await executors(folder),
    proofs: {},
  };
  if (process.argv.includes('--proof')) {
    for (const name of PROVEN) results.proofs[name] = await proof(name, folder);
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify(results, null, 2));
  else {
    console.log(`${results.machine}\nExecutor, accesses a second (median of ${RUNS} runs of ${block.accesses.length} accesses)`);
    console.table(results.executorAccessesPerSecond);
    if (process.argv.includes('--proof')) console.table(results.proofs);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
