import { HEAD, TAIL } from '../suite/empty.js';
import { checkHex, TrieInputError } from '../suite/kind.js';
import type { TrieKind } from '../suite/kind.js';
import { EncodingRangeError } from '../suite/suite.js';
import type { Digest, Hex, Opening, Suite, TrieState } from '../suite/suite.js';
import type { TrieReader } from '../trie/store.js';
import { combinedRoot, combinedSiblings } from './combine.js';
import { checkCounter, checkDigests, checkIndices, expect, ProofRefusedError } from './verify-keys.js';

/**
 * An entry with the index of its leaf.
 * @see {@link proveEntries}
 */
export interface ListedEntry {
  readonly leafIndex: number;
  readonly key: Hex;
  readonly value: Hex;
}

/**
 * A leaf beside a range.
 * @see {@link proveEntries}
 */
export interface Boundary {
  readonly leafIndex: number;
  readonly opening: Opening;
}

/**
 * Shows all entries whose keys' hashes are from one number to another, and that there are no others. The list of a trie
 * has only one order: the leaf before the range points to the first entry, each to the next, and the last to the leaf
 * after the range. What lies between cannot be left out.
 * @see {@link proveEntries}
 */
export interface EntriesProof {
  readonly state: TrieState;
  /** The range, both ends included. */
  readonly from: Digest;
  readonly to: Digest;
  readonly left: Boundary;
  /** In the order of their keys' hashes. */
  readonly entries: readonly ListedEntry[];
  readonly right: Boundary;
  /** What all these leaves lack to be hashed to the root; see `combine.ts`. */
  readonly siblings: readonly Digest[];
}

/**
 * Which entries are asked for.
 * @see {@link proveEntries}
 */
export interface EntriesQuery {
  /** The hash of the smallest key, and of the largest: by default, those of all entries. */
  readonly from?: Digest;
  readonly to?: Digest;
  /** So many at most: the range then ends at the last of them. */
  readonly limit?: number;
  /** Descending: the last entries of the range are taken if there are too many; they still come in ascending order. */
  readonly order?: 'ascending' | 'descending';
}

/**
 * Result of a proof of entries.
 * @see {@link verifyEntries}
 */
export type EntriesVerdict =
  | {
      readonly isAccepted: true;
      /** The range that the proof covers, in hashes of keys. */
      readonly from: Digest;
      readonly to: Digest;
      /** Whether it covers all keys. */
      readonly isAll: boolean;
      readonly entries: readonly { readonly key: Hex; readonly value: Hex }[];
    }
  | { readonly isAccepted: false; readonly reason: string };

/** The largest hash that a key can have. */
const lastKey = (suite: Suite): Digest => suite.maxKey - 1n;

/**
 * Proves which entries a trie has in a range. With `limit: 1` this is the smallest key from `from` on, or, descending,
 * the largest up to `to`: minimum, maximum, next and previous.
 * @throws {RangeError} the range is empty, or goes beyond the keys of HEAD and TAIL
 *
 * @example
 * const all = await proveEntries(POSEIDON_BN254, trie);
 * const smallest = await proveEntries(POSEIDON_BN254, trie, { limit: 1 });
 * const largest = await proveEntries(POSEIDON_BN254, trie, { limit: 1, order: 'descending' });
 */
export async function proveEntries(
  suite: Suite,
  reader: TrieReader,
  { from = 1n, to = lastKey(suite), limit = Infinity, order = 'ascending' }: EntriesQuery = {},
): Promise<EntriesProof> {
  if (from < 1n || from > to || to > lastKey(suite)) {
    throw new RangeError(`expected a range of keys within 1 to ${lastKey(suite)}, got ${from} to ${to}`);
  }
  if (limit < 1) throw new RangeError(`expected a limit of at least 1, got ${limit}`);
  const leafAt = async (index: number) => ({ index, leaf: (await reader.leaves([index]))[0]! });
  const afterwards = await leafAt(await reader.indexFrom(order === 'ascending' ? from : to + 1n));
  const entries: { readonly index: number; readonly leaf: Awaited<ReturnType<typeof leafAt>>['leaf'] }[] = [];
  let at = order === 'ascending' ? afterwards : await leafAt(afterwards.leaf.opening.prevLeaf);
  const isEnd = (index: number): boolean => index === HEAD || index === TAIL;
  while (!isEnd(at.index) && at.leaf.opening.hKey >= from && at.leaf.opening.hKey <= to && entries.length < limit) {
    entries.push(at);
    at = await leafAt(order === 'ascending' ? at.leaf.opening.nextLeaf : at.leaf.opening.prevLeaf);
  }
  if (order === 'descending') entries.reverse();
  const left = order === 'descending' ? at : await leafAt((entries[0] ?? afterwards).leaf.opening.prevLeaf);
  const right = order === 'ascending' ? at : await leafAt((entries.at(-1) ?? left).leaf.opening.nextLeaf);
  const isCut = entries.length === limit;
  const indices = [left.index, ...entries.map(({ index }) => index), right.index];
  return {
    state: await reader.state(),
    from: isCut && order === 'descending' ? entries[0]!.leaf.opening.hKey : from,
    to: isCut && order === 'ascending' ? entries.at(-1)!.leaf.opening.hKey : to,
    left: { leafIndex: left.index, opening: left.leaf.opening },
    entries: entries.map(({ index, leaf: { key, value } }) => ({ leafIndex: index, key, value })),
    right: { leafIndex: right.index, opening: right.leaf.opening },
    siblings: await combinedSiblings(suite, reader, indices),
  };
}

/**
 * Verifies against a trie's top root alone which entries it has in a range. The range is in the verdict: compare it
 * with the one that you asked for.
 *
 * @example
 * const verdict = await verifyEntries(POSEIDON_BN254, ORDERED_TRIE, topRoot, await proveEntries(POSEIDON_BN254, trie));
 * if (verdict.isAccepted && verdict.isAll) console.log(verdict.entries.length);
 */
export async function verifyEntries(
  suite: Suite,
  kind: TrieKind,
  topRoot: Digest,
  proof: EntriesProof,
): Promise<EntriesVerdict> {
  try {
    await check(suite, kind, topRoot, proof);
  } catch (error) {
    const isRefusal = [ProofRefusedError, TrieInputError, EncodingRangeError].some((one) => error instanceof one);
    if (!isRefusal) throw error;
    return { isAccepted: false, reason: (error as Error).message };
  }
  const { from, to } = proof;
  const entries = proof.entries.map(({ key, value }) => ({ key, value }));
  return { isAccepted: true, from, to, isAll: from === 1n && to === lastKey(suite), entries };
}

async function check(suite: Suite, kind: TrieKind, topRoot: Digest, proof: EntriesProof): Promise<void> {
  const { state, from, to, left, entries, right, siblings } = proof;
  const ends = [left.opening, right.opening];
  expect(from >= 1n && from <= to && to <= lastKey(suite), 'its range is not within the keys that entries can have');
  const indices = [left.leafIndex, ...entries.map(({ leafIndex }) => leafIndex), right.leafIndex];
  checkIndices([...indices, ...ends.flatMap(({ prevLeaf, nextLeaf }) => [prevLeaf, nextLeaf])]);
  checkCounter(state.nextFreeNode);
  checkDigests(suite, [state.subRoot, ...siblings, ...ends.flatMap(({ hKey, hVal }) => [hKey, hVal])]);
  expect(new Set(indices).size === indices.length, 'it has a leaf twice');
  for (const { key, value } of entries) {
    checkHex('key', key, kind.keyBytes);
    checkHex('value', value, kind.valueBytes);
  }
  const hKeys = await kind.hashKeys(
    suite,
    entries.map(({ key }) => key),
  );
  const hVals = await kind.hashValues(
    suite,
    entries.map(({ value }) => value),
  );
  expect(left.opening.hKey < from, 'the leaf before the range has a key in it, or after it');
  expect(right.opening.hKey > to, 'the leaf after the range has a key in it, or before it');
  hKeys.forEach((hKey, i) => {
    expect(hKey >= from && hKey <= to, `the hash of key ${entries[i]!.key} is not in the range`);
    expect(i === 0 || hKeys[i - 1]! < hKey, "the entries' keys do not ascend");
  });
  expect(left.opening.nextLeaf === indices[1], 'the leaf before the range does not point to the one after it here');
  expect(
    right.opening.prevLeaf === indices.at(-2),
    'the leaf after the range does not point to the one before it here',
  );
  const openings = [
    left.opening,
    ...hKeys.map((hKey, i): Opening => ({ prevLeaf: indices[i]!, nextLeaf: indices[i + 2]!, hKey, hVal: hVals[i]! })),
    right.opening,
  ];
  const hashes = await suite.leaves(openings);
  const root = await combinedRoot(suite, new Map(indices.map((index, i) => [index, hashes[i]!])), siblings);
  expect(root === state.subRoot, 'its leaves do not lead to the root of the tree');
  const [top] = await suite.tops([state]);
  expect(top === topRoot, 'its counter and tree root do not give the root');
}
