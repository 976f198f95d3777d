/** A real PostgreSQL server for the tests of one file: started when first asked for, ended with them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export interface PostgresServer {
  /** The URL of a database in a schema of its own, by default one that is not there yet. */
  url(schema?: string): string;
  /** Kills the server's first process, as a crash would. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const holder = fileURLToPath(new URL('holder.mjs', import.meta.url));
let schemas = 0;

/** Starts a server; whoever does so stops it. */
export async function startPostgres(): Promise<PostgresServer> {
  const child = spawn(process.execPath, [holder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the PostgreSQL server did not start, or ended');
    return value;
  };
  const order = async (word: string): Promise<void> => {
    child.stdin.write(`${word}\n`);
    await nextLine();
  };
  const [, port, password] = (await nextLine()).split(' ');
  return {
    url: (schema = `test_${++schemas}`) =>
      `postgres://postgres:${password}@127.0.0.1:${port}/postgres?schema=${schema}`,
    kill: () => order('kill'),
    start: () => order('start'),
    stop: async () => {
      child.stdin.end();
      await closed;
    },
  };
}

let shared: Promise<PostgresServer> | undefined;
afterAll(async () => (await shared)?.stop());

/** The server of this test file. */
export const postgres = (): Promise<PostgresServer> => (shared ??= startPostgres());
