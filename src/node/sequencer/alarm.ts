/** Wakes whoever waits, also if it was raised before the waiting began. */
export class Alarm {
  #isRaised = false;
  #wake: (() => void) | null = null;

  raise(): void {
    this.#isRaised = true;
    this.#wake?.();
  }

  /** Waits until it is raised, or for so many milliseconds; Infinity: without an end. It is no longer raised then. */
  async wait(ms: number): Promise<void> {
    if (!this.#isRaised) {
      await new Promise<void>((resolve) => {
        const timer = ms < 2 ** 31 ? setTimeout(resolve, Math.max(0, ms)) : null;
        this.#wake = () => {
          if (timer !== null) clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    this.#isRaised = false;
  }
}
