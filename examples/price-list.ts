// A price list whose gaps can be proven. A market keeps offers sorted by price; a buyer keeps one root, 32 bytes. A
// plain Merkle tree can prove that an offer is there. A sorted list can also prove that nothing was left out: all
// offers between two prices, the cheapest, the next one.
//   npx tsx examples/price-list.ts
import { applyUntraced, MemoryTrie, ORDERED_TRIE, POSEIDON_BN254, proveEntries, verifyEntries } from 'rootshift/linea';
import type { EntriesProof, Hex } from 'rootshift/linea';

const suite = POSEIDON_BN254;

/** A price in cents, and a number for offers of one price: 31 bytes, whose order is that of prices. */
const keyOf = (cents: number, offer = 0): Hex =>
  `0x${cents.toString(16).padStart(46, '0')}${offer.toString(16).padStart(16, '0')}`;
const centsOf = (key: Hex): number => Number(key.slice(0, -16));
const amountOf = (pieces: number): Hex => `0x${pieces.toString(16).padStart(64, '0')}`;

/** A key stands in its leaf as its number plus 1. */
const first = (cents: number): bigint => BigInt(keyOf(cents)) + 1n;
const beforeFirst = (cents: number): bigint => first(cents) - 1n;

// --- the market ---

const offers = await MemoryTrie.empty(suite);

async function offer(...prices: readonly number[]): Promise<bigint> {
  const operations = prices.map(
    (cents, i) => ({ kind: 'put', key: keyOf(cents, i), value: amountOf(10 * (i + 1)) }) as const,
  );
  offers.commit(await applyUntraced(suite, { reader: offers, kind: ORDERED_TRIE, operations }));
  const [root] = await suite.tops([await offers.state()]);
  return root!;
}

// --- a buyer ---

let root = await offer(499, 250, 1000, 275, 250, 310);

/** The prices that a proof shows, all that there are in its range. */
async function pricesIn(proof: EntriesProof): Promise<number[]> {
  const verdict = await verifyEntries(suite, ORDERED_TRIE, root, proof);
  if (!verdict.isAccepted) throw new Error(`the market lies: ${verdict.reason}`);
  return verdict.entries.map(({ key }) => centsOf(key));
}

const between = await proveEntries(suite, offers, { from: first(250), to: beforeFirst(400) });
console.log(`from 2.50 to 3.99, and no others: ${(await pricesIn(between)).join(', ')}`);
const cheapest = await proveEntries(suite, offers, { limit: 1 });
console.log(`cheapest: ${(await pricesIn(cheapest)).join()}`);
const dearest = await proveEntries(suite, offers, { limit: 1, order: 'descending' });
console.log(`dearest: ${(await pricesIn(dearest)).join()}`);
const next = await proveEntries(suite, offers, { from: first(311), limit: 1 });
console.log(`next above 3.10: ${(await pricesIn(next)).join()}`);
const none = await proveEntries(suite, offers, { from: first(500), to: beforeFirst(1000) });
console.log(`from 5.00 to 9.99: ${(await pricesIn(none)).length} offers`);

const hiding = { ...between, entries: between.entries.slice(1) };
console.log(`the cheapest left out: ${await pricesIn(hiding).catch((error: unknown) => (error as Error).message)}`);

root = await offer(199);
console.log(`a day later: ${await pricesIn(cheapest).catch((error: unknown) => (error as Error).message)}`);
