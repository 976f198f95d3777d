import { every } from './pause.js';

/** A worker's hold on one job: renewed again and again, until it is let go or the job is the worker's no more. */
export class Lease {
  readonly #ended = new AbortController();
  readonly #lost = new AbortController();
  readonly #renewing: Promise<void>;

  /** @param renew false if the job is lost */
  constructor(everyMs: number, renew: () => Promise<boolean>) {
    this.#renewing = every(everyMs, this.#ended.signal, async () => {
      if (await renew()) return;
      this.#ended.abort();
      this.#lost.abort(new Error("the proof was not made: its job is not this worker's any more"));
    });
    // Its error comes up when the lease is let go.
    this.#renewing.catch(() => {});
  }

  /** Aborted when the job was cancelled, or is another's. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** @throws what `renew` threw */
  async letGo(): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
  }
}
