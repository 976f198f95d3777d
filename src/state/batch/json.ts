/**
 * A JSON reader (RFC 8259) for files whose every digit counts.
 *
 * `JSON.parse` rounds numbers above 2^53 and lets the last of two equal keys win, and the readers
 * that keep digits still accept a key given twice with one value. Here a number stays as it was
 * written, a key given twice is an error, and every error has a line and a column.
 */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/** A number, as it was written. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** One of a file's top-level values, and the line (from 1) on which it begins. */
export interface JsonValue {
  readonly value: Json;
  readonly line: number;
}

/** A text is not JSON; the message gives line and column, both counted from 1. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** Deeper nesting than any of our files has; a bound, so that no file can exhaust the stack. */
const MAX_DEPTH = 64;
/** A value of two characters takes some hundred bytes of memory: this bounds what a short file can take. */
const MAX_VALUES = 1 << 21;

const MOST_SHOWN = 100;

/** What a complaint shows of a text that may be long. */
export const shortened = (text: string): string =>
  text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN - 3)}...`;

type Token =
  | { readonly type: 'mark' | 'end'; readonly text: string; readonly at: number }
  | { readonly type: 'scalar'; readonly text: string; readonly at: number; readonly value: Json };

const SPACES = ' \t\r\n';
const MARKS = '{}[],:';
/** A backslash, or what a string must not have: characters before the space. */
const SPECIAL = /\\|[^ -\uffff]/;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

/**
 * Reads values that follow one another, with nothing but white space between them: a JSON document
 * has one, a JSON Lines file one a line, an empty file none.
 * @param firstLine the number of the text's first line, where the text is a part of a file
 * @throws {JsonSyntaxError}
 */
export function parseJsonValues(text: string, firstLine = 1): JsonValue[] {
  let position = text.startsWith('\ufeff') ? 1 : 0;
  let token = scan();
  let count = 0;
  const values: JsonValue[] = [];
  // Lines are counted as the values come, and a break is looked for only past the last one: each character is passed
  // once.
  let line = firstLine;
  let lineBreak = text.indexOf('\n');
  while (token.type !== 'end') {
    for (; lineBreak !== -1 && lineBreak < token.at; lineBreak = text.indexOf('\n', lineBreak + 1)) line++;
    values.push({ line, value: parseValue(0) });
  }
  return values;

  function parseValue(depth: number): Json {
    if (++count > MAX_VALUES) fail(token.at, `expected at most ${MAX_VALUES.toLocaleString('en')} values`);
    if (depth > MAX_DEPTH) fail(token.at, `expected at most ${MAX_DEPTH} levels of nesting`);
    if (token.type === 'scalar') {
      const { value } = token;
      token = scan();
      return value;
    }
    if (take('{')) return parseObject(depth);
    if (take('[')) return parseArray(depth);
    return unexpected('a value');
  }

  function parseObject(depth: number): JsonObject {
    const fields = new Map<string, Json>();
    if (take('}')) return fields;
    do {
      const key = token;
      if (key.type !== 'scalar' || typeof key.value !== 'string') return unexpected('a key in quotes');
      if (fields.has(key.value)) fail(key.at, `expected each key once, got ${shortened(key.text)} twice in one object`);
      token = scan();
      if (!take(':')) unexpected("':'");
      fields.set(key.value, parseValue(depth + 1));
    } while (take(','));
    if (!take('}')) unexpected("',' or '}'");
    return fields;
  }

  function parseArray(depth: number): readonly Json[] {
    const items: Json[] = [];
    if (take(']')) return items;
    do items.push(parseValue(depth + 1));
    while (take(','));
    if (!take(']')) unexpected("',' or ']'");
    return items;
  }

  function take(mark: string): boolean {
    if (token.type !== 'mark' || token.text !== mark) return false;
    token = scan();
    return true;
  }

  function scan(): Token {
    while (position < text.length && SPACES.includes(text[position]!)) position++;
    const at = position;
    if (at === text.length) return { type: 'end', text: '', at };
    const first = text[at]!;
    if (first === '"') return scanString(at);
    if (MARKS.includes(first)) {
      position++;
      return { type: 'mark', text: first, at };
    }
    const number = match(NUMBER);
    if (number !== null) return { type: 'scalar', value: new JsonNumber(number), text: number, at };
    const word = match(WORD);
    if (word !== null) return { type: 'scalar', value: JSON.parse(word) as boolean | null, text: word, at };
    return fail(at, `expected JSON, got ${JSON.stringify(text.slice(at, at + 12))}`);
  }

  function scanString(at: number): Token {
    const close = text.indexOf('"', at + 1);
    const inside = text.slice(at + 1, close);
    if (close === -1 || SPECIAL.test(inside)) return scanSpecialString(at);
    position = close + 1;
    return { type: 'scalar', value: inside, text: text.slice(at, position), at };
  }

  // By hand: a pattern with a choice inside a loop exhausts the stack on a long string.
  function scanSpecialString(at: number): Token {
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    position = end + 1;
    const quoted = text.slice(at, position);
    try {
      return { type: 'scalar', value: JSON.parse(quoted) as string, text: quoted, at };
    } catch {
      return fail(at, `expected a string, got ${shortened(quoted)}`);
    }
  }

  function match(pattern: RegExp): string | null {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found === null) return null;
    position = pattern.lastIndex;
    return found[0];
  }

  function unexpected(expected: string): never {
    const got = token.type === 'end' ? 'the end of the file' : token.text;
    return fail(token.at, `expected ${expected}, got ${shortened(got)}`);
  }

  function fail(at: number, complaint: string): never {
    const before = text.slice(0, at).split('\n');
    throw new JsonSyntaxError(
      `not JSON: line ${firstLine + before.length - 1}, column ${before.at(-1)!.length + 1}: ${complaint}`,
    );
  }
}

/**
 * Reads a file of exactly one value.
 * @throws {JsonSyntaxError} not JSON, an empty file, or something after the value
 */
export function parseJson(text: string): Json {
  const [first, second] = parseJsonValues(text);
  if (first === undefined) throw new JsonSyntaxError('not JSON: the file is empty');
  if (second !== undefined) {
    throw new JsonSyntaxError(`not JSON: line ${second.line}: expected the end of the file, got a second value`);
  }
  return first.value;
}
