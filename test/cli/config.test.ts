import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/cli/settings.js';
import { expectRefusal, freshFolder, put, ROOT, rootshift } from './cli.js';

const FILE = 'rootshift.config.json';

async function configOf(folder: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const { stdout } = await rootshift(folder, ['config', '--json', ...args], env);
  return JSON.parse(stdout) as Record<string, { value: unknown; source: string }>;
}

it('a flag goes before the environment, that before the file, and that before the default', async () => {
  const folder = await freshFolder();
  expect((await configOf(folder))['serve.listen']).toEqual({ value: '127.0.0.1:50051', source: 'default' });
  await put(folder, FILE, { db: 'grpc://localhost:1', serve: { listen: '127.0.0.1:1', callSeconds: 5, insecure: true } });
  const fromFile = await configOf(folder);
  expect([fromFile['serve.listen'], fromFile['serve.callSeconds'], fromFile['serve.insecure'], fromFile['db']]).toEqual(
    ['127.0.0.1:1', 5, true, 'grpc://localhost:1'].map((value) => ({ value, source: FILE })),
  );
  const env = { ROOTSHIFT_SERVE_LISTEN: '127.0.0.1:2', ROOTSHIFT_SERVE_CALL_SECONDS: '6' };
  expect((await configOf(folder, [], env))['serve.listen']).toEqual({ value: '127.0.0.1:2', source: 'environment (ROOTSHIFT_SERVE_LISTEN)' });
  const all = await configOf(folder, ['--listen', '127.0.0.1:3'], env);
  expect(all['serve.listen']).toEqual({ value: '127.0.0.1:3', source: 'flag' });
  expect(all['serve.callSeconds']).toMatchObject({ value: 6 });
});

it('the file may be named, and decides what commands do', async () => {
  const folder = await freshFolder();
  await put(folder, FILE, { db: 'unused' });
  await put(folder, 'other.json', { db: 'elsewhere' });
  const says = /there is no database at elsewhere;/;
  expectRefusal(await rootshift(folder, ['state', '--config', 'other.json']), says);
  expectRefusal(await rootshift(folder, ['state'], { ROOTSHIFT_CONFIG: 'other.json' }), says);
  expectRefusal(await rootshift(folder, ['state', '--db', 'here'], { ROOTSHIFT_CONFIG: 'other.json' }), /there is no database at here;/);
  expectRefusal(await rootshift(folder, ['state', '--config', 'none.json']), /could not open none\.json: no such file or directory/);
});

it('passwords are not shown', async () => {
  const folder = await freshFolder();
  await put(folder, FILE, { db: 'postgres://user:secret@db.example/state?schema=a&password=secret' });
  const { stdout } = await rootshift(folder, ['config']);
  expect(stdout).toContain('postgres://user:***@db.example/state?schema=a&password=***');
  expect(stdout).not.toContain('secret');
});

describe('a file of settings that is wrong is refused, with its name and the field:', () => {
  it.each([
    ['{"dbb": "x"}', /rootshift\.config\.json: expected only the fields home, db, .*, got "dbb"$/m],
    ['{"serve": {"port": 1}}', /rootshift\.config\.json, serve: expected only the fields listen, .*, got "port"$/m],
    ['{"serve": {"callSeconds": "5"}}', /rootshift\.config\.json, serve\.callSeconds: expected a whole number from 1 on, got "5"/],
    ['{"serve": {"insecure": "yes"}}', /rootshift\.config\.json, serve\.insecure: expected true or false, got "yes"/],
    ['{"serve": 5}', /rootshift\.config\.json, serve: expected an object, got 5/],
    ['{"db": 5}', /rootshift\.config\.json, db: expected a text, got 5/],
    ['{"db": ""}', /rootshift\.config\.json, db: expected a text, got ""/],
    ['[]', /rootshift\.config\.json: expected an object, got a list/],
    ['{', /rootshift\.config\.json: not JSON: line 1/],
    ['{"db": "ftp://user:secret@host"}', /expected a folder, postgres:\/\/.*, got ftp:\/\/user:\*\*\*@host/],
  ])('%s', async (text, says) => {
    const folder = await freshFolder();
    await put(folder, FILE, text);
    expectRefusal(await rootshift(folder, ['state']), says);
  });

  it('and so is a variable of the environment', async () => {
    const folder = await freshFolder();
    const run = await rootshift(folder, ['config'], { ROOTSHIFT_SERVE_BATCH_SECONDS: 'x' });
    expectRefusal(run, /'--batch-seconds <n>' value 'x' from env 'ROOTSHIFT_SERVE_BATCH_SECONDS' is invalid\. Expected a whole number from 1 on/);
  });
});

it('the documentation has every setting, with its flag, its variable and its default', () => {
  const text = readFileSync(path.join(ROOT, 'docs', 'hashdb.md'), 'utf8');
  const rows = SETTINGS.map(({ field, option }) => {
    const { flags, envVar, defaultValue } = option();
    return [field, flags, envVar ?? '', defaultValue === undefined ? '' : String(defaultValue)];
  });
  const documented = [...text.matchAll(/^\| `([\w.]+)` \| `(--[^`]+)` \| (?:`(ROOTSHIFT_\w+)`)? ?\| (?:`([^`]*)`)?/gm)].map(([, ...cells]) => cells.map((cell) => cell ?? ''));
  expect(documented).toEqual(rows);
});
