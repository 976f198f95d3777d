// Proves beside the peer: the same accesses by a circuit of ours and by one of circomlib's SMTVerifier and
// SMTProcessor, one an access, at 32 levels, compiled with --O2 and of at most 2^18 constraints, with the same prover,
// in turn. The figure for a whole list is computed: the number of such proofs that it takes, each of a whole circuit,
// at what one took.
//   npm run bench:prove -- [--quick] [--prover PROGRAM] [--circuit NAME] [--runs N]
// Writes bench/results/prove.json and prove.md: a row for each list, circuit and prover, in place of an earlier one.
// --quick is a trial: it proves a few accesses once by each side, with small circuits, and writes nothing.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findProvers } from 'rootshift';
import { ROOT } from '../scripts/ready.mjs';
import { circuitNamed } from './harness/circuit-name.js';
import { load, machine } from './harness/measure.js';
import { listsOf, pairOf } from './harness/pair.js';
import type { AccessList, Pair } from './harness/pair.js';
import { number, table } from './reports/format.js';

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    prover: { type: 'string', default: 'auto' },
    circuit: { type: 'string' },
    runs: { type: 'string' },
  },
});

/** What one side took for a list. */
interface Side {
  readonly constraints: number;
  readonly accesses: number;
  readonly proofs: number;
  readonly secondsAProof: number;
  readonly accessesASecond: number;
}

interface Row {
  readonly list: string;
  readonly what: string;
  readonly accesses: number;
  readonly prover: string;
  readonly runs: number;
  readonly machine: string;
  readonly ours: Side & { readonly circuit: string };
  readonly peer: Side;
  readonly ratio: number;
}

const [found] = await findProvers(args.prover, process.env['PATH'] ?? '');
if (found === undefined) throw new Error('expected a prover');
const prover = { ...found, name: path.basename(found.name) };
const artifacts = path.join(ROOT, '.rootshift', 'artifacts');
const circuit = circuitNamed(args.circuit ?? (args.quick ? 's14' : 's18t'));
const runs = Number(args.runs ?? (args.quick ? 1 : 3));

async function rowOf(name: string, list: AccessList): Promise<Row> {
  console.error(`proving ${list.what} ...`);
  const size = args.quick ? 10_000 : 2 ** 18;
  const pair = await pairOf({ artifacts, list, circuit, size, runs, provers: [prover] });
  const seconds = pair.seconds[prover.name]!;
  const side = <Of extends Pair['peer'] | Pair['ours']>(of: Of, each: number) => ({
    ...of,
    secondsAProof: each,
    accessesASecond: pair.accesses / (of.proofs * each),
  });
  const ours = side(pair.ours, seconds.ours);
  const peer = side(pair.peer, seconds.peer);
  return {
    list: name,
    what: list.what,
    accesses: pair.accesses,
    prover: prover.name,
    runs,
    machine: `${machine()}, load average ${load()}`,
    ours,
    peer,
    ratio: ours.accessesASecond / peer.accessesASecond,
  };
}

const figure = (x: number): string => Number(x.toPrecision(3)).toLocaleString('en');
const sideOf = (name: string, { constraints, proofs, secondsAProof, accessesASecond }: Side): string =>
  `${name}, ${number(constraints)}; ${proofs} x ${figure(secondsAProof)} s; ${figure(accessesASecond)} a second`;

const page = (rows: readonly Row[]): string => `# Proving, beside circomlib's trees

Made by \`npm run bench:prove\`: a chunk of the list by a circuit of ours, and its first accesses by a circuit of circomlib's SMTVerifier and
SMTProcessor at 32 levels, one an access, of at most 2^18 constraints; the same prover, in turn, medians. The figure for a list is
computed: the number of proofs that it takes, each of a whole circuit, times what one took (a chunk's last proof may be by a
smaller circuit; it counts as the others).

${table(
  [
    'list',
    'accesses',
    'prover',
    'ours: circuit, constraints; proofs; accesses proven',
    "the peer's",
    'ratio',
    'runs; machine',
  ],
  rows.map((row) => [
    row.what,
    number(row.accesses),
    row.prover,
    sideOf(row.ours.circuit, row.ours),
    sideOf('circomlib', row.peer),
    row.ratio.toFixed(2),
    `${row.runs}; ${row.machine}`,
  ]),
)}
`;

const file = path.join(ROOT, 'bench', 'results', 'prove.json');
const { block, distinct } = listsOf(ROOT);
const lists: Readonly<Record<string, AccessList>> = args.quick
  ? { block: { ...block, accesses: block.accesses.slice(0, 2) } }
  : { block, distinct };
let rows: Row[] = existsSync(file) && !args.quick ? JSON.parse(readFileSync(file, 'utf8')) : [];
for (const [name, list] of Object.entries(lists)) {
  const row = await rowOf(name, list);
  const isOther = (one: Row): boolean =>
    one.list !== name || one.prover !== row.prover || one.ours.circuit !== row.ours.circuit;
  rows = [...rows.filter(isOther), row];
}
if (!args.quick) {
  writeFileSync(file, `${JSON.stringify(rows, null, 2)}\n`);
  writeFileSync(file.replace(/json$/, 'md'), page(rows));
}
console.log(page(rows));
// The peers' threads keep the process alive.
process.exit();
