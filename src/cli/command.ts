import type { Command, Option } from 'commander';
import type { Outcome } from './io.js';
import type { Places } from './places.js';

/** Creates a command with its texts. */
export type Describe = (command: Command, summary: string, details: string, example: string) => Command;

/** Runs a command's work and passes its outcome on. */
export type Run = (self: Command, work: (places: Places) => Promise<Outcome>) => Promise<void>;

/** Creates a subcommand, of its usage, with options and texts. */
export const subcommandsOf =
  (parent: Command, describe: Describe) =>
  (
    usage: string,
    options: readonly Option[],
    ...texts: [summary: string, details: string, example: string]
  ): Command => {
    const command = describe(parent.command(usage), ...texts);
    for (const option of options) command.addOption(option);
    return command;
  };
