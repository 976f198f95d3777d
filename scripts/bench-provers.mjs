// Provers side by side, on one key and witness: rapidsnark (where it is found), Rootshift's own by both of its kernels, snarkjs,
// in turn. Of each the processor's time (user and system), which others' load on the machine changes least, time by the
// clock and peak memory; medians, and beside snarkjs's. Every proof is verified. On Linux, whose /proc it reads.
//   npm run bench:provers -- [--circuit NAME] [--runs N] [--zkey FILE --witness FILE]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './bench/measure.mjs';
import { listsOf } from './bench/pair.mjs';
import { asBatch } from './bench/workloads.mjs';
import { median } from './bench/world.mjs';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const rootshift = await import('../dist/index.js');
const { exportVerificationKey, groth16Verify } = await import('../dist/base/untyped/snarkjs.js');
const { values: args } = parseArgs({
  options: {
    circuit: { type: 'string', default: 's16' },
    runs: { type: 'string', default: '3' },
    zkey: { type: 'string' },
    witness: { type: 'string' },
  },
});
const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
const file = (name) => path.join(folder, name);

/** A key of the circuit, and the witness of as many accesses as it has room for. */
async function material(name) {
  const { prestate, accesses } = listsOf(rootshift, ROOT).distinct;
  const store = new rootshift.ArtifactStore(path.join(ROOT, '.rootshift', 'artifacts'));
  const circuit = await rootshift.compileCircuit(store, name);
  const { zkey } = await rootshift.provingKeys(store, circuit);
  // The smallest circuit has no room for paths to more entries.
  const few = name.startsWith('s14') ? 20 : prestate.length;
  const batch = asBatch(accesses.slice(0, few));
  const start = await rootshift.startingState(null, { ...batch, prestate: prestate.slice(0, few) });
  const { chunks } = await rootshift.planBatch({ start, batch, circuits: rootshift.circuitsWith(name) });
  const chunk = chunks.find((one) => one.circuit === name);
  if (chunk === undefined) throw new Error(`expected a chunk for circuit ${name}, got ${chunks[0]?.circuit}`);
  const calculator = new rootshift.WitnessCalculator();
  await calculator.write(rootshift.circuitInputs(chunk.trace, chunk.size), circuit.wasm, file('witness.wtns'));
  await calculator.close();
  return { zkey, witness: file('witness.wtns') };
}

const INTEGERS = `
  import { writeFileSync } from 'node:fs';
  import { kernelFor } from ${JSON.stringify(new URL('../dist/base/bn254/machine.js', import.meta.url).href)};
  import { proveWith } from ${JSON.stringify(new URL('../dist/proof/groth16/prove.js', import.meta.url).href)};
  const [zkey, witness, proof, publics] = process.argv.slice(-4);
  const made = await proveWith(kernelFor(false), zkey, witness, {});
  writeFileSync(proof, JSON.stringify(made.proof));
  writeFileSync(publics, JSON.stringify(made.publicSignals));
`;

/** Runs a prover, and reads what it has used as long as it lives: to a fiftieth of a second. */
function measured([program, ...programArgs], files) {
  const TICKS_A_SECOND = 100;
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(program, [...programArgs, ...files], { stdio: ['ignore', 'ignore', 'inherit'] });
    let used = { processor: 0, memory: 0 };
    const look = setInterval(() => {
      try {
        const [user, system] = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ')
          .slice(11, 13)
          .map(Number);
        const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))?.[1];
        if (peak !== undefined) used = { processor: (user + system) / TICKS_A_SECOND, memory: Number(peak) / 1024 };
      } catch {} // it has just ended
    }, 20);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearInterval(look);
      if (code === 0) resolve({ ...used, clock: (performance.now() - begun) / 1000 });
      else reject(new Error(`${program} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

try {
  const { zkey, witness } =
    args.zkey === undefined ? await material(args.circuit) : { zkey: args.zkey, witness: args.witness };
  const key = await exportVerificationKey(zkey);
  const provers = (await rootshift.findProvers('auto', process.env.PATH ?? '')).map(({ name, command }) => ({
    name,
    command,
    runs: [],
  }));
  provers.splice(-1, 0, {
    name: 'rootshift, of integers',
    command: [process.execPath, '--input-type=module', '-e', INTEGERS, '--'],
    runs: [],
  });
  for (let run = 0; run < Number(args.runs); run++) {
    for (const { name, command, runs } of provers) {
      console.error(`run ${run + 1}: ${name} ...`);
      runs.push(await measured(command, [zkey, witness, file('proof.json'), file('public.json')]));
      const [proof, signals] = ['proof.json', 'public.json'].map((one) => JSON.parse(readFileSync(file(one), 'utf8')));
      if (!(await groth16Verify(key, signals.map(BigInt), proof)))
        throw new Error(`the proof of ${name} does not hold`);
    }
  }
  const rows = provers.map(({ name, runs }) => ({
    name,
    ...Object.fromEntries(['processor', 'clock', 'memory'].map((one) => [one, median(runs.map((run) => run[one]))])),
  }));
  const snarkjs = rows.at(-1);
  const of = (row, what) => Number((row[what] / snarkjs[what]).toPrecision(3));
  console.log(
    `${args.zkey ?? args.circuit}; ${args.runs} runs; ${machine()}, load average ${os.loadavg()[0].toFixed(1)}`,
  );
  console.table(
    Object.fromEntries(
      rows.map((row) => [
        row.name,
        {
          'processor s': Number(row.processor.toFixed(2)),
          'of snarkjs': of(row, 'processor'),
          'clock s': Number(row.clock.toFixed(2)),
          'of snarkjs ': of(row, 'clock'),
          'peak MiB': Math.round(row.memory),
          'of snarkjs  ': of(row, 'memory'),
        },
      ]),
    ),
  );
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);
