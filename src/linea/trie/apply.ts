import type { Path, Trace } from '../trace/trace.js';
import type { Digest, Hex, Suite, TrieState } from '../suite/suite.js';
import { fold, foldOnce } from './fold.js';
import type { Folded, Item } from './fold.js';
import type { TrieKind } from '../suite/kind.js';
import { sequence } from './sequence.js';
import type { Operation, Sequence, Step, Touch } from './sequence.js';
import type { Leaf, TrieChange, TrieReader } from './store.js';

/**
 * Operations on one trie, in order.
 * @see {@link applyAll}
 */
export interface Task {
  readonly reader: TrieReader;
  readonly kind: TrieKind;
  /** What the traces name the trie by: `0x`, or an address. */
  readonly location: Hex;
  readonly operations: readonly Operation[];
}

/**
 * What operations did to a trie.
 * @see {@link applyAll}
 */
export interface Applied {
  readonly change: TrieChange;
  /** One for each operation. */
  readonly traces: readonly Trace[];
}

/**
 * Does operations on some tries, which stay as they are.
 * @throws {TrieInputError} a key or value has not the trie's form, or the key hashes to that of HEAD or TAIL
 * @throws {AbsentKeyError} an entry to delete is not there
 * @throws {FullTrieError} an insert finds no index free
 * @throws {EncodingRangeError} a value cannot be hashed by the suite
 * @throws {MissingLeafError} the store lacks a leaf
 *
 * @example
 * const trie = await MemoryTrie.empty(POSEIDON_BN254);
 * const operations = [{ kind: 'put', key: slot, value: word }] as const;
 * const [applied] = await applyAll(POSEIDON_BN254, [{ reader: trie, kind: STORAGE_TRIE, location: '0x', operations }]);
 * trie.commit(applied!.change);
 */
export async function applyAll(suite: Suite, tasks: readonly Task[]): Promise<Applied[]> {
  const sequences: Sequence[] = [];
  for (const { kind, reader, operations } of tasks) {
    sequences.push(await sequence(suite, kind, reader, operations));
  }
  const touches = sequences.flatMap(({ steps }) => steps.flatMap((step): readonly Touch[] => step.touches));
  const hashes = await leafHashes(suite, touches);
  const foldings = sequences.map(({ steps }, i) => ({
    reader: tasks[i]!.reader,
    groups: steps.map((step) => step.touches.map((touch): Item => ({ index: touch.index, hash: hashes.get(touch) }))),
  }));
  const folded = await fold(suite, foldings);
  const before = await Promise.all(tasks.map(({ reader }) => reader.state()));
  return tasks.map(({ location }, i) => {
    const { leaves, steps } = sequences[i]!;
    const { nodes } = folded[i]!;
    const { traces, state } = tracesOf(location, before[i]!, steps, folded[i]!);
    return { change: { state, nodes, leaves }, traces };
  });
}

/**
 * `applyAll` of one trie without traces: each node is hashed only once, however many operations change it.
 * @throws as `applyAll`
 *
 * @example
 * const operations = [{ kind: 'delete', key: slot }] as const;
 * trie.commit(await applyUntraced(POSEIDON_BN254, { reader: trie, kind: STORAGE_TRIE, operations }));
 */
export async function applyUntraced(suite: Suite, task: Omit<Task, 'location'>): Promise<TrieChange> {
  const { leaves, nextFreeNode } = await sequence(suite, task.kind, task.reader, task.operations);
  const written = Array.from(leaves, ([index, after]) => ({ index, after }));
  const hashes = await leafHashes(suite, written);
  const nodes = await foldOnce(suite, task.reader, new Map(written.map((leaf) => [leaf.index, hashes.get(leaf)!])));
  const root = nodes.at(-1)!.get(0) ?? (await task.reader.state()).subRoot;
  return { state: { nextFreeNode, subRoot: root }, nodes, leaves };
}

/** Of what is written; 0 of what is deleted. */
async function leafHashes<T extends { readonly after?: Leaf | null }>(
  suite: Suite,
  touches: readonly T[],
): Promise<Map<T, Digest>> {
  const present = touches.filter((touch): touch is T & { readonly after: Leaf } => touch.after != null);
  const hashes = await suite.leaves(present.map(({ after }) => after.opening));
  const byTouch = new Map<T, Digest>(present.map((touch, i) => [touch, hashes[i]!]));
  for (const touch of touches) if (touch.after === null) byTouch.set(touch, 0n);
  return byTouch;
}

/** The traces of steps, and the state after the last. */
function tracesOf(
  location: Hex,
  before: TrieState,
  steps: readonly Step[],
  folded: Folded,
): { readonly traces: Trace[]; readonly state: TrieState } {
  let state = before;
  const traces = steps.map((step, i) => {
    const subRoot = folded.roots[i] ?? state.subRoot;
    const nextFreeNode = state.nextFreeNode + (step.kind === 'insert' ? 1 : 0);
    const paths = step.touches.map(({ index }, k): Path => ({ leafIndex: index, siblings: folded.siblings[i]![k]! }));
    const trace = traceOf(location, step, paths, state, { nextFreeNode, subRoot });
    state = { nextFreeNode, subRoot };
    return trace;
  });
  return { traces, state };
}

function traceOf(
  location: Hex,
  step: Step,
  paths: readonly Path[],
  { nextFreeNode, subRoot }: TrieState,
  after: TrieState,
): Trace {
  const common = { location, key: step.key };
  const change = { ...common, newNextFreeNode: after.nextFreeNode, oldSubRoot: subRoot, newSubRoot: after.subRoot };
  const path = (i: number): Path => paths[i]!;
  switch (step.kind) {
    case 'read': {
      const [{ before: leaf }] = step.touches;
      const { opening, value } = leaf!;
      return { ...common, kind: 'read', nextFreeNode, subRoot, leaf: opening, proof: path(0), value };
    }
    case 'read-zero': {
      const [left, right] = step.touches;
      return {
        ...common,
        kind: 'read-zero',
        nextFreeNode,
        subRoot,
        leftLeaf: left.before!.opening,
        rightLeaf: right.before!.opening,
        leftProof: path(0),
        rightProof: path(1),
      };
    }
    case 'update': {
      const [{ before, after: written }] = step.touches;
      return {
        ...change,
        kind: 'update',
        proof: path(0),
        oldValue: before!.value,
        newValue: written!.value,
        priorUpdatedLeaf: before!.opening,
      };
    }
    case 'insert': {
      const [left, middle, right] = step.touches;
      return {
        ...change,
        kind: 'insert',
        leftProof: path(0),
        newProof: path(1),
        rightProof: path(2),
        value: middle.after!.value,
        priorLeftLeaf: left.before!.opening,
        priorRightLeaf: right.before!.opening,
      };
    }
    case 'delete': {
      const [left, middle, right] = step.touches;
      return {
        ...change,
        kind: 'delete',
        leftProof: path(0),
        deletedProof: path(1),
        rightProof: path(2),
        deletedValue: middle.before!.value,
        priorLeftLeaf: left.before!.opening,
        priorDeletedLeaf: middle.before!.opening,
        priorRightLeaf: right.before!.opening,
      };
    }
  }
}
