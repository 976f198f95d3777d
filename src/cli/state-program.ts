import type { Command } from 'commander';
import type { FsckOptions } from './commands/state-fsck.js';
import type { ExportOptions, ListOptions } from './commands/state-list.js';
import type { PruneOptions } from './commands/state-prune.js';
import type { Describe, Run } from './command.js';

const ROOT = ['--root <root>', 'root of the history, or its name (default: the current one)'] as const;

/** `state` and its subcommands. */
export function addStateCommands(state: Command, describe: Describe, run: Run): void {
  // Commander gives no `help` subcommand to a command that has an action.
  state
    .helpCommand(true)
    .action((_options: object, self: Command) =>
      run(self, async (places) => (await import('./commands/state.js')).stateCommand(places)),
    );

  describe(
    state.command('list'),
    'list the entries of a state',
    'Ordered by address, kind and slot. With --address, it lists what the index has; `state export` also holds ' +
      'the index to the tree.',
    'state list --address 0x7d0aa91b12d31755d2fc99d22e09947936e00474',
  )
    .option('--address <address>', 'only entries of this address')
    .option(...ROOT)
    .option('--limit <n>', 'print at most n entries', '100')
    .action((options: ListOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/state-list.js')).listCommand(places, options)),
    );

  describe(
    state.command('export'),
    'write the entries of a state to a file',
    'Writes CSV (.csv) or JSON Lines (.jsonl, .ndjson), ordered by address, kind and slot. `load` of the file ' +
      'gives the same root.',
    'state export --out entries.csv',
  )
    .requiredOption('--out <file>', 'file to write')
    .option('--address <address>', 'only entries of this address')
    .option(...ROOT)
    .action((options: ExportOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/state-list.js')).exportCommand(places, options)),
    );

  describe(
    state.command('name <root> <name>'),
    'give a root a name',
    '`state prune` keeps a named root. Every option that takes a root also takes its name.',
    'state name 0x086d885cd36d44cc57e61ec6fc7f16ada2ec73ae52f772830bead746e131d3ac genesis',
  ).action((root: string, name: string, _options: object, self: Command) =>
    run(self, async (places) => (await import('./commands/state-names.js')).nameCommand(places, root, name)),
  );

  describe(
    state.command('unname <name>'),
    'remove the name of a root',
    'The root stays until the next `state prune`.',
    'state unname genesis',
  ).action((name: string, _options: object, self: Command) =>
    run(self, async (places) => (await import('./commands/state-names.js')).unnameCommand(places, name)),
  );

  describe(
    state.command('prune'),
    'delete what no kept root needs, and free the space',
    'Keeps the newest roots and all named ones. The others stay in the history, marked as pruned, but their ' +
      'states can no longer be read.',
    'state prune --keep-last 100',
  )
    .requiredOption('--keep-last <n>', 'how many of the newest roots to keep')
    .action((options: PruneOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/state-prune.js')).pruneCommand(places, options)),
    );

  describe(
    state.command('fsck'),
    'recompute every kept root from the disk, and report damage',
    'Exits with 1 if damage remains. Other processes may write to the database during the check: fsck neither ' +
      'undoes nor checks their writes.',
    'state fsck --repair-from snapshot',
  )
    .option('--repair', 'rebuild what can be derived: index, head, counts, single root records; drop damaged names')
    .option('--repair-from <place>', 'also take nodes, root records and names from a snapshot or another database')
    .action((options: FsckOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/state-fsck.js')).fsckCommand(places, options)),
    );
}
