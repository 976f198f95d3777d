import type { Digest } from '../suite/suite.js';
import type { Leaf, TrieReader } from './store.js';

/** The leaf with a key; null if there is none. */
export async function find(
  reader: TrieReader,
  hKey: Digest,
): Promise<{ readonly index: number; readonly leaf: Leaf } | null> {
  const index = await reader.indexFrom(hKey);
  const [leaf] = await reader.leaves([index]);
  return leaf!.opening.hKey === hKey ? { index, leaf: leaf! } : null;
}
