import { type Entry } from './batch.js';
import { atRoot, expected, FieldError, readingFile } from './fields.js';
import { type JsonObject, parseJsonValues } from './json.js';
import { readEntry } from './parse.js';

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
export async function* parseEntries(form: EntriesForm, text: AsyncIterable<string>): AsyncGenerator<Entry[]> {
  const read = form === 'csv' ? csvReader() : readJsonLine;
  let rest = '';
  let number = 0;
  for await (const piece of text) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield readLines(lines);
  }
  yield readLines([rest]);

  function readLines(lines: readonly string[]): Entry[] {
    return readingFile(
      () => lines.flatMap((line) => {
        number++;
        const content = number === 1 && line.startsWith('\ufeff') ? line.slice(1) : line;
        return content.trim() === '' ? [] : read(content, number);
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

function readJsonLine(line: string, number: number): Entry[] {
  const at = `line ${number}`;
  const values = parseJsonValues(line, number);
  if (values.length !== 1) throw new FieldError(`${at}: expected one object, got ${values.length} values`);
  return [readEntry(atRoot(values[0]!.value, at))];
}

/** Takes the header first, which is no entry. */
function csvReader() {
  let header: readonly string[] | undefined;
  return (line: string, number: number): Entry[] => {
    const cells = line.split(',').map(unquoted);
    if (header === undefined) {
      header = readHeader(cells, number);
      return [];
    }
    if (cells.length !== header.length) {
      throw new FieldError(`line ${number}: expected ${header.length} fields, as the header has, got ${cells.length}`);
    }
    const fields: JsonObject = new Map(header.map((name, i) => [name, cells[i]!] as const).filter(([, cell]) => cell !== ''));
    return [readEntry(atRoot(fields, `line ${number}`))];
  };
}

function readHeader(cells: readonly string[], number: number): readonly string[] {
  const at = atRoot(cells.join(','), `line ${number}`);
  const known = cells.every((name, i) => COLUMNS.includes(name) && cells.indexOf(name) === i);
  if (!known || !cells.includes('value')) expected('a header, address,kind,slot,value or key,value', at);
  return cells;
}

function unquoted(cell: string): string {
  const text = cell.trim();
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
