import type { EntryKey } from '../../state/batch/access.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { ChangedState } from '../../state/hashdb/changed-state.js';
import type { Transition } from '../../state/tree/transition.js';
import { writeLeaf } from '../../state/tree/write.js';

/** An entry that is given a value; 0 deletes it. */
export interface EntryWrite {
  readonly entry: EntryKey;
  readonly treeKey: bigint;
  readonly value: Uint256;
  /** What the entry's leaf holds for `value`; 0 for 0. */
  readonly leafValue: bigint;
}

/** Writes one entry on top of a state, and tells what that does to the tree. */
export async function writeEntry(
  state: ChangedState,
  { entry, treeKey, value, leafValue }: EntryWrite,
): Promise<Transition> {
  const parent = state.root;
  const { root, nodes, transition } = await writeLeaf(state, state.scheme, parent, treeKey, leafValue);
  const isPresent = value !== 0n;
  state.add({
    parent,
    root,
    nodes,
    keyPreimages: new Map(isPresent ? [[treeKey, entry]] : []),
    valuePreimages: new Map(isPresent ? [[leafValue, value]] : []),
    entriesDelta: ENTRIES_DELTA[transition.kind],
  });
  return transition;
}

const ENTRIES_DELTA: Readonly<Record<Transition['kind'], -1 | 0 | 1>> = {
  nothing: 0,
  update: 0,
  createAtEmpty: 1,
  createBesideLeaf: 1,
  delete: -1,
  deleteAndLift: -1,
};
