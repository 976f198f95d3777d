import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { MAX_ANSWER_BYTES, openEndpoint } from '../../src/settlement/provider.js';
import { asking } from '../../src/settlement/asking.js';
import { ChainError } from '../../src/settlement/chain-error.js';
import { clientOf } from '../../src/settlement/client.js';

/** An endpoint whose every answer is the chain 1, in so many bytes. */
async function endpoint(bytes: number, packed: boolean): Promise<string> {
  const text = '{"jsonrpc":"2.0","id":1,"result":"0x1"}'.padEnd(bytes);
  const body = packed ? gzipSync(text, { level: 1 }) : Buffer.from(text);
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...(packed && { 'content-encoding': 'gzip' }) });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each([
  ['as it is', false],
  ['packed', true],
] as const)(
  'an answer of as many bytes as there may be is read; one of a byte more is refused: %s',
  async (_, packed) => {
    const chain = async (bytes: number) => {
      const client = clientOf(openEndpoint(await endpoint(bytes, packed), { maxBytes: 1 << 20 }));
      return asking('could not ask for the chain', () => client.getChainId());
    };
    expect(await chain(1 << 20)).toBe(1);
    await expect(chain((1 << 20) + 1)).rejects.toThrow(
      new ChainError('could not ask for the chain: expected an answer of at most 1,048,576 bytes, got more'),
    );
  },
);

it('where nothing else is said there may be 64 MiB', async () => {
  expect(MAX_ANSWER_BYTES).toBe(64 << 20);
  const client = clientOf(openEndpoint(await endpoint(MAX_ANSWER_BYTES + 1, true)));
  await expect(asking('could not ask for the chain', () => client.getChainId())).rejects.toThrow(
    'expected an answer of at most 67,108,864 bytes, got more',
  );
});

it('what is asked for when its signal is aborted fails at once, though the endpoint never answers', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const stop = new AbortController();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = clientOf(openEndpoint(url, { signal: stop.signal }));
  const asked = asking('could not ask for the chain', () => client.getChainId());
  await once(server, 'request');
  stop.abort();
  await expect(asked).rejects.toThrow(/abort/);
});
