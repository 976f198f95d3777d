import type { EntryKey } from '../state/batch/access.js';
import type { Entry } from '../state/batch/batch.js';
import { parseEntries, parseEntryKeys } from '../state/batch/entries.js';
import type { OnProgress } from '../machine/circuit/artifacts.js';
import { readTextPieces } from '../engine/files.js';
import { blaming, entriesFormOf, InputError, readBatch } from './input.js';

/** The entries of a CSV or JSON Lines file, as they are read, or the prestate of a batch. */
export async function readEntries(file: string, onProgress: OnProgress): Promise<AsyncIterable<readonly Entry[]> | Iterable<readonly Entry[]>> {
  const form = entriesFormOf(file);
  if (form !== undefined) return parseEntries(form, readTextPieces(file, (done, total) => onProgress('reading entries', done, total)));
  const { prestate } = await readBatch(file, undefined);
  if (prestate.length === 0) throw new InputError(`${file}: expected a batch with a "prestate" of at least one entry, got none`);
  return [prestate];
}

/** The names of a CSV or JSON Lines file's entries, or of those that the accesses of a batch are to. */
export async function readEntryKeys(file: string): Promise<EntryKey[]> {
  const form = entriesFormOf(file);
  if (form === undefined) return (await readBatch(file, undefined)).accesses.map(({ address, kind, slot }) => ({ address, kind, slot }));
  const keys = await blaming(file, async () => {
    const found: EntryKey[] = [];
    for await (const piece of parseEntryKeys(form, readTextPieces(file))) for (const key of piece) found.push(key);
    return found;
  });
  if (keys.length === 0) throw new InputError(`${file}: expected at least one entry, got none`);
  return keys;
}
