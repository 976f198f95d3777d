/** What is awaited, unless the signal is aborted before. @throws what it was aborted with, at once */
export function unlessAborted<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    awaited.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
