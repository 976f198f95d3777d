import { ContentError } from '../../base/files/content-error.js';
import { describeEntry } from '../../state/batch/access.js';
import type { EntryKey } from '../../state/batch/access.js';
import { treeKey } from '../../state/batch/encoding.js';
import {
  atRoot,
  expected,
  readBytes,
  readList,
  readObject,
  readingFile,
  readUnsigned,
} from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { FIELD_ORDER, frToHex, ONE, toFr, ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { joinLimbs, splitLimbs, toUint256, uint256ToHex } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import { readFr, readWord } from '../../machine/trace/file.js';
import type { Digest, Node } from '../../state/tree/node.js';
import { digitAt } from '../../state/tree/path.js';
import type { PathVerdict } from '../../state/tree/proof.js';
import { hashNode, innerOf, leafAt, poseidonScheme } from '../../state/tree/scheme.js';
import { verifyMerkleProof } from './merkle-proof.js';
import type { MerkleProof } from './merkle-proof.js';

/**
 * The words of a node that are hashed, see `poseidonScheme`. In a binary tree, two children of an inner node, or a
 * leaf's key, its value's hash and 1; in a quad tree, four children, or 1, a leaf's key and its value's two limbs. No
 * node hashes to 1.
 */
type Words = readonly Fr[];

/**
 * A proof of an account in the shape of `eth_getProof` (EIP-1186), with the nodes of Rootshift's tree. All accounts
 * share one tree, so `storageHash` is the root of the state, and both kinds of proof start there.
 * @see {@link ethProof}
 */
export interface EthProof {
  readonly address: bigint;
  readonly balance: Uint256;
  readonly nonce: Uint256;
  readonly codeHash: Uint256;
  readonly storageHash: Fr;
  /** The nodes on the paths of balance, nonce and code hash, the root first, each once. */
  readonly accountProof: readonly Words[];
  readonly storageProof: readonly {
    readonly key: Uint256;
    readonly value: Uint256;
    readonly proof: readonly Words[];
  }[];
}

/**
 * A text is not a proof in the shape of `eth_getProof`. The message says what was expected, what was found, and where.
 */
export class EthProofFileError extends ContentError {
  override readonly name = 'EthProofFileError';
}

/**
 * The entries of an account that an `EthProof` contains in addition to slots.
 *
 * @example
 * const [balance, nonce, code] = accountEntries(0xa11cen);
 */
export const accountEntries = (address: bigint): readonly [balance: EntryKey, nonce: EntryKey, code: EntryKey] => [
  { address, kind: 'balance', slot: NO_SLOT },
  { address, kind: 'nonce', slot: NO_SLOT },
  { address, kind: 'code', slot: NO_SLOT },
];
const NO_SLOT = toUint256(0n);

/**
 * Combines the Merkle proofs of `accountEntries` and of slots, at one root, into one proof.
 *
 * @example
 * const [balance, nonce, code] = accountEntries(0xa11cen);
 * ethProof([await proveEntry(db, balance), await proveEntry(db, nonce), await proveEntry(db, code)], []);
 */
export function ethProof(
  account: readonly [MerkleProof, MerkleProof, MerkleProof],
  slots: readonly MerkleProof[],
): EthProof {
  const [balance, nonce, code] = account;
  const nodes = new Map(account.flatMap(nodesOf).map((words) => [words.join(), words]));
  return {
    address: balance.address,
    balance: balance.value,
    nonce: nonce.value,
    codeHash: code.value,
    storageHash: balance.root,
    accountProof: [...nodes.values()],
    storageProof: slots.map((proof) => ({ key: proof.slot, value: proof.value, proof: nodesOf(proof) })),
  };
}

/** The words of the nodes on an entry's path, the root first. */
function nodesOf(proof: MerkleProof): Words[] {
  const { bitsPerLevel, siblings } = proof;
  const scheme = poseidonScheme(bitsPerLevel);
  const key = treeKey(proof);
  const own = proof.value === 0n ? null : { key, value: scheme.leafValue(proof.value) };
  const leaf = proof.otherLeaf ?? own;
  const nodes: Node[] = leaf === null ? [] : [leafAt(scheme, leaf, siblings.length)];
  for (let level = siblings.length - 1; level >= 0; level--) {
    const below = nodes[0] === undefined ? ZERO : hashNode(scheme, nodes[0]);
    nodes.unshift(innerOf(siblings[level]!.toSpliced(digitAt(key, level, bitsPerLevel), 0, below as Fr)));
  }
  return nodes.map((node) => wordsOf(node, bitsPerLevel));
}

function wordsOf(node: Node, bitsPerLevel: 1 | 2): Words {
  if (node.kind === 'inner') return node.children.map(toFr);
  if (bitsPerLevel === 1) return [toFr(node.key), toFr(node.value), ONE];
  const { hi, lo } = splitLimbs(node.value);
  return [ONE, toFr(node.key), hi, lo];
}

/** The node that the words are of; null if they are of none. */
function nodeOf(words: Words, bitsPerLevel: 1 | 2): Node | null {
  const [first, second, third, fourth] = words;
  if (words.length === 2 ** bitsPerLevel && first !== ONE) return innerOf(words);
  if (bitsPerLevel === 1) return third === ONE ? { kind: 'leaf', key: first!, value: second! } : null;
  const value = words.length === 4 ? joinLimbs(third!, fourth!) : null;
  return value === null ? null : { kind: 'leaf', key: second!, value };
}

/**
 * The entries of a proof, each with its Merkle proof; or a text that says why its nodes do not lead to them.
 *
 * @example
 * const proofs = merkleProofsOf(parseEthProof(text));
 * if (typeof proofs === 'string') throw new Error(proofs);
 */
export function merkleProofsOf(proof: EthProof): MerkleProof[] | string {
  const [balance, nonce, code] = accountEntries(proof.address);
  const lists = [
    {
      name: 'accountProof',
      nodes: proof.accountProof,
      entries: [
        { ...balance, value: proof.balance },
        { ...nonce, value: proof.nonce },
        { ...code, value: proof.codeHash },
      ],
    },
    ...proof.storageProof.map(({ key, value, proof: nodes }, i) => ({
      name: `storageProof[${i}].proof`,
      nodes,
      entries: [{ address: proof.address, kind: 'storage' as const, slot: key, value }],
    })),
  ];
  const bitsPerLevel = lists.some(({ nodes }) => nodes.some(({ length }) => length < 4)) ? 1 : 2;
  const scheme = poseidonScheme(bitsPerLevel);
  const proofs: MerkleProof[] = [];
  for (const { name, nodes, entries } of lists) {
    const byHash = new Map<Digest, Node>();
    for (const words of nodes) {
      const node = nodeOf(words, bitsPerLevel);
      if (node === null) return `${name} has nodes that are not of one tree`;
      byHash.set(hashNode(scheme, node), node);
    }
    const used = new Set<Node>();
    for (const entry of entries) {
      const found = follow(proof.storageHash, entry, byHash, bitsPerLevel, used);
      if (typeof found === 'string') return `${name} ${found}`;
      proofs.push(found);
    }
    if (used.size !== nodes.length) return `${name} has ${nodes.length} nodes, of which ${used.size} are on the paths`;
  }
  return proofs;
}

function follow(
  root: Fr,
  entry: EntryKey & { readonly value: Uint256 },
  nodes: ReadonlyMap<Digest, Node>,
  bitsPerLevel: 1 | 2,
  used: Set<Node>,
): MerkleProof | string {
  const key = treeKey(entry);
  const siblings: Fr[][] = [];
  let otherLeaf: MerkleProof['otherLeaf'] = null;
  for (let digest: Digest = root; digest !== ZERO;) {
    const node = nodes.get(digest);
    if (node === undefined)
      return `lacks the node with hash ${frToHex(digest)}, on the path of ${describeEntry(entry)}`;
    used.add(node);
    if (node.kind === 'leaf') {
      if (entry.value === 0n) otherLeaf = { key: toFr(node.key), value: node.value };
      break;
    }
    const digit = digitAt(key, siblings.length, bitsPerLevel);
    siblings.push(node.children.toSpliced(digit, 1).map(toFr));
    digest = node.children[digit]!;
  }
  return { root, ...entry, bitsPerLevel, siblings, otherLeaf };
}

/**
 * Verifies a proof. Only its root, `storageHash`, is trusted: compare it with one that you accepted.
 *
 * @example
 * verifyEthProof(parseEthProof(text)).valid;
 */
export function verifyEthProof(proof: EthProof): PathVerdict {
  const proofs = merkleProofsOf(proof);
  if (typeof proofs === 'string') return { valid: false, reason: proofs };
  for (const entry of proofs) {
    const verdict = verifyMerkleProof(entry);
    if (!verdict.valid) return { valid: false, reason: `${describeEntry(entry)}: ${verdict.reason}` };
  }
  return { valid: true };
}

/**
 * Says in one sentence what was proven, or why not.
 *
 * @example
 * const shown = await proveAccount(db, { address: 0xa11cen, slots: [1n] });
 * describeEthProof(shown, verifyEthProof(shown));
 */
export function describeEthProof({ storageHash, address, storageProof }: EthProof, verdict: PathVerdict): string {
  if (!verdict.valid) return `Not valid: ${verdict.reason}.`;
  const root = frToHex(storageHash);
  const slots = `${storageProof.length} ${storageProof.length === 1 ? 'slot' : 'slots'}`;
  return (
    `Valid: in the state with root ${root}, balance, nonce, code hash and ${slots} of 0x${address.toString(16).padStart(40, '0')} ` +
    `are as the proof says; accept it only if you know root ${root}.`
  );
}

/**
 * The text of a proof: JSON, quantities as `0x` without leading zeros, a node as one text of its words.
 *
 * @example
 * formatEthProof(await proveAccount(db, { address: 0xa11cen, slots: [1n] }));
 */
export function formatEthProof(proof: EthProof): string {
  const quantity = (x: bigint): string => `0x${x.toString(16)}`;
  const text = (words: Words): string => `0x${words.map((word) => frToHex(word).slice(2)).join('')}`;
  const document = {
    address: `0x${proof.address.toString(16).padStart(40, '0')}`,
    accountProof: proof.accountProof.map(text),
    balance: quantity(proof.balance),
    codeHash: uint256ToHex(proof.codeHash),
    nonce: quantity(proof.nonce),
    storageHash: frToHex(proof.storageHash),
    storageProof: proof.storageProof.map(({ key, value, proof: nodes }) => ({
      key: uint256ToHex(key),
      value: quantity(value),
      proof: nodes.map(text),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Parses a proof. Every number in it is in range; `verifyEthProof` decides whether the proof is valid.
 * @throws {EthProofFileError}
 *
 * @example
 * verifyEthProof(parseEthProof(text)).valid;
 */
export const parseEthProof = (text: string): EthProof =>
  readingFile(
    () => readProof(atRoot(parseJson(text))),
    (message, cause) => new EthProofFileError(message, { cause }),
  );

function readProof(at: Located): EthProof {
  const fields = readObject(at, [
    'address',
    'accountProof',
    'balance',
    'codeHash',
    'nonce',
    'storageHash',
    'storageProof',
  ]);
  const quantity = (item: Located): Uint256 => toUint256(readUnsigned(item, 256));
  return {
    address: readBytes(fields.address, 20),
    balance: quantity(fields.balance),
    nonce: quantity(fields.nonce),
    codeHash: readWord(fields.codeHash),
    storageHash: readFr(fields.storageHash),
    accountProof: readList(fields.accountProof).map(readNode),
    storageProof: readList(fields.storageProof).map((item) => {
      const { key, value, proof } = readObject(item, ['key', 'value', 'proof']);
      return { key: readWord(key), value: quantity(value), proof: readList(proof).map(readNode) };
    }),
  };
}

function readNode(at: Located): Words {
  const text =
    typeof at.value === 'string' && /^0x([0-9a-fA-F]{64}){2,4}$/.test(at.value)
      ? at.value
      : expected('a node: two, three or four words of 32 bytes', at);
  const words = text
    .slice(2)
    .match(/.{64}/g)!
    .map((word) => BigInt(`0x${word}`));
  if (words.some((word) => word >= FIELD_ORDER)) expected('words below the order of BN254', at);
  return words.map(toFr);
}
