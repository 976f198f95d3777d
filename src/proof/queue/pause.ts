import { setTimeout as sleep } from 'node:timers/promises';

/** Ends early when the signal says so. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => {});

/** So long after the first signal was aborted, or when the second one is. */
export async function after(ms: number, signal: AbortSignal, ended: AbortSignal): Promise<void> {
  const either = AbortSignal.any([signal, ended]);
  if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve));
  await pause(ms, ended);
}

/** Does something again and again, with a pause before each time, until the signal says so. */
export async function every(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  for (;;) {
    await pause(ms, signal);
    if (signal.aborted) return;
    await act();
  }
}
