/** The most clients that are counted at once; beyond it, the counting begins anew. */
const MOST_CLIENTS = 100_000;

/** How often each client may call: so many calls a second, and no more than these at once. */
export class RateLimit {
  readonly #clients = new Map<string, { readonly calls: number; readonly at: number }>();

  /**
   * @param perSecond calls
   * @param now the time in milliseconds
   */
  constructor(
    readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts a call. @returns false if the client must wait */
  take(client: string): boolean {
    const at = this.now();
    if (this.#clients.size >= MOST_CLIENTS) this.#clients.clear();
    const before = this.#clients.get(client) ?? { calls: this.perSecond, at };
    const calls = Math.min(this.perSecond, before.calls + ((at - before.at) / 1000) * this.perSecond);
    const isAllowed = calls >= 1;
    this.#clients.set(client, { calls: isAllowed ? calls - 1 : calls, at });
    return isAllowed;
  }
}
