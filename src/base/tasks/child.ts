import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';

/** How a program ended: exit code or signal, and the last that it said. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  /** Without what would do more to a terminal than be read, but for line breaks. */
  readonly printed: string;
}

/** What a program is given, and how it is listened to. */
export interface GuardedOptions {
  /** Its working directory. */
  readonly cwd?: string;
  /** What it reads on stdin; by default nothing. */
  readonly input?: string;
  /** Stops it. */
  readonly signal?: AbortSignal | undefined;
  /** Told each line of its stdout, which then counts no more for what it said last. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** What is kept of a program's output. */
const LAST_WORDS = 20_000;
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
const report = (message, last) => { if (process.connected) process.send(message, () => last && process.disconnect()); };
let child;
try {
  child = require('node:child_process').spawn(file, args, { stdio: 'inherit', ...group });
  if (child.pid !== undefined) report({ pid: child.pid }, false);
  child.on('error', (error) => report({ failure: error.message }, true));
  child.on('exit', (code, signal) => report({ code, signal }, true));
} catch (error) {
  report({ failure: error.message }, true);
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
 * @throws {Error} the program could not be started
 * @throws what the signal was aborted with, once the program has ended
 */
export function runGuarded(
  [file, ...args]: readonly [string, ...string[]],
  options: GuardedOptions = {},
): Promise<Ending> {
  const { cwd, input, signal, onLine } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const guard = spawn(process.execPath, ['-e', GUARD, '--', JSON.stringify(OWN_GROUP), file, ...args], {
      cwd,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'ipc'],
      ...OWN_GROUP,
    });
    // Whoever does not read its input has ended, and says how.
    guard.stdin?.on('error', () => {}).end(input);
    let printed = '';
    const keep = (text: string): void => void (printed = (printed + text).slice(-LAST_WORDS));
    guard.stdout!.on('data', onLine === undefined ? textOf(keep) : textOf(linesOf(onLine)));
    guard.stderr!.on('data', textOf(keep));
    let pid: number | undefined;
    let report: Report | undefined;
    guard.on('message', (message: { readonly pid: number } | Report) => {
      if ('pid' in message) pid = message.pid;
      else report = message;
    });
    guard.on('error', reject);
    // Where it has ended meanwhile, there is nobody to tell.
    const stop = (): void => void guard.send('stop', () => {});
    signal?.addEventListener('abort', stop);
    const end = (code: number | null, endedBy: string | null): void => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else if (report !== undefined && 'failure' in report) reject(new Error(report.failure));
      else
        resolve({
          ...(report ?? { code, signal: endedBy }),
          printed: stripVTControlCharacters(printed)
            .replace(/[^\P{Cc}\n]+/gu, ' ')
            .trim(),
        });
    };
    guard.on('close', end);
    guard.on('exit', (code, endedBy) => {
      // A guard that was killed can end the program no more.
      if (report === undefined && pid !== undefined) killGroup(pid);
      setTimeout(
        () => {
          guard.stdout!.destroy();
          guard.stderr!.destroy();
          end(code, endedBy);
        },
        signal?.aborted ? 0 : LAST_OUTPUT_MS,
      ).unref();
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(OWN_GROUP.detached ? -pid : pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** A character may come in two pieces. */
function textOf(take: (text: string) => void): (bytes: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  return (bytes) => take(decoder.write(bytes));
}

/** Only whole lines. */
function linesOf(take: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) take(line);
  };
}
