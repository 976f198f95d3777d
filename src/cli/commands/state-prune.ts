import { frToHex } from '../../base/field/fr.js';
import { withDatabase } from '../database.js';
import { parseCount } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';

export interface PruneOptions {
  readonly keepLast: string;
}

export function pruneCommand(places: Places, options: PruneOptions): Promise<Outcome> {
  const keepLast = parseCount('--keep-last', options.keepLast);
  return withDatabase(places, async (db) => {
    const before = await db.sizeOnDisk();
    const { roots, nodes, entries } = await watched((watching) => db.prune({ keepLast, ...watching }));
    const after = await db.sizeOnDisk();
    const kept = new Set((await db.history()).filter(({ pruned }) => !pruned).map(({ root }) => root)).size;
    const size = `${after.toLocaleString('en')} bytes, ${before.toLocaleString('en')} before`;
    return {
      text: `Pruned ${count(roots.length, 'root')}.\n${table([
        ['kept', count(kept, 'root')],
        ['deleted', `${count(nodes, 'node')}, ${count(entries, 'entry', 'entries')} of the index`],
        ['on disk', size],
      ])}`,
      json: {
        roots: roots.map(({ number, root }) => ({ number, root: frToHex(root) })),
        kept,
        nodes,
        indexEntries: entries,
        bytesOnDisk: { before, after },
      },
    };
  });
}
