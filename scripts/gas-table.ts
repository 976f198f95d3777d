// Prints the gas table of docs/settlement.md: calls as contracts/gas.json has them, chunks as the planner cuts batches
// for each circuit, on a state of 20,000 entries. Nothing is proven; --json prints an object.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { keccak256, toHex } from 'viem';
import { CATALOGUE, HashDb, loadEntries, MemoryDriver, planChunks, poseidonScheme, toUint256 } from 'rootshift';
import type { CircuitName, Entry, RequestedAccess } from 'rootshift';
import { ROOT } from './ready.mjs';

const measured: Readonly<Record<string, number>> = JSON.parse(
  readFileSync(path.join(ROOT, 'contracts', 'gas.json'), 'utf8'),
);
/** The gas of a call that was measured. */
function gas(call: string): number {
  const found = measured[call];
  if (found === undefined) throw new Error(`expected "${call}" in contracts/gas.json`);
  return found;
}

const CIRCUITS = ['s20', 's22'] as const satisfies CircuitName[];
/** Writes, as posted batches of so many. */
const BATCHES = [[10], [100], [500, 500]];

const scheme = poseidonScheme(2);
const db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
const entry = (i: number): Entry => ({
  address: BigInt(keccak256(toHex(i % 7))) >> 96n,
  kind: 'storage',
  slot: toUint256(BigInt(keccak256(toHex(i)))),
  value: toUint256(BigInt(keccak256(toHex(i + 1e6))) >> 192n),
});
const IN_USE = 20_000;
await db.commit({
  ...(await loadEntries(
    scheme,
    Array.from({ length: IN_USE }, (_, i) => entry(i)),
  )),
  origin: 'load',
});
const { root } = await db.current();

/** Chunks of a batch of writes, from entry `first` on. */
async function chunksOf(count: number, first: number, circuit: CircuitName): Promise<number> {
  const accesses = Array.from({ length: count }, (_, i): RequestedAccess => ({
    ...entry(first + i),
    op: 'write',
    value: toUint256(BigInt(i + 1)),
  }));
  let chunks = 0;
  const batch = { accesses, prestate: [], transactionSizes: [count], where: (i: number) => `write ${i}` };
  for await (const _ of planChunks({ reader: db, root, batch, sizes: [CATALOGUE[circuit], CATALOGUE.deep] })) chunks++;
  return chunks;
}

const one = gas('consolidate 1 chunk');
const two = gas('consolidate 2 chunks');
const four = gas('consolidate 4 chunks');
/** Of so many chunks in one call; beyond four computed. */
const consolidating = (chunks: number): number =>
  chunks === 1 ? one : Math.round(two + ((chunks - 2) * (four - two)) / 2);

/** What consolidating costs with one circuit. */
interface Consolidation {
  readonly chunks: number;
  readonly consolidating: number;
  readonly perWrite: number;
}
interface Row extends Record<(typeof CIRCUITS)[number], Consolidation> {
  readonly writes: number;
  readonly entries: 'new' | 'in use';
  readonly postedBytes: number;
  readonly posting: number;
  readonly sstore: number;
  readonly merkle: number;
}

const rows: Row[] = [];
for (const sizes of BATCHES) {
  const writes = sizes.reduce((sum, size) => sum + size, 0);
  const posting = sizes.reduce((sum, size) => sum + gas(`post ${size}`), 0);
  for (const isNew of [true, false]) {
    const consolidation = async (circuit: CircuitName): Promise<Consolidation> => {
      let chunks = 0;
      for (const [i, size] of sizes.entries()) chunks += await chunksOf(size, (isNew ? IN_USE : 0) + i * 1000, circuit);
      const cost = consolidating(chunks);
      return { chunks, consolidating: cost, perWrite: Math.round((posting + cost) / writes) };
    };
    rows.push({
      writes,
      entries: isNew ? 'new' : 'in use',
      postedBytes: 85 * writes,
      posting,
      s20: await consolidation('s20'),
      s22: await consolidation('s22'),
      sstore: Math.round(gas(`SSTORE ${writes} ${isNew ? 'new slots' : 'slots again'}`) / writes),
      merkle: Math.round(gas(`Merkle update ${writes}, 26 levels`) / writes),
    });
  }
}
await db.close();

const number = (n: number): string => n.toLocaleString('en');
if (process.argv.includes('--json')) console.log(JSON.stringify(rows, null, 2));
else {
  const cell = ({ chunks, consolidating: cost, perWrite }: Consolidation): string =>
    `${number(cost)} (${chunks}); ${number(perWrite)}`;
  const head = [
    'writes, to entries',
    'posting',
    ...CIRCUITS.map((name) => `consolidating with \`${name}\` (chunks); total per write`),
    '`SSTORE`, per write',
    'keccak Merkle tree, 26 levels, per write',
  ];
  const lines = rows.map((row) => [
    `${number(row.writes)} ${row.entries}`,
    number(row.posting),
    ...CIRCUITS.map((name) => cell(row[name])),
    number(row.sstore),
    number(row.merkle),
  ]);
  for (const line of [head, head.map(() => '---'), ...lines]) console.log(`| ${line.join(' | ')} |`);
}
