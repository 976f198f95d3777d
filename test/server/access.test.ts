import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { StorageError } from '../../src/state/hashdb/driver.js';
import { LocationError } from '../../src/state/hashdb/location.js';
import type { RemoteOptions } from '../../src/state/hashdb/location.js';
import { openRemote } from '../../src/state/hashdb/remote.js';
import { ServeError } from '../../src/server/address.js';
import type { ServeOptions } from '../../src/server/options.js';
import { clientOf, status } from './client.js';
import { served } from './served.js';

const pem = (name: string): Buffer => readFileSync(new URL(`certificates/${name}.pem`, import.meta.url));
const tls = { certificate: pem('server'), key: pem('server-key') };

const read = async (url: string, options: RemoteOptions = {}): Promise<number> => {
  const driver = await openRemote(url, options);
  try {
    return (await driver.getMany([Buffer.from('f')])).length;
  } finally {
    await driver.close();
  }
};

describe('a token', () => {
  test('is asked for by every method but those of health', async () => {
    const { url } = await served({ token: 'open sesame' });
    const wanted = 'expected the token of this server, as metadata "authorization: Bearer TOKEN"';
    for (const service of ['State', 'Store'] as const) {
      const { call } = clientOf(url, service);
      const method = { State: 'Status', Store: 'SizeOnDisk' }[service];
      for (const [token, got] of [
        [undefined, 'none'],
        ['open sesam', 'another'],
        ['open sesame!', 'another'],
        ['OPEN SESAME', 'another'],
      ] as const) {
        await expect(call(method, {}, token === undefined ? {} : { token })).rejects.toMatchObject({
          code: status.UNAUTHENTICATED,
          details: `${wanted}, got ${got}`,
        });
      }
      await call(method, {}, { token: 'open sesame' });
    }
    expect(await clientOf(url, 'Health').call('Check')).toEqual({ status: 'SERVING' });
  });

  test('is sent by a driver, and is in none of its messages', async () => {
    const { url } = await served({ token: 'open sesame' });
    expect(await read(url, { token: 'open sesame' })).toBe(1);
    await expect(read(url)).rejects.toThrow(
      /could not read the database at grpc:\/\/127\.0\.0\.1:\d+: expected the token .* got none/,
    );
    const wrong = await read(url, { token: 'secret' }).catch((error: unknown) => error);
    expect(wrong).toBeInstanceOf(StorageError);
    expect(String(wrong)).not.toContain('secret');
  });

  test('goes in plaintext to this machine alone, unless it is said that it may', async () => {
    const token = 'open sesame';
    for (const host of ['192.0.2.1', 'db.example', '[2001:db8::1]', '127.0.0.1.example', 'localhost.example']) {
      await expect(openRemote(`grpc://${host}:1`, { token })).rejects.toThrow(LocationError);
    }
    await expect(openRemote('grpc://db.example:1', { token })).rejects.toThrow(
      /expected grpcs:\/\/ for a server on another machine/,
    );
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      await expect(openRemote(`grpc://${host}:1`, { token })).rejects.toThrow(/could not reach the database/);
    }
    await expect(openRemote('grpc://nowhere.invalid:1', { token, insecure: true })).rejects.toThrow(
      /could not reach the database/,
    );
  });
});

describe('TLS', () => {
  test('lets in who trusts the authority behind the certificate', async () => {
    const { url } = await served({ tls });
    expect(url).toMatch(/^grpcs:\/\/127\.0\.0\.1:\d+$/);
    expect(await read(url, { ca: pem('authority') })).toBe(1);
    await expect(read(url)).rejects.toThrow(/could not reach the database at grpcs:.*certificate/);
    await expect(read(url, { ca: pem('stranger') })).rejects.toThrow(
      /could not reach the database at grpcs:.*certificate/,
    );
    await expect(read(url.replace('grpcs:', 'grpc:'))).rejects.toThrow(/could not reach/);
  });

  test('lets in clients of the right authority alone, if one is named', async () => {
    const { url } = await served({ tls: { ...tls, clientCa: pem('authority') } });
    const ca = pem('authority');
    const identity = (name: string) => ({ certificate: pem(name), key: pem(`${name}-key`) });
    expect(await read(url, { ca, identity: identity('client') })).toBe(1);
    await expect(read(url, { ca })).rejects.toThrow(/could not reach/);
    await expect(read(url, { ca, identity: identity('intruder') })).rejects.toThrow(/could not reach/);
  });

  test.each([
    ['a certificate', { certificate: Buffer.from('nonsense'), key: tls.key }],
    ['a key', { certificate: tls.certificate, key: Buffer.from('nonsense') }],
    ["the certificate's own key", { certificate: tls.certificate, key: pem('client-key') }],
  ])('without %s is refused', async (_what, broken) => {
    const start = served({ tls: broken });
    await expect(start).rejects.toThrow(ServeError);
    await expect(start).rejects.toThrow(/could not listen on 127\.0\.0\.1:0: /);
  });
});

describe('an address', () => {
  test.each([
    [{ listen: '0.0.0.0:0' }, /the server would be open to other machines at 0\.0\.0\.0 without TLS/],
    [{ listen: '[::]:0' }, /would be open to other machines at \[::\]/],
    [{ metrics: '0.0.0.0:0' }, /the metrics page would be open to other machines/],
    [{ metrics: '0.0.0.0:0', tls }, /the metrics page would be open to other machines/],
    [{ listen: '50051' }, /expected HOST:PORT to listen on, .* got 50051/],
    [{ listen: '127.0.0.1:65536' }, /got 127\.0\.0\.1:65536/],
    [{ listen: '::1:5' }, /got ::1:5/],
  ] satisfies [Partial<ServeOptions>, RegExp][])('is refused: %#', async (options, says) => {
    const start = served(options);
    await expect(start).rejects.toThrow(ServeError);
    await expect(start).rejects.toThrow(says);
  });

  test('for all machines is taken with TLS, or if plaintext is wanted', async () => {
    const secure = await served({ listen: '0.0.0.0:0', tls });
    expect(await read(secure.url.replace('0.0.0.0', 'localhost'), { ca: pem('authority') })).toBe(1);
    const open = await served({ listen: '0.0.0.0:0', metrics: '0.0.0.0:0', insecure: true });
    expect(await read(open.url.replace('0.0.0.0', '127.0.0.1'))).toBe(1);
  });

  test('that another has is refused, for calls and for metrics', async () => {
    const first = await served({ metrics: '127.0.0.1:0' });
    await expect(served({ listen: new URL(first.url).host })).rejects.toThrow(
      /could not listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/,
    );
    await expect(served({ metrics: new URL(first.metricsUrl!).host })).rejects.toThrow(
      /could not listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/,
    );
  });
});
