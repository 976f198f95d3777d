import type { EntryKey } from '../../state/batch/access.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { StateChange } from '../../state/hashdb/change.js';
import type { StateReader } from '../../state/hashdb/reader.js';
import { EMPTY } from '../../state/tree/node.js';
import type { Digest } from '../../state/tree/node.js';
import type { Transition } from '../../state/tree/transition.js';
import { writeInTurn } from '../../state/tree/write-in-turn.js';

/** An entry that is given a value; 0 deletes it. */
export interface EntryWrite {
  readonly entry: EntryKey;
  readonly treeKey: bigint;
  readonly value: Uint256;
}

/** Gives entries their values, one after another, and tells what each write does to the tree. */
export async function writeEntries(
  reader: StateReader,
  parent: Digest,
  writes: readonly EntryWrite[],
): Promise<{ readonly transitions: readonly Transition[]; readonly change: StateChange }> {
  const present = writes.filter(({ value }) => value !== 0n);
  const leaves = await reader.scheme.leafValues(present.map(({ value }) => value));
  const leafOf = new Map(present.map(({ treeKey }, i) => [treeKey, leaves[i]!]));
  const { transitions, ...written } = await writeInTurn(
    reader,
    reader.scheme,
    parent,
    writes.map(({ treeKey }) => ({ key: treeKey, value: leafOf.get(treeKey) ?? EMPTY })),
  );
  const change = {
    parent,
    ...written,
    keyPreimages: new Map(present.map(({ treeKey, entry }) => [treeKey, entry])),
    valuePreimages: new Map(present.map(({ value }, i) => [leaves[i]!, value])),
    entriesDelta: transitions.reduce((sum, { kind }) => sum + ENTRIES_DELTA[kind], 0),
  };
  return { transitions, change };
}

const ENTRIES_DELTA: Readonly<Record<Transition['kind'], -1 | 0 | 1>> = {
  nothing: 0,
  update: 0,
  createAtEmpty: 1,
  createBesideLeaf: 1,
  delete: -1,
  deleteAndLift: -1,
};
