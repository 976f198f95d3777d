import { fsck } from '../../engine/fsck.js';
import { openSource } from '../../engine/repair-source.js';
import { formatEntry } from '../../machine/trace/file.js';
import { describeEntry } from '../../state/batch/access.js';
import { opener } from '../database.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';
import { interruption } from '../signals.js';

export interface FsckOptions {
  readonly repair?: true;
  readonly repairFrom?: string;
}

/** Prints at most so many lines of each kind; --json has all. */
const PRINTED = 100;

export async function fsckCommand(places: Places, { repair, repairFrom }: FsckOptions): Promise<Outcome> {
  const opened = repairFrom === undefined ? null : await openSource(repairFrom, { signal: interruption });
  try {
    const report = await watched((watching) =>
      fsck(opener(places), opened, { ...(repair && { repair }), ...watching }),
    );
    const { damages, affected, places: lost, roots, nodes, unreachable, moved, keptAside } = report;
    const left = damages.filter(({ repaired }) => !repaired).length;
    const read = `${count(roots, 'root')}, ${count(nodes, 'node')}`;
    const notNeeded =
      unreachable === 0
        ? ''
        : `\n${count(unreachable, 'node')} that no kept root needs: \`rootshift state prune\` deletes them.`;
    const kept = keptAside === null ? '' : `\nThe damaged files are kept in ${shortPath(keptAside)}.`;
    const since = moved
      ? '\nSomething was written during the check: the new data was not checked, and the nodes were not counted.'
      : '';
    const list = (title: string, lines: readonly string[]): string =>
      lines.length === 0
        ? ''
        : `\n${title}:\n${table(lines.slice(0, PRINTED).map((line) => ['', line]))}${lines.length > PRINTED ? `\n  and ${lines.length - PRINTED} more` : ''}`;
    const text =
      damages.length === 0
        ? `Whole: ${read}.${notNeeded}${since}`
        : `${left === 0 ? 'Repaired' : 'Damaged'}: ${read}; ${count(damages.length, 'damage')}, of which ${damages.length - left} repaired.` +
          list(
            'Damages',
            damages.map(({ what, repaired }) => `${what}${repaired ? ' (repaired)' : ''}`),
          ) +
          list('Entries that cannot be read', affected.map(describeEntry)) +
          list('And everything else', lost) +
          kept +
          notNeeded +
          since;
    return {
      text,
      json: {
        whole: left === 0,
        damages,
        affected: affected.map(formatEntry),
        places: lost,
        roots,
        nodes,
        unreachable,
        moved,
        keptAside,
      },
      valid: left === 0,
    };
  } finally {
    await opened?.close();
  }
}
