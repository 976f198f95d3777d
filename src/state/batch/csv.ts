import { FieldError, atRoot } from './fields.js';
import type { Located } from './fields.js';
import type { JsonObject } from './json.js';

/** What makes of a line of a file, whose number it is given, something to be read; null of a line that has nothing. */
export type PlaceLine = (line: string, number: number) => Located | null;

/**
 * Reads the lines of a CSV file: the first names the columns, each other becomes an object of its fields, in which
 * empty ones are left out. Fields may stand in double quotes, which keep commas (RFC 4180); a line break ends a line
 * in any case.
 * @param checkHeader throws a FieldError for columns that are not wanted
 */
export function csvReader(checkHeader: (cells: readonly string[], at: Located) => void): PlaceLine {
  let header: readonly string[] | undefined;
  return (line, number) => {
    const source = `line ${number}`;
    const cells = splitCsv(line, source);
    if (header === undefined) {
      checkHeader(cells, atRoot(cells.join(','), source));
      header = cells;
      return null;
    }
    if (cells.length !== header.length) {
      throw new FieldError(`${source}: expected ${header.length} fields as in the header, got ${cells.length}`);
    }
    const fields: JsonObject = new Map(
      header.map((name, i) => [name, cells[i]!] as const).filter(([, cell]) => cell !== ''),
    );
    return atRoot(fields, source);
  };
}

/** A line's fields, without the white space around them. @throws {FieldError} a quote that does not end its field */
function splitCsv(line: string, source: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at <= line.length;) {
    const start = at + /^\s*/.exec(line.slice(at, at + 100))![0].length;
    const end = line[start] === '"' ? endOfQuoted(line, start) : start;
    const comma = line.indexOf(',', end);
    const stop = comma === -1 ? line.length : comma;
    if (end > start && line.slice(end, stop).trim() !== '') {
      throw new FieldError(
        `${source}: expected a comma after a field in quotes, got ${JSON.stringify(line.slice(end, end + 20))}`,
      );
    }
    cells.push(
      end > start
        ? line
            .slice(start + 1, end - 1)
            .replaceAll('""', '"')
            .trim()
        : line.slice(at, stop).trim(),
    );
    at = stop + 1;
  }
  return cells;

  function endOfQuoted(text: string, start: number): number {
    for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 2)) {
      if (text[quote + 1] !== '"') return quote + 1;
    }
    throw new FieldError(
      `${source}: expected a field in quotes to end on its line, got ${JSON.stringify(text.slice(start, start + 20))}`,
    );
  }
}
