import { loadState } from '../../engine/load-state.js';
import type { Entry } from '../../state/batch/batch.js';
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
  let zeros = 0;
  const record = await withProgress(async (onProgress) => {
    const entries = countingZeros(await readEntries(file, onProgress));
    const options = { bitsPerLevel: tree === 'binary' ? 1 : 2, onProgress } as const;
    return blaming(file, () => loadState(opener(places), entries, options));
  });
  const root = frToHex(toFr(record.root));
  const rows = [
    ['root', `${root}, now current (number ${record.number})`],
    ...(zeros === 0 ? [] : [['left out', `${count(zeros, 'value')} of 0, which ${zeros === 1 ? 'makes' : 'make'} no entry`]]),
  ] as [string, string][];
  return {
    text: `Loaded ${count(record.entries, 'entry', 'entries')}, unproven.\n${table(rows)}`,
    json: { root, number: record.number, entries: record.entries, zeros, proven: false },
  };

  async function* countingZeros(pieces: AsyncIterable<readonly Entry[]> | Iterable<readonly Entry[]>): AsyncGenerator<readonly Entry[]> {
    for await (const piece of pieces) {
      zeros += piece.filter(({ value }) => value === 0n).length;
      yield piece;
    }
  }
}
