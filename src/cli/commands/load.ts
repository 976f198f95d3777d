import { loadState } from '../../engine/load-state.js';
import { frToHex, toFr } from '../../base/field/fr.js';
import { opener } from '../database.js';
import { readEntries } from '../entries.js';
import { blaming } from '../input.js';
import { count, type Outcome, table } from '../io.js';
import type { Places } from '../places.js';
import { withProgress } from '../progress.js';

export interface LoadOptions {
  readonly tree: 'quad' | 'binary';
}

export async function loadCommand(places: Places, file: string, { tree }: LoadOptions): Promise<Outcome> {
  const record = await withProgress(async (onProgress) => {
    const entries = await readEntries(file, onProgress);
    const options = { bitsPerLevel: tree === 'binary' ? 1 : 2, onProgress } as const;
    return blaming(file, () => loadState(opener(places), entries, options));
  });
  const root = frToHex(toFr(record.root));
  return {
    text: `Loaded ${count(record.entries, 'entry', 'entries')}, unproven.\n${table([['root', `${root}, now current (number ${record.number})`]])}`,
    json: { root, number: record.number, entries: record.entries, proven: false },
  };
}
