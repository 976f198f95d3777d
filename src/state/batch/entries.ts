import { type EntryKey } from './access.js';
import { type Entry } from './batch.js';
import { atRoot, expected, FieldError, type Located, readingFile } from './fields.js';
import { type JsonObject, parseJsonValues } from './json.js';
import { readEntry, readEntryKey } from './read-entry.js';

/** How a file of entries is written: with a header and commas, or as one JSON object a line. */
export type EntriesForm = 'csv' | 'jsonl';

/** A text is not a list of entries; the message says what was expected, what came, and on which line. */
export class EntriesError extends Error {
  override readonly name = 'EntriesError';
}

const COLUMNS = ['key', 'address', 'kind', 'slot', 'value'];

/**
 * Reads entries, one a line, as the text comes, and gives them away piece by piece. Empty lines are skipped.
 *
 * CSV begins with a header, `address,kind,slot,value` or `key,value`, the columns in any order; `kind`
 * and `slot` may be missing, or empty on a line. JSON Lines have objects with the same names. Numbers are
 * those of batch files, in CSV without quotes or in double quotes.
 * @throws {EntriesError}
 */
export const parseEntries = (form: EntriesForm, text: AsyncIterable<string>): AsyncGenerator<Entry[]> =>
  parseLines(form, text, readEntry, ['value']);

/** Reads the names of entries, in the same forms; values may be missing, and are not looked at. @throws {EntriesError} */
export const parseEntryKeys = (form: EntriesForm, text: AsyncIterable<string>): AsyncGenerator<EntryKey[]> =>
  parseLines(form, text, readEntryKey, []);

async function* parseLines<T>(
  form: EntriesForm,
  text: AsyncIterable<string>,
  read: (at: Located) => T,
  required: readonly string[],
): AsyncGenerator<T[]> {
  const place = form === 'csv' ? csvReader(required) : readJsonLine;
  let rest = '';
  let number = 0;
  for await (const piece of text) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield readLines(lines);
  }
  yield readLines([rest]);

  function readLines(lines: readonly string[]): T[] {
    return readingFile(
      () => lines.flatMap((line) => {
        number++;
        const content = number === 1 && line.startsWith('\ufeff') ? line.slice(1) : line;
        const at = content.trim() === '' ? null : place(content, number);
        return at === null ? [] : [read(at)];
      }),
      (message, cause) => new EntriesError(message, { cause }),
    );
  }
}

/** The first line of a CSV file of entries. */
export const CSV_HEADER = 'address,kind,slot,value';

/** An entry as a line of a file that `parseEntries` reads, without its break; numbers are hexadecimal. */
export function formatEntryLine(form: EntriesForm, { address, kind, slot, value }: Entry): string {
  const hex = (x: bigint): string => `0x${x.toString(16)}`;
  const [named, slotOf] = [`0x${address.toString(16).padStart(40, '0')}`, kind === 'storage' ? hex(slot) : undefined];
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

/** Takes the header first, which is no entry. */
function csvReader(required: readonly string[]) {
  let header: readonly string[] | undefined;
  return (line: string, number: number): Located | null => {
    const cells = line.split(',').map(unquoted);
    if (header === undefined) {
      header = readHeader(cells, required, number);
      return null;
    }
    if (cells.length !== header.length) {
      throw new FieldError(`line ${number}: expected ${header.length} fields, as the header has, got ${cells.length}`);
    }
    const fields: JsonObject = new Map(header.map((name, i) => [name, cells[i]!] as const).filter(([, cell]) => cell !== ''));
    return atRoot(fields, `line ${number}`);
  };
}

function readHeader(cells: readonly string[], required: readonly string[], number: number): readonly string[] {
  const known = cells.every((name, i) => COLUMNS.includes(name) && cells.indexOf(name) === i);
  const named = cells.includes('key') || cells.includes('address');
  if (!known || !named || !required.every((name) => cells.includes(name))) {
    expected('a header, address,kind,slot,value or key,value', atRoot(cells.join(','), `line ${number}`));
  }
  return cells;
}

function unquoted(cell: string): string {
  const text = cell.trim();
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
