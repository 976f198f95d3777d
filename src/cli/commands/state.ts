import { masked } from '../../state/hashdb/location.js';
import { frToHex } from '../../base/field/fr.js';
import type { RootRecord } from '../../state/hashdb/root-record.js';
import { ORIGINS, withDatabase } from '../database.js';
import { table } from '../io.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';

export function stateCommand(places: Places): Promise<Outcome> {
  return withDatabase(places, async (db) => {
    const history = await db.history();
    const names = [...(await db.roots.names())];
    const nodes = await db.nodeCount();
    const bytes = await db.sizeOnDisk();
    const current = await db.current();
    const hex = ({ root }: RootRecord): string => frToHex(root);
    const namesOf = ({ root }: RootRecord): string[] =>
      names.flatMap(([name, named]) => (named === root ? [name] : []));
    const rows: [string, string][] = [
      ['current root', hex(current)],
      ['entries', current.entries.toLocaleString('en')],
      ['nodes', `${nodes.toLocaleString('en')} (including those of older roots)`],
      ['on disk', `${bytes.toLocaleString('en')} bytes in ${masked(places.db)}`],
    ];
    const past = history.map((record): [string, string] => {
      const notes = [
        ORIGINS[record.origin],
        ...(record.pruned ? ['pruned'] : []),
        ...namesOf(record).map((name) => `named ${name}`),
      ];
      return [`number ${record.number}`, `${hex(record)}  ${notes.join('; ')}`];
    });
    return {
      text: `${table(rows)}\nHistory:\n${table(past)}`,
      json: {
        root: hex(current),
        number: current.number,
        entries: current.entries,
        nodes,
        bytesOnDisk: bytes,
        history: history.map((record) => {
          const { number, origin, entries, pruned } = record;
          return { number, root: hex(record), origin, entries, pruned, names: namesOf(record) };
        }),
      },
    };
  });
}
