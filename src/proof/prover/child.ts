import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** How a program ended: exit code or signal, and the last that it said, in one line. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly printed: string;
}

/** What is kept of a program's output. */
const LAST_WORDS = 2000;
/** What a program that has ended left running may hold its output open: so long it is waited for. */
const LAST_OUTPUT_MS = 1000;

/**
 * A process group of its own: what is sent to this process's group, as a terminal does on Ctrl-C, is not for it, and it
 * can be ended with all that it started. Windows has no such groups.
 */
const OWN_GROUP = { detached: process.platform !== 'win32' };

/**
 * The whole program of the process between this one and the program to run. It ends the program, and what that
 * started, when it is told to, or cut off from this process, which may be killed at any moment and can then do
 * nothing itself.
 */
const GUARD = `
const [own, file, ...args] = process.argv.slice(1);
const group = JSON.parse(own);
const report = (ending) => { if (process.connected) process.send(ending, () => process.disconnect()); };
let child;
try {
  child = require('node:child_process').spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'], ...group });
  child.on('error', (error) => report({ failure: error.message }));
  child.on('exit', (code, signal) => report({ code, signal }));
} catch (error) {
  report({ failure: error.message });
}
const stop = () => {
  try {
    if (group.detached) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {} // it has ended
};
process.on('message', stop).on('disconnect', stop);
`;

type Report = { readonly failure: string } | Omit<Ending, 'printed'>;

/**
 * Runs a program to its end. Killed or not, this process leaves none running behind it.
 * @param signal stops the program
 * @throws {Error} the program could not be started
 * @throws what `signal` was aborted with
 */
export function runGuarded([file, ...args]: readonly [string, ...string[]], signal: AbortSignal): Promise<Ending> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const guard = spawn(process.execPath, ['-e', GUARD, '--', JSON.stringify(OWN_GROUP), file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'], ...OWN_GROUP,
    });
    let printed = '';
    const listen = (chunk: unknown): void => void (printed = (printed + String(chunk)).slice(-LAST_WORDS));
    guard.stdout!.on('data', listen);
    guard.stderr!.on('data', listen);
    let report: Report | null = null;
    guard.on('message', (message) => (report = message as Report));
    guard.on('error', reject);
    // Where it has ended meanwhile, there is nobody to tell.
    const stop = (): void => void guard.send('stop', () => {});
    signal.addEventListener('abort', stop);
    const end = (code: number | null, endedBy: string | null): void => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason as Error);
      else if (report !== null && 'failure' in report) reject(new Error(report.failure));
      else resolve({ ...(report ?? { code, signal: endedBy }), printed: inOneLine(printed) });
    };
    guard.on('close', end);
    guard.on('exit', (code, endedBy) => {
      setTimeout(() => {
        guard.stdout!.destroy();
        guard.stderr!.destroy();
        end(code, endedBy);
      }, signal.aborted ? 0 : LAST_OUTPUT_MS).unref();
    });
  });
}

/** Without what would do more to a terminal than be read. */
const inOneLine = (text: string): string => stripVTControlCharacters(text).replace(/[\p{Cc}\s]+/gu, ' ').trim();
