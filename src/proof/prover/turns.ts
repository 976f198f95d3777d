import { unlessAborted } from '../../base/tasks/unless-aborted.js';

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
