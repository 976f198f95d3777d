import type { Command } from 'commander';
import type { SnapshotExportOptions, SnapshotOptions } from './commands/snapshot.js';
import type { Describe, Run } from './command.js';

/** What can be done with snapshots, below `snapshot`. */
export function addSnapshotCommands(snapshot: Command, describe: Describe, run: Run): void {
  describe(
    snapshot.command('export'),
    'write a state as a snapshot',
    'In chunks of at most about a mebibyte, each of which can be checked against the root alone.',
    'snapshot export --out snapshot',
  )
    .requiredOption('--out <dir>', 'folder, empty or new')
    .option('--root <root>', 'root of the history, or its name (default: the current one)')
    .action((options: SnapshotExportOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/snapshot.js')).snapshotExportCommand(places, options)));

  describe(
    snapshot.command('import <dir>'),
    "bring a snapshot's state into the database, unproven",
    'Whoever made the snapshot need not be trusted: every chunk is checked, a bad one refused by its number, and the root ' +
      'becomes current only when all of the state is there. Interrupted, it goes on where it was. The database is made if there is none.',
    'snapshot import snapshot --root 0x14c38f2fe448e24eccea7a0ef08ebe489b2ae88bad48ff98cf42cd89abf9660e',
  )
    .option('--root <root>', 'the root that the state must have (default: what the snapshot says)')
    .action((folder: string, options: SnapshotOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/snapshot.js')).snapshotImportCommand(places, folder, options)));

  describe(snapshot.command('verify <dir>'), 'check every chunk of a snapshot, and that together they are the whole state', '', 'snapshot verify snapshot')
    .option('--root <root>', 'the root that the state must have (default: what the snapshot says)')
    .action((folder: string, options: SnapshotOptions, self: Command) =>
      run(self, async () => (await import('./commands/snapshot.js')).snapshotVerifyCommand(folder, options)));
}
