import { describe, expect, it } from 'vitest';
import { ORDERED_TRIE, STORAGE_TRIE } from '../../../src/linea/suite/kind.js';
import type { TrieKind } from '../../../src/linea/suite/kind.js';
import { MIMC_BLS12_377 } from '../../../src/linea/suite/mimc.js';
import { POSEIDON_BN254 } from '../../../src/linea/suite/poseidon.js';
import { POSEIDON2_KOALABEAR } from '../../../src/linea/suite/poseidon2.js';
import type { Hex, Suite } from '../../../src/linea/suite/suite.js';
import { proveEntries, verifyEntries } from '../../../src/linea/proof/entries-proof.js';
import type { EntriesProof } from '../../../src/linea/proof/entries-proof.js';
import { applyUntraced } from '../../../src/linea/trie/apply.js';
import { MemoryTrie } from '../../../src/linea/trie/memory-trie.js';
import type { Operation } from '../../../src/linea/trie/sequence.js';
import { draws, remembering } from '../world/blocks.js';

const suite = remembering(POSEIDON_BN254);
const key = (x: number | bigint): Hex => `0x${x.toString(16).padStart(62, '0')}`;
const word = (x: number | bigint): Hex => `0x${x.toString(16).padStart(64, '0')}`;
/** What stands in the leaf of a key. */
const at = (x: number): bigint => BigInt(x) + 1n;

async function trieOf(of: Suite, kind: TrieKind, operations: readonly Operation[]) {
  const trie = await MemoryTrie.empty(of);
  trie.commit(await applyUntraced(of, { reader: trie, kind, operations }));
  const [topRoot] = await of.tops([await trie.state()]);
  return { trie, topRoot: topRoot! };
}

const put = (x: number): Operation => ({ kind: 'put', key: key(x), value: word(100 + x) });
const shown = (xs: readonly number[]) => xs.map((x) => ({ key: key(x), value: word(100 + x) }));

describe('a proof of entries', () => {
  it('shows every range of keys in their own order as a plain list has it, also after deletions', async () => {
    const draw = draws(1);
    const there = new Set<number>();
    const operations = Array.from({ length: 30 }, (): Operation => {
      const x = draw(40);
      if (there.has(x) && draw(2) === 0) {
        there.delete(x);
        return { kind: 'delete', key: key(x) };
      }
      there.add(x);
      return put(x);
    });
    const sorted = [...there].sort((a, b) => a - b);
    const { trie, topRoot } = await trieOf(suite, ORDERED_TRIE, operations);
    const verified = async (query: Parameters<typeof proveEntries>[2]) => {
      const verdict = await verifyEntries(suite, ORDERED_TRIE, topRoot, await proveEntries(suite, trie, query));
      if (!verdict.isAccepted) expect.fail(verdict.reason);
      return verdict;
    };
    expect(await verified({})).toMatchObject({ isAll: true, entries: shown(sorted) });
    for (let i = 0; i < 40; i++) {
      const from = draw(41);
      const to = from + draw(41 - from);
      const within = sorted.filter((x) => x >= from && x <= to);
      const limit = 1 + draw(4);
      const range = { from: at(from), to: at(to) };
      expect(await verified(range)).toMatchObject({ ...range, isAll: false, entries: shown(within) });
      const first = within.slice(0, limit);
      expect(await verified({ ...range, limit })).toMatchObject({
        ...(first.length === limit ? { ...range, to: at(first.at(-1)!) } : range),
        entries: shown(first),
      });
      const last = within.slice(-limit);
      expect(await verified({ ...range, limit, order: 'descending' })).toMatchObject({
        ...(last.length === limit ? { ...range, from: at(last[0]!) } : range),
        entries: shown(last),
      });
    }
    const only = async (query: Parameters<typeof proveEntries>[2]) => (await verified({ ...query, limit: 1 })).entries;
    expect(await only({})).toEqual(shown([sorted[0]!]));
    expect(await only({ order: 'descending' })).toEqual(shown([sorted.at(-1)!]));
    expect(await only({ from: at(sorted[3]!) + 1n })).toEqual(shown([sorted[4]!]));
    expect(await only({ to: at(sorted[3]!) - 1n, order: 'descending' })).toEqual(shown([sorted[2]!]));
  });

  it.each([MIMC_BLS12_377, POSEIDON2_KOALABEAR])('shows all entries of a trie with hashed keys: $name', async (one) => {
    const operations = [5, 1, 3].map((x): Operation => ({ kind: 'put', key: word(x), value: word(x) }));
    const { trie, topRoot } = await trieOf(one, STORAGE_TRIE, operations);
    const verdict = await verifyEntries(one, STORAGE_TRIE, topRoot, await proveEntries(one, trie));
    if (!verdict.isAccepted) expect.fail(verdict.reason);
    expect(verdict.entries.map((entry) => entry.key).sort()).toEqual([word(1), word(3), word(5)]);
    const bare = await trieOf(one, STORAGE_TRIE, []);
    expect(await verifyEntries(one, STORAGE_TRIE, bare.topRoot, await proveEntries(one, bare.trie))).toMatchObject({
      isAll: true,
      entries: [],
    });
  });

  it('covers the smallest and the largest key, in the suites that have keys in their own order', async () => {
    const edges = [0n, 2n ** 248n - 1n];
    for (const one of [MIMC_BLS12_377, POSEIDON_BN254]) {
      const operations = edges.map((x): Operation => ({ kind: 'put', key: key(x), value: word(1) }));
      const { trie, topRoot } = await trieOf(one, ORDERED_TRIE, operations);
      const verdict = await verifyEntries(one, ORDERED_TRIE, topRoot, await proveEntries(one, trie));
      expect(verdict).toMatchObject({ isAccepted: true, entries: edges.map((x) => ({ key: key(x) })) });
    }
    await expect(trieOf(POSEIDON2_KOALABEAR, ORDERED_TRIE, [put(1)])).rejects.toThrow('its digests are limbs');
  });

  it('is not made of a range that is none', async () => {
    const { trie } = await trieOf(suite, ORDERED_TRIE, [put(1)]);
    for (const query of [{ from: 0n }, { from: 3n, to: 2n }, { to: suite.maxKey }, { limit: 0 }]) {
      await expect(proveEntries(suite, trie, query)).rejects.toThrow(RangeError);
    }
  });
});

describe('a dishonest prover of entries', () => {
  async function honest() {
    const { trie, topRoot } = await trieOf(suite, ORDERED_TRIE, [...[10, 20, 30, 40, 50].map(put), del(40)]);
    const proof = await proveEntries(suite, trie, { from: at(15), to: at(45) });
    const verdictOf = (forged: EntriesProof, root = topRoot) => verifyEntries(suite, ORDERED_TRIE, root, forged);
    expect(await verdictOf(proof)).toMatchObject({ isAccepted: true, entries: shown([20, 30]) });
    return { trie, topRoot, proof, verdictOf };
  }
  const del = (x: number): Operation => ({ kind: 'delete', key: key(x) });

  it('cannot leave an entry out, with pointers as they are or bent', async () => {
    const { trie, proof, verdictOf } = await honest();
    const [first, second] = proof.entries as readonly [EntriesProof['entries'][0], EntriesProof['entries'][0]];
    const without = { ...proof, entries: [second] };
    expect(await verdictOf(without)).toMatchObject({ reason: expect.stringContaining('does not point') });
    const bent = { ...proof.left, opening: { ...proof.left.opening, nextLeaf: second.leafIndex } };
    for (const siblings of [proof.siblings, (await proveEntries(suite, trie, { from: at(25), to: at(45) })).siblings]) {
      expect(await verdictOf({ ...without, left: bent, siblings })).toMatchObject({ isAccepted: false });
    }
    const none = { ...proof, entries: [] };
    expect(await verdictOf(none)).toMatchObject({ isAccepted: false });
    // The middle one: its neighbours' implied pointers are hashed, and lead elsewhere.
    const wide = await proveEntries(suite, trie, { from: at(10), to: at(50) });
    expect(await verdictOf(wide)).toMatchObject({ isAccepted: true, entries: shown([10, 20, 30, 50]) });
    const skipping = { ...wide, entries: wide.entries.filter(({ key: name }) => name !== first.key) };
    expect(await verdictOf(skipping)).toMatchObject({ isAccepted: false });
  });

  it('cannot widen the range, add an entry, or show one that was deleted', async () => {
    const { proof, verdictOf } = await honest();
    expect(await verdictOf({ ...proof, to: at(50) })).toMatchObject({
      reason: 'the leaf after the range has a key in it, or before it',
    });
    expect(await verdictOf({ ...proof, to: at(49) })).toMatchObject({ isAccepted: true });
    expect(await verdictOf({ ...proof, from: at(10) })).toMatchObject({
      reason: 'the leaf before the range has a key in it, or after it',
    });
    expect(await verdictOf({ ...proof, from: at(21) })).toMatchObject({
      reason: expect.stringContaining('not in the range'),
    });
    expect(await verdictOf({ ...proof, from: 0n })).toMatchObject({ isAccepted: false });
    expect(await verdictOf({ ...proof, to: suite.maxKey })).toMatchObject({ isAccepted: false });
    const deleted = { leafIndex: 5, key: key(40), value: word(140) };
    for (const entries of [
      [...proof.entries, deleted],
      [...proof.entries, proof.entries[1]!],
      proof.entries.toReversed(),
    ]) {
      expect(await verdictOf({ ...proof, entries })).toMatchObject({ isAccepted: false });
    }
  });

  it('cannot change a value, an index or a sibling, nor use the proof at another root', async () => {
    const { proof, topRoot, verdictOf } = await honest();
    const changes: EntriesProof[] = [
      ...proof.entries.flatMap((entry, i) =>
        [
          { ...entry, value: word(7) },
          { ...entry, key: key(25) },
          { ...entry, leafIndex: 5 },
        ].map((changed) => ({ ...proof, entries: proof.entries.with(i, changed) })),
      ),
      ...proof.siblings.map((sibling, i) => ({ ...proof, siblings: proof.siblings.with(i, sibling + 1n) })),
      ...(['left', 'right'] as const).flatMap((side) => [
        { ...proof, [side]: { ...proof[side], leafIndex: proof[side].leafIndex + 5 } },
        ...(['prevLeaf', 'nextLeaf', 'hKey', 'hVal'] as const).map((field) => {
          const { opening } = proof[side];
          const value = opening[field];
          const changed = typeof value === 'bigint' ? value + 1n : value + 1;
          return { ...proof, [side]: { ...proof[side], opening: { ...opening, [field]: changed } } };
        }),
      ]),
      { ...proof, siblings: proof.siblings.slice(1) },
      { ...proof, siblings: [...proof.siblings, 0n] },
      { ...proof, left: proof.right, right: proof.left },
      { ...proof, state: { ...proof.state, nextFreeNode: proof.state.nextFreeNode + 1 } },
      { ...proof, state: { ...proof.state, subRoot: proof.state.subRoot + 1n } },
      { ...proof, entries: proof.entries.map((entry) => ({ ...entry, leafIndex: -1 })) },
      { ...proof, entries: proof.entries.map((entry) => ({ ...entry, key: '0x12' })) },
    ];
    expect(changes.length).toBeGreaterThan(50);
    for (const changed of changes) expect(await verdictOf(changed)).toMatchObject({ isAccepted: false });
    expect(await verdictOf(proof, topRoot + 1n)).toMatchObject({ isAccepted: false });
    const other = await trieOf(suite, ORDERED_TRIE, [10, 20, 30, 50].map(put));
    expect(await verdictOf(proof, other.topRoot)).toMatchObject({ isAccepted: false });
    // The same entries as a trie of another kind are others.
    expect(await verifyEntries(suite, STORAGE_TRIE, topRoot, proof)).toMatchObject({ isAccepted: false });
  });
});
