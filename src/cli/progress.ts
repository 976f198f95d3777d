import type { OnProgress } from '../base/tasks/watching.js';
import { inLine, printAside } from './io.js';
import { stoppable } from './signals.js';

const QUIET_MS = 2_000;
const TERMINAL_EVERY_MS = 500;
const PLAIN_EVERY_MS = 10_000;

/** Prints a message on stderr, even while `withProgress` shows a line there. */
export function printBetween(text: string): void {
  if (process.stderr.isTTY === true) process.stderr.write('\r\u001b[K');
  printAside(text);
}

/** `withProgress` for work that can be stopped: Ctrl-C leaves everything as it was. */
export const watched = <T>(
  work: (watching: { readonly onProgress: OnProgress; readonly signal: AbortSignal }) => Promise<T>,
): Promise<T> => stoppable((signal) => withProgress((onProgress) => work({ onProgress, signal })));

/**
 * Says on stderr what a long work is doing, for how long, and how far it is. Nothing is said in the
 * first two seconds. On a terminal one line is written over and over; elsewhere a line is added for each
 * new phase and every ten seconds.
 */
export async function withProgress<T>(work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  const terminal = process.stderr.isTTY === true;
  const start = performance.now();
  let now = { phase: '', done: 0, total: 0 };
  let said = { phase: '', at: -Infinity };

  const say = (): void => {
    const at = performance.now() - start;
    const due = terminal || now.phase !== said.phase || at - said.at >= PLAIN_EVERY_MS;
    if (now.phase === '' || at < QUIET_MS || !due) return;
    said = { phase: now.phase, at };
    const percent = now.total > 0 ? ` ${Math.floor((100 * now.done) / now.total)} %` : '';
    const line = inLine(`[${Math.floor(at / 1000)} s] ${now.phase}${percent}`);
    if (terminal) process.stderr.write(`\r${line}\u001b[K`);
    else printAside(line);
  };

  const timer = setInterval(say, TERMINAL_EVERY_MS);
  try {
    return await work((phase, done, total) => {
      now = { phase, done, total };
      if (!terminal) say();
    });
  } finally {
    clearInterval(timer);
    if (terminal && said.phase !== '') process.stderr.write('\r\u001b[K');
  }
}
