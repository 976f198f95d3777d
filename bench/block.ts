// Proves all 1,211 accesses of mainnet block 20,472,570 on a state of 100,000 entries (what the block found, and random
// others), verifies the chain of proofs, and tells what it took: wall time, the prover's own time, peak memory of the
// proving process and of its provers (Linux), accesses a second.
//   npm run prove:block -- [--prover PROGRAM] [--circuit NAME] [--entries N] [--transactions N]
// Adds its row to bench/results/block.json and block.md, in place of an earlier one of the same prover and circuits;
// not for the block's first N transactions, which are a trial.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../scripts/ready.mjs';
import { circuitNamed } from './harness/circuit-name.js';
import { measure } from './harness/measure.js';
import type { BlockProof } from './measures/block.js';
import { table } from './reports/format.js';

const { values: args } = parseArgs({
  options: {
    prover: { type: 'string', default: 'auto' },
    circuit: { type: 'string' },
    entries: { type: 'string', default: '100000' },
    transactions: { type: 'string' },
  },
});

/** Writes the figures of a whole block down, beside those of other runs. */
function keep(result: BlockProof): void {
  const results = path.join(ROOT, 'bench', 'results');
  mkdirSync(results, { recursive: true });
  const file = path.join(results, 'block.json');
  const earlier: BlockProof[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).runs : [];
  const runs = [...earlier.filter((run) => run.prover !== result.prover || run.circuits !== result.circuits), result];
  writeFileSync(file, `${JSON.stringify({ command: 'npm run prove:block', runs }, null, 2)}\n`);
  writeFileSync(
    path.join(results, 'block.md'),
    `# A mainnet block, proven

\`npm run prove:block\`: all ${result.accesses.toLocaleString('en')} accesses of block 20,472,570 on a state of ${result.entries.toLocaleString('en')} entries, as a chain of proofs that was verified.
In a chain of several, a witness is made while the proof before it is, on the same cores, which makes it take longer than alone.

${table(
  [
    'prover',
    'proofs',
    'wall s',
    "wall by prover's time",
    "witness by prover's time",
    'accesses a second',
    'a core',
    'peak MiB, own + provers',
    'planned s',
    'machine',
  ],
  runs.map((run) => [
    run.prover,
    run.circuits,
    run.wallSeconds,
    run.wallByProver,
    run.witnessByProver,
    run.accessesASecond,
    run.accessesASecondACore,
    `${run.peakMiB.own} + ${run.peakMiB.provers}`,
    run.plannedSeconds,
    run.machine,
  ]),
)}
`,
  );
}

const result = measure('block', {
  home: ROOT,
  prover: args.prover,
  ...(args.circuit !== undefined && { circuit: circuitNamed(args.circuit) }),
  entries: Number(args.entries),
  ...(args.transactions !== undefined && { transactions: Number(args.transactions) }),
});
if (args.transactions === undefined) keep(result);
console.log(JSON.stringify(result, null, 2));
