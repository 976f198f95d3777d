import { every } from './pause.js';

/** A worker's hold on one job: renewed again and again, until it is let go or the job is the worker's no more. */
export class Lease {
  readonly #ended = new AbortController();
  readonly #lost = new AbortController();
  readonly #renewing: Promise<void>;

  /** @param renew false if the job is lost */
  constructor(everyMs: number, renew: () => Promise<boolean>) {
    this.#renewing = every(everyMs, this.#ended.signal, async () => {
      // Who can't be asked now is asked again; what is wrong for good comes up when the outcome is to be stored.
      if (await renew().catch(() => true)) return;
      this.#ended.abort();
      this.#lost.abort(new Error('the proof was not made because the job went to another worker or was cancelled'));
    });
  }

  /** Aborted when the job was cancelled, or is another's. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async letGo(): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
  }
}
