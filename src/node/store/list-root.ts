import { RLP } from '@ethereumjs/rlp';
import { bytesToHex } from '@noble/hashes/utils.js';
import { keccak256 } from '../../state/batch/import/keccak.js';
import { bytesOf } from '../../rules/evm/bytes.js';

/** A node of Ethereum's trie as RLP has it: a list of 2 or 17. */
type Node = (Uint8Array | Node)[];

interface Item {
  /** One digit of four bits each. */
  readonly path: readonly number[];
  readonly value: Uint8Array;
}

/**
 * The root of Ethereum's trie of a list: RLP of each place in it, and the value there. Blocks name their transactions
 * and receipts by it (Yellow Paper, appendix D).
 * @param values none is empty
 */
export function listRoot(values: readonly Uint8Array[]): bigint {
  const items = values.map((value, i): Item => ({ path: digits(RLP.encode(i)), value }));
  return keccak256(RLP.encode(items.length === 0 ? new Uint8Array() : nodeOf(items, 0)));
}

const digits = (bytes: Uint8Array): number[] => [...bytesToHex(bytes)].map((digit) => Number.parseInt(digit, 16));

/** The node of items whose paths agree in the first `depth` digits. */
function nodeOf(items: readonly Item[], depth: number): Node {
  const [first] = items;
  if (items.length === 1) return [packed(first!.path.slice(depth), true), first!.value];
  let end = depth;
  while (items.every(({ path }) => end < path.length && path[end] === first!.path[end])) end++;
  if (end > depth) return [packed(first!.path.slice(depth, end), false), reference(nodeOf(items, end))];
  const branch: Node = Array.from({ length: 16 }, (_, digit) => {
    const below = items.filter(({ path }) => path[depth] === digit);
    return below.length === 0 ? new Uint8Array() : reference(nodeOf(below, depth + 1));
  });
  return [...branch, items.find(({ path }) => path.length === depth)?.value ?? new Uint8Array()];
}

/** As a node stands in the one above it: by its hash, if it is not shorter. */
function reference(node: Node): Uint8Array | Node {
  const bytes = RLP.encode(node);
  return bytes.length < 32 ? node : bytesOf(keccak256(bytes), 32);
}

/** Digits as bytes, with what they are the path of (appendix C). */
function packed(path: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = (isLeaf ? 2 : 0) + (path.length % 2);
  const all = path.length % 2 === 0 ? [flag, 0, ...path] : [flag, ...path];
  return Uint8Array.from({ length: all.length / 2 }, (_, i) => all[2 * i]! * 16 + all[2 * i + 1]!);
}
