import { comparePaths } from '../../state/tree/path.js';

/** What decides where a change stands among a batch's others. */
export interface Change {
  /** The most levels that its row may have, in whatever order changes are made. */
  readonly depth: number;
  readonly effect: 'update' | 'delete' | 'create';
  readonly treeKey: bigint;
}

/** Rows for updates alone, of one length. */
export interface UpdateRows {
  readonly rows: number;
  readonly levels: number;
}

/**
 * The order in which a batch's changes are made, as indices into `changes`: the order of a circuit's sections. First
 * updates, as many as there are rows for updates alone, then all else; in each, paths that may go deeper come later,
 * as rows for them do. Of as deep ones, updates come first, then deletes, so that the tree is no deeper in between
 * than need be; and of those that are alike in this too, neighbours in the tree stand together, as they share most
 * hashes in between.
 * @param updateRows the rows for updates alone, shorter ones first; by default as many as are wanted, of any length
 * @example
 * const created = { depth: 5, effect: 'create', treeKey: 1n } as const;
 * const updated = { depth: 9, effect: 'update', treeKey: 2n } as const;
 * changeOrder([created, updated]); // [1, 0]
 */
export function changeOrder(changes: readonly Change[], updateRows?: readonly UpdateRows[]): number[] {
  const sorted = [...changes.keys()].sort((a, b) => compare(changes[a]!, changes[b]!));
  const isUpdate = (index: number): boolean => changes[index]!.effect === 'update';
  const slots = updateRows?.flatMap(({ rows, levels }) => Array.from({ length: rows }, () => levels));
  let slot = 0;
  const first = sorted.filter((index) => {
    if (slots === undefined || !isUpdate(index)) return isUpdate(index);
    while (slot < slots.length && slots[slot]! < changes[index]!.depth) slot++;
    return slot++ < slots.length;
  });
  const taken = new Set(first);
  return [...first, ...sorted.filter((index) => !taken.has(index))];
}

const RANK = { update: 0, delete: 1, create: 2 } as const;

const compare = (a: Change, b: Change): number =>
  a.depth - b.depth || RANK[a.effect] - RANK[b.effect] || comparePaths(a.treeKey, b.treeKey);
