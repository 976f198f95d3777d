import { setMaxListeners } from 'node:events';
import { UnknownOutcomeError } from '../state/hashdb/driver.js';

/** Signals to stop, and what a shell shows of a process that ends by one: 128 and its number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof EXIT_CODES;
const SIGNALS = Object.keys(EXIT_CODES) as Signal[];

/** Work was stopped by a signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** @param note what there is to say beside that */
  constructor(
    readonly signal: Signal,
    note = '',
  ) {
    super(`interrupted by ${signal}${note}`);
  }

  get exitCode(): number {
    return EXIT_CODES[this.signal];
  }
}

const interrupting = new AbortController();
/** Aborted by the first signal to stop: for what would wait for a server that may never answer. */
export const interruption: AbortSignal = interrupting.signal;
// Whatever waits listens.
setMaxListeners(0, interruption);

/** How many works would be told of a signal. */
let heeding = 0;

/**
 * Has the first signal to stop end a command that is doing nothing which heeds it: what such a command writes is there whole, or
 * not at all. A second signal ends the process as it always does.
 */
export function whenUnheeded(end: (interrupted: Interrupted) => void): void {
  for (const signal of SIGNALS)
    process.once(signal, () => {
      interrupting.abort();
      if (heeding === 0) end(new Interrupted(signal));
    });
}

/** The first signal to stop, for what goes on until it comes. */
export function signalled(): Promise<Signal> {
  heeding++;
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve(signal));
  });
}

/** Has the first signal to stop abort work that heeds it. */
export async function stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const abort = (signal: NodeJS.Signals): void => stop.abort(new Interrupted(signal as Signal));
  for (const signal of SIGNALS) process.once(signal, abort);
  heeding++;
  try {
    return await work(stop.signal);
  } catch (error) {
    // What failed for it, such as a question to an endpoint, says so in words of its own.
    if (stop.signal.aborted && error instanceof UnknownOutcomeError)
      throw new Interrupted((stop.signal.reason as Interrupted).signal, '; it is not known whether the write was made');
    stop.signal.throwIfAborted();
    throw error;
  } finally {
    heeding--;
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}
