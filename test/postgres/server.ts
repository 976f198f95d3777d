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
  /** Waits until a server that crashed by itself takes connections again; started again if it ended. */
  revive(): Promise<void>;
  /** What its log said of its end, and of disks without room. */
  readonly said: readonly string[];
  stop(): Promise<void>;
}

const holder = fileURLToPath(new URL('holder.mjs', import.meta.url));
let schemas = 0;

/** Where a server keeps its files, on small disks; and how it is set up. */
export interface PostgresPlaces {
  readonly data: string;
  /** Of its log. By default beside the data. */
  readonly wal?: string;
  readonly flags?: readonly string[];
}

/** Starts a server; whoever does so stops it. */
export async function startPostgres({
  data = '',
  wal = '',
  flags = [],
}: Partial<PostgresPlaces> = {}): Promise<PostgresServer> {
  const child = spawn(process.execPath, [holder, data, wal, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said: string[] = [];
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the PostgreSQL server did not start, or ended');
      if (!value.startsWith('said ')) return value;
      said.push(value);
    }
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
    revive: () => order('revive'),
    said,
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
