// The results of bench-hashdb.mjs, for people: a Markdown page and plots.
import { plot } from './plot.mjs';

const number = (x, digits = 0) => x.toLocaleString('en', { maximumFractionDigits: digits });
const table = (headings, rows) =>
  [headings, headings.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const pair = (updates, reads, digits) =>
  updates === undefined ? '' : `${number(updates, digits)} / ${number(reads, digits)}`;

export function markdown({ machine, load, quick, trees, states, proofs }) {
  const peers = (rivals, name) => pair(rivals[name]?.updatesPerSecond, rivals[name]?.readsPerSecond);
  const last = states.at(-1);
  return `# HashDB, measured

${machine}, shared: load average ${load.trees.toFixed(1)} when the trees were measured, ${load.states.toFixed(1)} when the states were. What else the machine
did slows both sides, so look at ratios first, and at processor seconds. Made by \`npm run bench:hashdb${quick ? ' -- --quick' : ''}\`, which writes this page. Medians over rounds in
which each side has its turn.

## Trees on raw keys, memory driver

Quad trees, which a database has unless told otherwise, and binary ones, bit for bit the peers'. Updates: batches of 1,000 writes to keys that are there, made current; the peers do a
part of the same writes one after another, as they can. A batch's keys are drawn with repetition, and a key that it writes
twice it writes once: the table says how many differ. Reads: 1,000 paths at once; the peers' \`find\` and \`generateProof\`.
Updates / reads a second by the clock, the ratio to the better peer; then the same of processor time, of all threads, in which
two threads of ours count as two. The peers' trees are filled with our binary tree's nodes, and checked by their
roots after the same write.

${table(
  [
    'entries',
    'keys',
    'of 1,000 differ',
    'tree',
    'Rootshift',
    'circomlibjs',
    '@iden3/js-merkletree',
    'ratio',
    'a processor second',
    'ratio',
  ],
  trees.flatMap(({ size, distributions }) =>
    Object.entries(distributions).flatMap(([name, { distinctKeys, trees: ours, peers: rivals }]) =>
      Object.entries(ours).map(([tree, of]) => [
        number(size),
        name,
        number(distinctKeys),
        tree,
        pair(of.updatesPerSecond, of.readsPerSecond),
        peers(rivals, 'circomlibjs'),
        peers(rivals, '@iden3/js-merkletree'),
        pair(of.updatesRatio, of.readsRatio, 1),
        pair(of.updatesPerProcessorSecond, of.readsPerProcessorSecond),
        pair(of.updatesProcessorRatio, of.readsProcessorRatio, 1),
      ]),
    ),
  ),
)}

## States, embedded driver

Quad trees; keys and values are hashed, too, and kept with what they stand for. Rates a second, in batches of 1,000.

${table(
  ['entries', 'updates', 'reads with path', 'hashing of keys and values alone', 'bytes on disk an update'],
  states.map((of) => [
    number(of.size),
    number(of.updatesPerSecond),
    number(of.readsPerSecond),
    number(of.hashedEntriesPerSecond),
    number(of.bytesPerUpdate),
  ]),
)}

## Loading

${table(
  ['entries', 'seconds', 'processor seconds, all threads', 'peak memory, MiB', 'bytes on disk an entry'],
  states.map(({ size, load: of }) => [
    number(size),
    number(of.seconds, 1),
    number(of.processorSeconds, 1),
    number(of.peakMiB),
    number(of.bytesPerEntry),
  ]),
)}
${
  last.block === null
    ? ''
    : `
## Executing the mainnet block

${number(last.block.accesses)} accesses on a state of ${number(last.size)} entries, embedded driver, the database just opened each time: median of
${last.block.runs} ${number(last.block.medianMilliseconds)} ms, the first in its process ${number(last.block.firstMilliseconds)} ms.
`
}
## Combined proofs

Quad tree of ${number(proofs[0].size)} entries. Bytes of hashes and shape, without the entries; milliseconds to verify.

${table(
  ['keys', 'one proof', 'separate proofs', 'one proof, ms', 'separate proofs, ms'],
  proofs.map((of) => [
    number(of.keys),
    number(of.combinedBytes),
    number(of.separateBytes),
    number(of.combinedMilliseconds, 1),
    number(of.separateMilliseconds, 1),
  ]),
)}

## Growth

![Time an operation](hashdb-time.svg)
![Space an operation](hashdb-space.svg)
`;
}

export function timePlot({ trees, states }) {
  const micros = (of) => 1e6 / of;
  const line = (name, points) => ({
    name,
    points: points.filter(([, y]) => y !== undefined).map(([x, y]) => [x, micros(y)]),
  });
  const peer = (name, what) =>
    trees.map(({ size, distributions }) => [size, distributions.uniform.peers[name]?.[what]]);
  return plot({
    title: 'Time an operation, uniform keys',
    x: 'entries',
    y: 'microseconds',
    lines: [
      line(
        'update, raw keys, memory',
        trees.map((of) => [of.size, of.distributions.uniform.trees.quad.updatesPerSecond]),
      ),
      line(
        'read with path, raw keys, memory',
        trees.map((of) => [of.size, of.distributions.uniform.trees.quad.readsPerSecond]),
      ),
      line(
        'update, hashed, embedded',
        states.map((of) => [of.size, of.updatesPerSecond]),
      ),
      line(
        'read with path, hashed, embedded',
        states.map((of) => [of.size, of.readsPerSecond]),
      ),
      line('circomlibjs, update', peer('circomlibjs', 'updatesPerSecond')),
      line('@iden3/js-merkletree, update', peer('@iden3/js-merkletree', 'updatesPerSecond')),
    ],
  });
}

export function spacePlot({ states }) {
  return plot({
    title: 'Space on disk, embedded driver',
    x: 'entries',
    y: 'bytes',
    lines: [
      { name: 'an entry, loaded', points: states.map(({ size, load }) => [size, load.bytesPerEntry]) },
      {
        name: 'an update, in batches of 1,000',
        points: states.map(({ size, bytesPerUpdate }) => [size, Math.max(1, bytesPerUpdate)]),
      },
    ],
  });
}
