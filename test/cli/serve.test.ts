import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { postgres } from '../postgres/server.js';
import { contentOf, expectRefusal, freshFolder, historyOf, inShell, put, rootshift } from './cli.js';
import { startServing } from './serving.js';

const CERTIFICATES = fileURLToPath(new URL('../server/certificates/', import.meta.url));
const pem = (name: string): string => path.join(CERTIFICATES, `${name}.pem`);
const ENTRIES = 'key,value\n1,100\n2,200\n';
const DB = path.join('.rootshift', 'db');

describe('a database that is served', () => {
  it('is loaded, read and written by other processes, and whole when the server ends', async () => {
    const folder = await freshFolder();
    await put(folder, 'entries.csv', ENTRIES);
    const server = await startServing(folder, ['--create', 'quad', '--metrics', '127.0.0.1:0']);
    const at = ['--db', server.url];
    expect(await rootshift(folder, ['load', 'entries.csv', ...at])).toMatchObject({ code: 0 });
    const [got, state] = await Promise.all([
      rootshift(folder, ['get', '2', ...at]),
      rootshift(folder, ['state', ...at]),
    ]);
    expect(got).toMatchObject({ code: 0, stdout: `0x${'c8'.padStart(64, '0')}\n` });
    expect(state.stdout).toContain(`bytes in ${server.url}`);
    expectRefusal(await rootshift(folder, ['state']), /the database at \.rootshift\/db is in use by another process/);
    expect(await (await fetch(server.metricsUrl!)).text()).toMatch(/^rootshift_entries 2$/m);

    const { code, stdout } = await server.end();
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Stopped\.\n.*SIGTERM/)]);
    expect(await historyOf(path.join(folder, DB))).toMatchObject([{ number: 0 }, { number: 1, entries: 2 }]);
    expectRefusal(
      await rootshift(folder, ['state', ...at]),
      /could not reach the database at grpc:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/,
    );
  });

  it('asks for its token over TLS, which no message shows', async () => {
    const folder = await freshFolder();
    await writeFile(path.join(folder, 'token'), 'open-sesame\n');
    await writeFile(path.join(folder, 'wrong'), 'open-sesam\n');
    const tls = ['--certificate', pem('server'), '--key', pem('server-key'), '--client-ca', pem('authority')];
    const server = await startServing(folder, ['--create', 'quad', '--token-file', 'token', ...tls]);
    const url = server.url.replace('127.0.0.1', 'localhost');
    const trust = [
      '--db',
      url,
      '--db-ca',
      pem('authority'),
      '--db-certificate',
      pem('client'),
      '--db-key',
      pem('client-key'),
    ];
    expect(await rootshift(folder, ['state', ...trust, '--db-token-file', 'token'])).toMatchObject({ code: 0 });
    // A command that opens the database twice, its token out of a pipe.
    await put(folder, 'entries.csv', ENTRIES);
    const named = ['load', 'entries.csv', ...trust].map((word) => `'${word}'`).join(' ');
    const loaded = await inShell(folder, `rootshift ${named} --db-token-file <(cat token)`);
    expect(loaded).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Loaded 2 entries/) });
    const refused = await rootshift(folder, ['state', ...trust, '--db-token-file', 'wrong']);
    expectRefusal(refused, /expected the token of this server/);
    expect(refused.stderr).not.toContain('open-sesam');
    expectRefusal(
      await rootshift(folder, ['state', '--db', url]),
      /could not reach the database at grpcs:.*certificate/,
    );
    await writeFile(path.join(folder, 'wrong'), 'open sesame\n');
    expectRefusal(
      await rootshift(folder, ['state', ...trust, '--db-token-file', 'wrong']),
      /wrong: expected a token of visible ASCII characters/,
    );
    expectRefusal(
      await rootshift(folder, ['state', '--db', url, '--db-key', pem('client-key')]),
      /expected --db-certificate and --db-key together/,
    );
    expect((await server.end('SIGINT')).code).toBe(0);
  });

  it('is served on, and closed in order, when nobody reads what the server says', async () => {
    const folder = await freshFolder();
    const server = await startServing(folder, ['--create', 'quad']);
    server.closeStderr();
    // It says that it stops.
    expect(await server.end()).toEqual({ code: 0, stdout: expect.stringMatching(/^Stopped\./) });
  });

  it('lies in PostgreSQL, too, whose password is in no message', async () => {
    const folder = await freshFolder();
    await put(folder, 'entries.csv', ENTRIES);
    const url = (await postgres()).url();
    const { password } = new URL(url);
    const env = { ROOTSHIFT_DB: url };
    expectRefusal(await rootshift(folder, ['state'], env), /there is no database at postgres:\/\/postgres:\*\*\*@127/);
    expect(await rootshift(folder, ['load', 'entries.csv', '--tree', 'binary'], env)).toMatchObject({ code: 0 });
    const server = await startServing(folder, ['--db', url]);
    const runs = await Promise.all([
      rootshift(folder, ['state'], env),
      rootshift(folder, ['state', '--db', server.url]),
      rootshift(folder, ['config', '--json'], env),
      rootshift(folder, ['get', '1', '--root', '5'], env),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 2]);
    for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toContain(password);
    expect(runs[0]!.stdout).toContain('postgres:***@127.0.0.1');
    expect((await server.end()).code).toBe(0);
  });
});

const other = createServer().listen(0, '127.0.0.1');
await once(other, 'listening');
afterAll(() => other.close());
const TAKEN = `127.0.0.1:${(other.address() as AddressInfo).port}`;

describe('serving is refused, and makes nothing,', () => {
  it.each([
    ['without a database', [], /there is no database at \.rootshift\/db/],
    [
      'to other machines without TLS',
      ['--create', 'quad', '--listen', '0.0.0.0:0'],
      /the server would be open to other machines at 0\.0\.0\.0 without TLS/,
    ],
    ['where nothing can be', ['--create', 'quad', '--listen', 'here'], /expected HOST:PORT to listen on, .* got here/],
    [
      'with a certificate and no key',
      ['--create', 'quad', '--certificate', 'x.pem'],
      /expected --certificate and --key together, got only x\.pem/,
    ],
    [
      'with a certificate that is not there',
      ['--create', 'quad', '--certificate', 'x.pem', '--key', 'x.pem'],
      /could not read x\.pem: no such file/,
    ],
    [
      "with a certificate and another's key",
      ['--create', 'quad', '--listen', '127.0.0.1:0', '--certificate', pem('server'), '--key', pem('client-key')],
      /could not listen on 127\.0\.0\.1:0: .*key values mismatch/,
    ],
    [
      'where another listens',
      ['--create', 'quad', '--listen', TAKEN],
      /could not listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/,
    ],
    [
      'where another gives its metrics',
      ['--create', 'quad', '--listen', '127.0.0.1:0', '--metrics', TAKEN],
      /could not listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/,
    ],
    [
      'with messages that are too small',
      ['--create', 'quad', '--max-message-bytes', '5'],
      /--max-message-bytes: expected at least 1048576, got 5/,
    ],
    [
      'with a time that is none',
      ['--create', 'quad', '--call-seconds', '0'],
      /'--call-seconds <n>' argument '0' is invalid\. Expected a whole number of at least 1/,
    ],
  ])('%s', async (_what, args, says) => {
    const folder = await freshFolder();
    expectRefusal(await rootshift(folder, ['hashdb', 'serve', ...args]), says);
    expect(await contentOf(folder)).toEqual({ files: {}, history: null });
  });
});
