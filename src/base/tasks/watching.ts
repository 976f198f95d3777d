// A program without the types of the DOM and of Node has no AbortSignal: there, any object is one. Elsewhere this adds
// nothing.
declare global {
  interface AbortSignal {}
}

/**
 * Called as work goes on: `done` of `total` units of `phase`; total 0 means that nobody knows. Of a phase that is told
 * of again, `done` never falls, and at its end it is `total`.
 * @see {@link compileCircuit}
 */
export type OnProgress = (phase: string, done: number, total: number) => void;

/**
 * How long work is watched, and stopped.
 * @see {@link compileCircuit}
 */
export interface Watching {
  readonly onProgress?: OnProgress | undefined;
  /**
   * Stops the work: its promise is rejected with the signal's reason, what it changes is as it was, and what it was
   * making is gone. Work that is done by then stays done, and its promise is kept.
   */
  readonly signal?: AbortSignal | undefined;
}
