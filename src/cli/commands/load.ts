import type { Entry } from '../../batch/batch.js';
import { parseEntries } from '../../batch/entries.js';
import { readTextPieces } from '../../engine/files.js';
import { loadState } from '../../engine/load-state.js';
import { frToHex, toFr } from '../../field/fr.js';
import { loadPoseidon } from '../../hash/poseidon.js';
import { opener } from '../database.js';
import { blaming, entriesFormOf, InputError, readBatch } from '../input.js';
import { count, type Outcome, table } from '../io.js';
import type { Places } from '../places.js';
import { withProgress } from '../progress.js';

export interface LoadOptions {
  readonly tree: 'quad' | 'binary';
}

export async function loadCommand(places: Places, file: string, { tree }: LoadOptions): Promise<Outcome> {
  const form = entriesFormOf(file);
  const poseidon = await loadPoseidon();
  const record = await withProgress(async (onProgress) => {
    const entries = form === undefined ? [await prestateOf(file)] : parseEntries(form, readTextPieces(file, (done, total) => onProgress('reading entries', done, total)));
    const options = { bitsPerLevel: tree === 'binary' ? 1 : 2, onProgress } as const;
    return blaming(file, () => loadState(poseidon, opener(poseidon, places), entries, options));
  });
  const root = frToHex(toFr(record.root));
  return {
    text: `Loaded ${count(record.entries, 'entry', 'entries')}, unproven.\n${table([['root', `${root}, now current (number ${record.number})`]])}`,
    json: { root, number: record.number, entries: record.entries, proven: false },
  };
}

async function prestateOf(file: string): Promise<readonly Entry[]> {
  const { prestate } = await readBatch(file, undefined);
  if (prestate.length === 0) throw new InputError(`${file}: expected a batch with a "prestate" of at least one entry, got none`);
  return prestate;
}
