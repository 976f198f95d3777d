import { masked } from '../state/hashdb/location.js';

/** An option for another command: its name and its value, if it has one. Undefined options are left out. */
export type Flag = readonly [name: `--${string}`, value: string | true | undefined];

/** A command that the user may run next. */
export interface Next {
  /** Quoted for the user's shell. */
  readonly command: string;
  /** `Next: ` and the command; if something is missing, a second line says what. */
  readonly text: string;
}

/**
 * The command of these words to try next. What a shell would read otherwise stands in quotes. An option whose value has
 * a password is left out: where the environment does not have it already, a line says which variable takes it.
 */
export function nextCommand(words: readonly string[], flags: readonly Flag[] = [], when = 'Next'): Next {
  const given = flags.filter(([, value]) => value !== undefined);
  const secret = given.filter(isSecret);
  const plain = given.filter((flag) => !isSecret(flag));
  const command = [...words, ...plain.flatMap(([name, value]) => (value === true ? [name] : [name, value!]))]
    .map(quotedForShell)
    .join(' ');
  const lacking = secret
    .map(([name, value]) => [name, variableOf(name), value] as const)
    .filter(([, variable, value]) => process.env[variable] !== value);
  const notes = lacking.map(
    ([name, variable]) => `\n  ${name} is omitted because it has a password: set ${variable} instead.`,
  );
  return { command, text: `${when}: ${command}${notes.join('')}` };
}

const isSecret = ([, value]: Flag): boolean =>
  typeof value === 'string' && value.includes('://') && masked(value) !== value;

/** The environment variable that stands in for an option. */
const variableOf = (name: string): string => `ROOTSHIFT_${name.slice(2).replaceAll('-', '_').toUpperCase()}`;

/** A word, quoted for a POSIX shell. */
export const quotedForShell = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A file's name as an argument: a leading dash would make it an option. */
export const asArgument = (file: string): string => (file.startsWith('-') ? `./${file}` : file);
