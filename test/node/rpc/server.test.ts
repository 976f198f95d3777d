/** How calls come and answers go: pages of other sites, limits, WebSockets, what is refused and in which words. */
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RateLimit } from '../../../src/node/rpc/rate.js';
import { reasonOf } from '../../../src/node/rpc/revert.js';
import { encodeErrorResult, hexToBytes, parseAbi } from 'viem';
import { HEAD } from './schemas.js';
import * as w from './world.js';

let world: w.RpcWorld;
beforeAll(async () => {
  world = await w.rpcWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.bugs).toEqual([]);
});

const call = (method: string, params: unknown = [], id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

describe('a web page', () => {
  it.each([
    ['http://localhost:3000', 200],
    ['http://127.0.0.1:8123', 200],
    ['chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn', 200],
    ['https://evil.example', 403],
    ['http://localhost.evil.example', 403],
    ['null', 403],
  ])('of %s gets %i', async (origin, status) => {
    const response = await world.post(call('eth_chainId'), { origin });
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe(status === 200 ? origin : null);
  });

  it('is told in advance what it may send, and a WebSocket of another site is refused', async () => {
    const preflight = await fetch(world.url, { method: 'OPTIONS', headers: { origin: 'http://localhost:3000' } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
    const refused = new WebSocket(world.url.replace('http', 'ws'), { origin: 'https://evil.example' });
    await expect(new Promise((resolve, reject) => refused.on('open', resolve).on('error', reject))).rejects.toThrow(
      '403',
    );
  });

  it('of a named origin may call, and of any with *', async () => {
    await using named = await w.rpcWorld({ origins: ['https://app.example'] });
    expect((await named.post(call('eth_chainId'), { origin: 'https://app.example' })).status).toBe(200);
    expect((await named.post(call('eth_chainId'), { origin: 'https://app.example.org' })).status).toBe(403);
    await using open = await w.rpcWorld({ origins: ['*'] });
    expect((await open.post(call('eth_chainId'), { origin: 'null' })).status).toBe(200);
  });
});

describe('what cannot be answered', () => {
  it.each([
    ['a method that is not there', 'eth_sign', [], -32601, 'the method eth_sign does not exist'],
    ['a subscription over HTTP', 'eth_subscribe', ['newHeads'], -32601, 'needs a WebSocket'],
    ['a missing parameter', 'eth_getBalance', [], -32602, 'expected more parameters, got 0'],
    ['a short address', 'eth_getBalance', ['0x12'], -32602, 'got "0x12"'],
    ['a number with leading zeros', 'eth_getBlockByNumber', ['0x01', false], -32602, 'parameter 1: expected a block'],
    ['too many parameters', 'eth_chainId', [1], -32602, 'expected fewer parameters, got 1'],
    ['parameters by name', 'eth_getBalance', { address: w.ALICE.address }, -32602, 'by position'],
    ['a block that is not there', 'eth_getBalance', [w.ALICE.address, '0xffff'], -32000, 'header not found'],
    ['calldata in two ways', 'eth_call', [{ data: '0x01', input: '0x02' }], -32602, 'not equal'],
    ['another chain', 'eth_call', [{ chainId: '0x1' }], -32602, 'expected chain id 31337, got 1'],
    ['blobs', 'eth_call', [{ blobVersionedHashes: ['0x01'] }], -32602, 'no blobs'],
    [
      'logs of blocks in the wrong order',
      'eth_getLogs',
      [{ fromBlock: '0x2', toBlock: '0x1' }],
      -32602,
      'invalid block range',
    ],
    [
      'logs of a block and of a range',
      'eth_getLogs',
      [{ fromBlock: '0x2', blockHash: `0x${'0'.repeat(64)}` }],
      -32602,
      'either',
    ],
    ['a filter that is not there', 'eth_getFilterChanges', ['0x1'], -32000, 'filter not found'],
    ['bytes that are no transaction', 'eth_sendRawTransaction', ['0x1234'], -32000, 'transaction type not supported'],
  ])('%s', async (_, method, params, code, message) => {
    const { body } = await world.post(call(method, params));
    expect(body).toMatchObject({ id: 1, error: { code, message: expect.stringContaining(message) } });
  });

  it('is too much: calls in a batch, bytes, blocks and results of logs, filters', async () => {
    await using small = await w.rpcWorld({ maxBatch: 2, maxBodyBytes: 400 }, { logBlocks: 3, logs: 0, filters: 1 });
    const batch = (n: number): string => `[${Array.from({ length: n }, () => call('eth_chainId')).join()}]`;
    expect((await small.post(batch(2))).body).toHaveLength(2);
    const refused = { error: { message: expect.stringContaining('at most 2') } };
    expect((await small.post(batch(3))).body).toMatchObject(refused);
    expect((await small.post(call('eth_chainId', [], 'x'.repeat(400)))).status).toBe(413);
    for (let n = 0; n < 4; n++) await small.chain.mine([]);
    expect(await small.ask('eth_getLogs', { fromBlock: '0x0', toBlock: '0x2' })).toEqual([]);
    expect(await small.fail('eth_getLogs', { fromBlock: '0x0', toBlock: '0x3' })).toEqual({
      code: -32005,
      message: 'expected a range of at most 3 blocks, got 4 (0 to 3)',
    });
    expect(await small.ask('eth_newBlockFilter')).toMatch(/^0x/);
    expect(await small.fail('eth_newBlockFilter')).toMatchObject({ code: -32005 });
  });

  it('is too often: each client may call so many times a second', async () => {
    await using small = await w.rpcWorld({ callsPerSecond: 1 });
    const answers = (await small.post(`[${call('eth_chainId')},${call('eth_chainId')}]`)).body as object[];
    expect(answers).toMatchObject([{ result: '0x7a69' }, { error: { code: -32005 } }]);
  });
});

describe('a limit of calls a second', () => {
  it('is one of each client, and ends with time', () => {
    let now = 0;
    const limit = new RateLimit(2, () => now);
    expect([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([true, true, false, true]);
    now += 500;
    expect([limit.take('a'), limit.take('a')]).toEqual([true, false]);
    now += 60_000;
    expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([true, true, false]);
  });
});

describe('the reason of a revert', () => {
  const abi = parseAbi(['error Error(string)', 'error Panic(uint256)', 'error Mine(uint256)']);
  it.each([
    ['Error', ['no luck'], 'no luck'],
    ['Error', [''], ''],
    ['Panic', [0x11n], 'arithmetic underflow or overflow'],
    ['Panic', [0x99n], 'unknown panic code: 0x99'],
    ['Mine', [1n], null],
  ] as const)('%s(%s)', (errorName, args, reason) => {
    expect(reasonOf(hexToBytes(encodeErrorResult({ abi, errorName, args } as never)))).toBe(reason);
  });

  it('is none of bytes that only begin so', () => {
    expect(reasonOf(new Uint8Array())).toBe(null);
    expect(reasonOf(hexToBytes(`0x08c379a0${'ff'.repeat(64)}`))).toBe(null);
  });
});

describe('a WebSocket', () => {
  interface Socket {
    readonly ask: (method: string, ...params: readonly unknown[]) => Promise<Record<string, unknown>>;
    /** The next notice that has not been taken. */
    readonly notice: () => Promise<{ readonly subscription: string; readonly result: unknown }>;
    readonly send: (text: string) => void;
    readonly closed: Promise<number>;
    readonly close: () => void;
  }
  async function connect(url: string): Promise<Socket> {
    const socket = new WebSocket(url.replace('http', 'ws'));
    const answers = new Map<unknown, (message: Record<string, unknown>) => void>();
    const notices: { subscription: string; result: unknown }[] = [];
    const waiting: ((notice: { subscription: string; result: unknown }) => void)[] = [];
    socket.on('message', (bytes: Buffer) => {
      const message = JSON.parse(bytes.toString()) as Record<string, unknown>;
      if (message['method'] !== 'eth_subscription') return answers.get(message['id'])?.(message);
      const notice = message['params'] as { subscription: string; result: unknown };
      const next = waiting.shift();
      if (next === undefined) notices.push(notice);
      else next(notice);
    });
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    let id = 0;
    return {
      ask: (method, ...params) => {
        const own = ++id;
        const answer = new Promise<Record<string, unknown>>((resolve) => answers.set(own, resolve));
        socket.send(call(method, params, own));
        return answer;
      },
      notice: async () => notices.shift() ?? new Promise((resolve) => waiting.push(resolve)),
      send: (text) => socket.send(text),
      closed,
      close: () => socket.close(),
    };
  }

  it('answers as HTTP does, and tells of heads, logs and pending transactions until it is asked to end', async () => {
    const socket = await connect(world.url);
    expect(await socket.ask('eth_chainId')).toEqual({ jsonrpc: '2.0', id: 1, result: '0x7a69' });
    expect(await socket.ask('eth_subscribe', 'syncing')).toMatchObject({ error: { code: -32602 } });
    const heads = (await socket.ask('eth_subscribe', 'newHeads'))['result'];
    const pending = (await socket.ask('eth_subscribe', 'newPendingTransactions'))['result'];
    const client = w.viemOf(world.url);
    const hash = await client.sendTransaction({ to: w.BOB.address, value: 1n });
    const { blockHash } = await client.waitForTransactionReceipt({ hash });
    expect(await socket.notice()).toEqual({ subscription: pending, result: hash });
    const head = await socket.notice();
    expect(head).toMatchObject({ subscription: heads, result: { hash: blockHash } });
    expect(HEAD.safeParse(head.result).error).toBe(undefined);
    expect(await socket.ask('eth_unsubscribe', heads)).toMatchObject({ result: true });
    expect(await socket.ask('eth_unsubscribe', heads)).toMatchObject({ result: false });
    const next = await client.sendTransaction({ to: w.BOB.address, value: 2n });
    await client.waitForTransactionReceipt({ hash: next });
    expect(await socket.notice()).toEqual({ subscription: pending, result: next });
    socket.close();
  });

  it('that sends too much is closed, and the server goes on', async () => {
    await using small = await w.rpcWorld({ maxBodyBytes: 200 });
    const large = await connect(small.url);
    large.send(call('eth_chainId', [], 'x'.repeat(200)));
    expect(await large.closed).toBe(1009);
    expect(await small.ask('eth_chainId')).toBe('0x7a69');
  });
});
