import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { atRoot, expected, readObject } from '../state/batch/fields.js';
import type { Located } from '../state/batch/fields.js';
import { JsonNumber, parseJson } from '../state/batch/json.js';
import { isMissing } from '../base/files/file-error.js';
import { readTextFile } from '../base/files/input.js';
import { InputError } from './input.js';
import { parseNumber, parseSize, SETTINGS } from './settings.js';
import type { Setting, SettingValue } from './settings.js';

export const SETTINGS_FILE = 'rootshift.config.json';

/** The values in a file of settings, by field. */
type Values = ReadonlyMap<string, SettingValue>;

/**
 * Gives the options of a command that no flag and no variable decided the values that the file of settings has for
 * them.
 * @param named the file; else the one of the working directory, if there is one, which may decide only what is safe
 * @throws {InputError} the file cannot be read, says what is no setting, or decides what it may not: with its name and
 *   the field
 */
export async function applySettingsFile(command: Command, named: string | undefined): Promise<void> {
  const file = named ?? SETTINGS_FILE;
  const text = await readTextFile(file).catch((error: unknown) => {
    if (named === undefined && isMissing(error)) return null;
    throw error;
  });
  if (text === null) return;
  const values = readSettings(text, file);
  if (named === undefined) refuseUnsafe(values, file);
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const setting of SETTINGS) {
      const name = setting.option().attributeName();
      const value = values.get(setting.field);
      const isOpen = [undefined, 'default'].includes(at.getOptionValueSource(name));
      if (value !== undefined && isOpen && at.options.some((option) => option.attributeName() === name)) {
        at.setOptionValueWithSource(name, value, file);
      }
    }
  }
}

/**
 * Whoever made the working directory may have made this file, too: it may come from an archive that the user unpacked.
 */
function refuseUnsafe(values: Values, file: string): void {
  const unsafe = SETTINGS.filter(({ field, isSafe }) => values.has(field) && !isSafe(values.get(field)!)).map(
    ({ field }) => field,
  );
  if (unsafe.length === 0) return;
  throw new InputError(
    `${file}: expected only local directories and limits in a settings file that is not named, got ${unsafe.join(', ')}, which can run ` +
      `programs, reach other machines or weaken protection; if you trust the file, name it with --config ${file} or ROOTSHIFT_CONFIG`,
  );
}

function readSettings(text: string, file: string): Values {
  try {
    const values = new Map<string, SettingValue>();
    readGroup(atRoot(parseJson(text), file), SETTINGS, values);
    return values;
  } catch (error) {
    // Faults in the text say where they are; a bug in the program does not.
    if (error instanceof Error && ['FieldError', 'JsonSyntaxError'].includes(error.name)) {
      const where = error.message.startsWith(file) ? '' : `${file}: `;
      throw new InputError(`${where}${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** The settings of one object: `field` names are relative to it. */
function readGroup(at: Located, settings: readonly Setting[], values: Map<string, SettingValue>): void {
  const depth = at.path === '' ? 0 : at.path.split('.').length;
  const names = [...new Set(settings.map(({ field }) => field.split('.')[depth]!))];
  const fields = readObject(at, [], names) as Readonly<Record<string, Located>>;
  for (const [name, value] of Object.entries(fields)) {
    const own = settings.filter(({ field }) => field.split('.')[depth] === name);
    const [first] = own;
    if (first!.field.split('.').length === depth + 1) values.set(first!.field, readValue(first!, value));
    else readGroup(value, own, values);
  }
}

function readValue({ kind }: Setting, at: Located): SettingValue {
  if (typeof kind === 'object')
    return kind.find((choice) => choice === at.value) ?? expected(`one of ${kind.join(', ')}`, at);
  switch (kind) {
    case 'text':
      return typeof at.value === 'string' && at.value !== '' ? at.value : expected('a text', at);
    case 'switch':
      return typeof at.value === 'boolean' ? at.value : expected('true or false', at);
    case 'number':
      return readAs(at, parseNumber, 'a whole number of at least 1');
    case 'size':
      return readAs(at, parseSize, 'a size of at most 511M, such as 64M or 67108864');
  }
}

/** Reads a number, or a text with a number, as the command line does. */
function readAs(at: Located, parse: (text: string) => number, what: string): number {
  try {
    if (at.value instanceof JsonNumber) return parse(at.value.text);
    return parse(parse === parseSize && typeof at.value === 'string' ? at.value : '');
  } catch (error) {
    if (error instanceof InvalidArgumentError) return expected(what, at);
    throw error;
  }
}
