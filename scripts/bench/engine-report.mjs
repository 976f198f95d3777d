// The results of bench.mjs, for people: a Markdown page, its short form for docs/benchmarks.md, and plots. Everything is computed
// from the results alone.
import { bars, plot, stackedBars } from './plot.mjs';
import { BLOCK, YCSB } from './workloads.mjs';

const number = (x, digits = 0) => x.toLocaleString('en', { maximumFractionDigits: digits });
/** Three digits that count, or all before the point. */
const figure = (x) => (x >= 100 ? number(x) : number(Number(x.toPrecision(3)), 6));
const table = (headings, rows) =>
  [headings, headings.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const titleOf = (name) => (name === BLOCK ? BLOCK : `YCSB ${name}: ${YCSB[name].title}`);

/** The largest state that the peers took part in, and the largest of all. */
const besidePeers = ({ states }) => states.findLast(({ peersHeldMiB }) => peersHeldMiB !== null);
const largest = ({ states }) => states.at(-1);

/** Constraints an access of the peer: each operation's own. */
const peerConstraints = ({ accesses, reads }, { read, write }) =>
  (reads * read + (accesses - reads) * write) / accesses;

/** The largest circuit that proofs were made by, of those that were planned for; else the smallest of these. */
function provenBy({ executor, proving }) {
  const made = proving.growth.map(({ circuit }) => circuit);
  return executor.plan.circuits.findLast((name) => made.includes(name)) ?? executor.plan.circuits[0];
}

/** Accesses proven a second: ours, whole circuits; and the peer's, as if its circuits were always full. */
function provenRates({ executor, proving }, plan, prover) {
  const { accesses } = plan;
  const { proofs } = plan.circuits[provenBy({ executor, proving })];
  const ours = Object.entries(proofs).reduce(
    (sum, [circuit, count]) => sum + count * secondsOf(proving, circuit, prover),
    0,
  );
  const {
    pair: { peer, seconds },
  } = proving;
  const theirs = accesses * peerConstraints(plan, proving.peerCosts) * (seconds[prover].peer / peer.constraints);
  return { ours: accesses / ours, peer: accesses / theirs, ratio: theirs / ours };
}

/** Of a circuit that was not proven by itself, such as the one for deep paths, the largest that was stands for it. */
const secondsOf = ({ growth }, circuit, prover) =>
  (growth.find((one) => one.circuit === circuit) ?? growth.at(-1)).provers[prover].prove;

const proversOf = ({ pair }) => Object.keys(pair.seconds);
const peerNames = (state) => Object.keys(state.peersHeldMiB);

function conditions({ executor, proving }) {
  const of = ({ date, machine, loadBefore, loadAfter, minutes }) =>
    `${date}, ${machine}, load average ${loadBefore} before and ${loadAfter} after, ${number(minutes, 1)} minutes`;
  return `The executor: ${of(executor)}. The proofs: ${of(proving)}. Made by \`${executor.command}\`, which writes this.`;
}

const rounds = (executor) => `medians of ${executor.plan.rounds} batches of ${number(executor.plan.batch)} accesses`;

/** What docs/benchmarks.md shows. */
export function summary({ executor, proving }) {
  const [all, shared] = [largest(executor), besidePeers(executor)];
  const circuits = executor.plan.circuits;
  const by = provenBy({ executor, proving });
  const rows = Object.entries(all.workloads).map(([name, { executed, plans }]) => [
    titleOf(name),
    figure(executed.clock),
    figure(shared.workloads[name].ratio.clock),
    ...circuits.map((circuit) => number(plans.circuits[circuit].constraints / plans.accesses)),
    number(peerConstraints(plans, proving.peerCosts)),
    ...proversOf(proving).map((prover) => {
      const { ours, peer, ratio } = provenRates({ executor, proving }, plans, prover);
      return `${figure(ours)} / ${figure(peer)} = ${figure(ratio)}`;
    }),
  ]);
  return `
${conditions({ executor, proving })}

${table(
  [
    'workload',
    `executed a second, ${number(all.size)} entries`,
    `beside the better peer, ${number(shared.size)} entries`,
    ...circuits.map((one) => `constraints an access, \`${one}\``),
    'circomlib',
    ...proversOf(proving).map((prover) => `proven a second, ${prover}: \`${by}\` / circomlib`),
  ],
  rows,
)}

Executed: ${rounds(executor)}, embedded database. Beside the better peer: how many times as many accesses, executed and
committed, as the better of circomlibjs's and iden3's trees, in memory, in the same minutes; they go no further than ${number(shared.size)} entries here. Constraints: whole
circuits, as the planner takes them for ${number(executor.plan.planned)} accesses, exact; circomlib's SMTVerifier or SMTProcessor of 32
levels for each, exact. Proven: the proofs that the plan takes, times what one took; circomlib's, by the constraints of a
circuit of ${number(proving.pair.peer.constraints)}. Everything else, and how each figure was measured: [bench/results/bench.md](../bench/results/bench.md).

![Cost of an access as the state grows](../bench/results/growth-executor.svg)
![Cost of a proof as the circuit grows](../bench/results/growth-proof.svg)
![How many times as fast as snarkjs](../bench/results/provers.svg)
![Where the time of one proof goes](../bench/results/proof-steps.svg)
`;
}

export function page({ executor, proving }) {
  const [all, shared] = [largest(executor), besidePeers(executor)];
  const by = provenBy({ executor, proving });
  const { pair } = proving;
  return `# The engine, measured

${conditions({ executor, proving })} What else the machine does slows both sides: look at ratios first.

## Executor

YCSB's core workloads, zipfian 0.99, on records of one 256-bit word in the embedded database, and the accesses of Ethereum mainnet
block 20,472,570, whose prestate is among the entries. ${rounds(executor)[0].toUpperCase()}${rounds(executor).slice(1)} (the block: as it is planned).
Executing gives the trace to be proven; committing makes the new state durable.

${table(
  [
    'workload',
    `keys that differ`,
    'executed a second',
    'executed and committed a second',
    'the same, a processor second',
  ],
  Object.entries(all.workloads).map(([name, of]) => [
    titleOf(name),
    number(of.distinctKeys),
    figure(of.executed.clock),
    figure(of.executedAndCommitted.clock),
    figure(of.executedAndCommitted.processor),
  ]),
)}

${number(all.size)} entries.

## Executor, beside the peers

${number(shared.size)} entries: the peers' limit here, as beyond, their own work takes hours. In every round each side has its turn: Rootshift executes and commits a batch
(hashing keys and values, in a database on disk), the peers perform ${executor.plan.peerAccesses} of the same accesses one by one, as they can (keys and
values hashed for them, in memory). Accesses a second; the ratio to the better peer by the clock, and by the
processor time of all threads.

${table(
  ['workload', 'Rootshift', ...peerNames(shared), 'ratio', 'ratio by processor time'],
  Object.entries(shared.workloads).map(([name, of]) => [
    titleOf(name),
    figure(of.executedAndCommitted.clock),
    ...peerNames(shared).map((peer) => figure(of.peers[peer].clock)),
    figure(of.ratio.clock),
    figure(of.ratio.processor),
  ]),
)}

## Space and loading

Loading: \`loadState\`, from nothing. Peak memory: the whole process, resident; where peers took part, theirs is in the second.
A peer's: what its filled tree holds of the heap. What a
write adds on the disk: [hashdb.md](hashdb.md).

${table(
  [
    'entries',
    'loaded in s',
    'peak MiB, loading',
    'peak MiB, workloads',
    'bytes on disk an entry',
    ...peerNames(shared).map((peer) => `${peer}, MiB`),
  ],
  executor.states.map((of) => [
    number(of.size),
    number(of.load.seconds, 1),
    number(of.load.peakMiB),
    number(of.peakMiB),
    number(of.load.bytesOnDisk / of.size),
    ...peerNames(shared).map((peer) => (of.peersHeldMiB === null ? '' : number(of.peersHeldMiB[peer]))),
  ]),
)}

## Constraints an access

Exact: ${number(executor.plan.planned)} accesses of each workload (the block has 1,211) on ${number(all.size)} entries, cut into chunks by the planner, whole circuits
counted. circomlib: SMTVerifier (${number(proving.peerCosts.read)}, always enabled) for a read and SMTProcessor (${number(proving.peerCosts.write)}) for a write, 32 levels, compiled with \`--O2\`; its
accesses are not bound to a log.

${table(
  ['workload', ...executor.plan.circuits.map((one) => `\`${one}\` (proofs)`), 'circomlib'],
  Object.entries(all.workloads).map(([name, { plans }]) => [
    titleOf(name),
    ...executor.plan.circuits.map(
      (one) =>
        `${number(plans.circuits[one].constraints / plans.accesses)} (${Object.entries(plans.circuits[one].proofs)
          .map(([circuit, count]) => `${count} ${circuit}`)
          .join(', ')})`,
    ),
    number(peerConstraints(plans, proving.peerCosts)),
  ]),
)}

## Accesses proven a second

Computed: the plan's proofs by \`${by}\`, each what one proof by its circuit took below (circuits not below: as the largest). circomlib: the
constraints of the same accesses, at what a constraint takes in the pair below. The prover's time alone.

${table(
  ['workload', ...proversOf(proving).flatMap((prover) => [`${prover}: Rootshift`, 'circomlib', 'ratio'])],
  Object.entries(all.workloads).map(([name, { plans }]) => [
    titleOf(name),
    ...proversOf(proving).flatMap((prover) =>
      Object.values(provenRates({ executor, proving }, plans, prover)).map(figure),
    ),
  ]),
)}

A pair, measured in turn, medians of ${pair.runs} (of two, the slower): a chunk of the block by \`${pair.ours.circuit}\`, and its first accesses by a circuit of circomlib's
components of at most ${number(pair.peer.size)} constraints.

${table(
  ['', 'constraints', 'accesses', ...proversOf(proving).flatMap((prover) => [`${prover}, s`, 'accesses a second'])],
  ['ours', 'peer'].map((side) => [
    side === 'ours' ? `\`${pair.ours.circuit}\`` : 'circomlib, 32 levels',
    number(pair[side].constraints),
    pair[side].accesses,
    ...proversOf(proving).flatMap((prover) => [
      figure(pair.seconds[prover][side]),
      figure(pair[side].accesses / pair.seconds[prover][side]),
    ]),
  ]),
)}

## One proof

The block's first chunk that the circuit holds (its first two accesses, for the smallest): executed in memory, then a proof made from its trace, as a process that has nothing
warm does. Medians of as many runs as the table says; of two, the slower. Memory: the prover's process${proving.growth.some(({ provers }) => Object.values(provers).some(({ peakMiB }) => peakMiB > 0)) ? '' : ' (not known on this system)'}.${proving.leftOut.length === 0 ? '' : ` Left out, as they would take longer than this run may: ${proving.leftOut.join(', ')}.`}

${table(
  [
    'circuit',
    'constraints',
    'accesses',
    'prover',
    'runs',
    'execute s',
    'witness s',
    'prove s',
    'verify s',
    'peak MiB',
    'proving key MB',
  ],
  proving.growth.flatMap((of) =>
    Object.entries(of.provers).map(([prover, { witness, prove, verify, peakMiB }]) => [
      `\`${of.circuit}\``,
      number(of.constraints),
      of.accesses,
      prover,
      of.runs,
      figure(of.execute),
      figure(witness),
      figure(prove),
      figure(verify),
      number(peakMiB),
      number(of.keyBytes / 1e6),
    ]),
  ),
)}

![Cost of an access as the state grows](growth-executor.svg)
![Cost of a proof as the circuit grows](growth-proof.svg)
![How many times as fast as snarkjs](provers.svg)
![Where the time of one proof goes](proof-steps.svg)
`;
}

/** SVG files by their names. */
export function plots({ executor, proving }) {
  const shared = besidePeers(executor);
  const cost = (name, rateOf) =>
    executor.states
      .filter((of) => rateOf(of.workloads[name]) !== undefined)
      .map((of) => [of.size, 1e6 / rateOf(of.workloads[name])]);
  const ours = (name) => ({ name: `YCSB ${name}`, points: cost(name, (of) => of.executedAndCommitted.clock) });
  const peer = (name) => ({ name: `${name}, A`, points: cost('A', (of) => of.peers?.[name].clock) });
  return {
    'growth-executor.svg': plot({
      title: 'An access, executed and committed, as the state grows',
      x: 'entries',
      y: 'microseconds',
      lines: [...['A', 'C', 'D'].map(ours), ...peerNames(shared).map(peer)],
    }),
    'growth-proof.svg': plot({
      title: 'One proof, as the circuit grows',
      x: 'constraints',
      y: 'seconds',
      lines: proversOf(proving).map((prover) => ({
        name: prover,
        points: proving.growth.map(({ constraints, provers }) => [constraints, provers[prover].prove]),
      })),
    }),
    'provers.svg': bars({
      title: 'One proof: how many times as fast as snarkjs',
      bars: proving.growth.flatMap(({ circuit, provers }) =>
        Object.entries(provers).map(([prover, { prove }]) => {
          const times = provers.snarkjs.prove / prove;
          return { name: `${circuit}, ${prover}`, value: times, label: `${figure(times)} times (${figure(prove)} s)` };
        }),
      ),
    }),
    'proof-steps.svg': stackedBars({
      title: 'Where the time of one proof goes',
      bars: proving.growth.flatMap(({ circuit, execute, provers }) =>
        Object.entries(provers).map(([prover, { witness, prove, verify }]) => ({
          name: `${circuit}, ${prover}`,
          total: `${figure(execute + witness + prove + verify)} s`,
          parts: { execute, witness, prove, verify },
        })),
      ),
    }),
  };
}
