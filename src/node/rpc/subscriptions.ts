import * as z from 'zod';
import { RPC, RpcError } from '../../base/json-rpc/answer.js';
import type { RpcParams } from '../../base/json-rpc/answer.js';
import type { RpcContext } from './context.js';
import { exceeded } from './errors.js';
import { randomId, word } from './hex.js';
import type { Hex } from './hex.js';
import { LOG_QUERY, logsIn, matches } from './log-query.js';
import { readParams } from './params.js';
import { showHeader } from './show-block.js';
import { showLog, showTransaction } from './show-transaction.js';

/** The most subscriptions of one connection. */
const MOST = 100;

const SUBSCRIBE = z.union(
  [
    z.tuple([z.literal('newHeads')]),
    z.tuple([z.literal('logs'), LOG_QUERY.nullish()]),
    z.tuple([z.literal('newPendingTransactions'), z.boolean().nullish()]),
  ],
  'expected newHeads, logs with a filter, or newPendingTransactions',
);
const UNSUBSCRIBE = z.tuple([z.string('expected the id of a subscription')]);

/** Sends a text to a client. */
export type Send = (text: string) => void;

/** What the clients of one server subscribed to, each by its connection. Every new block is read once for all. */
export class Subscriptions {
  readonly #connections = new Set<Connection>();
  #ends: (() => unknown)[] = [];
  /** Blocks are told one after another. */
  #telling: Promise<void> = Promise.resolve();

  private constructor(private readonly context: RpcContext) {}

  static async begin(context: RpcContext, onBug: (error: unknown) => void): Promise<Subscriptions> {
    const made = new Subscriptions(context);
    const end = await context.store.onBlock(
      (number) => {
        made.#telling = made.#telling.then(() => made.#tellBlock(number)).catch(onBug);
      },
      (last) => context.filters.rollBack(last),
    );
    const endPool = context.pool.onReady(({ hash, bytes, sender }) => {
      for (const connection of made.#connections) {
        connection.tell('newPendingTransactions', ({ isFull }) => [
          isFull ? showTransaction(bytes, sender, context.chain, null) : word(hash),
        ]);
      }
    });
    made.#ends = [end, endPool];
    return made;
  }

  /** A new connection's subscriptions. */
  connect(send: Send): Connection {
    const connection = new Connection(send, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    return connection;
  }

  async close(): Promise<void> {
    for (const end of this.#ends) await end();
    await this.#telling;
  }

  async #tellBlock(number: bigint): Promise<void> {
    const wanted = [...this.#connections].filter((connection) => connection.isWaiting());
    if (wanted.length === 0) return;
    const { store } = this.context;
    const block = await store.block(number);
    if (block === null) return; // taken back meanwhile
    const everything = { fromBlock: number, toBlock: number, addresses: [], topics: [] };
    // No block has so many logs: each costs 375 gas at least.
    const logs = await logsIn(store, { logs: 1_000_000, logBlocks: 1 }, everything);
    for (const connection of wanted) {
      connection.tell('newHeads', () => [showHeader(block)]);
      connection.tell('logs', ({ query }) =>
        logs.filter((log) => query === null || matches(query, log)).map((log) => showLog(log, block.timestamp)),
      );
    }
  }
}

interface Subscription {
  readonly kind: 'newHeads' | 'logs' | 'newPendingTransactions';
  readonly query: z.output<typeof LOG_QUERY> | null;
  readonly isFull: boolean;
}

/** One client's subscriptions. */
export class Connection {
  readonly #subscriptions = new Map<Hex, Subscription>();
  /** Those whose ids the client has not been told yet. */
  readonly #new = new Map<Hex, Subscription>();

  constructor(
    private readonly send: Send,
    /** Ends all. */
    readonly close: () => void,
  ) {}

  isWaiting(): boolean {
    return this.#subscriptions.size > 0;
  }

  /** The client has been answered: from now on it is told what it subscribed to. */
  begin(): void {
    for (const [id, subscription] of this.#new) this.#subscriptions.set(id, subscription);
    this.#new.clear();
  }

  /** Tells the subscriptions of a kind what each is to be told. */
  tell(kind: Subscription['kind'], resultsFor: (subscription: Subscription) => readonly unknown[]): void {
    for (const [id, subscription] of this.#subscriptions) {
      if (subscription.kind !== kind) continue;
      for (const result of resultsFor(subscription)) {
        const params = { subscription: id, result };
        this.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params }));
      }
    }
  }

  /** Does `eth_subscribe` and `eth_unsubscribe`; undefined for another method. */
  call(method: string, params: RpcParams): Hex | boolean | undefined {
    switch (method) {
      case 'eth_subscribe': {
        const [kind, option] = readSubscription(params);
        if (this.#subscriptions.size + this.#new.size >= MOST)
          throw exceeded(`expected at most ${MOST} subscriptions of a connection`);
        const id = randomId();
        const query = typeof option === 'object' && option !== null ? option : null;
        this.#new.set(id, { kind, query, isFull: option === true });
        return id;
      }
      case 'eth_unsubscribe': {
        const [id] = readParams(UNSUBSCRIBE, params);
        return this.#subscriptions.delete(id as Hex) || this.#new.delete(id as Hex);
      }
      default:
        return undefined;
    }
  }
}

function readSubscription(params: RpcParams): z.output<typeof SUBSCRIBE> {
  const read = SUBSCRIBE.safeParse(params);
  if (read.success) return read.data;
  throw new RpcError(RPC.invalidParams, `invalid params: ${read.error.issues[0]!.message}`);
}
