// Measures circuits of the catalogue, those named or all: compiling, development keys, one proof by snarkjs of a
// batch that every circuit has room for (its size decides the time, not how full it is). Writes what it found to
// circuits/measured.json, which `rootshift circuits` shows. Everything is made anew, in a directory of its own, and
// takes 15 minutes on 2 quiet cores.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  ArtifactStore,
  CIRCUIT_NAMES,
  circuitInputs,
  compileCircuit,
  execute,
  HashDb,
  loadEntries,
  MemoryDriver,
  parseBatch,
  poseidonScheme,
  provingKeys,
  SNARKJS,
  WitnessCalculator,
} from 'rootshift';
import type { CircuitName, CircuitSize, Trace } from 'rootshift';
import type { Measurement, Measurements } from '#dist/machine/circuit/pins.js';
import { readR1cs } from '#dist/proof/setup/r1cs.js';
import { circuitNamed } from '../bench/harness/circuit-name.js';
import { density, seconds } from './figures.js';
import { ROOT } from './ready.mjs';

const RESULTS = path.join(ROOT, 'circuits', 'measured.json');
const names = process.argv.length > 2 ? process.argv.slice(2).map(circuitNamed) : CIRCUIT_NAMES;

const block = parseBatch(readFileSync(path.join(ROOT, 'examples', 'mainnet-block-20472570.json'), 'utf8'));

/** The trace of the block's first two accesses, on the state that the block found. */
async function smallTrace(size: CircuitSize): Promise<Trace> {
  const scheme = poseidonScheme(size.bitsPerLevel);
  const db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
  await db.commit({ ...(await loadEntries(scheme, block.prestate)), origin: 'load' });
  const batch = { ...block, accesses: block.accesses.slice(0, 2) };
  return (await execute(db, (await db.current()).root, batch, size)).trace;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-measure-'));
/** In a child, before its program: writes its peak resident memory, in KiB, when it ends. */
const peakFile = path.join(folder, 'peak');
// The compiler's process has another between it and this one: the largest counts.
const hook = `import{readFileSync,writeFileSync}from"node:fs";process.on("exit",()=>{const f=${JSON.stringify(peakFile)};let peak=0;try{peak=Number(readFileSync(f))}catch{};writeFileSync(f,String(Math.max(peak,process.resourceUsage().maxRSS)))})`;
const REPORT_PEAK = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
const peakMiB = (): number => {
  const peak = Number(readFileSync(peakFile, 'utf8'));
  rmSync(peakFile);
  return Math.round(peak / 1024);
};

async function measure(name: CircuitName): Promise<Measurement> {
  const store = new ArtifactStore(path.join(folder, name));
  process.env['NODE_OPTIONS'] = REPORT_PEAK; // for the compiler's process
  const [circuit, compileSeconds] = await seconds(() => compileCircuit(store, name));
  delete process.env['NODE_OPTIONS'];
  const compileMiB = peakMiB();
  const [keys, keysSeconds] = await seconds(() => provingKeys(store, circuit));
  const trace = await smallTrace(circuit.size);
  const file = (what: string): string => path.join(folder, `${name}.${what}`);
  const calculator = new WitnessCalculator();
  const [, witnessSeconds] = await seconds(() =>
    calculator.write(circuitInputs(trace, circuit.size), circuit.wasm, file('wtns')),
  );
  await calculator.close();
  const [node, ...args] = SNARKJS.command;
  const [{ status, stderr }, proofSeconds] = await seconds(() =>
    spawnSync(node, [REPORT_PEAK, ...args, keys.zkey, file('wtns'), file('proof'), file('public')], {
      encoding: 'utf8',
    }),
  );
  if (status !== 0) throw new Error(`snarkjs ended with exit code ${status}: ${stderr}`);
  const keyMB = Math.round(statSync(keys.zkey).size / 1e6);
  const results = {
    digest: circuit.digest,
    ...density(await readR1cs(circuit.r1cs)),
    compileSeconds,
    compileMiB,
    keysSeconds,
    keyMB,
    witnessSeconds,
    proofSeconds,
    proofMiB: peakMiB(),
  };
  rmSync(store.directory, { recursive: true });
  return results;
}

try {
  const machine = `${os.cpus().length} x ${os.cpus()[0]?.model?.trim()}, Node ${process.versions.node}`;
  const earlier: Measurements = JSON.parse(readFileSync(RESULTS, 'utf8'));
  const circuits = { ...earlier.circuits };
  for (const name of names) {
    console.error(`measuring ${name} ...`);
    circuits[name] = await measure(name);
    const ordered = Object.fromEntries(CIRCUIT_NAMES.filter((n) => n in circuits).map((n) => [n, circuits[n]]));
    writeFileSync(RESULTS, `${JSON.stringify({ machine, circuits: ordered }, null, 2)}\n`);
  }
  console.table(
    Object.fromEntries(names.map((name) => [name, circuits[name]])),
    Object.keys(Object.values(circuits)[0] ?? {}).slice(1),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
