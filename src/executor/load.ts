import { type Entry } from '../batch/batch.js';
import { leafValues, treeKeys } from '../batch/encoding.js';
import { type Poseidon } from '../hash/poseidon.js';
import { EMPTY } from '../tree/node.js';
import { type TreeScheme } from '../tree/scheme.js';
import { NodeOverlay } from '../tree/store.js';
import { writeMany } from '../tree/write-many.js';
import { type StateChange } from './state.js';

/**
 * A first state, made of nothing: what turns the empty state into one of `entries`. No proof says
 * where they come from. An entry of value 0 is absent; of an entry given twice, the last counts.
 */
export async function loadEntries(
  poseidon: Poseidon,
  scheme: TreeScheme,
  entries: readonly Entry[],
): Promise<StateChange> {
  const keys = await treeKeys(poseidon, entries);
  const lasts = new Map(entries.map((entry, i) => [keys[i]!, entry]));
  const present = [...lasts].filter(([, { value }]) => value !== 0n);
  const leaves = await leafValues(poseidon, present.map(([, { value }]) => value));
  const changes = new Map(present.map(([key], i) => [key, leaves[i]!]));
  return {
    parent: EMPTY,
    ...(await writeMany(new NodeOverlay(), scheme, EMPTY, changes)),
    keyPreimages: new Map(present.map(([key, { address, kind, slot }]) => [key, { address, kind, slot }])),
    valuePreimages: new Map(present.map(([, { value }], i) => [leaves[i]!, value])),
  };
}
