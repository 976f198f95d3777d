const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
type Signal = (typeof SIGNALS)[number];

/** The first signal to stop. A second one ends the process as it always does. */
export const signalled = (): Promise<Signal> =>
  new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve(signal));
  });

/** Work was stopped by a signal, which the process is to end by. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** @param note what there is to say beside that */
  constructor(
    readonly signal: Signal,
    note = '',
  ) {
    super(`interrupted by ${signal}${note}`);
  }
}

/** Has the first signal to stop abort work that heeds it. A second one ends the process as it always does. */
export async function stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const abort = (signal: NodeJS.Signals): void => stop.abort(new Interrupted(signal as Signal));
  for (const signal of SIGNALS) process.once(signal, abort);
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}
