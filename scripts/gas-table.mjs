// Prints the gas table of docs/settlement.md: calls as contracts/gas.json has them, chunks as the planner cuts batches for each
// circuit, on a state of 20,000 entries. Nothing is proven; --json prints an object.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { keccak256, toHex } from 'viem';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const { CATALOGUE, HashDb, loadEntries, MemoryDriver, planChunks, poseidonScheme, toUint256 } =
  await import('../dist/index.js');

const gas = JSON.parse(readFileSync(path.join(ROOT, 'contracts', 'gas.json'), 'utf8'));
const CIRCUITS = ['s20', 's22'];
/** Writes, as posted batches of so many. */
const BATCHES = [[10], [100], [500, 500]];

const scheme = poseidonScheme(2);
const db = await HashDb.open(new MemoryDriver(), scheme, { createIfMissing: true });
const entry = (i) => ({
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
async function chunksOf(count, first, circuit) {
  const accesses = Array.from({ length: count }, (_, i) => ({
    ...entry(first + i),
    op: 'write',
    value: toUint256(BigInt(i + 1)),
  }));
  let chunks = 0;
  const batch = { accesses, where: (i) => `write ${i}` };
  for await (const _ of planChunks({ reader: db, root, batch, sizes: [CATALOGUE[circuit], CATALOGUE.deep] })) chunks++;
  return chunks;
}

const [one, two, four] = [1, 2, 4].map((n) => gas[`consolidate ${n} chunk${n === 1 ? '' : 's'}`]);
/** Of so many chunks in one call; beyond four computed. */
const consolidating = (chunks) => (chunks === 1 ? one : Math.round(two + ((chunks - 2) * (four - two)) / 2));

const rows = [];
for (const sizes of BATCHES) {
  const writes = sizes.reduce((sum, size) => sum + size, 0);
  const posting = sizes.reduce((sum, size) => sum + gas[`post ${size}`], 0);
  for (const isNew of [true, false]) {
    const row = { writes, entries: isNew ? 'new' : 'in use', postedBytes: 85 * writes, posting };
    for (const circuit of CIRCUITS) {
      let chunks = 0;
      for (const [i, size] of sizes.entries()) chunks += await chunksOf(size, (isNew ? IN_USE : 0) + i * 1000, circuit);
      row[circuit] = {
        chunks,
        consolidating: consolidating(chunks),
        perWrite: Math.round((posting + consolidating(chunks)) / writes),
      };
    }
    row.sstore = Math.round(gas[`SSTORE ${writes} ${isNew ? 'new slots' : 'slots again'}`] / writes);
    row.merkle = Math.round(gas[`Merkle update ${writes}, 26 levels`] / writes);
    rows.push(row);
  }
}
await db.close();

const number = (n) => n.toLocaleString('en');
if (process.argv.includes('--json')) console.log(JSON.stringify(rows, null, 2));
else {
  const cell = ({ chunks, consolidating: cost, perWrite }) => `${number(cost)} (${chunks}); ${number(perWrite)}`;
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
