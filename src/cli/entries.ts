import type { EntryKey } from '../state/batch/access.js';
import type { Batch, Entry } from '../state/batch/batch.js';
import { parseEntries, parseEntryKeys, recogniseEntries } from '../state/batch/entries.js';
import type { EntriesForm } from '../state/batch/entries.js';
import { parseAirdrop } from '../state/batch/import/airdrop.js';
import type { AirdropToken } from '../state/batch/import/airdrop.js';
import type { OnProgress } from '../base/tasks/watching.js';
import { withInput } from '../base/files/input.js';
import type { InputFile } from '../base/files/input.js';
import { batchIn } from './batch-file.js';
import { blaming, bounded, InputError } from './input.js';
import type { Bounds } from './input.js';

/**
 * Works with the entries of a CSV or JSON Lines file, as they are read, or with the prestate of a batch, told apart by
 * what is in them. The file is closed afterwards, however much of it was read.
 * @param token whose airdrop the file is, if it is one
 */
export const withEntries = <T>(
  bounds: Bounds,
  file: string,
  { onProgress, signal }: { readonly onProgress: OnProgress; readonly signal: AbortSignal },
  token: AirdropToken | undefined,
  work: (entries: AsyncIterable<readonly Entry[]> | Iterable<readonly Entry[]>) => Promise<T>,
): Promise<T> =>
  withInput(file, async (input) => work(await entriesIn(bounds, file, input, token)), {
    onBytes: (done, total) => onProgress('reading entries', done, total),
    signal,
  });

async function entriesIn(
  bounds: Bounds,
  file: string,
  input: InputFile,
  token: AirdropToken | undefined,
): Promise<AsyncIterable<readonly Entry[]> | Iterable<readonly Entry[]>> {
  if (token !== undefined) return parseAirdrop(input.textPieces(), token);
  const start = await input.start();
  const form = recogniseEntries(start);
  if (form === 'csv' && isAirdrop(start)) {
    throw new InputError(
      `${file}: expected --token ADDRESS, --mapping-slot N and --decimals N with an airdrop (address,amount), got none`,
    );
  }
  if (form !== undefined) return parseEntries(form, input.textPieces());
  const { prestate } = await wholeBatch(bounds, file, input);
  if (prestate.length === 0)
    throw new InputError(`${file}: expected at least one entry (a prestate or a genesis, for example), got none`);
  return [prestate];
}

/** True if a CSV's first line names the columns of an airdrop. */
const isAirdrop = (start: string): boolean =>
  /^\W*(address\W+amount|amount\W+address)\W*$/.test(start.trimStart().split('\n', 1)[0]!);

/** The keys of the entries in a CSV or JSON Lines file, or of those in a batch's accesses or prestate. */
export const readEntryKeys = (bounds: Bounds, file: string): Promise<readonly EntryKey[]> =>
  withInput(file, async (input) => {
    const form = recogniseEntries(await input.start());
    const keys =
      form === undefined ? keysOf(await wholeBatch(bounds, file, input)) : await keysOfLines(bounds, file, input, form);
    if (keys.length === 0) throw new InputError(`${file}: expected at least one entry, got none`);
    return keys;
  });

async function wholeBatch({ maxInput }: Bounds, file: string, input: InputFile): Promise<Batch> {
  const text = await bounded(() => input.text(maxInput));
  return batchIn({ file, text }, undefined);
}

function keysOf({ accesses, prestate }: Batch): readonly EntryKey[] {
  const entries: readonly EntryKey[] = accesses.length === 0 ? prestate : accesses;
  return entries.map(({ address, kind, slot }) => ({ address, kind, slot }));
}

const keysOfLines = (bounds: Bounds, file: string, input: InputFile, form: EntriesForm): Promise<readonly EntryKey[]> =>
  bounded(() =>
    blaming(file, async () => {
      const found: EntryKey[] = [];
      for await (const piece of parseEntryKeys(form, input.textPieces(bounds.maxInput)))
        for (const key of piece) found.push(key);
      return found;
    }),
  );
