import { every } from './pause.js';

/** A worker's hold on one job: renewed until it is released or the worker loses the job. */
export class Lease {
  readonly #ended = new AbortController();
  readonly #lost = new AbortController();
  readonly #renewing: Promise<void>;

  /** @param renew false if the job is lost */
  constructor(everyMs: number, renew: () => Promise<boolean>) {
    this.#renewing = every(everyMs, this.#ended.signal, async () => {
      // A server that is down now is asked again; a lasting fault shows when the outcome is stored.
      if (await renew().catch(() => true)) return;
      this.#ended.abort();
      this.#lost.abort(new Error('the proof was not made because the job went to another worker or was cancelled'));
    });
  }

  /** Aborted when the job is cancelled or another worker has it. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async letGo(): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
  }
}
