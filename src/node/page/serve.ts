import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Registry } from 'prom-client';
import { toUint256, Uint256RangeError } from '../../base/field/limbs.js';
import type { PageContext } from './context.js';
import * as details from './details.js';
import { PageEvents } from './events.js';
import { nodePage, proofPage } from './html.js';
import * as lists from './lists.js';
import { NodeMetrics } from './metrics.js';

/** A page for people, and what it asks for. */
export interface NodePage {
  /** Answers GET and HEAD. */
  readonly listener: RequestListener;
  /** Ends the connections on which pages wait for news. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** The most slots of a contract that one request may ask for. */
const MOST_SLOTS = 32;

/**
 * The page of a node, which shows its chain, and its data at `/data/`. For those who watch the process: `/metrics` for
 * Prometheus, `/livez`, and `/readyz`, which answers with 503 and a sentence if the chain cannot be read.
 * @param onBug told of what fails
 * @throws {SqlError} new blocks cannot be listened to
 */
export async function openNodePage(context: PageContext, onBug: (error: unknown) => void): Promise<NodePage> {
  const page = await nodePage(context);
  const events = await PageEvents.begin(context);
  const metrics = await NodeMetrics.begin(context, onBug);
  const answered = async (url: URL): Promise<Answer> => {
    switch (url.pathname) {
      case '/':
        return html(page);
      case '/metrics':
        return metrics.registry.metrics().then(counted, unavailable);
      case '/livez':
        return plain('ok');
      case '/readyz':
        return context.store.height().then(() => plain('ok'), unavailable);
      default:
        return answer(context, url);
    }
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://node');
    if (url.pathname === '/events') return events.open(response);
    const { status, type, text } = await answered(url);
    response.writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(text);
  };
  return {
    listener: (request, response) =>
      void respond(request, response).catch((error: unknown) => {
        onBug(error);
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
        response.end('the node could not answer; its log says why\n');
      }),
    close: async () => {
      await events.close();
      await metrics.close();
    },
  };
}

type Route = readonly [pattern: RegExp, answer: (context: PageContext, word: string, url: URL) => unknown];

const ROUTES: readonly Route[] = [
  [/^\/data\/overview$/, (context) => lists.overview(context)],
  [/^\/data\/blocks$/, (context, _word, url) => lists.blocks(context, before(url))],
  [/^\/data\/blocks\/(\d{1,15})$/, (context, word) => lists.blockPage(context, BigInt(word))],
  [/^\/data\/batches$/, (context, _word, url) => lists.batches(context, before(url))],
  [/^\/data\/batches\/(\d{1,15})$/, (context, word) => lists.batchPage(context, BigInt(word))],
  [/^\/data\/transactions\/(0x[0-9a-f]{64})$/i, (context, word) => details.transactionPage(context, BigInt(word))],
  [
    /^\/data\/accounts\/(0x[0-9a-f]{40})$/i,
    (context, word, url) => details.accountPage(context, BigInt(word), slots(url)),
  ],
  [/^\/data\/pool$/, (context) => details.poolPage(context)],
  [/^\/data\/find\/(0x[0-9a-f]{64})$/i, (context, word) => details.find(context, BigInt(word))],
];

async function answer(context: PageContext, url: URL): Promise<Answer> {
  const proof = /^\/batches\/(\d{1,15})\/proof$/.exec(url.pathname);
  if (proof !== null) {
    const text = await proofPage(context, BigInt(proof[1]!));
    return text === null ? missing('this batch has no proof yet') : html(text);
  }
  for (const [pattern, read] of ROUTES) {
    const match = pattern.exec(url.pathname);
    if (match === null) continue;
    let data: unknown;
    try {
      data = await read(context, match[1] ?? '', url);
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      return { status: 400, type: 'text/plain', text: `${error.message}\n` };
    }
    return data === null ? missing('there is no such thing here') : json(data);
  }
  return missing('expected /, or POST for JSON-RPC');
}

const html = (text: string): Answer => ({ status: 200, type: 'text/html; charset=utf-8', text });
const json = (data: unknown): Answer => ({ status: 200, type: 'application/json', text: JSON.stringify(data) });
const plain = (text: string): Answer => ({ status: 200, type: 'text/plain', text: `${text}\n` });
const counted = (text: string): Answer => ({ status: 200, type: Registry.PROMETHEUS_CONTENT_TYPE, text });
const unavailable = (error: unknown): Answer => ({
  status: 503,
  type: 'text/plain',
  text: `${error instanceof Error ? error.message : error}\n`,
});
const missing = (text: string): Answer => ({ status: 404, type: 'text/plain', text: `${text}\n` });

/** A request's query is not as expected. */
class QueryError extends Error {
  override readonly name = 'QueryError';
}

function before(url: URL): bigint | null {
  const text = url.searchParams.get('before');
  if (text === null) return null;
  if (!/^\d{1,15}$/.test(text)) throw new QueryError(`before: expected a number, got ${text}`);
  return BigInt(text);
}

/** Numbers, decimal or hexadecimal, with commas between them. */
function slots(url: URL): bigint[] {
  const words = (url.searchParams.get('slots') ?? '').split(',').filter((word) => word !== '');
  if (words.length > MOST_SLOTS) throw new QueryError(`slots: expected at most ${MOST_SLOTS}, got ${words.length}`);
  return words.map((word) => {
    if (!/^(0x[0-9a-f]{1,64}|\d{1,78})$/i.test(word)) throw new QueryError(`slots: expected numbers, got ${word}`);
    try {
      return toUint256(BigInt(word));
    } catch (error) {
      if (error instanceof Uint256RangeError) throw new QueryError(`slots: ${error.message}`);
      throw error;
    }
  });
}
