import { DEPTH } from './suite.js';
import type { Digest, Opening, Suite, TrieState } from './suite.js';

/** The leaf index of HEAD, which has the key 0 and stands before all entries. */
export const HEAD = 0;
/** The leaf index of TAIL, which has the suite's largest key and stands after all entries. */
export const TAIL = 1;

/** A trie without entries. */
export interface EmptyTrie {
  /** Nodes under which there is no leaf, by level: 0, the leaf that is not there, to 40. */
  readonly nodes: readonly Digest[];
  readonly head: Opening;
  readonly tail: Opening;
  /** The nodes on the path of HEAD and TAIL, by level. Level 0 has two. */
  readonly path: readonly (readonly Digest[])[];
  readonly state: TrieState;
  readonly topRoot: Digest;
}

const known = new WeakMap<Suite, Promise<EmptyTrie>>();

/** What a suite's empty trie is; computed once. */
export function emptyTrie(suite: Suite): Promise<EmptyTrie> {
  const trie = known.get(suite) ?? compute(suite);
  known.set(suite, trie);
  return trie;
}

async function compute(suite: Suite): Promise<EmptyTrie> {
  const head: Opening = { prevLeaf: HEAD, nextLeaf: TAIL, hKey: 0n, hVal: 0n };
  const tail: Opening = { prevLeaf: HEAD, nextLeaf: TAIL, hKey: suite.maxKey, hVal: 0n };
  const leaves = await suite.leaves([head, tail]);
  const nodes = [0n];
  const path = [leaves];
  for (let level = 0; level < DEPTH; level++) {
    const empty = nodes[level]!;
    const left = path[level]![0]!;
    const right = path[level]![1] ?? empty;
    const [above, on] = await suite.nodes([
      [empty, empty],
      [left, right],
    ]);
    nodes.push(above!);
    path.push([on!]);
  }
  const state: TrieState = { nextFreeNode: 2, subRoot: path[DEPTH]![0]! };
  const [topRoot] = await suite.tops([state]);
  return { nodes, head, tail, path, state, topRoot: topRoot! };
}
