/** What `hashdb serve` logs; test/proof/queue/processes.test.ts has what `worker` logs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { BIN, environment, expectRefusal, freshFolder, rootshift } from './cli.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Serves until a client without the token was refused and one with it was answered. @returns the lines of its log */
async function logOfServing(args: readonly string[]): Promise<string[]> {
  const folder = await freshFolder();
  await writeFile(`${folder}/token`, 'open-sesame\n');
  const line = ['hashdb', 'serve', '--listen', '127.0.0.1:0', '--create', 'quad', '--token-file', 'token', ...args];
  const child = spawn(process.execPath, [BIN, ...line], { cwd: folder, env: environment(), stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  child.stdout.resume();
  const lines: string[] = [];
  const url = await new Promise<string>((resolve) =>
    createInterface({ input: child.stderr }).on('line', (text) => {
      lines.push(text);
      const [found] = /grpc:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    }),
  );
  expectRefusal(await rootshift(folder, ['state', '--db', url]), /expected the token of this server/);
  expect(await rootshift(folder, ['state', '--db', url, '--db-token-file', 'token'])).toMatchObject({ code: 0 });
  child.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
  return lines;
}

it('a log has one line per event, with time and level, and leaves out calls that nobody needs to see', async () => {
  const lines = await logOfServing([]);
  expect(lines.map((line) => line.split(' ')[0])).toEqual(lines.map(() => expect.stringMatching(ISO)));
  const seen = lines.map((line) => line.slice(line.indexOf(' ') + 1));
  expect(seen).toEqual([
    expect.stringMatching(/^INFO {2}serving the database at \.rootshift\/db on grpc:\/\/127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^WARN {2}rootshift\.store\.v1\.Store\/\w+ answered UNAUTHENTICATED to \S+ in [\d.]+ ms$/),
    'INFO  stopping: finishing running calls',
  ]);
});

it('as JSON, each line is an object with the fields of what happened; the level decides what is logged', async () => {
  const lines = await logOfServing(['--log-format', 'json', '--log-level', 'debug']);
  const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const line of logged)
    expect(line).toMatchObject({
      time: expect.stringMatching(ISO),
      pid: expect.any(Number),
      hostname: expect.any(String),
    });
  expect(logged[0]).toMatchObject({ level: 'info', url: expect.stringMatching(/^grpc:/), database: '.rootshift/db' });
  const call = {
    method: expect.stringMatching(/^rootshift\.store\./),
    client: expect.any(String),
    ms: expect.any(Number),
  };
  expect(logged).toContainEqual(expect.objectContaining({ level: 'warn', code: 'UNAUTHENTICATED', ...call }));
  expect(logged).toContainEqual(expect.objectContaining({ level: 'debug', code: 'OK', ...call }));
  expect(logged.at(-1)).toMatchObject({ level: 'info', signal: 'SIGTERM' });
});

it('a level or a form that is none is refused', async () => {
  const folder = await freshFolder();
  const serve = ['hashdb', 'serve', '--create', 'quad'];
  expectRefusal(
    await rootshift(folder, [...serve, '--log-level', 'loud']),
    /Allowed choices are debug, info, warn, error/,
  );
  expectRefusal(await rootshift(folder, serve, { ROOTSHIFT_LOG_FORMAT: 'xml' }), /Allowed choices are text, json/);
  await writeFile(`${folder}/settings.json`, '{"log": {"level": "loud"}}');
  expectRefusal(
    await rootshift(folder, [...serve, '--config', 'settings.json']),
    /settings\.json, log\.level: expected one of debug, info, warn, error, got "loud"/,
  );
});
