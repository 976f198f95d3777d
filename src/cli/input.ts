import path from 'node:path';
import type { EntryKey, Kind } from '../state/batch/access.js';
import type { EntriesForm } from '../state/batch/entries.js';
import { atRoot, expected, hasField, readBytes, readUnsigned } from '../state/batch/fields.js';
import { JsonSyntaxError, parseJson } from '../state/batch/json.js';
import type { Json, JsonObject } from '../state/batch/json.js';
import { ContentError } from '../base/files/content-error.js';
import { FileTooLargeError } from '../base/files/file-error.js';
import { readTextFile } from '../base/files/input.js';
import { FIELD_ORDER, toFr } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';
import { toUint256 } from '../base/field/limbs.js';
import type { Uint256 } from '../base/field/limbs.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import type { Digest } from '../state/tree/node.js';
import type { Places } from './places.js';

/** A file or an argument is not as expected. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** How many bytes of a file are read. */
export type Bounds = Pick<Places, 'maxInput'>;

/**
 * Works with what a file holds.
 * @throws {InputError} if the file is what is wrong: what `work` says, with the file's name before it
 */
export async function blaming<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof ContentError)) throw cause;
    throw new InputError(`${file}: ${cause.message}`, { cause });
  }
}

/**
 * Works with a file of which no more than --max-input is read.
 * @throws {InputError} it has more
 */
export async function bounded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof FileTooLargeError)) throw cause;
    throw new InputError(`${cause.message}; use --max-input SIZE for larger files`, { cause });
  }
}

/** A file from the user, with its content. It is read once, because a pipe gives its bytes only once. */
export interface Input {
  readonly file: string;
  readonly text: string;
}

/** @throws {FileError | InputError} it cannot be read, or has more bytes than --max-input */
export const readInput = async ({ maxInput }: Bounds, file: string): Promise<Input> => ({
  file,
  text: await bounded(() => readTextFile(file, maxInput)),
});

/**
 * Takes what was read to one of the library's parsers.
 * @throws {InputError} what the parser says, with the file's name before it
 */
export const inputAs = <T>({ file, text }: Input, parse: (text: string) => T): Promise<T> =>
  blaming(file, () => parse(text));

/** Reads a file with one of the library's parsers. @throws {FileError | InputError} as the two above */
export const readFileAs = async <T>(bounds: Bounds, file: string, parse: (text: string) => T): Promise<T> =>
  inputAs(await readInput(bounds, file), parse);

/** Parses a file's text as JSON. @throws {InputError} it is not JSON */
export function jsonOf({ file, text }: Input): Json {
  try {
    return parseJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw new InputError(`${file}: ${cause.message}`, { cause });
  }
}

/** The `format` that a file names; undefined if it names none. */
export function formatOf(value: Json): string | undefined {
  if (!hasField(atRoot(value), 'format')) return undefined;
  const format = (value as JsonObject).get('format');
  return typeof format === 'string' ? format : 'one that is no text';
}

/** Whether a file's first field is this `format`: a look at its first bytes, before a whole batch is parsed. */
export const namesFormat = ({ text }: Input, format: string): boolean =>
  /^\s*\{\s*"format"\s*:\s*"([^"]*)"/.exec(text.slice(0, 4096))?.[1] === format;

export function parseCount(what: string, text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text))
    throw new InputError(`${what}: expected a whole number of at least 1, got ${text}`);
  return Number(text);
}

/** An amount of ether, in wei. */
export function parseEtherAmount(what: string, text: string): bigint {
  const [, whole, fraction = ''] = /^(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,18}))?$/.exec(text) ?? [];
  const wei = whole === undefined ? 0n : BigInt(whole) * 10n ** 18n + BigInt(fraction.padEnd(18, '0'));
  if (wei === 0n) throw new InputError(`${what}: expected an amount of ether above 0, such as 0.05, got ${text}`);
  return wei;
}

/** An index into a list of the given length. */
export function parseIndex(what: string, text: string, length: number): number {
  if (/^(0|[1-9][0-9]{0,14})$/.test(text) && Number(text) < length) return Number(text);
  throw new InputError(`${what}: expected a whole number from 0 to ${length - 1}, got ${text}`);
}

/** A root as `state` prints it; leading zeros are optional. */
export function parseRoot(what: string, text: string): Fr {
  const at = atRoot(text, what);
  const root = readUnsigned(at, 256);
  return root < FIELD_ORDER ? toFr(root) : expected('a root, below the order of BN254', at);
}

/** Names of roots begin with a letter, roots with a digit. */
export const isRootName = (text: string): boolean => /^[A-Za-z]/.test(text);

/** A root to look up in the database: given as such or by its name; by default the current one. */
export type RootIn = (db: HashDb) => Promise<Digest>;

/** A root as `state` prints it, or a root's name. */
export function parseRootOrName(what: string, text: string | undefined): RootIn {
  if (text === undefined) return async (db) => (await db.current()).root;
  if (isRootName(text)) return async (db) => db.roots.named(text);
  const root = parseRoot(what, text);
  return async () => root;
}

/** How the user names the form of a file of entries. */
const FORMS: Readonly<Record<string, EntriesForm>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' };

/** The form of a file of entries, from the file's name; undefined for other files. */
export const entriesFormOf = (file: string): EntriesForm | undefined => FORMS[path.extname(file).toLowerCase()];

/** The arguments of `get`: ADDRESS SLOT, ADDRESS for a kind without slots, or a plain KEY. */
export function parseEntry(first: string, slot: string | undefined, kind: Kind = 'storage'): EntryKey {
  if (kind !== 'storage') {
    if (slot !== undefined)
      throw new InputError(`SLOT: expected none with kind ${kind} (only storage has slots), got ${slot}`);
    return { address: parseAddress('ADDRESS', first), kind, slot: toUint256(0n) };
  }
  if (slot !== undefined) return { address: parseAddress('ADDRESS', first), kind, slot: parseWord('SLOT', slot) };
  if (/^0x[0-9a-fA-F]{40}$/.test(first)) {
    throw new InputError(
      `expected a SLOT or a --kind with the address ${first}, got neither; for a plain key of 20 bytes, write all 64 digits`,
    );
  }
  return { address: 0n, kind, slot: parseWord('KEY', first) };
}

export const parseAddress = (what: string, text: string): bigint => readBytes(atRoot(text, what), 20);
export const parseWord = (what: string, text: string): Uint256 => toUint256(readUnsigned(atRoot(text, what), 256));

/** A token: a file's content without surrounding white space. @throws {InputError} empty, or not visible ASCII */
export async function readToken(file: string): Promise<string> {
  const token = (await readTextFile(file)).trim();
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new InputError(`${file}: expected a token of visible ASCII characters, without spaces, got something else`);
  return token;
}

/** A contract's address in viem's form. */
export const parseContract = (text: string): `0x${string}` => parseAccount('--contract', text);

/** @throws {InputError} not 20 bytes in hexadecimal */
export function parseAccount(what: string, text: string): `0x${string}` {
  const address = readBytes(atRoot(text, what), 20);
  return `0x${address.toString(16).padStart(40, '0')}`;
}

/** @throws {InputError} no queue is named */
export function requireQueue(url: string | undefined): string {
  if (url !== undefined) return url;
  throw new InputError('expected a queue, --queue postgres://USER@HOST/DATABASE or ROOTSHIFT_QUEUE, got none');
}
