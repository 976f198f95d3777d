import { ContentError } from '../../base/files/content-error.js';
import type { EntryKey } from './access.js';
import type { Entry } from './batch.js';
import { csvReader } from './csv.js';
import type { PlaceLine } from './csv.js';
import { atRoot, expected, FieldError, hasField, readingFile } from './fields.js';
import type { Located } from './fields.js';
import { JsonSyntaxError, parseJsonValues } from './json.js';
import { readEntry, readEntryKey } from './read-entry.js';

/**
 * How a file of entries is written: with a header and commas, or as one JSON object a line.
 * @see {@link parseEntries}
 */
export type EntriesForm = 'csv' | 'jsonl';

/** A text is not a list of entries; the message says what was expected, what came, and on which line. */
export class EntriesError extends ContentError {
  override readonly name = 'EntriesError';
}

/** An entry takes some hundred characters; a file without breaks is not to be held in memory. */
const MOST_LINE = 1 << 14;
const COLUMNS = ['key', 'address', 'kind', 'slot', 'value'];

/**
 * Reads entries, one a line, as the text comes, and gives them away piece by piece. Empty lines are skipped.
 *
 * CSV begins with a header, `address,kind,slot,value` or `key,value`, the columns in any order; `kind`
 * and `slot` may be missing, or empty on a line. JSON Lines have objects with the same names. Numbers are
 * those of batch files, in CSV without quotes or in double quotes.
 * @throws {EntriesError}
 *
 * @example
 * for await (const some of parseEntries('csv', lines)) some.length; // entries, in the order of the file
 */
export const parseEntries = (form: EntriesForm, text: AsyncIterable<string>): AsyncGenerator<Entry[]> =>
  parseLines(text, placesOf(form, ['value']), readEntry);

/**
 * Reads the names of entries, in the same forms; values may be missing, and are not looked at.
 * @throws {EntriesError}
 *
 * @example
 * for await (const some of parseEntryKeys('jsonl', lines)) await db.entryValues(root, await treeKeys(some));
 */
export const parseEntryKeys = (form: EntriesForm, text: AsyncIterable<string>): AsyncGenerator<EntryKey[]> =>
  parseLines(text, placesOf(form, []), readEntryKey);

/**
 * The form of a list of entries that begins so; undefined for something else, such as a batch. A CSV begins with
 * neither a brace nor a bracket; of JSON Lines the first is an entry.
 * @param start the text's beginning, with its first line in whole
 */
export function recogniseEntries(start: string): EntriesForm | undefined {
  const text = start.trimStart();
  if (!/^[[{]/.test(text)) return 'csv';
  const [line = ''] = text.split('\n', 1);
  return isEntryLine(line) ? 'jsonl' : undefined;
}

function isEntryLine(line: string): boolean {
  try {
    const values = parseJsonValues(line).map(({ value }) => atRoot(value));
    return values.every((at) => !hasField(at, 'op') && (hasField(at, 'key') || hasField(at, 'address')));
  } catch (error) {
    if (error instanceof JsonSyntaxError) return false;
    throw error;
  }
}

/** Reads a text line by line as it comes, and gives away piece by piece what the lines are. @throws {EntriesError} */
export async function* parseLines<T>(
  text: AsyncIterable<string>,
  place: PlaceLine,
  read: (at: Located) => T,
): AsyncGenerator<T[]> {
  let rest = '';
  let number = 0;
  for await (const piece of text) {
    const lines = piece.split('\n');
    lines[0] = rest + lines[0]!;
    rest = lines.pop()!;
    yield readLines(lines);
    if (rest.length > MOST_LINE) refuseLong(number + 1);
  }
  yield readLines([rest]);

  function readLines(lines: readonly string[]): T[] {
    return readingFile(
      () =>
        lines.flatMap((line) => {
          number++;
          if (line.length > MOST_LINE) refuseLong(number);
          const content = number === 1 && line.startsWith('\ufeff') ? line.slice(1) : line;
          const at = content.trim() === '' ? null : place(content, number);
          return at === null ? [] : [read(at)];
        }),
      (message, cause) => new EntriesError(message, { cause }),
    );
  }
}

function refuseLong(number: number): never {
  throw new EntriesError(
    `line ${number}: expected one entry, of at most ${MOST_LINE.toLocaleString('en')} characters, got more`,
  );
}

/** The first line of a CSV file of entries. */
export const CSV_HEADER = 'address,kind,slot,value';

/** An entry as a line of a file that `parseEntries` reads, without its break; numbers are hexadecimal. */
export function formatEntryLine(form: EntriesForm, { address, kind, slot, value }: Entry): string {
  const hex = (x: bigint): string => `0x${x.toString(16)}`;
  const named = `0x${address.toString(16).padStart(40, '0')}`;
  const slotOf = kind === 'storage' ? hex(slot) : undefined;
  switch (form) {
    case 'csv':
      return [named, kind, slotOf ?? '', hex(value)].join(',');
    case 'jsonl':
      return JSON.stringify({ address: named, kind, slot: slotOf, value: hex(value) });
  }
}

function readJsonLine(line: string, number: number): Located {
  const source = `line ${number}`;
  const values = parseJsonValues(line, number);
  if (values.length !== 1) throw new FieldError(`${source}: expected one object, got ${values.length} values`);
  return atRoot(values[0]!.value, source);
}

const placesOf = (form: EntriesForm, required: readonly string[]): PlaceLine =>
  form === 'jsonl' ? readJsonLine : csvReader((cells, at) => checkColumns(cells, required, at));

function checkColumns(cells: readonly string[], required: readonly string[], at: Located): void {
  const known = cells.every((name, i) => COLUMNS.includes(name) && cells.indexOf(name) === i);
  const named = cells.includes('key') || cells.includes('address');
  if (!known || !named || !required.every((name) => cells.includes(name))) {
    expected('a header, address,kind,slot,value or key,value', at);
  }
}
