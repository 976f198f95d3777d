import { existsSync, readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
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
  await put(folder, FILE, {
    db: 'grpc://localhost:1',
    serve: { listen: '127.0.0.1:1', callSeconds: 5, insecure: true },
  });
  const env = { ROOTSHIFT_CONFIG: FILE };
  const fromFile = await configOf(folder, [], env);
  expect([fromFile['serve.listen'], fromFile['serve.callSeconds'], fromFile['serve.insecure'], fromFile['db']]).toEqual(
    ['127.0.0.1:1', 5, true, 'grpc://localhost:1'].map((value) => ({ value, source: FILE })),
  );
  const more = { ...env, ROOTSHIFT_SERVE_LISTEN: '127.0.0.1:2', ROOTSHIFT_SERVE_CALL_SECONDS: '6' };
  expect((await configOf(folder, [], more))['serve.listen']).toEqual({
    value: '127.0.0.1:2',
    source: 'environment (ROOTSHIFT_SERVE_LISTEN)',
  });
  const all = await configOf(folder, ['--listen', '127.0.0.1:3'], more);
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
  expectRefusal(
    await rootshift(folder, ['state', '--db', 'here'], { ROOTSHIFT_CONFIG: 'other.json' }),
    /there is no database at here;/,
  );
  expectRefusal(
    await rootshift(folder, ['state', '--config', 'none.json']),
    /could not read none\.json: no such file or directory/,
  );
});

describe('a settings file that is not named', () => {
  const SAFE = {
    home: 'home',
    db: 'db',
    artifacts: 'artifacts',
    maxInput: 1_000_000,
    worker: { leaseSeconds: 5 },
    serve: { maxMessageBytes: 2_000_000, callSeconds: 5, batchSeconds: 5 },
    node: {
      blockMs: 5,
      blockGas: 5_000_000,
      batchAge: 5,
      leastTip: '5',
      callGas: 5_000_000,
      logBlocks: 5,
      logResults: 5,
      batchCalls: 5,
      bodyBytes: 1_000_000,
      connections: 5,
      callsPerSecond: 5,
    },
  };
  const UNSAFE = {
    db: 'grpcs://evil.example:1',
    dbTokenFile: 'token',
    dbCa: 'ca.pem',
    dbCertificate: 'me.pem',
    dbKey: 'key.pem',
    dbInsecure: true,
    rules: './any-module.js',
    prover: './any-program',
    queue: 'postgres://evil.example/jobs',
    log: { level: 'debug', format: 'json' },
    node: {
      http: '0.0.0.0:1',
      open: true,
      tracing: true,
      allowOrigin: '*',
      chainDb: 'postgres://evil.example/chain',
      poolDb: 'postgres://evil.example/pool',
      genesis: 'genesis.json',
      chainId: 1,
      mnemonic: 'words',
      accounts: 1,
      balance: 1,
      prove: 's18',
      feesTo: '0x0000000000000000000000000000000000000666',
    },
    worker: { metrics: '0.0.0.0:1' },
    serve: {
      listen: '0.0.0.0:1',
      tokenFile: 'token',
      certificate: 'me.pem',
      key: 'key.pem',
      clientCa: 'ca.pem',
      insecure: true,
      metrics: '0.0.0.0:2',
    },
  };
  /** What a file decides, by setting; a home's own artifacts, not the suite's. */
  const decided = async (folder: string, args: readonly string[]) => {
    const all = await configOf(folder, args, { ROOTSHIFT_ARTIFACTS: undefined });
    return Object.fromEntries(
      Object.entries(all).flatMap(([field, { value, source }]) => (source === FILE ? [[field, value]] : [])),
    );
  };
  const flat = (file: object): object =>
    Object.fromEntries(
      Object.entries(file).flatMap(([name, value]: [string, unknown]) =>
        typeof value === 'object' && value !== null
          ? Object.entries(value).map(([inner, own]) => [`${name}.${inner}`, own])
          : [[name, value]],
      ),
    );

  it('decides directories and limits', async () => {
    const folder = await freshFolder();
    await put(folder, FILE, SAFE);
    expect(await decided(folder, [])).toEqual(flat(SAFE));
  });

  it('decides nothing else; once it is named, it does', async () => {
    const folder = await freshFolder();
    await put(folder, FILE, UNSAFE);
    expect(new Set(Object.keys({ ...flat(SAFE), ...flat(UNSAFE) }))).toEqual(
      new Set(SETTINGS.map(({ field }) => field)),
    );
    const refused = SETTINGS.map(({ field }) => field)
      .filter((field) => Object.hasOwn(flat(UNSAFE), field))
      .join(', ');
    expectRefusal(
      await rootshift(folder, ['config']),
      new RegExp(
        `got ${refused}, which can run programs, .*name it with --config rootshift\\.config\\.json or ROOTSHIFT_CONFIG$`,
        'm',
      ),
    );
    expect(await decided(folder, ['--config', FILE])).toEqual(flat(UNSAFE));
  });

  it.each([
    { db: 'POSTGRES://evil.example/db' },
    { home: '\\\\evil.example\\share' },
    { artifacts: '//evil.example/share' },
    { prover: 'rapidsnark' },
  ])('does not decide %j', async (file) => {
    const folder = await freshFolder();
    await put(folder, FILE, file);
    expectRefusal(await rootshift(folder, ['config']), new RegExp(`is not named, got ${Object.keys(file)[0]},`));
  });

  it('runs no program and sends no token: every command stops at it', async () => {
    const folder = await freshFolder();
    await put(folder, FILE, { prover: './any-program', dbInsecure: true });
    await put(folder, 'any-program', '#!/bin/sh\ntouch was-run\n');
    await chmod(path.join(folder, 'any-program'), 0o755);
    await put(folder, 'batch.json', { accesses: [{ op: 'write', key: 1, value: 1 }] });
    await put(folder, 'token', 'secret');
    for (const args of [
      ['prove', 'batch.json', '--circuit', 's14'],
      ['state', '--db', 'grpc://db.example:1', '--db-token-file', 'token'],
    ]) {
      expectRefusal(await rootshift(folder, args), /got dbInsecure, prover, which can/);
    }
    expect(existsSync(path.join(folder, 'was-run'))).toBe(false);
  });
});

it('passwords are not shown', async () => {
  const folder = await freshFolder();
  await put(folder, FILE, { db: 'postgres://user:secret@db.example/state?schema=a&password=secret' });
  const { stdout } = await rootshift(folder, ['config', '--config', FILE]);
  expect(stdout).toContain('postgres://user:***@db.example/state?schema=a&password=***');
  expect(stdout).not.toContain('secret');
});

describe('a file of settings that is wrong is refused, with its name and the field:', () => {
  it.each([
    ['{"dbb": "x"}', /rootshift\.config\.json: expected only the fields home, db, .*, got "dbb"$/m],
    ['{"serve": {"port": 1}}', /rootshift\.config\.json, serve: expected only the fields listen, .*, got "port"$/m],
    [
      '{"serve": {"callSeconds": "5"}}',
      /rootshift\.config\.json, serve\.callSeconds: expected a whole number of at least 1, got "5"/,
    ],
    ['{"serve": {"insecure": "yes"}}', /rootshift\.config\.json, serve\.insecure: expected true or false, got "yes"/],
    ['{"serve": 5}', /rootshift\.config\.json, serve: expected an object, got 5/],
    ['{"db": 5}', /rootshift\.config\.json, db: expected a text, got 5/],
    ['{"db": ""}', /rootshift\.config\.json, db: expected a text, got ""/],
    ['[]', /rootshift\.config\.json: expected an object, got a list/],
    ['{', /rootshift\.config\.json: not JSON: line 1/],
  ])('%s', async (text, says) => {
    const folder = await freshFolder();
    await put(folder, FILE, text);
    expectRefusal(await rootshift(folder, ['state']), says);
  });

  it('{"db": "ftp://user:secret@host"}', async () => {
    const folder = await freshFolder();
    await put(folder, FILE, { db: 'ftp://user:secret@host' });
    expectRefusal(
      await rootshift(folder, ['state', '--config', FILE]),
      /expected a directory, postgres:\/\/.*, got ftp:\/\/user:\*\*\*@host/,
    );
  });

  it('and so is a variable of the environment', async () => {
    const folder = await freshFolder();
    const run = await rootshift(folder, ['config'], { ROOTSHIFT_SERVE_BATCH_SECONDS: 'x' });
    expectRefusal(
      run,
      /'--batch-seconds <n>' value 'x' from env 'ROOTSHIFT_SERVE_BATCH_SECONDS' is invalid\. Expected a whole number of at least 1/,
    );
  });
});

it('the documentation has every setting, with its flag, its variable and its default', () => {
  const text = readFileSync(path.join(ROOT, 'docs', 'hashdb.md'), 'utf8');
  const rows = SETTINGS.map(({ field, option }) => {
    const { flags, envVar, defaultValue } = option();
    return [field, flags, envVar ?? '', defaultValue === undefined ? '' : String(defaultValue)];
  });
  const documented = [
    ...text.matchAll(/^\| `([\w.]+)` \| `(--[^`]+)` \| (?:`(ROOTSHIFT_\w+)`)? ?\| (?:`([^`]*)`)?/gm),
  ].map(([, ...cells]) => cells.map((cell) => cell ?? ''));
  expect(documented).toEqual(rows);
});
