import type { Command } from 'commander';
import type { Outcome } from './io.js';
import type { Places } from './places.js';

/** Gives a new command its texts. */
export type Describe = (command: Command, summary: string, details: string, example: string) => Command;

/** Runs a command's work, and hands over its outcome. */
export type Run = (self: Command, work: (places: Places) => Promise<Outcome>) => Promise<void>;
