import { emptyTrie, HEAD, TAIL } from '../suite/empty.js';
import { DEPTH } from '../suite/suite.js';
import type { Digest, Suite, TrieState } from '../suite/suite.js';
import { SortedKeys } from './sorted-keys.js';
import { MissingLeafError } from './store.js';
import type { Leaf, TrieChange, TrieReader } from './store.js';

/**
 * A trie in memory, without a history. Indices are dense, so that a level is a list.
 *
 * @example
 * const trie = await MemoryTrie.empty(POSEIDON_BN254);
 */
export class MemoryTrie implements TrieReader {
  readonly #nodes: (Digest | undefined)[][] = Array.from({ length: DEPTH + 1 }, () => []);
  readonly #leaves: (Leaf | null)[] = [];
  readonly #keys = new SortedKeys();
  #state: TrieState;

  private constructor(state: TrieState) {
    this.#state = state;
  }

  /** A trie with HEAD and TAIL alone. */
  static async empty(suite: Suite): Promise<MemoryTrie> {
    const { head, tail, path, state } = await emptyTrie(suite);
    const trie = new MemoryTrie(state);
    const leaves = new Map([
      [HEAD, { opening: head, key: '0x', value: '0x' }],
      [TAIL, { opening: tail, key: '0x', value: '0x' }],
    ] satisfies [number, Leaf][]);
    trie.commit({ state, nodes: path.map((level) => new Map(level.entries())), leaves });
    return trie;
  }

  /** Its next free node, and the root of its nodes. */
  async state(): Promise<TrieState> {
    return this.#state;
  }

  async nodes(level: number, indices: readonly number[]): Promise<readonly (Digest | undefined)[]> {
    const nodes = this.#nodes[level]!;
    return indices.map((index) => nodes[index]);
  }

  async leaves(indices: readonly number[]): Promise<readonly Leaf[]> {
    return indices.map((index) => {
      const leaf = this.#leaves[index];
      if (leaf == null) throw new MissingLeafError(index);
      return leaf;
    });
  }

  async indexFrom(hKey: Digest): Promise<number> {
    return this.#keys.from(hKey)?.index ?? TAIL;
  }

  /** Makes a change, which operations on this trie as it is now gave. */
  commit({ state, nodes, leaves }: TrieChange): void {
    nodes.forEach((level, i) => {
      const list = this.#nodes[i]!;
      for (const [index, node] of [...level].sort(([a], [b]) => a - b)) list[index] = node;
    });
    for (const [index, leaf] of [...leaves].sort(([a], [b]) => a - b)) {
      const before = this.#leaves[index];
      if (before != null && leaf === null) this.#keys.remove(before.opening.hKey);
      if (before == null && leaf !== null) this.#keys.add(leaf.opening.hKey, index);
      this.#leaves[index] = leaf;
    }
    this.#state = state;
  }
}
