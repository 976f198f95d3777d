// Proves beside the peer: the same accesses by a circuit of ours and by one of circomlib's SMTVerifier and SMTProcessor,
// one an access, at 32 levels, compiled with --O2 and of at most 2^18 constraints, with the same prover, in turn. The figure
// for a whole list is computed: the number of such proofs that it takes, each of a whole circuit, at what one took.
//   npm run bench:prove -- [--prover PROGRAM] [--circuit NAME] [--runs N]
// Writes bench/results/prove.json and prove.md: a row for each list, circuit and prover, in place of an earlier one.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './bench/measure.mjs';
import { listsOf, pairOf } from './bench/pair.mjs';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const rootshift = await import('../dist/index.js');
const { values: args } = parseArgs({
  options: {
    prover: { type: 'string', default: 'auto' },
    circuit: { type: 'string', default: 's18t' },
    runs: { type: 'string', default: '3' },
  },
});

const [found] = await rootshift.findProvers(args.prover, process.env.PATH ?? '');
const prover = path.basename(found.name);
const file = path.join(ROOT, 'bench', 'results', 'prove.json');
const rows = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];

for (const [name, list] of Object.entries(listsOf(rootshift, ROOT))) {
  console.error(`proving ${list.what} ...`);
  const artifacts = path.join(ROOT, '.rootshift', 'artifacts');
  const {
    ours,
    peer,
    runs,
    accesses,
    what,
    seconds: { [prover]: seconds },
  } = await pairOf(rootshift, {
    artifacts,
    list,
    circuit: args.circuit,
    size: 2 ** 18,
    runs: Number(args.runs),
    provers: [{ ...found, name: prover }],
  });
  const side = (of, each) => ({ ...of, secondsAProof: each, accessesASecond: accesses / (of.proofs * each) });
  const row = {
    list: name,
    what,
    accesses,
    prover,
    runs,
    machine: `${machine()}, load average ${os.loadavg()[0].toFixed(1)}`,
    ours: side(ours, seconds.ours),
    peer: side(peer, seconds.peer),
  };
  const isOther = (one) => one.list !== name || one.prover !== prover || one.ours.circuit !== ours.circuit;
  rows.splice(0, rows.length, ...rows.filter(isOther), {
    ...row,
    ratio: row.ours.accessesASecond / row.peer.accessesASecond,
  });
}

const figure = (x) => Number(x.toPrecision(3)).toLocaleString('en');
const sideOf = ({ circuit = 'circomlib', constraints, proofs, secondsAProof, accessesASecond }) =>
  `${circuit}, ${constraints.toLocaleString('en')}; ${proofs} x ${figure(secondsAProof)} s; ${figure(accessesASecond)} a second`;
const text = `# Proving, beside circomlib's trees

Made by \`npm run bench:prove\`: a chunk of the list by a circuit of ours, and its first accesses by a circuit of circomlib's SMTVerifier and
SMTProcessor at 32 levels, one an access, of at most 2^18 constraints; the same prover, in turn, medians. The figure for a list is
computed: the number of proofs that it takes, each of a whole circuit, times what one took (a chunk's last proof may be by a
smaller circuit; it counts as the others).

| list | accesses | prover | ours: circuit, constraints; proofs; accesses proven | the peer's | ratio | runs; machine |
|---|---|---|---|---|---|---|
${rows
  .map(
    ({ what, accesses, prover: by, ours, peer, ratio, runs, machine: on }) =>
      `| ${what} | ${accesses.toLocaleString('en')} | ${by} | ${sideOf(ours)} | ${sideOf(peer)} | ${ratio.toFixed(2)} | ${runs}; ${on} |`,
  )
  .join('\n')}
`;
writeFileSync(file, `${JSON.stringify(rows, null, 2)}\n`);
writeFileSync(file.replace(/json$/, 'md'), text);
console.log(text);
