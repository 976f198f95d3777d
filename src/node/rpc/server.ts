import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { answer, RpcError } from '../../base/json-rpc/answer.js';
import type { AnswerOptions, RpcParams } from '../../base/json-rpc/answer.js';
import { rpcListener } from '../../base/json-rpc/http.js';
import { formatAddress, parseAddress, ServeError } from '../../server/address.js';
import type { RpcContext } from './context.js';
import { LIMIT_EXCEEDED } from './errors.js';
import type { Methods } from './method.js';
import { callMethod } from './methods/index.js';
import { originsOf } from './origins.js';
import type { Origins } from './origins.js';
import { RateLimit } from './rate.js';
import { Subscriptions } from './subscriptions.js';

/** How JSON-RPC is served. */
export interface RpcServerOptions {
  /** `HOST:PORT`; port 0 for any that is free. */
  readonly listen: string;
  /** Origins whose web pages may call, beside those of this machine; `*` for all. */
  readonly origins: readonly string[];
  /** Bytes of a message, at most. */
  readonly maxBodyBytes: number;
  /** Bytes of an answer, at most. */
  readonly maxAnswerBytes: number;
  /** Calls in a batch, at most. */
  readonly maxBatch: number;
  /** Connections at once, at most; more are closed. */
  readonly maxConnections: number;
  /** Calls of one address in a second, at most; undefined for any number. */
  readonly callsPerSecond?: number | undefined;
  readonly methods: Methods;
  /** Answers GET and HEAD; others than browsers have no use for it. */
  readonly page?: RequestListener | undefined;
  /** Told of errors that are bugs, or failures of what is below. */
  readonly onBug: (error: unknown) => void;
}

/** A server of JSON-RPC, over HTTP and WebSocket on one port. */
export interface RpcServer {
  /** `http://HOST:PORT` */
  readonly url: string;
  /** Takes no more calls, and answers those that it has taken. */
  close(): Promise<void>;
}

/** So long a client may take to send a message. */
const REQUEST_MS = 30_000;
/** Longer than clients keep a connection that they do not use. */
const KEEP_ALIVE_MS = 65_000;
/** A client that reads so slowly that more than these bytes wait for it is cut off. */
const MOST_WAITING = 16 << 20;
/** A client that does not answer a ping until the next one is gone. */
const PING_MS = 30_000;
/** What a client may have asked by WebSocket before it is answered. */
const MOST_ASKED = 1_000;

/**
 * Serves JSON-RPC.
 * @throws {ServeError} it cannot listen there
 */
export async function serveRpc(context: RpcContext, options: RpcServerOptions): Promise<RpcServer> {
  const address = parseAddress(options.listen);
  const origins = originsOf(options.origins);
  const rate = options.callsPerSecond === undefined ? null : new RateLimit(options.callsPerSecond);
  const methods = new Map(Object.entries(options.methods));
  const subscriptions = await Subscriptions.begin(context, options.onBug);
  /** What answers a client: `own` does what only its connection can, and gives undefined for the rest. */
  const answering = (client: string, own: (method: string, params: RpcParams) => unknown): AnswerOptions => ({
    call: async (method, params) => {
      if (rate?.take(client) === false) {
        throw new RpcError(LIMIT_EXCEEDED, `expected at most ${rate.perSecond} calls a second from one address`);
      }
      return own(method, params) ?? callMethod(methods, context, method, params);
    },
    maxBatch: options.maxBatch,
    maxAnswerBytes: options.maxAnswerBytes,
    onBug: options.onBug,
  });

  const server = createServer({ requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (!admit(request, response, origins)) return;
    if (isPage(request) && options.page !== undefined) return options.page(request, response);
    const client = request.socket.remoteAddress ?? 'unknown';
    const listener = rpcListener({ ...answering(client, () => undefined), maxBodyBytes: options.maxBodyBytes });
    return listener(request, response);
  });
  server.maxConnections = options.maxConnections;

  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxBodyBytes });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!origins.allows(request.headers.origin)) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      talk(webSocket, subscriptions, (own) => answering(request.socket.remoteAddress ?? 'unknown', own), options.onBug),
    );
  });
  const pings = setInterval(() => sockets.clients.forEach(ping), PING_MS);
  pings.unref();

  try {
    await listen(server, address.port, address.host);
  } catch (cause) {
    clearInterval(pings);
    await subscriptions.close();
    const why =
      (cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'another program listens there' : String(cause);
    throw new ServeError(`could not listen on ${formatAddress(address)}: ${why}`, { cause });
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${formatAddress({ ...address, port })}`,
    close: async () => {
      clearInterval(pings);
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const webSocket of sockets.clients) webSocket.close(1001, 'the node stops');
      server.closeIdleConnections();
      const late = setTimeout(() => {
        for (const webSocket of sockets.clients) webSocket.terminate();
        server.closeAllConnections();
      }, GRACE_MS);
      await closed;
      clearTimeout(late);
      await subscriptions.close();
    },
  };
}

/** So long calls that run may take to finish when the server stops. */
const GRACE_MS = 5_000;

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host.replace(/^\[|\]$/g, ''), () => {
      server.off('error', reject);
      resolve();
    });
  });
}

const isPage = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

/**
 * Says to the browser of a web page that it may call, or refuses the page.
 * @returns false if the request is answered
 */
function admit({ headers, method }: IncomingMessage, response: ServerResponse, origins: Origins): boolean {
  const { origin } = headers;
  if (!origins.allows(origin)) {
    const sentence = `web pages of ${origin} may not use this node: allow them with --allow-origin\n`;
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' }).end(sentence);
    return false;
  }
  if (origin === undefined) return true;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
  if (method !== 'OPTIONS') return true;
  response.setHeader('access-control-allow-methods', 'POST, GET');
  response.setHeader('access-control-allow-headers', 'content-type');
  response.setHeader('access-control-max-age', '600');
  response.writeHead(204).end();
  return false;
}

const answered = new WeakSet<WebSocket>();

function ping(webSocket: WebSocket): void {
  if (!answered.has(webSocket)) return webSocket.terminate();
  answered.delete(webSocket);
  webSocket.ping();
}

/** Talks to a client by WebSocket: answers its messages, one after another, and tells what it subscribed to. */
function talk(
  webSocket: WebSocket,
  subscriptions: Subscriptions,
  answering: (own: (method: string, params: RpcParams) => unknown) => AnswerOptions,
  onBug: (error: unknown) => void,
): void {
  const send = (text: string): void => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    if (webSocket.bufferedAmount > MOST_WAITING) webSocket.close(1008, 'the client reads too slowly');
    else webSocket.send(text);
  };
  const connection = subscriptions.connect(send);
  const options = answering((method, params) => connection.call(method, params));
  let waiting = 0;
  let turn: Promise<void> = Promise.resolve();
  webSocket.on('message', (message: Buffer, isBinary) => {
    if (isBinary) return webSocket.close(1003, 'expected text');
    if (++waiting > MOST_ASKED) return webSocket.close(1008, `more than ${MOST_ASKED} messages wait for their answers`);
    turn = turn
      .then(async () => {
        const text = await answer(message.toString(), options);
        if (text !== null) send(text);
        connection.begin();
      })
      .catch(onBug)
      .finally(() => waiting--);
  });
  answered.add(webSocket);
  webSocket.on('pong', () => answered.add(webSocket));
  webSocket.on('close', () => connection.close());
  // What closes a connection, such as a message that is too large, is the client's.
  webSocket.on('error', () => webSocket.terminate());
}
