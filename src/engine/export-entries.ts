import { CSV_HEADER, formatEntryLine } from '../state/batch/entries.js';
import type { EntriesForm } from '../state/batch/entries.js';
import { frToHex } from '../base/field/fr.js';
import { HashDbError } from '../state/hashdb/driver.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import type { ListOptions } from '../state/hashdb/listing.js';
import type { Digest } from '../state/tree/node.js';
import { writeFileAtomically } from '../base/files/output.js';

/** Lines per write. */
const LINES = 1_000;

/** There are no entries to write; loading would refuse an empty file. */
export class NothingToExportError extends HashDbError {
  override readonly name = 'NothingToExportError';
}

/** What to write, and where. */
export interface ExportEntriesOptions extends ListOptions {
  readonly form: EntriesForm;
  readonly file: string;
  /** Called from time to time with the number of entries so far. */
  readonly onEntries?: (done: number) => void;
  /** Stops the export and leaves the file as it was. */
  readonly signal?: AbortSignal;
}

/**
 * Writes the entries under a root to a file. Loading that file gives the same root.
 * @returns the number of entries
 * @throws {NothingToExportError} there is none
 * @throws {IncompleteIndexError} the index lacks some of them: no file is written
 * @throws {MissingPreimageError} an entry was committed without preimages
 * @throws {FileError} the file cannot be written
 * @throws what the signal was aborted with
 * @throws {UnknownRootError | PrunedRootError} the root is not in the history, or was pruned
 */
export async function exportEntries(
  db: HashDb,
  root: Digest,
  { form, file, onEntries = () => {}, signal, ...options }: ExportEntriesOptions,
): Promise<number> {
  signal?.throwIfAborted();
  // A list of all entries is checked against their number; a list of one address, against the tree.
  if (options.address !== undefined) await db.checkIndexed(root, options);
  let isThere = false;
  for await (const _entry of db.entries(root, { ...options, limit: 1 })) isThere = true;
  if (!isThere) {
    const such = options.address === undefined ? '' : ` of address 0x${options.address.toString(16).padStart(40, '0')}`;
    throw new NothingToExportError(
      `expected at least one entry${such} to write, found none under root ${frToHex(root)}`,
    );
  }
  let done = 0;
  async function* text(): AsyncGenerator<string, void> {
    let lines = form === 'csv' ? [CSV_HEADER] : [];
    for await (const entry of db.entries(root, options)) {
      lines.push(formatEntryLine(form, entry));
      done++;
      if (lines.length < LINES) continue;
      signal?.throwIfAborted();
      yield `${lines.join('\n')}\n`;
      onEntries(done);
      lines = [];
    }
    if (lines.length > 0) yield `${lines.join('\n')}\n`;
  }
  // An error of the database is not reported as an error of the file.
  let damage: unknown;
  async function* watched(): AsyncGenerator<string, void> {
    try {
      yield* text();
    } catch (error) {
      damage = error;
      throw error;
    }
  }
  await writeFileAtomically(file, watched()).catch((error: unknown) => {
    throw damage ?? error;
  });
  return done;
}
