import { type Entry } from '../batch/batch.js';
import { type Poseidon } from '../hash/poseidon.js';
import { type TreeScheme } from '../tree/scheme.js';
import { type StateChange, StateWriter } from './state.js';

/**
 * A first state, made of nothing: what turns the empty state into one of `entries`. No proof says
 * where they come from. An entry of value 0 is absent; of an entry given twice, the last counts.
 */
export async function loadEntries(
  poseidon: Poseidon,
  scheme: TreeScheme,
  entries: readonly Entry[],
): Promise<StateChange> {
  const writer = new StateWriter(poseidon, scheme);
  for (const entry of entries) await writer.write(entry, entry.value);
  return writer.change();
}
