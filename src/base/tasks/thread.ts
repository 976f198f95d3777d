import type { Worker } from 'node:worker_threads';
import { builtin } from './builtin.js';
import { ThreadError } from './thread-error.js';

/** What is heard of a thread. */
export interface ThreadListener<Message> {
  message(message: Message): void;
  /** Called once, however the thread ended: nothing else informs those who wait for its answers. */
  end(error: ThreadError): void;
}

/**
 * Starts a thread from the source text of its program.
 * @param what it does, as in «a hashing thread»
 */
export function startThread<Message>(
  what: string,
  source: string,
  workerData: unknown,
  listener: ThreadListener<Message>,
): Worker {
  const worker = new (builtin('node:worker_threads')!.Worker)(source, { eval: true, execArgv: [], workerData });
  let hasEnded = false;
  const end = (reason: string, cause?: Error): void => {
    if (hasEnded) return;
    hasEnded = true;
    listener.end(new ThreadError(`a ${what} thread ended before its work was done: ${reason}`, { cause }));
  };
  worker.on('message', (message: Message) => listener.message(message));
  worker.on('error', (error) => end(error.message, error));
  worker.on('exit', (code) => end(`exit code ${code}`));
  worker.on('messageerror', (error) => {
    end(error.message, error);
    void worker.terminate();
  });
  return worker;
}
