// Proves beside the peer: the same accesses by a circuit of ours and by one of circomlib's SMTVerifier and SMTProcessor,
// one an access, at 32 levels, compiled with --O2; both of about 2^18 constraints, with the same prover, in turn. The figure
// for a whole list is the number of such circuits that it takes, each counted in full, times what one took.
//   npm run bench:prove -- [--prover PROGRAM] [--circuit NAME] [--runs N] [--list block|distinct]
// Writes bench/results/prove.json and prove.md, but not for one list alone, which is a trial.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { newMemEmptyTrie } from 'circomlibjs';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const rootshift = await import('../dist/index.js');
const { runProver } = await import('../dist/prover/program.js');
const { developmentSetup } = await import('../dist/setup/index.js');
const { values: args } = parseArgs({
  options: { prover: { type: 'string', default: 'auto' }, circuit: { type: 'string', default: 's18' }, runs: { type: 'string', default: '3' }, list: { type: 'string' } },
});

const LEVELS = 32;
/** Of the peer's components, by circuit-costs.mjs. */
const PEER_COST = { read: 9_585, write: 17_523 };
const SIZE = 2 ** 18;

const poseidon = await rootshift.loadPoseidon();
const store = new rootshift.ArtifactStore(path.join(ROOT, '.rootshift', 'artifacts'));
const [program] = await rootshift.findProvers(args.prover, process.env.PATH ?? '');
const block = rootshift.parseBatch(readFileSync(path.join(ROOT, 'examples', 'mainnet-block-20472570.json'), 'utf8'));

/** Every entry of the block's prestate once: read and updated in turn. */
const distinct = {
  ...block,
  accesses: block.prestate.slice(0, 480).map(({ value, ...entry }, i) => (i % 2 === 0 ? { op: 'read', ...entry } : { op: 'write', ...entry, value: value + 1n })),
};
const LISTS = {
  block: ['the mainnet block', block],
  distinct: ['distinct keys, half of them updated', distinct],
};

/** Operations that fill a peer's circuit, from the first on; and how many such circuits the list takes. */
function packPeer({ accesses }) {
  const circuits = [];
  let left = 0;
  for (const { op } of accesses) {
    if (left < PEER_COST[op]) {
      circuits.push(0);
      left = SIZE;
    }
    left -= PEER_COST[op];
    circuits[circuits.length - 1]++;
  }
  return { first: accesses.slice(0, circuits[0]), circuits: circuits.length };
}

const peerSource = (ops) => `pragma circom 2.0.0;
include "circomlib/circuits/smt/smtverifier.circom";
include "circomlib/circuits/smt/smtprocessor.circom";
template Peer() {
  signal input oldRoot;
  signal input siblings[${ops.length}][${LEVELS}];
  signal input fnc[${ops.length}][2];
  signal input old[${ops.length}][3];
  signal input leaf[${ops.length}][2];
  signal output newRoot;
  signal root[${ops.length + 1}];
  root[0] <== oldRoot;
${ops.map((op, i) => (op === 'read'
    ? `  component step${i} = SMTVerifier(${LEVELS});
  step${i}.enabled <== 1;
  step${i}.fnc <== fnc[${i}][0];
  step${i}.root <== root[${i}];
  step${i}.key <== leaf[${i}][0];
  step${i}.value <== leaf[${i}][1];`
    : `  component step${i} = SMTProcessor(${LEVELS});
  step${i}.fnc <== fnc[${i}];
  step${i}.oldRoot <== root[${i}];
  step${i}.newKey <== leaf[${i}][0];
  step${i}.newValue <== leaf[${i}][1];`) + `
  step${i}.siblings <== siblings[${i}];
  step${i}.oldKey <== old[${i}][0];
  step${i}.oldValue <== old[${i}][1];
  step${i}.isOld0 <== old[${i}][2];
  root[${i + 1}] <== ${op === 'read' ? `root[${i}]` : `step${i}.newRoot`};`).join('\n')}
  newRoot <== root[${ops.length}];
}
component main {public [oldRoot]} = Peer();
`;

/** Compiled and set up once for each list of operations, and kept. */
async function peerCircuit(ops) {
  const source = peerSource(ops);
  const artifact = await store.ensure('peer', [source], async (folder) => {
    console.error(`compiling and setting up the peer's circuit for ${ops.length} operations ...`);
    const work = mkdtempSync(path.join(ROOT, '.rootshift', 'peer-'));
    try {
      // The compiler sees only files below its working directory.
      const { resolve } = createRequire(import.meta.url);
      cpSync(path.dirname(resolve('circomlib/circuits/poseidon.circom')), path.join(work, 'circomlib', 'circuits'), { recursive: true, dereference: true });
      writeFileSync(path.join(work, 'peer.circom'), source);
      const printed = execFileSync(process.execPath, [resolve('circom2/cli.js'), 'peer.circom', '--r1cs', '--wasm', '--O2', '-l', '.', '-o', '.'], { cwd: work, encoding: 'utf8' });
      renameSync(path.join(work, 'peer.r1cs'), path.join(folder, 'peer.r1cs'));
      renameSync(path.join(work, 'peer_js', 'peer.wasm'), path.join(folder, 'peer.wasm'));
      await developmentSetup({ r1cs: path.join(folder, 'peer.r1cs'), zkey: path.join(folder, 'peer.zkey') });
      return { constraints: Number(/^non-linear constraints: (\d+)/m.exec(printed)[1]) };
    } finally {
      rmSync(work, { recursive: true });
    }
  });
  return { ...artifact.manifest, wasm: path.join(artifact.folder, 'peer.wasm'), zkey: path.join(artifact.folder, 'peer.zkey') };
}

/** What circomlibjs's tree does for each access, as the peer's inputs. */
async function peerInputs(prestate, accesses) {
  const tree = await newMemEmptyTrie();
  const { F } = tree;
  const keyOf = (entry) => F.e(rootshift.treeKey(poseidon, entry));
  const valueOf = (value) => F.e(rootshift.leafValue(poseidon, value));
  for (const entry of prestate) await tree.insert(keyOf(entry), valueOf(entry.value));
  const number = (x) => F.toObject(x);
  const inputs = { oldRoot: number(tree.root), siblings: [], fnc: [], old: [], leaf: [] };
  const add = (result, fnc, leaf, otherKey, otherValue) => {
    const siblings = result.siblings.map(number);
    inputs.siblings.push([...siblings, ...Array.from({ length: LEVELS - siblings.length }, () => 0n)]);
    inputs.fnc.push(fnc);
    inputs.old.push(result.isOld0 ? [0n, 0n, 1n] : [otherKey === undefined ? 0n : number(otherKey), otherValue === undefined ? 0n : number(otherValue), 0n]);
    inputs.leaf.push(leaf.map(number));
  };
  for (const access of accesses) {
    const key = keyOf(access);
    const found = await tree.find(key);
    if (access.op === 'read') {
      if (found.found) add({ ...found, isOld0: false }, [0n, 0n], [key, found.foundValue]);
      else add(found, [1n, 0n], [key, F.e(0n)], found.notFoundKey, found.notFoundValue);
    } else if (access.value === 0n) {
      const result = await tree.delete(key);
      add(result, [1n, 1n], [result.delKey, result.delValue], result.oldKey, result.oldValue);
    } else if (found.found) {
      const result = await tree.update(key, valueOf(access.value));
      add({ ...result, isOld0: false }, [0n, 1n], [result.newKey, result.newValue], result.oldKey, result.oldValue);
    } else {
      const result = await tree.insert(key, valueOf(access.value));
      add(result, [1n, 0n], [key, valueOf(access.value)], result.oldKey, result.oldValue);
    }
  }
  return inputs;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'rootshift-bench-'));
const calculator = new rootshift.WitnessCalculator();
const signal = new AbortController().signal;
const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const best = (times) => Number(Math.min(...times).toFixed(2));

async function benchmark(name, list) {
  const db = await rootshift.HashDb.open(new rootshift.MemoryDriver(), rootshift.poseidonScheme(poseidon, 2), { createIfMissing: true });
  await db.commit({ ...(await rootshift.loadEntries(poseidon, db.scheme, block.prestate)), origin: 'load' });
  const { root } = await db.current();
  const start = { reader: db, root, load: null };
  const { chunks } = await rootshift.planBatch({ poseidon, start, batch: list, circuits: rootshift.circuitsWith(args.circuit) });
  const ourCircuit = await rootshift.compileCircuit(store, args.circuit);
  const ourKeys = await rootshift.provingKeys(store, ourCircuit);
  const { first, circuits } = packPeer(list);
  const peer = await peerCircuit(first.map(({ op }) => op));

  const file = (what) => path.join(folder, what);
  const [chunk] = chunks.filter(({ circuit }) => circuit === args.circuit);
  await calculator.write(rootshift.circuitInputs(poseidon, chunk.trace, chunk.size), ourCircuit.wasm, file('ours.wtns'));
  await calculator.write(await peerInputs(list.prestate, first), peer.wasm, file('peer.wtns'));
  const times = { ours: [], peer: [] };
  const prove = (zkey, wtns) => seconds(() => runProver(program, { zkey, wtns, folder, timeoutMs: 3_600_000, signal }));
  for (let run = 0; run < Number(args.runs); run++) {
    times.ours.push(await prove(ourKeys.zkey, file('ours.wtns')));
    times.peer.push(await prove(peer.zkey, file('peer.wtns')));
  }
  const side = (constraints, proofs, accessesInOne, secondsEach) => {
    const block = proofs * secondsEach;
    return { constraints, proofs, accessesInFirst: accessesInOne, secondsAProof: secondsEach, secondsForTheList: Number(block.toFixed(1)), accessesASecond: Number((list.accesses.length / block).toFixed(2)) };
  };
  const ours = side(ourCircuit.constraints, chunks.length, chunk.accesses, best(times.ours));
  const theirs = side(peer.constraints, circuits, first.length, best(times.peer));
  return { list: name, accesses: list.accesses.length, ours, peer: theirs, ratio: Number((ours.accessesASecond / theirs.accessesASecond).toFixed(2)) };
}

function keep(results, text) {
  const folder = path.join(ROOT, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'prove.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(path.join(folder, 'prove.md'), `# Proving, beside circomlib's trees

\`npm run bench:prove\` on ${results.machine}; proofs by ${results.prover}, the best of ${results.runs} runs in turn. One proof of each is timed; the
figure for a list is the number of circuits that it takes, each counted in full, times that.

${text}`);
}

try {
  const lists = [];
  for (const list of args.list === undefined ? Object.values(LISTS) : [LISTS[args.list]]) lists.push(await benchmark(...list));
  const machine = `${os.cpus().length} x ${os.cpus()[0]?.model?.trim()}, Node ${process.versions.node}, load ${os.loadavg()[0].toFixed(1)}`;
  const results = { command: 'npm run bench:prove', machine, prover: program.name, circuit: args.circuit, runs: Number(args.runs), lists };
  const row = (who, { constraints, proofs, secondsAProof, secondsForTheList, accessesASecond }) =>
    `| ${who} | ${constraints.toLocaleString('en')} | ${proofs} | ${secondsAProof} | ${secondsForTheList} | ${accessesASecond} |`;
  const text = lists.map(({ list, accesses, ours, peer, ratio }) => `## ${list}, ${accesses} accesses: ${ratio} times as many a second

| | constraints | proofs | seconds a proof | proofs x seconds | accesses a second |
|---|---|---|---|---|---|
${row(`${args.circuit}`, ours)}
${row(`circomlib, ${LEVELS} levels`, peer)}
`).join('\n');
  if (args.list === undefined) keep(results, text);
  console.log(text);
} finally {
  await calculator.close();
  rmSync(folder, { recursive: true, force: true });
}
