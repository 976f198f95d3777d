// The results of npm run bench:hashdb, for people: a Markdown page and plots.
import type { ProofSizes } from '../measures/proofs.js';
import type { StateResult } from '../measures/states.js';
import type { TreeRates, TreeResult } from '../measures/trees.js';
import { number, table } from './format.js';
import { plot } from './plot.js';

export interface HashDbResults {
  readonly machine: string;
  /** Load averages. */
  readonly load: { readonly trees: number; readonly states: number };
  readonly quick: boolean;
  readonly trees: readonly TreeResult[];
  readonly states: readonly StateResult[];
  readonly proofs: readonly ProofSizes[];
}

/** Two rates in one cell; empty where they were not measured. */
const pair = (updates: number | undefined, reads: number | undefined, digits?: number): string =>
  updates === undefined || reads === undefined ? '' : `${number(updates, digits)} / ${number(reads, digits)}`;
const rates = (of: TreeRates | undefined): string => pair(of?.updatesPerSecond, of?.readsPerSecond);

/** The page. */
export function markdown({ machine, load, quick, trees, states, proofs }: HashDbResults): string {
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
        rates(of),
        rates(rivals['circomlibjs']),
        rates(rivals['@iden3/js-merkletree']),
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
${executing(states)}
## Combined proofs

Quad tree of ${number(proofs[0]?.size ?? 0)} entries. Bytes of hashes and shape, without the entries; milliseconds to verify.

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

/** The part on the mainnet block; nothing, if the largest state was too small for it. */
function executing(states: readonly StateResult[]): string {
  const last = states.at(-1);
  if (last === undefined || last.block === null) return '';
  const { accesses, runs, medianMilliseconds, firstMilliseconds } = last.block;
  return `
## Executing the mainnet block

${number(accesses)} accesses on a state of ${number(last.size)} entries, embedded driver, the database just opened each time: median of
${runs} ${number(medianMilliseconds)} ms, the first in its process ${number(firstMilliseconds)} ms.
`;
}

/** Microseconds an operation, of rates that were measured. */
const times = <Result extends { readonly size: number }>(
  results: readonly Result[],
  rateOf: (of: Result) => number | undefined,
): [size: number, microseconds: number][] =>
  results.flatMap((of) => {
    const rate = rateOf(of);
    return rate === undefined ? [] : [[of.size, 1e6 / rate]];
  });

export function timePlot({ trees, states }: HashDbResults): string {
  const quad = ({ distributions }: TreeResult) => distributions.uniform.trees.quad;
  const peer = (name: string) =>
    times(trees, ({ distributions }) => distributions.uniform.peers[name]?.updatesPerSecond);
  return plot({
    title: 'Time an operation, uniform keys',
    x: 'entries',
    y: 'microseconds',
    lines: [
      { name: 'update, raw keys, memory', points: times(trees, (of) => quad(of).updatesPerSecond) },
      { name: 'read with path, raw keys, memory', points: times(trees, (of) => quad(of).readsPerSecond) },
      { name: 'update, hashed, embedded', points: times(states, (of) => of.updatesPerSecond) },
      { name: 'read with path, hashed, embedded', points: times(states, (of) => of.readsPerSecond) },
      { name: 'circomlibjs, update', points: peer('circomlibjs') },
      { name: '@iden3/js-merkletree, update', points: peer('@iden3/js-merkletree') },
    ],
  });
}

export function spacePlot({ states }: HashDbResults): string {
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
