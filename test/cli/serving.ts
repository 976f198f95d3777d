/** `rootshift hashdb serve` and `linea serve`, in a process of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { BIN, environment } from './cli.js';

export interface ServeProcess {
  /** `grpc://127.0.0.1:PORT` */
  readonly url: string;
  readonly metricsUrl: string | null;
  readonly pid: number;
  /** Nobody reads its messages from here on. */
  closeStderr(): void;
  /** Ends it, and waits for its end. */
  end(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly stdout: string }>;
}

/** Starts a server in a directory, on a port that is free unless `args` name one; ended with the test at the latest. */
export async function startServing(
  cwd: string,
  args: readonly string[],
  command: readonly string[] = ['hashdb', 'serve'],
): Promise<ServeProcess> {
  const line = [BIN, ...command, '--listen', '127.0.0.1:0', ...args];
  const child = spawn(process.execPath, line, { cwd, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  let stdout = '';
  child.stdout.on('data', (data) => (stdout += String(data)));
  const wanted = args.includes('--metrics') ? 2 : 1;
  const said: string[] = [];
  for await (const text of createInterface({ input: child.stderr })) if (said.push(text) === wanted) break;
  child.stderr.resume();
  const [url, metricsUrl = null] = said.map((text) => /(grpcs?|http):\/\/\S+$/.exec(text)?.[0]);
  if (url === undefined) throw new Error(`the server did not start: ${said.join('\n')}`);
  return {
    url,
    metricsUrl,
    pid: child.pid!,
    closeStderr: () => void child.stderr.destroy(),
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const [code] = (await closed) as [number | null];
      return { code, stdout };
    },
  };
}
