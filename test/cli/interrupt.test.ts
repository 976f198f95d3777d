/** Commands that are interrupted: each ends with the exit code of the signal, says so, and leaves nothing. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postgres } from '../postgres/server.js';
import { proxyTo } from '../proxy.js';
import { BIN, environment, freshFolder, put, rootshift } from './cli.js';
import { startServing } from './serving.js';

interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<object>;
  /** Sends the signal, and waits for the end. */
  readonly interrupt: (signal: NodeJS.Signals) => Promise<object>;
}

function start(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...environment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += String(data)));
  child.stderr.on('data', (data) => (stderr += String(data)));
  // A child that is gone reads no more.
  child.stdin.on('error', () => {});
  const ended = new Promise<object>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
  const interrupt = (signal: NodeJS.Signals): Promise<object> => {
    child.kill(signal);
    return ended;
  };
  return { child, ended, interrupt };
}

const interruptedBy = (signal: NodeJS.Signals) => ({
  code: signal === 'SIGINT' ? 130 : 143,
  signal: null,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`^(note: .*\\n|\\[\\d+ s\\] .*\\n)*interrupted by ${signal}\\n$`)),
});

/**
 * What is in a directory, beside that of a settlement's journal, which is there from the beginning, and empty until
 * something is signed.
 */
async function leftIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  if (names.includes('.rootshift')) expect(await readdir(path.join(folder, '.rootshift'))).toEqual([]);
  return names.filter((name) => name !== '.rootshift');
}

/** A server that takes connections, and never says anything. @returns its port, and when it was asked something */
async function silent(
  server: Server,
  asked: string,
): Promise<{ readonly port: number; readonly asked: Promise<unknown> }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: { destroy(): void }[] = [];
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  onTestFinished(() => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  });
  return { port: (server.address() as AddressInfo).port, asked: once(server, asked) };
}

it.each([
  ['SIGINT', 'export-verifier --circuit s14 --allow-development-keys'],
  ['SIGTERM', 'export-verifier --circuit s14 --allow-development-keys'],
  ['SIGINT', 'deploy-settlement --circuit s14 --rpc http://127.0.0.1:9'],
] as const)('%s in the middle of a compilation for %s ends it, and leaves nothing', async (signal, line) => {
  const folder = await freshFolder();
  const artifacts = path.join(folder, 'artifacts');
  const env = { ROOTSHIFT_ARTIFACTS: artifacts, ROOTSHIFT_PRIVATE_KEY: `0x${'1'.repeat(64)}` };
  const { interrupt } = start(folder, line.split(' '), env);
  while ((await readdir(artifacts).catch(() => [])).length === 0) await sleep(5);
  expect(await interrupt(signal)).toEqual(interruptedBy(signal));
  expect(await readdir(artifacts)).toEqual([]);
  expect(await leftIn(folder)).toEqual(['artifacts']);
});

it('with --json it is an object, as an error is', async () => {
  const { port, asked } = await silent(createServer(), 'connection');
  const { interrupt } = start(await freshFolder(), ['state', '--json', '--db', `grpc://127.0.0.1:${port}`]);
  await asked;
  expect(await interrupt('SIGINT')).toEqual({
    ...interruptedBy('SIGINT'),
    stdout: `${JSON.stringify({ error: 'interrupted by SIGINT' }, null, 2)}\n`,
  });
});

describe('while it waits for a pipe,', () => {
  it.each([
    ['verify /dev/stdin'],
    ['calldata /dev/stdin'],
    ['check /dev/stdin'],
    ['inspect /dev/stdin --html page.html'],
    ['execute /dev/stdin'],
    ['plan /dev/stdin'],
    ['prove /dev/stdin'],
    ['load /dev/stdin'],
    ['get --entries /dev/stdin --proof proof.json'],
    ['export-snarkjs /dev/stdin --out-dir snarkjs'],
    ['export-verifier /dev/stdin'],
    ['setup verify key.zkey --transcript /dev/stdin'],
  ])('%s ends, and makes nothing', async (line) => {
    const folder = await freshFolder();
    const { child, interrupt } = start(folder, line.split(' '));
    // More than the system keeps of a pipe: when it is written, the command has begun to read.
    const text = `{${' '.repeat(4 << 20)}`;
    await new Promise((resolve) => child.stdin!.write(text, resolve));
    expect(await interrupt('SIGINT')).toEqual(interruptedBy('SIGINT'));
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('while it waits for a database,', () => {
  it.each([
    ['state'],
    ['state list'],
    ['state export --out entries.csv'],
    ['state name 0x1 first'],
    ['state prune --keep-last 1'],
    ['snapshot export --out snapshot'],
    ['get 1'],
    ['execute batch.json'],
    ['inspect batch.json'],
    ['jobs --queue'],
  ])('%s ends, and makes nothing', async (line) => {
    const folder = await freshFolder();
    await put(folder, 'batch.json', { accesses: [{ op: 'write', key: 1, value: 1 }] });
    const { port, asked } = await silent(createServer(), 'connection');
    const place = line.endsWith('--queue') ? [`postgres://127.0.0.1:${port}/x`] : ['--db', `grpc://127.0.0.1:${port}`];
    const { interrupt } = start(folder, [...line.split(' '), ...place]);
    await asked;
    expect(await interrupt('SIGTERM')).toEqual(interruptedBy('SIGTERM'));
    expect(await readdir(folder)).toEqual(['batch.json']);
  });
});

describe('while it waits for a server that answered before,', () => {
  const entries = Array.from({ length: 20 }, (_, i) => ({ key: String(i), value: '7' }));

  /** Where there is an empty database, or room for one. */
  const servers = {
    'a PostgreSQL server': async () => (await postgres()).url(),
    'a served database': async () => (await startServing(await freshFolder(), ['--create', 'quad'])).url,
  };

  it.each([
    ['a PostgreSQL server', 'state fsck'],
    ['a PostgreSQL server', 'state export --out entries.csv'],
    ['a PostgreSQL server', 'state prune --keep-last 1'],
    ['a PostgreSQL server', 'load entries.json'],
    ['a served database', 'state fsck'],
    ['a served database', 'snapshot export --out snapshot'],
    ['a served database', 'load entries.json'],
  ] as const)('%s: %s ends at once, and makes nothing', async (server, line) => {
    const url = await servers[server]();
    const folder = await freshFolder();
    await put(folder, 'entries.json', entries);
    if (!line.startsWith('load'))
      expect(await rootshift(folder, ['load', 'entries.json', '--db', url])).toMatchObject({ code: 0 });
    // Silent after more and more messages, until the command is done before.
    for (let passing = 1, interrupted = 0; ; passing *= 2, interrupted++) {
      let sent = 0;
      let fellSilent = (): void => {};
      const silence = new Promise<void>((resolve) => (fellSilent = resolve));
      const { port } = await proxyTo(Number(new URL(url).port), () => {
        if (++sent <= passing) return 'passes';
        fellSilent();
        return 'is never answered';
      });
      const { interrupt, ended } = start(folder, [...line.split(' '), '--db', url.replace(/:\d+(?=\/|$)/, `:${port}`)]);
      const first = await Promise.race([silence, ended]);
      if (first !== undefined) {
        expect(first).toMatchObject({ code: 0 });
        expect(interrupted).toBeGreaterThan(1);
        return;
      }
      const begin = performance.now();
      expect(await interrupt('SIGINT')).toMatchObject({
        code: 130,
        signal: null,
        stdout: '',
        stderr: expect.stringMatching(
          /^(\[\d+ s\] .*\n)*interrupted by SIGINT(; it is not known whether the write was made)?\n$/,
        ),
      });
      // Not only when a call's own time is over.
      expect(performance.now() - begin).toBeLessThan(30_000);
      expect(await readdir(folder)).toEqual(['entries.json']);
    }
  });

  it.each(['while it opens its queue', 'while it asks for jobs'])(
    'a worker with nothing in hand ends, %s',
    async (when) => {
      const url = (await postgres()).url();
      let isSilent = when === 'while it opens its queue';
      let fellSilent = (): void => {};
      const silence = new Promise<void>((resolve) => (fellSilent = resolve));
      const { port } = await proxyTo(Number(new URL(url).port), () => {
        if (!isSilent) return 'passes';
        fellSilent();
        return 'is never answered';
      });
      const { child, interrupt } = start(await freshFolder(), [
        'worker',
        '--queue',
        url.replace(/:\d+\//, `:${port}/`),
      ]);
      child.stderr!.on('data', (data) => (isSilent ||= String(data).includes('takes jobs')));
      await silence;
      const begin = performance.now();
      expect(await interrupt('SIGTERM')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Stopped\.\n/) });
      expect(performance.now() - begin).toBeLessThan(30_000);
    },
  );
});

describe('while it waits for an endpoint,', () => {
  const contract = `0x${'1'.repeat(40)}`;
  it.each([
    [`settle batch.json --contract ${contract}`],
    [`force-batch batch.json --contract ${contract}`],
    [`check-reads batch.json --contract ${contract} --out reads.json`],
    [`sync --contract ${contract}`],
  ])('%s ends, and makes nothing', async (line) => {
    const folder = await freshFolder();
    await put(folder, 'batch.json', { accesses: [{ op: 'write', key: 1, value: 1 }] });
    const { port, asked } = await silent(createHttpServer(), 'request');
    const args = [...line.split(' '), '--rpc', `http://127.0.0.1:${port}`];
    const { interrupt } = start(folder, args, { ROOTSHIFT_PRIVATE_KEY: `0x${'1'.repeat(64)}` });
    await asked;
    expect(await interrupt('SIGINT')).toMatchObject({
      code: 130,
      signal: null,
      stdout: '',
      stderr: expect.stringMatching(/^(warning: .*\n|\[\d+ s\] .*\n)*interrupted by SIGINT\n$/),
    });
    expect(await leftIn(folder)).toEqual(['batch.json']);
  });
});
