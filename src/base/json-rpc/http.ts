import type { IncomingMessage, RequestListener } from 'node:http';
import { answer, RPC } from './answer.js';
import type { AnswerOptions } from './answer.js';

export interface RpcListenerOptions extends AnswerOptions {
  /** Bytes of a request, at most. */
  readonly maxBodyBytes: number;
}

const refusal = (message: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: RPC.invalidRequest, message } });

/**
 * Answers JSON-RPC over HTTP: POST with the type `application/json`, on any path. A page of another site cannot send
 * this type without being asked first, which this listener does not answer.
 *
 * @example
 * createServer(rpcListener({ call, maxBatch: 100, maxBodyBytes: 1 << 20, maxAnswerBytes: 1 << 26, onBug }));
 */
export function rpcListener(options: RpcListenerOptions): RequestListener {
  return (request, response) => {
    const end = (status: number, text: string): void => {
      // What is left of a body that is not read would be taken for the next request.
      if (status !== 200) response.setHeader('connection', 'close');
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return end(405, refusal(`expected POST, got ${request.method}`));
    }
    const type = request.headers['content-type']?.split(';')[0]!.trim().toLowerCase();
    if (type !== 'application/json') {
      return end(415, refusal(`expected the content type application/json, got ${type ?? 'none'}`));
    }
    readBody(request, options.maxBodyBytes).then(
      async (body) => {
        if (body === null) return end(413, refusal(`expected a body of at most ${options.maxBodyBytes} bytes`));
        const text = await answer(body, options);
        if (text === null) response.writeHead(204).end();
        else end(200, text);
      },
      // The client went away.
      () => response.destroy(),
    );
  };
}

/** A request's body; null if it has more than `most` bytes. */
async function readBody(request: IncomingMessage, most: number): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > most) return null;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > most) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
