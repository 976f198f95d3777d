import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyTrie } from '../../../src/linea/suite/empty.js';
import { POSEIDON_BN254 as suite } from '../../../src/linea/suite/poseidon.js';
import type { Digest, Hex, Suite } from '../../../src/linea/suite/suite.js';
import { applyAll, applyUntraced } from '../../../src/linea/trie/apply.js';
import { ACCOUNT_TRIE, STORAGE_TRIE, TrieInputError } from '../../../src/linea/suite/kind.js';
import { MemoryTrie } from '../../../src/linea/trie/memory-trie.js';
import { AbsentKeyError, FullTrieError } from '../../../src/linea/trie/sequence.js';
import type { Operation } from '../../../src/linea/trie/sequence.js';
import type { TrieReader } from '../../../src/linea/trie/store.js';
import type { Trace } from '../../../src/linea/trace/trace.js';
import { ReferenceTrie, wordHashing } from '../reference.js';

const word = (x: number | bigint): Hex => `0x${x.toString(16).padStart(64, '0')}`;
const read = (key: number): Operation => ({ kind: 'read', key: word(key) });
const put = (key: number, value: number): Operation => ({ kind: 'put', key: word(key), value: word(value) });
const remove = (key: number): Operation => ({ kind: 'delete', key: word(key) });

async function run(trie: MemoryTrie, operations: readonly Operation[]): Promise<readonly Trace[]> {
  const [applied] = await applyAll(suite, [{ reader: trie, kind: STORAGE_TRIE, location: '0x', operations }]);
  trie.commit(applied!.change);
  return applied!.traces;
}

async function runReference(trie: ReferenceTrie, operations: readonly Operation[]): Promise<Trace[]> {
  const traces = [];
  for (const operation of operations) {
    if (operation.kind === 'read') traces.push(await trie.read(operation.key));
    else if (operation.kind === 'put') traces.push(await trie.put(operation.key, operation.value));
    else traces.push(await trie.delete(operation.key));
  }
  return traces;
}

/** Deletes only what is there; else reads. */
function possible(
  wanted: readonly { readonly kind: number; readonly key: number; readonly value: number }[],
): Operation[] {
  const present = new Set<number>();
  return wanted.map(({ kind, key, value }) => {
    if (kind === 0 || (kind === 1 && !present.has(key))) return read(key);
    if (kind === 1) present.delete(key);
    else present.add(key);
    return kind === 1 ? remove(key) : put(key, value);
  });
}

const wish = fc.record({ kind: fc.nat(3), key: fc.nat(9), value: fc.nat(3) });

describe('operations on a trie', () => {
  it('have the traces and states of operations one after another, however they are cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { maxLength: 24 }), fc.nat(24), async (wishes, cut) => {
        const operations = possible(wishes);
        const reference = await ReferenceTrie.empty(wordHashing(suite));
        const expected = await runReference(reference, operations);
        const trie = await MemoryTrie.empty(suite);
        const untraced = await MemoryTrie.empty(suite);
        const traces = [];
        for (const part of [operations.slice(0, cut), operations.slice(cut)]) {
          traces.push(...(await run(trie, part)));
          untraced.commit(await applyUntraced(suite, { reader: untraced, kind: STORAGE_TRIE, operations: part }));
        }
        expect(traces).toEqual(expected);
        const { nextFreeNode, subRoot } = reference;
        expect(await trie.state()).toEqual({ nextFreeNode, subRoot });
        expect(await untraced.state()).toEqual({ nextFreeNode, subRoot });
        for (const [index, { key, value, ...opening }] of reference.entries) {
          expect(await trie.leaves([index])).toEqual([{ key, value, opening }]);
        }
      }),
      { numRuns: process.env['ROOTSHIFT_LONG'] ? 300 : 12 },
    );
  });

  it('on several tries at once are as on each alone', async () => {
    const tries = [await MemoryTrie.empty(suite), await MemoryTrie.empty(suite)];
    const lists = [
      [put(1, 1), put(2, 2), read(3)],
      [put(3, 3), remove(3), put(3, 4)],
    ];
    const tasks = lists.map((operations, i) => ({
      reader: tries[i]!,
      kind: STORAGE_TRIE,
      location: word(i),
      operations,
    }));
    const applied = await applyAll(suite, tasks);
    for (const [i, operations] of lists.entries()) {
      const reference = await ReferenceTrie.empty(wordHashing(suite), word(i));
      expect(applied[i]!.traces).toEqual(await runReference(reference, operations));
    }
    expect(await tries[0]!.state()).toEqual((await emptyTrie(suite)).state);
  });

  it('give back the root, but not the top root, when an entry is put and deleted', async () => {
    const trie = await MemoryTrie.empty(suite);
    const { state } = await emptyTrie(suite);
    await run(trie, [put(1, 1)]);
    expect((await trie.state()).subRoot).not.toBe(state.subRoot);
    await run(trie, [remove(1)]);
    expect(await trie.state()).toEqual({ subRoot: state.subRoot, nextFreeNode: 3 });
  });

  it('keep many keys in order', async () => {
    const trie = await MemoryTrie.empty(suite);
    const operations = Array.from({ length: 3000 }, (_, i) => put(i, 1));
    trie.commit(await applyUntraced(suite, { reader: trie, kind: STORAGE_TRIE, operations }));
    const removals = Array.from({ length: 2900 }, (_, i) => remove(i));
    trie.commit(await applyUntraced(suite, { reader: trie, kind: STORAGE_TRIE, operations: removals }));
    const keys: Digest[] = [];
    for (let index = 0, last = -1; index !== last;) {
      const [leaf] = await trie.leaves([index]);
      keys.push(leaf!.opening.hKey);
      expect(await trie.indexFrom(leaf!.opening.hKey)).toBe(index);
      last = index;
      index = leaf!.opening.nextLeaf;
    }
    expect(keys).toHaveLength(102);
    expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('are refused where there is nothing to delete', async () => {
    const trie = await MemoryTrie.empty(suite);
    await expect(run(trie, [put(1, 1), remove(1)])).resolves.toHaveLength(2);
    await expect(run(trie, [put(1, 1), remove(2)])).rejects.toThrow(AbsentKeyError);
    expect((await trie.state()).nextFreeNode).toBe(3);
  });

  it('are refused with keys and values of other lengths', async () => {
    const trie = await MemoryTrie.empty(suite);
    const task = { reader: trie, kind: ACCOUNT_TRIE, location: '0x' } as const;
    const address: Hex = `0x${'12'.repeat(20)}`;
    await expect(applyAll(suite, [{ ...task, operations: [{ kind: 'read', key: address }] }])).resolves.toHaveLength(1);
    for (const key of [word(1), `${address}0`, address.replace('1', 'g'), address.replace('1', 'A')] as Hex[]) {
      await expect(applyAll(suite, [{ ...task, operations: [{ kind: 'read', key }] }])).rejects.toThrow(TrieInputError);
    }
    const put = { kind: 'put', key: address, value: word(1) } as const;
    await expect(applyAll(suite, [{ ...task, operations: [put] }])).rejects.toThrow(TrieInputError);
  });

  it("are refused with keys that hash to HEAD's or TAIL's", async () => {
    for (const hKey of [0n, suite.maxKey, suite.maxKey + 1n]) {
      const hashing: Suite = Object.assign(Object.create(suite), { words: async () => [hKey] });
      const trie = await MemoryTrie.empty(suite);
      const tasks = [{ reader: trie, kind: STORAGE_TRIE, location: '0x', operations: [read(1)] }] as const;
      await expect(applyAll(hashing, tasks)).rejects.toThrow(TrieInputError);
    }
    const hashing: Suite = Object.assign(Object.create(suite), { words: async () => [suite.maxKey - 1n] });
    const trie = await MemoryTrie.empty(suite);
    const tasks = [{ reader: trie, kind: STORAGE_TRIE, location: '0x', operations: [read(1)] }] as const;
    await expect(applyAll(hashing, tasks)).resolves.toHaveLength(1);
  });

  it('take the last index, and then no more', async () => {
    const almostFull = async (nextFreeNode: number): Promise<TrieReader> => {
      const trie = await MemoryTrie.empty(suite);
      const { subRoot } = await trie.state();
      return Object.assign(Object.create(trie), {
        state: async () => ({ nextFreeNode, subRoot }),
        nodes: (level: number, indices: readonly number[]) => trie.nodes(level, indices),
        leaves: (indices: readonly number[]) => trie.leaves(indices),
        indexFrom: (hKey: Digest) => trie.indexFrom(hKey),
      });
    };
    const task = { kind: STORAGE_TRIE, location: '0x', operations: [put(1, 1)] } as const;
    const [last] = await applyAll(suite, [{ ...task, reader: await almostFull(2 ** 40 - 1) }]);
    expect(last!.traces[0]).toMatchObject({ newNextFreeNode: 2 ** 40, newProof: { leafIndex: 2 ** 40 - 1 } });
    await expect(applyAll(suite, [{ ...task, reader: await almostFull(2 ** 40) }])).rejects.toThrow(FullTrieError);
  });
});
