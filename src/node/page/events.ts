import type { ServerResponse } from 'node:http';
import type { PageContext } from './context.js';

/** The most pages that are told of news at once; others ask again from time to time. */
const MOST = 256;
const HEARTBEAT_MS = 20_000;
/** A busy pool is no reason to tell more often. */
const BEAT_MS = 250;

/** Tells open pages that there is something new, as server-sent events. What it is they ask for themselves. */
export class PageEvents {
  readonly #open = new Set<ServerResponse>();
  readonly #ends: (() => unknown)[] = [];
  readonly #heartbeat: NodeJS.Timeout;
  #due: NodeJS.Timeout | null = null;

  private constructor() {
    this.#heartbeat = setInterval(() => this.#send(': still here\n\n'), HEARTBEAT_MS).unref();
  }

  /** @throws {SqlError} new blocks cannot be listened to */
  static async begin({ store, pool }: PageContext): Promise<PageEvents> {
    const events = new PageEvents();
    const tell = (): void => events.#tell();
    events.#ends.push(await store.onBlock(tell, tell), pool.onReady(tell), pool.onDropped(tell));
    return events;
  }

  /** Keeps a response open, and writes to it until the page goes. */
  open(response: ServerResponse): void {
    if (this.#open.size >= MOST) return void response.writeHead(503, { 'retry-after': '10' }).end();
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 2000\n\n');
    this.#open.add(response);
    response.on('close', () => this.#open.delete(response));
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    if (this.#due !== null) clearTimeout(this.#due);
    for (const response of this.#open) response.end();
    await Promise.all(this.#ends.map((end) => end()));
  }

  #tell(): void {
    this.#due ??= setTimeout(() => {
      this.#due = null;
      this.#send('data: news\n\n');
    }, BEAT_MS).unref();
  }

  /** A page that does not read is let go: it comes again. */
  #send(text: string): void {
    for (const response of this.#open) {
      if (response.writableLength > 65_536) response.destroy();
      else response.write(text);
    }
  }
}
