import type { ThreadListener } from './thread.js';
import { ThreadError } from './thread-error.js';

/** What is used here of a browser's worker. */
interface WebWorker {
  onmessage: (event: { readonly data: unknown }) => void;
  onerror: (event: { readonly message?: string }) => void;
  onmessageerror: () => void;
  postMessage(message: unknown): void;
  terminate(): void;
}

interface Browser {
  readonly crossOriginIsolated?: boolean;
  readonly Worker: new (url: string) => WebWorker;
}

/**
 * Starts a thread in a browser, from the source text of a program for Node's threads: it is given a port, and what it
 * was started with, as they are. Threads share memory, which browsers allow only isolated pages.
 * @param what it does, as in «a hashing thread»
 * @throws {ThreadError} the page is not isolated
 */
export function startWebThread<Message>(
  what: string,
  source: string,
  workerData: unknown,
  listener: ThreadListener<Message>,
): WebWorker {
  const { crossOriginIsolated, Worker } = globalThis as unknown as Browser;
  if (crossOriginIsolated !== true) {
    throw new ThreadError(
      `a ${what} thread needs a cross-origin isolated page: one with the headers ` +
        'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
    );
  }
  const url = URL.createObjectURL(new Blob([`${BEFORE}${source}${AFTER}`], { type: 'text/javascript' }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  const fail = (reason: string): void =>
    listener.end(new ThreadError(`a ${what} thread ended before its work was done: ${reason}`));
  worker.onmessage = ({ data }) => listener.message(data as Message);
  worker.onerror = ({ message }) => fail(message ?? 'its script could not be loaded');
  worker.onmessageerror = () => fail('a message could not be read');
  worker.postMessage(workerData);
  return worker;
}

const BEFORE = `
function start({ data: workerData }) {
  removeEventListener('message', start);
  const parentPort = {
    on: (_type, listener) => addEventListener('message', ({ data }) => listener(data)),
    postMessage: (message) => postMessage(message),
  };
  const require = () => ({ parentPort, workerData });
  `;
const AFTER = `;
}
addEventListener('message', start);
`;
