/** Endpoints before a chain's own: they change answers, or end in the middle. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Request {
  readonly method: string;
  readonly params: unknown;
}
type Answer = () => Promise<{ result: unknown }>;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const forward = async (url: string, body: string): Promise<{ result: unknown }> =>
  (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json() as Promise<{
    result: unknown;
  }>;

/** An endpoint that answers as the one at `url` does, but where `instead` has an `error` or a `result` for it. */
export const endpointBefore = (
  url: string,
  instead: (request: Request, answer: Answer) => object | null | Promise<object | null>,
): Promise<string> =>
  serve((request, response) => {
    void (async () => {
      const body = await text(request);
      const call = JSON.parse(body) as Request & { id: number };
      const answer = (): Promise<{ result: unknown }> => forward(url, body);
      const other = await instead(call, answer);
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(other === null ? await answer() : { jsonrpc: '2.0', id: call.id, ...other }));
    })();
  });

/** Where an endpoint ends: at a call, before the chain hears of it or after. */
export interface Cut {
  /** 1 is the first call. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

/**
 * An endpoint that answers nothing from a call on. Whoever uses it never goes on from there, as if killed.
 * @returns its URL, and a promise that is kept, with the call's method, when it is reached
 */
export async function endpointUntil(
  url: string,
  { call, when }: Cut,
): Promise<{ readonly url: string; readonly reached: Promise<string> }> {
  let calls = 0;
  let reach: (method: string) => void;
  const reached = new Promise<string>((resolve) => (reach = resolve));
  const own = await serve((request, response) => {
    void (async () => {
      const body = await text(request);
      const mine = ++calls;
      if (mine < call || (mine === call && when === 'after')) {
        const answer = await forward(url, body);
        if (mine < call) response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      }
      if (mine === call) reach((JSON.parse(body) as Request).method);
    })();
  });
  return { url: own, reached };
}
