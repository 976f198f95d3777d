// Finds slots of plain keys whose tree keys share many low bits, and so lie deep in a tree together: by birthday,
// over the tree keys of the slots 1 to COUNT. Writes the first pair met for each number of shared bits from BITS
// on to test/fixtures/deep-slots.json. 2^20 slots take about two minutes and give pairs of up to some 39 bits.
//
//   node scripts/run.mjs scripts/find-deep-slots.ts [BITS=26] [COUNT=1048576]
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { treeKey } from 'rootshift';
import { ROOT } from './ready.mjs';

interface Pair {
  readonly sharedBits: number;
  readonly slots: readonly [string, string];
}

const bits = Number(process.argv[2] ?? 26);
const count = Number(process.argv[3] ?? 2 ** 20);
const keyOf = (slot: number): bigint => treeKey({ address: 0n, kind: 'storage', slot: BigInt(slot) });

/** By the low bits of their tree keys, the slots met last. */
const table = new Map<number, number>();
const pairs = new Map<number, Pair>();
for (let slot = 1; slot <= count; slot++) {
  const key = keyOf(slot);
  const low = Number(BigInt.asUintN(bits, key));
  const other = table.get(low);
  table.set(low, slot);
  if (other === undefined) continue;
  const difference = key ^ keyOf(other);
  let sharedBits = bits;
  while (((difference >> BigInt(sharedBits)) & 1n) === 0n) sharedBits++;
  if (!pairs.has(sharedBits)) pairs.set(sharedBits, { sharedBits, slots: [`${other}`, `${slot}`] });
}
const found = [...pairs.values()].sort((a, b) => a.sharedBits - b.sharedBits);
writeFileSync(
  path.join(ROOT, 'test', 'fixtures', 'deep-slots.json'),
  `[\n${found.map((pair) => `  ${JSON.stringify(pair)}`).join(',\n')}\n]\n`,
);
console.table(Object.fromEntries(found.map(({ sharedBits, slots }) => [sharedBits, { slots: slots.join(', ') }])));
