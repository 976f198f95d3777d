import { expect } from 'vitest';
import type { OnProgress, Watching } from '../src/base/tasks/watching.js';

/** Listens to progress, and makes sure that it never falls, and that phases whose length is known come to their end. */
export function listener() {
  const told: { readonly phase: string; readonly done: number; readonly total: number }[] = [];
  const onProgress: OnProgress = (phase, done, total) => void told.push({ phase, done, total });
  const expectWhole = (): void => {
    for (const phase of new Set(told.map((one) => one.phase))) {
      const known = told.filter((one) => one.phase === phase && one.total > 0);
      const done = known.map((one) => one.done);
      expect(done, phase).toEqual([...done].sort((a, b) => a - b));
      expect(known.at(-1)?.done, phase).toBe(known.at(-1)?.total);
    }
  };
  return { told, onProgress, expectWhole };
}

const REASON = new Error('not wanted any more');

/**
 * Does work again and again, and stops it: before it begins, when it tells of progress for the first time, for the
 * second, the fourth and so on, at once or a little later, until it is done before it is stopped.
 * @param isAsBefore fails if a stop left anything
 * @returns how often it was stopped
 */
export async function stopAtEach(
  work: (watching: Watching) => Promise<unknown>,
  isAsBefore: () => Promise<void>,
): Promise<number> {
  await expect(work({ signal: AbortSignal.abort(REASON) })).rejects.toBe(REASON);
  await isAsBefore();
  for (let stops = 1, at = 1; ; stops++, at *= 2) {
    const stop = new AbortController();
    const { onProgress, expectWhole } = listener();
    let calls = 0;
    const watching: Watching = {
      signal: stop.signal,
      onProgress: (...progress) => {
        onProgress(...progress);
        if (++calls !== at) return;
        if (stops % 2 === 1) stop.abort(REASON);
        else setTimeout(() => stop.abort(REASON), 5);
      },
    };
    const outcome = await work(watching).then(
      () => 'done',
      (error: unknown) => error,
    );
    if (outcome === 'done') {
      expectWhole();
      return stops;
    }
    expect(outcome).toBe(REASON);
    await isAsBefore();
  }
}
