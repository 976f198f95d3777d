import type { EntryKey } from '../state/batch/access.js';
import type { Entry } from '../state/batch/batch.js';
import { type EntriesForm, parseEntries, parseEntryKeys, recogniseEntries } from '../state/batch/entries.js';
import { type AirdropToken, parseAirdrop } from '../state/batch/import/airdrop.js';
import type { OnProgress } from '../base/tasks/watching.js';
import { readTextPieces, readTextStart } from '../base/files/input.js';
import { blaming, bounded, type Bounds, InputError, readBatch } from './input.js';

/**
 * The entries of a CSV or JSON Lines file, as they are read, or the prestate of a batch, told apart by what is in them.
 * @param token whose airdrop the file is, if it is one
 */
export async function readEntries(
  bounds: Bounds,
  file: string,
  onProgress: OnProgress,
  token?: AirdropToken,
): Promise<AsyncIterable<readonly Entry[]> | Iterable<readonly Entry[]>> {
  const pieces = (): AsyncGenerator<string> =>
    readTextPieces(file, { onBytes: (done, total) => onProgress('reading entries', done, total) });
  if (token !== undefined) return parseAirdrop(pieces(), token);
  const start = await readTextStart(file);
  const form = recogniseEntries(start);
  if (form === 'csv' && isAirdrop(start)) {
    throw new InputError(
      `${file}: expected --token ADDRESS, --mapping-slot N and --decimals N beside an airdrop (address,amount), got none`,
    );
  }
  if (form !== undefined) return parseEntries(form, pieces());
  const { prestate } = await readBatch(bounds, file, undefined);
  if (prestate.length === 0)
    throw new InputError(`${file}: expected at least one entry, as of a prestate or a genesis, got none`);
  return [prestate];
}

/** Whether a CSV's first line names the columns of an airdrop. */
const isAirdrop = (start: string): boolean =>
  /^\W*(address\W+amount|amount\W+address)\W*$/.test(start.trimStart().split('\n', 1)[0]!);

/** The names of a CSV or JSON Lines file's entries, or of those that a batch accesses, or has in its prestate. */
export async function readEntryKeys(bounds: Bounds, file: string): Promise<readonly EntryKey[]> {
  const form = recogniseEntries(await readTextStart(file));
  const keys = form === undefined ? await keysOfBatch(bounds, file) : await keysOfLines(bounds, file, form);
  if (keys.length === 0) throw new InputError(`${file}: expected at least one entry, got none`);
  return keys;
}

async function keysOfBatch(bounds: Bounds, file: string): Promise<readonly EntryKey[]> {
  const { accesses, prestate } = await readBatch(bounds, file, undefined);
  const entries: readonly EntryKey[] = accesses.length === 0 ? prestate : accesses;
  return entries.map(({ address, kind, slot }) => ({ address, kind, slot }));
}

const keysOfLines = (bounds: Bounds, file: string, form: EntriesForm): Promise<readonly EntryKey[]> =>
  bounded(() =>
    blaming(file, async () => {
      const found: EntryKey[] = [];
      for await (const piece of parseEntryKeys(form, readTextPieces(file, { maxBytes: bounds.maxInput })))
        for (const key of piece) found.push(key);
      return found;
    }),
  );
