import { setMaxListeners } from 'node:events';
import { UnknownOutcomeError } from '../state/hashdb/driver.js';

/** The signals to stop, and the exit codes that a shell shows for them: 128 plus the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof EXIT_CODES;
const SIGNALS = Object.keys(EXIT_CODES) as Signal[];

/** Work was stopped by a signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** @param note a further sentence */
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
/** Aborted by the first signal to stop, for work that waits for a server which may never answer. */
export const interruption: AbortSignal = interrupting.signal;
// Everything that waits listens to it.
setMaxListeners(0, interruption);

/** How many pieces of work listen to the signal. */
let heeding = 0;

/**
 * Has the first signal to stop end a command that is doing nothing which heeds it: what such a command writes is there
 * whole, or not at all. A second signal ends the process as it always does.
 */
export function whenUnheeded(end: (interrupted: Interrupted) => void): void {
  for (const signal of SIGNALS)
    process.once(signal, () => {
      interrupting.abort();
      if (heeding === 0) end(new Interrupted(signal));
    });
}

/** Resolves at the first signal to stop, for a command that runs until then. */
export function signalled(): Promise<Signal> {
  heeding++;
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve(signal));
  });
}

/** Lets the first signal to stop abort the work. */
export async function stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const abort = (signal: NodeJS.Signals): void => stop.abort(new Interrupted(signal as Signal));
  for (const signal of SIGNALS) process.once(signal, abort);
  heeding++;
  try {
    return await work(stop.signal);
  } catch (error) {
    // A call that failed because of the signal, such as to an endpoint, has an error of its own.
    if (stop.signal.aborted && error instanceof UnknownOutcomeError)
      throw new Interrupted((stop.signal.reason as Interrupted).signal, '; it is not known whether the write was made');
    stop.signal.throwIfAborted();
    throw error;
  } finally {
    heeding--;
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}
