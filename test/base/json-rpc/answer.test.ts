import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, RPC, RpcError } from '../../../src/base/json-rpc/answer.js';
import type { RpcParams } from '../../../src/base/json-rpc/answer.js';
import { rpcListener } from '../../../src/base/json-rpc/http.js';

const bugs: unknown[] = [];
const called: string[] = [];
async function call(method: string, params: RpcParams): Promise<unknown> {
  called.push(method);
  if (method === 'subtract') {
    const { minuend, subtrahend } = params as { readonly minuend: number; readonly subtrahend: number };
    return Array.isArray(params) ? params[0] - params[1] : minuend - subtrahend;
  }
  if (method === 'get_data') return ['hello', 5];
  if (method === 'nothing') return undefined;
  if (method === 'bug') throw new TypeError('a secret');
  if (method === 'reverted') throw new RpcError(3, 'execution reverted', '0x08c3');
  if (method === 'long') return 'x'.repeat(1000);
  if (['sum', 'update', 'notify_hello', 'notify_sum'].includes(method)) return 7;
  throw new RpcError(RPC.noMethod, `there is no method ${method}`);
}
const options = { call, maxBatch: 7, maxAnswerBytes: 2000, onBug: (error: unknown) => bugs.push(error) };
const asked = async (text: string): Promise<unknown> => {
  const json = await answer(text, options);
  return json === null ? null : JSON.parse(json);
};
const failed = (code: number, id: unknown = null) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message: expect.any(String) },
});
const done = (id: unknown, result: unknown) => ({ jsonrpc: '2.0', id, result });

describe('the examples of the specification of JSON-RPC 2.0', () => {
  it.each([
    ['{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}', done(1, 19)],
    ['{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}', done(3, 19)],
    ['{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', null],
    ['{"jsonrpc": "2.0", "method": "foobar"}', null],
    ['{"jsonrpc": "2.0", "method": "foobar", "id": "1"}', failed(-32601, '1')],
    ['{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', failed(-32700)],
    ['{"jsonrpc": "2.0", "method": 1, "params": "bar"}', failed(-32600)],
    ['[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"jsonrpc": "2.0", "method"', failed(-32700)],
    ['[]', failed(-32600)],
    ['[1]', [failed(-32600)]],
    ['[1,2,3]', [failed(-32600), failed(-32600), failed(-32600)]],
    [
      `[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]`,
      [done('1', 7), done('2', 19), failed(-32600), failed(-32601, '5'), done('9', ['hello', 5])],
    ],
    ['[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]}]', null],
  ])('%s', async (text, expected) => {
    expect(await asked(text)).toEqual(expected);
  });
});

describe('an answer', () => {
  const one = (method: string, id: unknown = 1): string => JSON.stringify({ jsonrpc: '2.0', id, method });

  it('tells a caller an RpcError with its data, and of a bug only that there was one', async () => {
    expect(await asked(one('reverted'))).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: 3, message: 'execution reverted', data: '0x08c3' },
    });
    expect(await asked(one('bug', null))).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32603, message: 'internal error' },
    });
    expect(bugs).toEqual([expect.any(TypeError)]);
    expect(await asked(one('nothing'))).toEqual(done(1, null));
    expect(await asked(one('sum', {}))).toEqual(failed(-32600));
    expect(await asked('{"id": 1, "method": "sum"}')).toEqual(failed(-32600, 1));
  });

  it('is bounded: calls in a batch, and bytes', async () => {
    const before = called.length;
    expect(await asked(`[${Array.from({ length: 8 }, () => one('sum')).join()}]`)).toEqual(failed(-32600));
    expect(called).toHaveLength(before);
    const long = (await asked(`[${[one('long'), one('long'), one('sum')].join()}]`)) as unknown[];
    expect(long).toEqual([done(1, 'x'.repeat(1000)), failed(-32603, 1), done(1, 7)]);
  });
});

describe('JSON-RPC over HTTP', () => {
  const server = createServer(rpcListener({ ...options, maxBodyBytes: 200 }));
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  const sum = '{"jsonrpc": "2.0", "method": "sum", "id": 1}';
  const post = async (body: string | ReadableStream, type = 'application/json', method = 'POST') => {
    const init = { method, headers: { 'content-type': type }, ...(method === 'POST' ? { body, duplex: 'half' } : {}) };
    const { status, text } = await fetch(url, init as RequestInit).then(async (response) => ({
      status: response.status,
      text: await response.text(),
    }));
    return { status, answer: text === '' ? null : JSON.parse(text) };
  };

  it('answers calls, notifications, and what is no call', async () => {
    expect(await post(sum, 'application/json; charset=utf-8')).toEqual({ status: 200, answer: done(1, 7) });
    expect(await post('{"jsonrpc": "2.0", "method": "sum"}')).toEqual({ status: 204, answer: null });
    expect(await post('{')).toEqual({ status: 200, answer: failed(-32700) });
  });

  it('refuses other methods and types, and bodies that are too large, whatever they say of their length', async () => {
    expect(await post('', 'application/json', 'GET')).toEqual({ status: 405, answer: failed(-32600) });
    expect(await post(sum, 'text/plain')).toEqual({ status: 415, answer: failed(-32600) });
    expect(await post(sum.padEnd(200))).toMatchObject({ status: 200 });
    expect(await post(sum.padEnd(201))).toEqual({ status: 413, answer: failed(-32600) });
    expect(await post(new Blob([sum.padEnd(201)]).stream())).toEqual({ status: 413, answer: failed(-32600) });
    expect(await post(sum)).toMatchObject({ status: 200 });
  });
});
