import { exportSnapshot, importSnapshot, verifySnapshot } from '../../engine/snapshot-folder.js';
import { frToHex } from '../../base/field/fr.js';
import { opener, withDatabase } from '../database.js';
import { parseRoot, parseRootOrName } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { asArgument, nextCommand } from '../next.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';

export interface SnapshotExportOptions {
  readonly out: string;
  readonly root?: string;
}

export function snapshotExportCommand(places: Places, { out, root: asked }: SnapshotExportOptions): Promise<Outcome> {
  const rootIn = parseRootOrName('--root', asked);
  return withDatabase(places, async (db) => {
    const root = await rootIn(db);
    const { entries, chunks } = await watched((watching) => exportSnapshot(db, { directory: out, root, ...watching }));
    return {
      text:
        `Exported ${count(entries, 'entry', 'entries')} in ${count(chunks.length, 'chunk')}.\n${table([
          ['root', frToHex(root)],
          ['directory', out],
        ])}\n` +
        nextCommand(['npx', 'rootshift', 'snapshot', 'verify', asArgument(out)], [['--root', frToHex(root)]]).text,
      json: { root: frToHex(root), entries, chunks: chunks.length, files: { snapshot: out } },
    };
  });
}

export interface SnapshotOptions {
  readonly root?: string;
}

const wanted = ({ root }: SnapshotOptions) => (root === undefined ? {} : { root: parseRoot('--root', root) });
const compare = (root: string): string =>
  `the root comes from the snapshot: compare it with one that you trust, or give that one with --root (${root})`;

export async function snapshotVerifyCommand(directory: string, options: SnapshotOptions): Promise<Outcome> {
  const { manifest, faults } = await watched((watching) =>
    verifySnapshot({ directory, ...wanted(options), ...watching }),
  );
  const root = frToHex(manifest.root);
  const valid = faults.length === 0;
  const assumed = options.root === undefined ? [compare(root)] : [];
  const whole = `Valid: ${count(manifest.chunks.length, 'chunk')} with ${count(manifest.entries, 'entry', 'entries')} are the whole state with root ${root}.`;
  return {
    text: (valid
      ? [whole, ...assumed.map((line) => `  ${line}`)]
      : ['Not valid:', ...faults.map((line) => `  ${line}`)]
    ).join('\n'),
    json: {
      valid,
      root,
      entries: manifest.entries,
      chunks: manifest.chunks.length,
      faults,
      assumed: valid ? assumed : [],
    },
    valid,
  };
}

export async function snapshotImportCommand(
  places: Places,
  directory: string,
  options: SnapshotOptions,
): Promise<Outcome> {
  const record = await watched((watching) =>
    importSnapshot(opener(places), { directory, ...wanted(options), ...watching }),
  );
  const root = frToHex(record.root);
  const note = options.root === undefined ? `\nNote: ${compare(root)}` : '';
  return {
    text: `Imported ${count(record.entries, 'entry', 'entries')}, unproven.\n${table([['root', `${root}, now current (number ${record.number})`]])}${note}`,
    json: { root, number: record.number, entries: record.entries, proven: false },
  };
}
