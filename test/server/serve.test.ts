import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toUint256 } from '../../src/base/field/limbs.js';
import { changeOf } from '../../src/state/hashdb/change.js';
import { keys } from '../../src/state/hashdb/codec.js';
import { StorageError, UnknownOutcomeError } from '../../src/state/hashdb/driver.js';
import { MemoryDriver } from '../../src/state/hashdb/memory.js';
import { openRemote } from '../../src/state/hashdb/remote.js';
import { MissingNodeError } from '../../src/state/tree/store.js';
import { proxyTo } from '../proxy.js';
import { clientOf, status } from './client.js';
import { plain, served, word } from './served.js';

const bytes = (...values: number[]) => Uint8Array.from(values);

test.each([
  ['Store', 'GetMany'],
  ['State', 'Get'],
] as const)(
  'bytes that are no message of %s.%s are refused as such, and the next call is answered',
  async (service, method) => {
    const { url } = await served();
    const client = new grpc.Client(url.replace('grpc://', ''), grpc.credentials.createInsecure());
    onTestFinished(() => client.close());
    const path = `/rootshift.${service.toLowerCase()}.v1.${service}/${method}`;
    const send = (sent: Uint8Array) =>
      new Promise((resolve, reject) => {
        const same = (one: Uint8Array): Buffer => Buffer.from(one);
        client.makeUnaryRequest(path, same, same, sent, (error, answer) =>
          error === null ? resolve(answer) : reject(error),
        );
      });
    // A field of five bytes, of which one comes.
    await expect(send(bytes(0x0a, 5, 1))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: `expected a message of ${path} as in protos/, got other bytes`,
    });
    await expect(send(bytes())).resolves.toBeInstanceOf(Buffer);
  },
);

describe('limits', () => {
  test('a message that is too large is refused, and the next is answered', async () => {
    const { url } = await served({ maxMessageBytes: 1 << 20 });
    const { call } = clientOf(url, 'Store');
    const keys = (count: number) => Array.from({ length: count }, () => Buffer.alloc(1000));
    await expect(call('GetMany', { keys: keys(1100) })).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect((await call('GetMany', { keys: keys(1000) })).slots).toHaveLength(1000);
  });

  test('a driver cuts what it sends, and takes what it gets, into messages of any size', async () => {
    const { url, driver } = await served({ maxMessageBytes: 1 << 20 });
    const remote = await openRemote(url);
    onTestFinished(() => remote.close());
    const value = Buffer.alloc(300_000, 5);
    const changes = Array.from({ length: 40 }, (_, i) => ({ key: bytes(7, i), value }));
    expect(await remote.writeIf({ key: bytes(7), value: undefined }, changes)).toBe(true);
    expect((await driver.getMany([bytes(7, 39)]))[0]).toHaveLength(300_000);
    const found = await remote.getMany([...changes.map(({ key }) => key), bytes(8)]);
    expect(found.map((one) => one?.length)).toEqual([...changes.map(() => 300_000), undefined]);
    let count = 0;
    for await (const [, one] of remote.iterate(bytes(7), bytes(8))) count += Number(value.equals(one));
    expect(count).toBe(40);
    const many = Array.from({ length: 30_000 }, (_, i) => bytes(9, i >> 8, i & 255));
    await remote.writeIf(
      { key: bytes(9), value: undefined },
      many.map((key) => ({ key, value: key })),
    );
    const all = await remote.getMany(many);
    expect(many.filter((key, i) => Buffer.compare(key, all[i]!) !== 0)).toEqual([]);
    // One record that no message has room for.
    const tooLarge = remote.writeIf({ key: bytes(7), value: undefined }, [
      { key: bytes(1), value: Buffer.alloc(2 << 20) },
    ]);
    await expect(tooLarge).rejects.toThrow(StorageError);
    await expect(tooLarge).rejects.not.toThrow(UnknownOutcomeError);
    expect(await driver.getMany([bytes(1)])).toEqual([undefined]);
  });

  test('a call that takes too long is ended; a write is not', async () => {
    class Slow extends MemoryDriver {
      slow = false;
      private async wait() {
        if (this.slow) await sleep(1500);
      }
      override async getMany(keys: readonly Uint8Array[]) {
        await this.wait();
        return super.getMany(keys);
      }
      override async writeIf(...args: Parameters<MemoryDriver['writeIf']>) {
        await this.wait();
        return super.writeIf(...args);
      }
    }
    const driver = new Slow();
    const { url } = await served({ driver, callSeconds: 1 });
    const remote = await openRemote(url);
    onTestFinished(() => remote.close());
    driver.slow = true;
    const refused = remote.getMany([bytes(1)]);
    await expect(refused).rejects.toThrow(
      /could not read the database at .*: the call took longer than the 1 s that this server allows/,
    );
    expect(await remote.writeIf({ key: bytes(1), value: undefined }, [{ key: bytes(1), value: bytes(1) }])).toBe(true);
  });

  test('a client that falls silent in the middle of a write is not waited for, and nothing is written', async () => {
    const { url, driver, bugs } = await served({ callSeconds: 1 });
    const { call, answer } = clientOf(url, 'Store').stream('WriteIf');
    call.write({ guard: { key: bytes(1) }, total: 1, changes: [{ key: bytes(1), value: bytes(1) }] });
    await expect(answer).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(await driver.getMany([bytes(1)])).toEqual([undefined]);
    expect(bugs).toEqual([]);
  });
});

describe('a write', () => {
  const guard = { key: bytes(1) };
  const change = { key: bytes(1), value: bytes(1) };

  test.each([
    ['no message', [], 'guard: expected one in the first message, got no message'],
    ['no guard', [{ total: 1, changes: [change] }], 'guard: expected one in the first message, got none'],
    [
      'a second guard',
      [{ guard, total: 1, changes: [change] }, { guard }],
      'guard: expected one in the first message alone, got another',
    ],
    [
      'fewer changes than it says',
      [{ guard, total: 2, changes: [change] }],
      'changes: expected 2, as the first message says, got 1',
    ],
    [
      'more changes than it says',
      [{ guard, total: 1, changes: [change] }, { changes: [change] }],
      'changes: expected 1, as the first message says, got 2',
    ],
  ])('with %s is refused, and nothing is written', async (_what, messages, details) => {
    const { url, driver } = await served();
    const store = clientOf(url, 'Store');
    const send = (list: readonly object[]) => {
      const { call, answer } = store.stream('WriteIf');
      for (const message of list) call.write(message);
      call.end();
      return answer;
    };
    await expect(send(messages)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT, details });
    expect(await driver.getMany([bytes(1)])).toEqual([undefined]);
    expect(await send([{ guard, total: 1, changes: [change] }])).toEqual({ made: true });
    expect(await send([{ guard, total: 1, changes: [change] }])).toEqual({ made: false });
  });

  test('whose client cancels it half sent is not made', async () => {
    const { url, driver, bugs } = await served();
    const { call, answer } = clientOf(url, 'Store').stream('WriteIf');
    call.write({ guard, total: 2, changes: [change] });
    await sleep(100);
    call.cancel();
    await expect(answer).rejects.toMatchObject({ code: status.CANCELLED });
    await sleep(100);
    expect(await driver.getMany([bytes(1)])).toEqual([undefined]);
    expect(bugs).toEqual([]);
  });

  test('whose client is gone before its end is not made, though all changes have come', async () => {
    const { url, driver, bugs } = await served();
    const proxy = await proxyTo(Number(new URL(url).port));
    const { call, answer } = clientOf(`grpc://127.0.0.1:${proxy.port}`, 'Store').stream('WriteIf');
    call.write({ guard, total: 1, changes: [change] });
    await sleep(100);
    proxy.cut();
    await expect(answer).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await sleep(100);
    expect(await driver.getMany([bytes(1)])).toEqual([undefined]);
    expect(bugs).toEqual([]);
  });

  test('that is not answered has an outcome that is not known; one that was not sent was not made', async () => {
    class Stuck extends MemoryDriver {
      stuck: Promise<void> | null = null;
      reached = () => {};
      override async writeIf(...args: Parameters<MemoryDriver['writeIf']>) {
        this.reached();
        await this.stuck;
        return super.writeIf(...args);
      }
    }
    const driver = new Stuck();
    const { url } = await served({ driver });
    const proxy = await proxyTo(Number(new URL(url).port));
    const remote = await openRemote(`grpc://127.0.0.1:${proxy.port}`);
    onTestFinished(() => remote.close());
    let free = () => {};
    driver.stuck = new Promise((resolve) => (free = resolve));
    const reached = new Promise<void>((resolve) => (driver.reached = resolve));
    const write = remote.writeIf({ key: bytes(1), value: undefined }, [change]);
    await reached;
    proxy.cut();
    await expect(write).rejects.toThrow(UnknownOutcomeError);
    free();
    const unsent = remote.writeIf({ key: bytes(1), value: undefined }, [change]);
    await expect(unsent).rejects.toThrow(/could not reach the database/);
    await expect(unsent).rejects.not.toThrow(UnknownOutcomeError);
    expect(await driver.getMany([bytes(1)])).toEqual([Buffer.from([1])]);
  });
});

describe('what is told', () => {
  test('an error of the server is told to its operator alone', async () => {
    class Broken extends MemoryDriver {
      broken = false;
      override async sizeOnDisk(): Promise<number> {
        if (this.broken) throw new TypeError('secret');
        return super.sizeOnDisk();
      }
    }
    const driver = new Broken();
    const { url, bugs } = await served({ driver });
    driver.broken = true;
    await expect(clientOf(url, 'State').call('Status')).rejects.toMatchObject({
      code: status.INTERNAL,
      details: 'the server failed; see its own messages',
    });
    expect(bugs).toEqual([expect.objectContaining({ message: 'secret' })]);
  });

  test('a database that lacks a node is reported as damaged', async () => {
    const { driver, db } = await served();
    const entry = { address: 0n, kind: 'storage', slot: toUint256(1n), value: toUint256(5n) } as const;
    const { root } = await db.commit({ ...(await changeOf(db, 0n, [entry])), origin: 'write' });
    await driver.writeIf({ key: bytes(1), value: undefined }, [{ key: keys.node(root), value: null }]);
    // Another server, which has no copy of it.
    const { url, bugs } = await served({ driver });
    await expect(clientOf(url, 'State').call('Get', { keys: [plain(1)] })).rejects.toMatchObject({
      code: status.DATA_LOSS,
    });
    expect(bugs).toEqual([expect.any(MissingNodeError)]);
  });

  test('a method that there is not', async () => {
    const { url } = await served();
    const other = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure(), {
      'grpc.enable_http_proxy': 0,
    });
    onTestFinished(() => other.close());
    const asIs = (value: Buffer) => value;
    const call = new Promise((resolve, reject) => {
      other.makeUnaryRequest('/rootshift.store.v2.Store/GetMany', asIs, asIs, Buffer.of(), (error, value) =>
        error ? reject(error) : resolve(value),
      );
    });
    await expect(call).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test('something else than a server of ours', async () => {
    const server = new grpc.Server();
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    onTestFinished(() => server.forceShutdown());
    await expect(openRemote(`grpc://127.0.0.1:${port}`)).rejects.toThrow(
      /could not read .*: the server is not a Rootshift server/,
    );
    for (const text of [
      'grpc://127.0.0.1',
      'grpc://127.0.0.1:1/path',
      'grpc://user@127.0.0.1:1',
      'grpc://127.0.0.1:1?a=b',
      'grpc://',
    ]) {
      await expect(openRemote(text)).rejects.toThrow(/expected a URL such as grpc:\/\/HOST:PORT/);
    }
  });
});

describe('health', () => {
  test('reports the server and each service, and can be watched to the end', async () => {
    const server = await served();
    const { call } = clientOf(server.url, 'Health');
    for (const service of ['', 'rootshift.state.v1.State', 'rootshift.store.v1.Store']) {
      expect(await call('Check', { service })).toEqual({ status: 'SERVING' });
    }
    await expect(call('Check', { service: 'other' })).rejects.toMatchObject({ code: status.NOT_FOUND });
    const watch = new grpc.Client(new URL(server.url).host, grpc.credentials.createInsecure(), {
      'grpc.enable_http_proxy': 0,
    });
    onTestFinished(() => watch.close());
    const asIs = (value: Buffer) => value;
    const seen: number[][] = [];
    const stream = watch.makeServerStreamRequest('/grpc.health.v1.Health/Watch', asIs, asIs, Buffer.of());
    const first = new Promise<void>((resolve) =>
      stream.on('data', (message: Buffer) => (seen.push([...message]), resolve())),
    );
    const ended = new Promise<void>((resolve) => stream.on('end', resolve).on('error', () => resolve()));
    await first;
    await server.close();
    await ended;
    // The field of the status, with 1 (SERVING) and then 2 (NOT_SERVING).
    expect(seen).toEqual([
      [8, 1],
      [8, 2],
    ]);
  });
});

describe('metrics', () => {
  test('count calls, also refused ones, and tell of the database', async () => {
    const { url, metricsUrl } = await served({ metrics: '127.0.0.1:0', token: 'open sesame' });
    const { call } = clientOf(url, 'State');
    const token = 'open sesame';
    await expect(call('Status')).rejects.toThrow();
    const { batch } = await call('Begin', {}, { token });
    await call('Set', { batch, entries: [{ key: plain(1), value: word(1) }] }, { token });
    await call('Begin', {}, { token });
    await call('Flush', { batch }, { token });
    const text = await (await fetch(metricsUrl!)).text();
    const value = (name: string): string | undefined =>
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1];
    const calls = (method: string, code: string) =>
      value(`rootshift_calls_total{method="rootshift.state.v1.State/${method}",code="${code}"}`);
    expect([calls('Status', 'UNAUTHENTICATED'), calls('Begin', 'OK'), calls('Flush', 'OK')]).toEqual(['1', '2', '1']);
    expect(value('rootshift_call_seconds_count{method="rootshift.state.v1.State/Flush"}')).toBe('1');
    expect(
      ['calls_running', 'batches_open', 'batches_expired', 'root_number', 'entries', 'nodes'].map((name) =>
        value(`rootshift_${name}`),
      ),
    ).toEqual(['0', '1', '0', '1', '1', '1']);
    expect(Number(value('rootshift_disk_bytes'))).toBeGreaterThan(0);
    expect((await fetch(metricsUrl!.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(metricsUrl!, { method: 'POST' })).status).toBe(404);
  });

  test('stand beside pages of health, which need no token', async () => {
    let damaged = false;
    class Failing extends MemoryDriver {
      override async getMany(keys: readonly Uint8Array[]) {
        if (damaged) throw new StorageError('the disk is gone');
        return super.getMany(keys);
      }
    }
    const { metricsUrl } = await served({ driver: new Failing(), metrics: '127.0.0.1:0', token: 'open sesame' });
    const page = async (name: string) => {
      const answer = await fetch(metricsUrl!.replace('/metrics', name));
      return [answer.status, await answer.text()];
    };
    expect([await page('/livez'), await page('/readyz')]).toEqual([
      [200, 'ok\n'],
      [200, 'ok\n'],
    ]);
    damaged = true;
    expect([await page('/livez'), await page('/readyz')]).toEqual([
      [200, 'ok\n'],
      [503, 'the disk is gone\n'],
    ]);
    expect((await page('/metrics'))[0]).toBe(503);
    expect(await page('/readyz/')).toEqual([404, 'expected GET /metrics, /livez, /readyz\n']);
  });

  test('are those that are documented', async () => {
    const { metricsUrl } = await served({ metrics: '127.0.0.1:0' });
    const text = await (await fetch(metricsUrl!)).text();
    const documentation = readFileSync(new URL('../../docs/hashdb.md', import.meta.url), 'utf8');
    const names = (pattern: RegExp, where: string) => [...where.matchAll(pattern)].map(([, name]) => name).sort();
    expect(names(/^\| `(rootshift_\w+)` \|/gm, documentation)).toEqual(names(/^# TYPE (rootshift_\w+) /gm, text));
  });
});

describe('a server that stops', () => {
  test('finishes the calls that run, takes no more, and closes the database', async () => {
    let closed = false;
    class Watched extends MemoryDriver {
      stuck: Promise<void> | null = null;
      reached = () => {};
      override async getMany(keys: readonly Uint8Array[]) {
        this.reached();
        await this.stuck;
        return super.getMany(keys);
      }
      override async close() {
        closed = true;
      }
    }
    const driver = new Watched();
    const server = await served({ driver, metrics: '127.0.0.1:0' });
    const remote = await openRemote(server.url);
    onTestFinished(() => remote.close());
    let free = () => {};
    driver.stuck = new Promise((resolve) => (free = resolve));
    const reached = new Promise<void>((resolve) => (driver.reached = resolve));
    const reading = remote.getMany([Buffer.from('f')]);
    await reached;
    const stopping = server.close();
    expect(closed).toBe(false);
    free();
    expect(await reading).toEqual([expect.any(Uint8Array)]);
    await stopping;
    expect(closed).toBe(true);
    await expect(remote.getMany([bytes(1)])).rejects.toThrow(/could not reach the database/);
    const { port } = new URL(server.metricsUrl!);
    await expect(
      new Promise((resolve, reject) => connect(Number(port), '127.0.0.1').on('connect', resolve).on('error', reject)),
    ).rejects.toThrow('ECONNREFUSED');
  });

  test('and starts again is found by the driver that used it', async () => {
    const driver = new MemoryDriver();
    const first = await served({ driver });
    const remote = await openRemote(first.url);
    onTestFinished(() => remote.close());
    await remote.writeIf({ key: bytes(1), value: undefined }, [{ key: bytes(1), value: bytes(5) }]);
    await first.close();
    await expect(remote.getMany([bytes(1)])).rejects.toThrow(StorageError);
    await served({ driver, listen: new URL(first.url).host });
    expect(await remote.getMany([bytes(1)])).toEqual([Buffer.from([5])]);
    expect(await remote.writeIf({ key: bytes(1), value: bytes(5) }, [{ key: bytes(1), value: null }])).toBe(true);
  });
});
