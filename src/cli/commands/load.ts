import { loadState } from '../../engine/load-state.js';
import { frToHex, toFr } from '../../field/fr.js';
import { loadPoseidon } from '../../hash/poseidon.js';
import { opener } from '../database.js';
import { InputError, readBatch } from '../input.js';
import { count, type Outcome, table } from '../io.js';
import type { Places } from '../places.js';
import { withProgress } from '../progress.js';

export interface LoadOptions {
  readonly tree: 'quad' | 'binary';
}

export async function loadCommand(places: Places, file: string, { tree }: LoadOptions): Promise<Outcome> {
  const { prestate } = await readBatch(file, undefined);
  if (prestate.length === 0) throw new InputError(`${file}: expected a batch with a "prestate" of at least one entry, got none`);
  const poseidon = await loadPoseidon();
  const record = await withProgress((onProgress) => {
    onProgress('loading', 0, 0);
    return loadState(poseidon, opener(poseidon, places), prestate, tree === 'binary' ? 1 : 2);
  });
  const root = frToHex(toFr(record.root));
  return {
    text: `Loaded ${count(record.entries, 'entry', 'entries')}, unproven.\n${table([['root', `${root}, now current (number ${record.number})`]])}`,
    json: { root, number: record.number, entries: record.entries, proven: false },
  };
}
