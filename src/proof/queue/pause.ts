import { setTimeout as sleep } from 'node:timers/promises';

/** Pauses; ends early when the signal is aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => {});

/** Waits the given time after the first signal is aborted, or until the second one is. */
export async function after(ms: number, signal: AbortSignal, ended: AbortSignal): Promise<void> {
  const either = AbortSignal.any([signal, ended]);
  if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve));
  await pause(ms, ended);
}

/** Repeats something, with a pause before each time, until the signal is aborted. */
export async function every(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  for (;;) {
    await pause(ms, signal);
    if (signal.aborted) return;
    await act();
  }
}
