import { spawn } from 'node:child_process';

/** How a program ended: exit code or signal, and the last that it said. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly printed: string;
}

/** What is kept of a program's output. */
const LAST_WORDS = 2000;

/**
 * The whole program of the process between this one and the program to run. It ends the program when it is
 * told to, or cut off from this process, which may be killed at any moment and can then do nothing itself.
 */
const GUARD = `
const child = require('node:child_process').spawn(process.argv[1], process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit'] });
const report = (ending) => { if (process.connected) process.send(ending, () => process.disconnect()); };
child.on('error', (error) => report({ failure: error.message }));
child.on('exit', (code, signal) => report({ code, signal }));
const stop = () => child.kill('SIGKILL');
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
    const guard = spawn(process.execPath, ['-e', GUARD, '--', file, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
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
    // After the program, as its output is the guard's own.
    guard.on('close', (code, endedBy) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason as Error);
      else if (report !== null && 'failure' in report) reject(new Error(report.failure));
      else resolve({ ...(report ?? { code, signal: endedBy }), printed: printed.trim() });
    });
  });
}
