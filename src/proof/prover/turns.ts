/** Lets work through one at a time, in the order in which it came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param signal takes it out of the line; once its turn has come, the work has to heed the signal itself
   * @throws what the signal was aborted with, at once
   */
  take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const mine = unlessAborted(before, signal).then(work);
    this.#last = Promise.allSettled([before, mine]).then(() => {});
    return mine;
  }
}

/** Waits for what is never rejected, until the signal is aborted. @throws what it was aborted with */
function unlessAborted(awaited: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    void awaited.then(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}
