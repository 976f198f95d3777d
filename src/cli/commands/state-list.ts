import { exportEntries } from '../../engine/export-entries.js';
import { checkWritable } from '../../base/files/output.js';
import { frToHex } from '../../base/field/fr.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import { formatEntry } from '../../machine/trace/file.js';
import { withDatabase } from '../database.js';
import { entriesFormOf, InputError, parseAddress, parseCount, parseRootOrName } from '../input.js';
import { columns, count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { asArgument, nextCommand } from '../next.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';

export interface ListOptions {
  readonly address?: string;
  readonly root?: string;
  readonly limit: string;
}

export function listCommand(places: Places, options: ListOptions): Promise<Outcome> {
  const rootIn = parseRootOrName('--root', options.root);
  const limit = parseCount('--limit', options.limit);
  const address = options.address === undefined ? {} : { address: parseAddress('--address', options.address) };
  return withDatabase(places, async (db) => {
    const root = await rootIn(db);
    const entries = [];
    for await (const entry of db.entries(root, { ...address, limit: limit + 1 })) entries.push(entry);
    const more = entries.length > limit;
    const rows = entries.slice(0, limit).map((entry) => ({ ...formatEntry(entry), value: uint256ToHex(entry.value) }));
    const lines = rows.map(({ address: of, kind, slot, value }) => [of, kind, kind === 'storage' ? slot : '', value]);
    const text = rows.length === 0 ? 'no entries' : columns(['address', 'kind', 'slot', 'value'], lines);
    return {
      text: more ? `${text}\nThere are more: use --limit N, or \`rootshift state export\` for all.` : text,
      json: { root: frToHex(root), entries: rows, more },
    };
  });
}

export interface ExportOptions {
  readonly out: string;
  readonly address?: string;
  readonly root?: string;
}

export async function exportCommand(places: Places, { out, ...options }: ExportOptions): Promise<Outcome> {
  const form = entriesFormOf(out);
  if (form === undefined) throw new InputError(`${out}: expected a name that ends in .csv, .jsonl or .ndjson`);
  const rootIn = parseRootOrName('--root', options.root);
  const address = options.address === undefined ? {} : { address: parseAddress('--address', options.address) };
  await checkWritable(out);
  return withDatabase(places, async (db) => {
    const { root, entries: total } = await db.roots.find(await rootIn(db));
    const written = await watched(({ onProgress, signal }) =>
      exportEntries(db, root, {
        form,
        file: out,
        signal,
        onEntries: (done) => onProgress('writing entries', done, 'address' in address ? 0 : total),
        ...address,
      }),
    );
    const hex = frToHex(root);
    // A different tree has a different root.
    const tree = db.scheme.bitsPerLevel === 1 ? 'binary' : undefined;
    const next = nextCommand(
      ['npx', 'rootshift', 'load', asArgument(out)],
      [
        ['--db', 'other'],
        ['--tree', tree],
      ],
    );
    return {
      text: `Wrote ${count(written, 'entry', 'entries')}.\n${table([
        ['root', hex],
        ['file', out],
      ])}\n${next.text}`,
      json: { root: hex, entries: written, files: { entries: out } },
    };
  });
}
