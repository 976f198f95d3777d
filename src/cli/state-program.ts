import type { Command } from 'commander';
import type { FsckOptions } from './commands/state-fsck.js';
import type { ExportOptions, ListOptions } from './commands/state-list.js';
import type { PruneOptions } from './commands/state-prune.js';
import type { Describe, Run } from './command.js';

const ROOT = ['--root <root>', 'root of the history, or its name (default: the current one)'] as const;

/** `state` and what can be done with a database's states, below it. */
export function addStateCommands(state: Command, describe: Describe, run: Run): void {
  state.action((_options: object, self: Command) =>
    run(self, async (places) => (await import('./commands/state.js')).stateCommand(places)));

  describe(state.command('list'), 'list the entries of a state', 'By address, kind and slot, as the index has them; a list of all is held to their number.', 'state list --address 0x7d0aa91b12d31755d2fc99d22e09947936e00474')
    .option('--address <address>', 'only the entries of this address')
    .option(...ROOT)
    .option('--limit <n>', 'at most so many entries', '100')
    .action((options: ListOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/state-list.js')).listCommand(places, options)));

  describe(
    state.command('export'),
    'write the entries of a state to a file',
    'By address, kind and slot, as CSV (.csv) or JSON Lines (.jsonl, .ndjson); `load` makes the same root of it.',
    'state export --out entries.csv',
  )
    .requiredOption('--out <file>', 'file of entries')
    .option('--address <address>', 'only the entries of this address')
    .option(...ROOT)
    .action((options: ExportOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/state-list.js')).exportCommand(places, options)));

  describe(state.command('name <root> <name>'), 'give a root a name', 'A named root is not pruned, and its name can be given wherever a root is asked for.', 'state name 0x14c3...660e genesis')
    .action((root: string, name: string, _options: object, self: Command) =>
      run(self, async (places) => (await import('./commands/state-names.js')).nameCommand(places, root, name)));

  describe(state.command('unname <name>'), "take a root's name back", 'The root stays until it is pruned.', 'state unname genesis')
    .action((name: string, _options: object, self: Command) =>
      run(self, async (places) => (await import('./commands/state-names.js')).unnameCommand(places, name)));

  describe(
    state.command('prune'),
    'drop what no kept root needs, and give back the space',
    'Kept are the last roots and those with a name. The others stay in the history, marked as pruned; they cannot be read any more.',
    'state prune --keep-last 100',
  )
    .requiredOption('--keep-last <n>', 'roots that are kept, counted from the current one')
    .action((options: PruneOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/state-prune.js')).pruneCommand(places, options)));

  describe(
    state.command('fsck'),
    'compute every kept root anew from the disk, and tell what is damaged or not needed',
    'Exit code 1 if something is damaged and was not repaired. Others may use the database meanwhile: what they write is never ' +
      'taken back, and not checked. A name that is damaged is dropped by a repair, or by `state unname`.',
    'state fsck --repair-from snapshot',
  )
    .option('--repair', 'make anew what follows from the rest: index, head, counts, single root records; drop damaged names')
    .option('--repair-from <place>', "the same, and nodes, root records and names from a snapshot's folder or another database")
    .action((options: FsckOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/state-fsck.js')).fsckCommand(places, options)));
}
