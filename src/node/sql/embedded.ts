import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import pg from 'pg';
import { Closing } from '../../base/tasks/closing.js';
import { EmbeddedServerError } from './error.js';
import { serverPrograms } from './server-programs.js';
import type { ServerPrograms } from './server-programs.js';
import { barrierFor, reachingAll, serverUser } from './server-user.js';
import type { ServerUser } from './server-user.js';

const PAUSE_MS = 25;
/** A server whose owner was killed ends by itself within this time; one that goes on has an owner. */
const LEFTOVER_MS = 60_000;

/** A small machine's share. Connections come from this machine alone, by password. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'shared_buffers=64MB',
  'max_connections=64',
  'wal_level=minimal',
  'max_wal_senders=0',
];

/**
 * Runs a server, and ends it when its own input ends: also if the process that it serves is killed. A server ends in an
 * orderly way on SIGINT.
 */
const GUARD = [
  'exec 3<&0',
  '"$@" 3<&- & server=$!',
  '{ read -r _ <&3; kill -INT $server; } & reader=$!',
  'wait $server; code=$?',
  'kill $reader 2>/dev/null; exit $code',
].join('\n');

/** How a server's programs are run: what stands before each, and as whom. */
interface Runner {
  readonly programs: ServerPrograms;
  readonly prefix: readonly string[];
  readonly user: ServerUser | null;
}

/**
 * A PostgreSQL server of this process's own, with its files in one folder. It ends with this process, also if that is
 * killed; what it was told is there when it is started again. PostgreSQL refuses to run as root: then it runs as
 * `postgres` or `nobody`, and the folder `data` in it is theirs.
 *
 * @example
 * await using server = await EmbeddedServer.start('chain/postgres');
 * await using sql = openSql(server.url('state'));
 */
export class EmbeddedServer extends Closing {
  #ended: Promise<void> | null = null;

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
    private readonly password: string,
  ) {
    super();
  }

  /**
   * Starts the server of a folder; its files are made first, if there are none.
   * @throws {EmbeddedServerError} another process uses the folder, there is no PostgreSQL for this machine, or it does
   * not start
   */
  static async start(folder: string): Promise<EmbeddedServer> {
    const home = path.resolve(folder);
    const data = path.join(home, 'data');
    await mkdir(home, { recursive: true });
    const runner = await runnerFor(data);
    const password = await passwordIn(home);
    await ready(home, data, password, runner);
    await leftBehind(data);
    const port = await freePort();
    const child = await launch(home, data, port, runner);
    const server = new EmbeddedServer(child, port, password);
    try {
      await server.#answering(home);
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** The address of a schema. It has the password in it. */
  url(schema: string): string {
    return `postgres://postgres:${this.password}@127.0.0.1:${this.port}/postgres?schema=${schema}`;
  }

  /** Ends the server, after what it is doing. */
  close(): Promise<void> {
    return (this.#ended ??= this.#end());
  }

  async #end(): Promise<void> {
    if (isOver(this.child)) return;
    // Else the process would end before the server has, where nothing else is left to do.
    this.child.ref();
    const exited = once(this.child, 'exit');
    this.child.stdin!.end();
    // Without the guard, nobody reads its input.
    if (process.platform === 'win32') this.child.kill();
    await exited;
  }

  async #answering(home: string): Promise<void> {
    for (;;) {
      if (isOver(this.child)) {
        throw new EmbeddedServerError(`PostgreSQL does not start: the end of ${path.join(home, 'log')} says why`);
      }
      const client = new pg.Client({ connectionString: this.url('public') });
      client.on('error', () => {});
      try {
        await client.connect();
        return;
      } catch {
        await sleep(PAUSE_MS);
      } finally {
        await client.end().catch(() => {});
      }
    }
  }
}

const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function runnerFor(data: string): Promise<Runner> {
  const programs = await serverPrograms();
  const user = await serverUser(data);
  if (user === null) return { programs, user, prefix: [] };
  const barrier = (await barrierFor(user, programs.postgres)) ?? (await barrierFor(user, data));
  if (barrier === null) return { programs, user, prefix: [] };
  const prefix = await reachingAll(user);
  if (prefix !== null) return { programs, user, prefix };
  throw new EmbeddedServerError(
    `PostgreSQL does not run as root, and as user ${user.name} it cannot enter ${barrier}: run this as another user, ` +
      'use folders that others may enter, or name a PostgreSQL server',
  );
}

/** Starts a program as the server's user. */
function run({ prefix, user }: Runner, command: readonly string[], output: number, input: 'pipe' | 'ignore') {
  const [program, ...args] = [...prefix, ...command];
  const identity = user === null || prefix.length > 0 ? {} : { uid: user.uid, gid: user.gid };
  const env = { ...process.env, LC_ALL: 'C' };
  // A group of its own: Ctrl-C in a terminal is for this process, which still needs the server while it ends.
  return spawn(program!, args, { ...identity, env, detached: true, stdio: [input, output, output] });
}

/** The password of the server's only user, made once. */
async function passwordIn(home: string): Promise<string> {
  const file = path.join(home, 'password');
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (known !== null) return known;
  const password = randomBytes(24).toString('hex');
  await writeFile(`${file}.new`, password, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return password;
}

/** Makes the server's files, if there are none: all of them or, if this is killed, none that count. */
async function ready(home: string, data: string, password: string, runner: Runner): Promise<void> {
  const isThere = await readFile(path.join(data, 'PG_VERSION')).catch(() => null);
  if (isThere !== null) return;
  const making = path.join(home, 'making');
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { mode: 0o700 });
  const secret = path.join(making, 'password');
  await writeFile(secret, password, { mode: 0o600 });
  const made = path.join(making, 'data');
  await mkdir(made, { mode: 0o700 });
  const { user } = runner;
  if (user !== null) for (const file of [making, secret, made]) await chown(file, user.uid, user.gid);
  await using log = await open(path.join(home, 'log'), 'a', 0o600);
  const flags = ['--username=postgres', '--auth=scram-sha-256', '--no-locale', '--encoding=UTF8', '--no-instructions'];
  const initdb = run(
    runner,
    [runner.programs.initdb, `--pgdata=${made}`, `--pwfile=${secret}`, ...flags],
    log.fd,
    'ignore',
  );
  const [code] = (await once(initdb, 'exit')) as [number | null];
  if (code !== 0) {
    throw new EmbeddedServerError(
      `PostgreSQL's files could not be made: the end of ${path.join(home, 'log')} says why`,
    );
  }
  await rename(made, data);
  await rm(making, { recursive: true, force: true });
}

/** Waits for the end of a server whose owner was killed. @throws {EmbeddedServerError} it has an owner */
async function leftBehind(data: string): Promise<void> {
  const start = performance.now();
  const file = path.join(data, 'postmaster.pid');
  for (;;) {
    const [line] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
    const pid = Number(line);
    // PostgreSQL itself would take any process of that number for the server, as after a restart of a container.
    if (!(pid > 0) || !(await isServer(pid, data))) return rm(file, { force: true });
    if (performance.now() - start > LEFTOVER_MS) {
      throw new EmbeddedServerError(`another process uses the database in ${data}: its server has process id ${pid}`);
    }
    await sleep(PAUSE_MS);
  }
}

async function isServer(pid: number, data: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => data);
  return command.includes(data);
}

async function launch(home: string, data: string, port: number, runner: Runner): Promise<ChildProcess> {
  const file = path.join(home, 'log');
  await using log = await open(file, 'a', 0o600);
  await chmod(file, 0o600);
  const flags = SETTINGS.flatMap((setting) => ['-c', setting]);
  const server = [runner.programs.postgres, '-D', data, '-p', String(port), ...flags];
  const command = process.platform === 'win32' ? server : ['/bin/sh', '-c', GUARD, 'sh', ...server];
  const child = run(runner, command, log.fd, 'pipe');
  child.stdin!.on('error', () => {});
  // Else this process could not end while the server is idle.
  child.unref();
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
