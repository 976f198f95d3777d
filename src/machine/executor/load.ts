import type { Entry } from '../../state/batch/batch.js';
import { changeOf } from '../../state/hashdb/change.js';
import type { StateChange } from '../../state/hashdb/change.js';
import { EMPTY } from '../../state/tree/node.js';
import type { TreeScheme } from '../../state/tree/scheme.js';
import { NodeOverlay } from '../../state/tree/store.js';

/**
 * A first state, made of nothing: what turns the empty state into one of `entries`. No proof says
 * where they come from. An entry of value 0 is absent; of an entry given twice, the last counts.
 *
 * @example
 * const change = await loadEntries(poseidonScheme(2), [{ ...entry, value: 100n }]);
 */
export function loadEntries(scheme: TreeScheme, entries: readonly Entry[]): Promise<StateChange> {
  const nothing = new NodeOverlay();
  return changeOf({ scheme, getNodes: (digests) => nothing.getNodes(digests) }, EMPTY, entries);
}
