import { emptyTrie } from '../suite/empty.js';
import type { TrieKind } from '../suite/kind.js';
import { checkHex, checkKey } from '../suite/kind.js';
import { DEPTH } from '../suite/suite.js';
import type { Digest, Hex, Opening, Suite, TrieState } from '../suite/suite.js';
import type { TrieReader } from '../trie/store.js';

/**
 * A leaf with its path to the top root. It shows what siblings are the hashes of, as `linea_getProof` does.
 * @see {@link proveKeys}
 */
export interface LeafProof {
  readonly leafIndex: number;
  readonly opening: Opening;
  /** What the entry's value is; of HEAD and TAIL, 32 bytes of 0. */
  readonly value: Hex;
  /** The leaf beside; null for none. */
  readonly siblingLeaf: Opening | null;
  /** The children of the siblings above the leaves, from level 1 to 39. */
  readonly siblingNodes: readonly (readonly [left: Digest, right: Digest])[];
  readonly state: TrieState;
}

/**
 * Shows that a trie has an entry, or that it has none: the leaves beside which it would be are neighbours.
 * @see {@link proveKeys}
 */
export type KeyProof =
  | { readonly kind: 'present'; readonly key: Hex; readonly leaf: LeafProof }
  | { readonly kind: 'absent'; readonly key: Hex; readonly left: LeafProof; readonly right: LeafProof };

/** The value that proofs show for HEAD and TAIL. */
export const NO_VALUE: Hex = `0x${'0'.repeat(64)}`;

/**
 * Proves for each key what a trie has there.
 * @throws {TrieInputError} a key has not the trie's form, or hashes to that of HEAD or TAIL
 * @throws {MissingLeafError} the store lacks a leaf
 *
 * @example
 * const [proof] = await proveKeys(POSEIDON_BN254, STORAGE_TRIE, trie, [slot]);
 * proof!.kind; // 'present' or 'absent'
 */
export async function proveKeys(
  suite: Suite,
  kind: TrieKind,
  reader: TrieReader,
  keys: readonly Hex[],
): Promise<KeyProof[]> {
  for (const key of keys) checkHex('key', key, kind.keyBytes);
  const hKeys = await kind.hashKeys(suite, keys);
  const proofs: KeyProof[] = [];
  for (const [i, key] of keys.entries()) {
    const hKey = hKeys[i]!;
    checkKey(suite, key, hKey);
    const index = await reader.indexFrom(hKey);
    const [found] = await reader.leaves([index]);
    const leaf = await proveLeaf(suite, reader, index);
    if (found!.opening.hKey === hKey) proofs.push({ kind: 'present', key, leaf });
    else
      proofs.push({ kind: 'absent', key, left: await proveLeaf(suite, reader, found!.opening.prevLeaf), right: leaf });
  }
  return proofs;
}

async function proveLeaf(suite: Suite, reader: TrieReader, leafIndex: number): Promise<LeafProof> {
  const { nodes: empty } = await emptyTrie(suite);
  const [leaf] = await reader.leaves([leafIndex]);
  const beside = siblingOf(leafIndex);
  const [besideHash] = await reader.nodes(0, [beside]);
  const [siblingLeaf] = (besideHash ?? 0n) === 0n ? [] : await reader.leaves([beside]);
  const siblingNodes: [Digest, Digest][] = [];
  for (let level = 1; level < DEPTH; level++) {
    const sibling = siblingOf(Math.floor(leafIndex / 2 ** level));
    const [left, right] = await reader.nodes(level - 1, [2 * sibling, 2 * sibling + 1]);
    siblingNodes.push([left ?? empty[level - 1]!, right ?? empty[level - 1]!]);
  }
  return {
    leafIndex,
    opening: leaf!.opening,
    value: leaf!.value === '0x' ? NO_VALUE : leaf!.value,
    siblingLeaf: siblingLeaf?.opening ?? null,
    siblingNodes,
    state: await reader.state(),
  };
}

const siblingOf = (node: number): number => (node % 2 === 0 ? node + 1 : node - 1);
