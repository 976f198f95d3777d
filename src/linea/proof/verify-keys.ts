import { checkHex, checkKey, TrieInputError } from '../suite/kind.js';
import type { TrieKind } from '../suite/kind.js';
import { DEPTH, EncodingRangeError } from '../suite/suite.js';
import type { Digest, Hex, Opening, Suite } from '../suite/suite.js';
import { climb } from '../trace/climb.js';
import { NO_VALUE } from './key-proof.js';
import type { KeyProof, LeafProof } from './key-proof.js';

/** A proof does not show what it should. The message says why. */
export class ProofRefusedError extends Error {
  override readonly name = 'ProofRefusedError';
}

/** @throws {ProofRefusedError} */
export function expect(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new ProofRefusedError(reason);
}

/**
 * A key and what a trie has there; null for nothing.
 * @see {@link verifyKeys}
 */
export interface KnownEntry {
  readonly key: Hex;
  readonly value: Hex | null;
}

/**
 * Verifies proofs against a trie's top root alone.
 *
 * Keys that hash to those of HEAD and TAIL are refused, so that their leaves are never shown as an entry's.
 * @throws {ProofRefusedError} a proof does not hold
 *
 * @example
 * const [entry] = await verifyKeys(POSEIDON_BN254, STORAGE_TRIE, topRoot, [keyProof]);
 */
export async function verifyKeys(
  suite: Suite,
  kind: TrieKind,
  topRoot: Digest,
  proofs: readonly KeyProof[],
): Promise<KnownEntry[]> {
  try {
    const leaves = proofs.flatMap(leavesOf);
    for (const { key } of proofs) checkHex('key', key, kind.keyBytes);
    for (const leaf of leaves) checkLeaf(suite, leaf);
    const hKeys = await kind.hashKeys(
      suite,
      proofs.map(({ key }) => key),
    );
    proofs.forEach((proof, i) => checkNeighbours(suite, proof, hKeys[i]!));
    await checkValues(suite, kind, leaves);
    await checkPaths(suite, topRoot, leaves);
  } catch (cause) {
    if (!(cause instanceof TrieInputError || cause instanceof EncodingRangeError)) throw cause;
    throw new ProofRefusedError(cause.message, { cause });
  }
  return proofs.map((proof) => ({ key: proof.key, value: proof.kind === 'present' ? proof.leaf.value : null }));
}

const leavesOf = (proof: KeyProof): readonly LeafProof[] =>
  proof.kind === 'present' ? [proof.leaf] : [proof.left, proof.right];

/** Ranges: after it, everything can be hashed. */
function checkLeaf(suite: Suite, { leafIndex, opening, siblingLeaf, siblingNodes, state }: LeafProof): void {
  const openings = [opening, ...(siblingLeaf === null ? [] : [siblingLeaf])];
  checkIndices([leafIndex, ...openings.flatMap(({ prevLeaf, nextLeaf }) => [prevLeaf, nextLeaf])]);
  const { nextFreeNode, subRoot } = state;
  expect(siblingNodes.length === DEPTH - 1, `it has a path that is not of ${DEPTH} siblings`);
  checkCounter(nextFreeNode);
  checkDigests(suite, [subRoot, ...siblingNodes.flat(), ...openings.flatMap(({ hKey, hVal }) => [hKey, hVal])]);
}

export function checkIndices(indices: readonly number[]): void {
  const inRange = (index: number): boolean => Number.isSafeInteger(index) && index >= 0 && index < 2 ** DEPTH;
  expect(indices.every(inRange), 'it has a leaf index that is not from 0 to 2^40 - 1');
}

export function checkCounter(nextFreeNode: number): void {
  const inRange = Number.isSafeInteger(nextFreeNode) && nextFreeNode >= 2 && nextFreeNode <= 2 ** DEPTH;
  expect(inRange, 'its next free node is out of range');
}

export function checkDigests(suite: Suite, digests: readonly Digest[]): void {
  expect(
    digests.every((digest) => suite.isDigest(digest)),
    `it has a number that is no hash of ${suite.name}`,
  );
}

function checkNeighbours(suite: Suite, proof: KeyProof, hKey: Digest): void {
  checkKey(suite, proof.key, hKey);
  if (proof.kind === 'present') {
    expect(proof.leaf.opening.hKey === hKey, `the leaf's key is not the hash of key ${proof.key}`);
    return;
  }
  const { left, right } = proof;
  expect(left.opening.nextLeaf === right.leafIndex, 'the left leaf does not point to the right leaf');
  expect(right.opening.prevLeaf === left.leafIndex, 'the right leaf does not point to the left leaf');
  expect(left.opening.hKey < hKey, `the left leaf's key is not below the hash of key ${proof.key}`);
  expect(hKey < right.opening.hKey, `the right leaf's key is not above the hash of key ${proof.key}`);
}

/** Each leaf's value is what its opening has the hash of. HEAD and TAIL have none. */
async function checkValues(suite: Suite, kind: TrieKind, leaves: readonly LeafProof[]): Promise<void> {
  const isEnd = ({ hKey }: Opening): boolean => hKey === 0n || hKey === suite.maxKey;
  const ends = leaves.filter(({ opening }) => isEnd(opening));
  expect(
    ends.every(({ value, opening: { hVal } }) => value === NO_VALUE && hVal === 0n),
    'HEAD or TAIL has a value',
  );
  const entries = leaves.filter(({ opening }) => !isEnd(opening));
  for (const { value } of entries) checkHex('value', value, kind.valueBytes);
  const hVals = await kind.hashValues(
    suite,
    entries.map(({ value }) => value),
  );
  entries.forEach(({ opening }, i) => {
    expect(
      opening.hVal === hVals[i],
      `the value of leaf ${entries[i]!.leafIndex} is not what the leaf has the hash of`,
    );
  });
}

async function checkPaths(suite: Suite, topRoot: Digest, leaves: readonly LeafProof[]): Promise<void> {
  const tops = await suite.tops(leaves.map(({ state }) => state));
  expect(
    tops.every((top) => top === topRoot),
    'its counter and tree root do not give the root',
  );
  const beside = leaves.flatMap(({ siblingLeaf }) => (siblingLeaf === null ? [] : [siblingLeaf]));
  const hashes = await suite.leaves([...leaves.map(({ opening }) => opening), ...beside]);
  const nodes = await suite.nodes(leaves.flatMap(({ siblingNodes }) => siblingNodes));
  let used = leaves.length;
  const roots = await climb(
    suite,
    leaves.map(({ leafIndex, siblingLeaf }, i) => {
      const above = nodes.slice(i * (DEPTH - 1), (i + 1) * (DEPTH - 1));
      const siblings = [siblingLeaf === null ? 0n : hashes[used++]!, ...above];
      return { hash: hashes[i]!, path: { leafIndex, siblings } };
    }),
  );
  leaves.forEach(({ leafIndex, state }, i) => {
    expect(roots[i] === state.subRoot, `the path of leaf ${leafIndex} does not lead to the root`);
  });
}
