import type { Command } from 'commander';
import type { SnapshotExportOptions, SnapshotOptions } from './commands/snapshot.js';
import type { Describe, Run } from './command.js';

/** `snapshot` and its subcommands. */
export function addSnapshotCommands(snapshot: Command, describe: Describe, run: Run): void {
  describe(
    snapshot.command('export'),
    'write a state as a snapshot',
    'Writes chunks of at most about 1 MiB. Each chunk can be verified against the root alone.',
    'snapshot export --out snapshot',
  )
    .requiredOption('--out <dir>', 'empty or new directory')
    .option('--root <root>', 'root of the history, or its name (default: the current one)')
    .action((options: SnapshotExportOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/snapshot.js')).snapshotExportCommand(places, options)),
    );

  describe(
    snapshot.command('import <dir>'),
    "import a snapshot's state into the database, unproven",
    'You need not trust the maker of the snapshot: every chunk is checked, and the root becomes current only ' +
      'when the whole state is imported. An interrupted import continues where it stopped. A missing database is ' +
      'created.',
    'snapshot import snapshot --root 0x086d885cd36d44cc57e61ec6fc7f16ada2ec73ae52f772830bead746e131d3ac',
  )
    .option('--root <root>', 'root that the state must have (default: the one in the snapshot)')
    .action((directory: string, options: SnapshotOptions, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/snapshot.js')).snapshotImportCommand(places, directory, options),
      ),
    );

  describe(
    snapshot.command('verify <dir>'),
    'verify every chunk of a snapshot, and that the chunks are the whole state',
    '',
    'snapshot verify snapshot',
  )
    .option('--root <root>', 'root that the state must have (default: the one in the snapshot)')
    .action((directory: string, options: SnapshotOptions, self: Command) =>
      run(self, async () => (await import('./commands/snapshot.js')).snapshotVerifyCommand(directory, options)),
    );
}
