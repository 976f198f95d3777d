import type { Suite } from '../suite/suite.js';
import { MemoryTrie } from '../trie/memory-trie.js';
import type { TrieChange, TrieReader } from '../trie/store.js';

/**
 * The account trie is 0, an account's storage trie has the account's leaf index. An account that is destroyed and
 * created again gets another leaf, and so another storage trie.
 * @see {@link MemoryWorld}
 */
export type TrieId = number;

export const ACCOUNT_TRIE_ID: TrieId = 0;

/**
 * All tries as they were at some moment.
 * @see {@link applyBlock}
 */
export interface WorldReader {
  /** A trie that was never written is empty. */
  trie(id: TrieId): Promise<TrieReader>;
}

/**
 * What a block did.
 * @see {@link applyBlock}
 */
export interface WorldChange {
  readonly tries: ReadonlyMap<TrieId, TrieChange>;
  /** Storage tries of accounts that were destroyed. */
  readonly dropped: readonly TrieId[];
}

/**
 * All tries in memory, without a history.
 *
 * @example
 * const world = new MemoryWorld(POSEIDON_BN254);
 */
export class MemoryWorld implements WorldReader {
  readonly #tries = new Map<TrieId, MemoryTrie>();

  constructor(private readonly suite: Suite) {}

  async trie(id: TrieId): Promise<TrieReader> {
    return this.#tries.get(id) ?? MemoryTrie.empty(this.suite);
  }

  /** Makes a change, which a block on this world as it is now gave. */
  async commit({ tries, dropped }: WorldChange): Promise<void> {
    for (const [id, change] of tries) {
      const trie = this.#tries.get(id) ?? (await MemoryTrie.empty(this.suite));
      trie.commit(change);
      this.#tries.set(id, trie);
    }
    for (const id of dropped) this.#tries.delete(id);
  }
}
