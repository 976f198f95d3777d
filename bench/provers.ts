// Provers side by side, on one key and witness: rapidsnark (where it is found), Rootshift's own by both of its kernels,
// snarkjs, in turn. Of each the processor's time (user and system), which others' load on the machine changes least,
// time by the clock and peak memory; medians, and beside snarkjs's. Every proof is verified. On Linux, whose /proc it
// reads.
//   npm run bench:provers -- [--quick] [--circuit NAME] [--runs N] [--zkey FILE --witness FILE]
// --quick proves once, by the smallest circuit.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  ArtifactStore,
  circuitInputs,
  circuitsWith,
  compileCircuit,
  findProvers,
  planBatch,
  provingKeys,
  startingState,
  WitnessCalculator,
} from 'rootshift';
import type { CircuitName, ProverProgram } from 'rootshift';
import { exportVerificationKey, groth16Verify } from '#dist/base/untyped/snarkjs.js';
import { ROOT } from '../scripts/ready.mjs';
import { circuitNamed } from './harness/circuit-name.js';
import { load, machine } from './harness/measure.js';
import { listsOf } from './harness/pair.js';
import { median } from './harness/timing.js';
import { asBatch } from './harness/workloads.js';

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    circuit: { type: 'string' },
    runs: { type: 'string' },
    zkey: { type: 'string' },
    witness: { type: 'string' },
  },
});
const circuitName = circuitNamed(args.circuit ?? (args.quick ? 's14' : 's16'));
const runCount = Number(args.runs ?? (args.quick ? 1 : 3));
const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
const file = (name: string): string => path.join(folder, name);

interface Material {
  readonly zkey: string;
  readonly witness: string;
}

/** A key of the circuit, and the witness of as many accesses as it has room for. */
async function material(name: CircuitName): Promise<Material> {
  const { prestate, accesses } = listsOf(ROOT).distinct;
  const store = new ArtifactStore(path.join(ROOT, '.rootshift', 'artifacts'));
  const circuit = await compileCircuit(store, name);
  const { zkey } = await provingKeys(store, circuit);
  // The smallest circuit has no room for paths to more entries.
  const few = name.startsWith('s14') ? 20 : prestate.length;
  const batch = asBatch(accesses.slice(0, few));
  const start = await startingState(null, { ...batch, prestate: prestate.slice(0, few) });
  const { chunks } = await planBatch({ start, batch, circuits: circuitsWith(name) });
  const chunk = chunks.find((one) => one.circuit === name);
  if (chunk === undefined) throw new Error(`expected a chunk for circuit ${name}, got ${chunks[0]?.circuit}`);
  await using calculator = new WitnessCalculator();
  await calculator.write(circuitInputs(chunk.trace, chunk.size), circuit.wasm, file('witness.wtns'));
  return { zkey, witness: file('witness.wtns') };
}

/** Rootshift's own prover with the kernel of integers, which it has where there is no relaxed SIMD. */
const INTEGERS = `
  import { writeFileSync } from 'node:fs';
  import { kernelFor } from ${JSON.stringify(import.meta.resolve('#dist/base/bn254/machine.js'))};
  import { proveWith } from ${JSON.stringify(import.meta.resolve('#dist/proof/groth16/prove.js'))};
  const [zkey, witness, proof, publics] = process.argv.slice(-4);
  const made = await proveWith(kernelFor(false), zkey, witness, {});
  writeFileSync(proof, JSON.stringify(made.proof));
  writeFileSync(publics, JSON.stringify(made.publicSignals));
`;

/** What one run took: seconds of the processor and by the clock, and MiB. */
interface Run {
  readonly processor: number;
  readonly clock: number;
  readonly memory: number;
}

/** Runs a prover, and reads what it has used as long as it lives: to a fiftieth of a second. */
function measured([program, ...programArgs]: ProverProgram['command'], files: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(program, [...programArgs, ...files], { stdio: ['ignore', 'ignore', 'inherit'] });
    let used = { processor: 0, memory: 0 };
    const look = setInterval(() => {
      if (child.pid !== undefined) used = usedBy(child.pid) ?? used;
    }, 20);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearInterval(look);
      if (code === 0) resolve({ ...used, clock: (performance.now() - begun) / 1000 });
      else reject(new Error(`${program} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** Null of a process that has just ended. */
function usedBy(pid: number): Pick<Run, 'processor' | 'memory'> | null {
  const TICKS_A_SECOND = 100;
  try {
    const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
      .slice(11, 13)
      .map(Number);
    const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return peak === undefined ? null : { processor: (user + system) / TICKS_A_SECOND, memory: Number(peak) / 1024 };
  } catch {
    return null;
  }
}

function printFigures(runs: ReadonlyMap<string, readonly Run[]>): void {
  const figures = [...runs].map(([name, taken]) => ({
    name,
    processor: median(taken.map(({ processor }) => processor)),
    clock: median(taken.map(({ clock }) => clock)),
    memory: median(taken.map(({ memory }) => memory)),
  }));
  const snarkjs = figures.at(-1);
  if (snarkjs === undefined) throw new Error('expected a prover');
  const of = (row: Run, what: keyof Run): number => Number((row[what] / snarkjs[what]).toPrecision(3));
  console.log(`${args.zkey ?? circuitName}; ${runCount} runs; ${machine()}, load average ${load()}`);
  console.table(
    Object.fromEntries(
      figures.map((row) => [
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
}

try {
  const { zkey, witness } =
    args.zkey === undefined || args.witness === undefined
      ? await material(circuitName)
      : { zkey: args.zkey, witness: args.witness };
  const key = await exportVerificationKey(zkey);
  const found = await findProvers('auto', process.env['PATH'] ?? '');
  const integers: Pick<ProverProgram, 'name' | 'command'> = {
    name: 'rootshift, of integers',
    command: [process.execPath, '--input-type=module', '-e', INTEGERS, '--'],
  };
  const provers = [...found.slice(0, -1), integers, ...found.slice(-1)];
  const runs = new Map(provers.map(({ name }): [string, Run[]] => [name, []]));
  for (let run = 0; run < runCount; run++) {
    for (const { name, command } of provers) {
      console.error(`run ${run + 1}: ${name} ...`);
      runs.get(name)?.push(await measured(command, [zkey, witness, file('proof.json'), file('public.json')]));
      const proof = JSON.parse(readFileSync(file('proof.json'), 'utf8'));
      const signals: string[] = JSON.parse(readFileSync(file('public.json'), 'utf8'));
      if (!(await groth16Verify(key, signals.map(BigInt), proof)))
        throw new Error(`the proof of ${name} does not hold`);
    }
  }
  printFigures(runs);
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);
