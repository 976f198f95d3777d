import type { Command } from 'commander';
import { masked } from '../../state/hashdb/location.js';
import { columns } from '../io.js';
import type { Outcome } from '../io.js';
import { placesOf } from '../places.js';
import type { GlobalOptions } from '../places.js';
import { SETTINGS } from '../settings.js';

/** Says where commander found a value; a file is named. */
const SOURCES: Readonly<Record<string, string>> = { cli: 'flag', env: 'environment', default: 'default' };

/** Prints the value of every setting and what decided it, without passwords. */
export function configCommand(self: Command): Outcome {
  const options = self.optsWithGlobals<GlobalOptions & Record<string, unknown>>();
  const { db, store } = placesOf(options);
  const implied: Readonly<Record<string, string>> = { db, artifacts: store.directory };
  const rows = SETTINGS.map(({ field, option }) => {
    const name = option().attributeName();
    const value = options[name] ?? implied[name] ?? null;
    const source = self.getOptionValueSourceWithGlobals(name) ?? 'default';
    const { envVar } = option();
    return {
      field,
      value: typeof value === 'string' ? masked(value) : value,
      source: source === 'env' ? `${SOURCES['env']} (${envVar})` : (SOURCES[source] ?? source),
    };
  });
  return {
    text: columns(
      ['setting', 'value', 'from'],
      rows.map(({ field, value, source }) => [field, String(value ?? '-'), source]),
    ),
    json: Object.fromEntries(rows.map(({ field, value, source }) => [field, { value, source }])),
  };
}
