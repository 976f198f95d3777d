import { JsonNumber, JsonSyntaxError, shortened } from './json.js';
import type { Json, JsonObject } from './json.js';

/** A value of a JSON file, and the way to it, such as `accesses[3].address`: what a complaint names. */
export interface Located {
  readonly value: Json;
  /** Empty for the file as a whole. */
  readonly path: string;
  /** `line 7` in a file of many values; empty in a file of one. */
  readonly source: string;
}

/** A value is not what its place asks for. The message says what was expected, what came, and where. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
}

export const atRoot = (value: Json, source = ''): Located => ({ value, path: '', source });

/** Where a value is, in words. */
export const whereIs = ({ path, source }: Located): string =>
  [source, path].filter((part) => part !== '').join(', ') || 'the file';

/** @throws {FieldError} always */
export function expected(what: string, at: Located, got = describeJson(at.value)): never {
  throw new FieldError(`${whereIs(at)}: expected ${what}, got ${shortened(got)}`);
}

function describeJson(value: Json): string {
  if (value instanceof Map) return 'an object';
  if (Array.isArray(value)) return 'a list';
  return value instanceof JsonNumber ? value.text : JSON.stringify(value);
}

/** The fields of an object: `Required` are there, `Optional` may be, and there are no others. */
export type Fields<Required extends string, Optional extends string> = Readonly<
  Record<Required, Located> & Partial<Record<Optional, Located>>
>;

/** @throws {FieldError} not an object, a required field missing, or a field of another name */
export function readObject<Required extends string, Optional extends string = never>(
  at: Located,
  required: readonly Required[],
  optional: readonly Optional[] = [],
): Fields<Required, Optional> {
  if (!(at.value instanceof Map)) return expected('an object', at);
  const isKnown = (name: string): boolean =>
    (required as readonly string[]).includes(name) || (optional as readonly string[]).includes(name);
  const fields: Record<string, Located> = {};
  for (const [name, value] of at.value as JsonObject) {
    if (!isKnown(name)) expected(`only the fields ${[...required, ...optional].join(', ')}`, at, JSON.stringify(name));
    fields[name] = fieldAt(at, name, value);
  }
  for (const name of required) {
    if (fields[name] === undefined) expected(`a field "${name}"`, at, 'none');
  }
  return fields as Fields<Required, Optional>;
}

/** The fields of an object whose names are data, such as addresses, in order. @throws {FieldError} not an object */
export function readNamed(at: Located): readonly (readonly [name: string, at: Located])[] {
  if (!(at.value instanceof Map)) return expected('an object', at);
  return [...(at.value as JsonObject)].map(([name, value]) => [name, fieldAt(at, name, value)]);
}

/** A field of an object that may have others; undefined if it is not there. */
export function findField(at: Located, name: string): Located | undefined {
  const value = at.value instanceof Map ? (at.value as JsonObject).get(name) : undefined;
  return value === undefined ? undefined : fieldAt(at, name, value);
}

const fieldAt = ({ path, source }: Located, name: string, value: Json): Located => ({
  value,
  path: path === '' ? name : `${path}.${name}`,
  source,
});

/** Whether an object has a field, which says which of two forms it is in; false for what is no object. */
export const hasField = ({ value }: Located, name: string): boolean => value instanceof Map && value.has(name);

/** @throws {FieldError} not a list */
export function readList(at: Located): Located[] {
  if (!Array.isArray(at.value)) return expected('a list', at);
  const { path, source } = at;
  return (at.value as readonly Json[]).map((value, i) => ({ value, path: `${path}[${i}]`, source }));
}

/** @throws {FieldError} not one of `choices` */
export function readChoice<Choice extends string>(at: Located, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === at.value);
  return found ?? expected(choices.map((choice) => `"${choice}"`).join(' or '), at);
}

/**
 * An unsigned integer of at most `bits` bits (a multiple of 8): hexadecimal digits after `0x` or
 * decimal digits in quotes, or a JSON integer.
 * @throws {FieldError}
 */
export function readUnsigned(at: Located, bits: number): bigint {
  const digits = at.value instanceof JsonNumber ? at.value.text : at.value;
  if (typeof digits !== 'string') return expected('a number', at);
  if (digits.startsWith('-')) expected('a number that is not negative', at);
  if (!/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(digits)) {
    expected('a whole number, as 0x and hexadecimal digits or as decimal digits', at);
  }
  // 0x1 and 0x01 are one number; but 33 bytes are not a 32-byte word, though the first be 0.
  if (digits.startsWith('0x') && digits.length - 2 > bits / 4) {
    expected(`at most ${bits / 8} bytes`, at, `${Math.ceil((digits.length - 2) / 2)} bytes`);
  }
  // 78 digits hold any 256-bit number; BigInt is never given a text of unbounded length.
  if (digits.length > 80) expected(`a number of at most ${bits} bits`, at, `${digits.length} digits`);
  const number = BigInt(digits);
  if (number >> BigInt(bits) !== 0n) expected(`a number of at most ${bits} bits`, at);
  return number;
}

/** @throws {FieldError} not `0x` and exactly two hexadecimal digits for each of `bytes` bytes */
export function readBytes(at: Located, bytes: number): bigint {
  const digits = typeof at.value === 'string' ? /^0x([0-9a-fA-F]*)$/.exec(at.value)?.[1] : undefined;
  const what = `${bytes} bytes, as 0x and ${2 * bytes} hexadecimal digits`;
  if (digits === undefined) return expected(what, at);
  if (digits.length !== 2 * bytes) {
    expected(what, at, digits.length % 2 === 0 ? `${digits.length / 2} bytes` : `${digits.length} digits`);
  }
  return BigInt(`0x${digits}`);
}

/** @throws {FieldError} not a JSON integer from `min` to `max` */
export function readInteger(at: Located, min: number, max: number): number {
  const number = at.value instanceof JsonNumber && /^[0-9]+$/.test(at.value.text) ? Number(at.value.text) : NaN;
  return number >= min && number <= max ? number : expected(`an integer from ${min} to ${max}`, at);
}

/**
 * Checks `format` and `version`, before anything else is expected of a file.
 * @throws {FieldError} another format or version, or none where `required`
 */
export function checkFormat(at: Located, format: string, version: number, presence: 'required' | 'optional'): void {
  if (!(at.value instanceof Map)) expected('an object', at);
  const check = (name: string, what: string, agrees: (value: Json) => boolean): void => {
    const value = (at.value as JsonObject).get(name);
    if (value === undefined && presence === 'required') expected(`a field "${name}"`, at, 'none');
    if (value !== undefined && !agrees(value)) expected(what, { ...at, path: name, value });
  };
  check('format', `"${format}"`, (value) => value === format);
  check(
    'version',
    `${version}, the only version of ${format} known here`,
    (value) => value instanceof JsonNumber && value.text === String(version),
  );
}

/**
 * Runs `read`, and turns its complaint about the text into an error of the file's own class.
 * @throws what `wrap` makes of a JsonSyntaxError or a FieldError
 */
export function readingFile<T>(read: () => T, wrap: (message: string, cause: Error) => Error): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof FieldError) throw wrap(error.message, error);
    throw error;
  }
}
