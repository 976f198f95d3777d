import type { Command } from 'commander';
import type { Outcome } from './io.js';
import type { Places } from './places.js';

/** Creates a command with its texts. */
export type Describe = (command: Command, summary: string, details: string, example: string) => Command;

/** Runs a command's work and passes its outcome on. */
export type Run = (self: Command, work: (places: Places) => Promise<Outcome>) => Promise<void>;
