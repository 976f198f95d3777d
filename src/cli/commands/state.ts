import { frToHex, toFr } from '../../field/fr.js';
import type { RootRecord } from '../../hashdb/root-record.js';
import { withDatabase } from '../database.js';
import { type Outcome, table } from '../io.js';
import type { Places } from '../places.js';

const ORIGINS = {
  empty: 'empty',
  load: 'loaded, unproven',
  prove: 'proven',
  write: 'written, unproven',
  import: 'imported, unproven',
} as const satisfies Record<RootRecord['origin'], string>;

export function stateCommand(places: Places): Promise<Outcome> {
  return withDatabase(places, async (db) => {
    const [history, nodes, bytes] = [await db.history(), await db.nodeCount(), await db.sizeOnDisk()];
    const current = await db.current();
    const hex = ({ root }: RootRecord): string => frToHex(toFr(root));
    const rows: [string, string][] = [
      ['current root', hex(current)],
      ['entries', current.entries.toLocaleString('en')],
      ['nodes', `${nodes.toLocaleString('en')} (those of older roots included)`],
      ['on disk', `${bytes.toLocaleString('en')} bytes in ${places.db}`],
    ];
    const past = history.map((record): [string, string] => [`number ${record.number}`, `${hex(record)}  ${ORIGINS[record.origin]}`]);
    return {
      text: `${table(rows)}\nHistory:\n${table(past)}`,
      json: {
        root: hex(current),
        number: current.number,
        entries: current.entries,
        nodes,
        bytesOnDisk: bytes,
        history: history.map((record) => ({ number: record.number, root: hex(record), origin: record.origin, entries: record.entries })),
      },
    };
  });
}
