import { openDriver } from '../../engine/database.js';
import { withInput } from '../../base/files/input.js';
import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { exportState, importState, readSnapshot, StateSnapshotError } from '../../linea/store/snapshot.js';
import { SUITES } from '../../linea/suite/suites.js';
import { digestToHex } from '../../linea/trace/json.js';
import { remoteOptions } from '../database.js';
import { blaming, parseWord } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { parseBlockNumber, withLineaState } from '../linea-database.js';
import { asArgument, nextCommand } from '../next.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';
import { interruption } from '../signals.js';

/** Characters of a line, at most: a page has 1,000 entries of some 700. */
const MAX_LINE = 1 << 24;

export interface LineaExportOptions {
  readonly out: string;
  readonly block?: string;
}

export function lineaExportCommand(places: Places, { out, block }: LineaExportOptions): Promise<Outcome> {
  const wanted = block === undefined ? undefined : parseBlockNumber('--block', block);
  return withLineaState(places, async (db) => {
    const number = wanted ?? (await db.head()).number;
    const root = digestToHex(await db.root(number));
    await checkWritable(out);
    let pages = -1;
    await writeFileAtomically(out, lines());
    return {
      text: `Exported the state after block ${number} in ${count(pages, 'page')}.\n${table([
        ['state root', root],
        ['snapshot', shortPath(out)],
      ])}\n${nextCommand(['npx', 'rootshift', 'linea', 'import', asArgument(out)], [['--root', root]]).text}`,
      json: { block: number, root, pages, out },
    };

    async function* lines(): AsyncGenerator<string, void> {
      for await (const line of exportState(db, number)) {
        pages++;
        yield `${line}\n`;
      }
    }
  });
}

export async function lineaImportCommand(
  places: Places,
  file: string,
  options: { readonly root: string },
): Promise<Outcome> {
  const root = parseWord('--root', options.root);
  const snapshot = await withInput(
    file,
    (input) => blaming(file, () => readSnapshot(SUITES, root, linesOf(input.textPieces()))),
    { signal: interruption },
  );
  const driver = await openDriver(places.db, {
    createIfMissing: true,
    remote: await remoteOptions(places),
    signal: interruption,
  });
  try {
    await importState(driver, snapshot);
  } finally {
    await driver.close();
  }
  const { suite, number, entries } = snapshot;
  return {
    text: `Imported ${count(entries, 'entry', 'entries')}, each verified against the root.\n${table([
      ['suite', suite.name],
      ['current', `block ${number}, state root ${digestToHex(root)}`],
    ])}`,
    json: { suite: suite.name, number, root: digestToHex(root), entries },
  };
}

/** @throws {StateSnapshotError} a line is too long */
async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield* lines;
    if (rest.length > MAX_LINE) throw new StateSnapshotError(`expected lines of at most ${MAX_LINE} characters`);
  }
  if (rest !== '') yield rest;
}
