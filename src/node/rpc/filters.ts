import { RpcError } from '../../base/json-rpc/answer.js';
import type { TransactionPool } from '../pool/types.js';
import type { StateDb, StoredLog } from '../store/state-db.js';
import { numberOf } from './blocks.js';
import { exceeded, SERVER_ERROR } from './errors.js';
import { randomId } from './hex.js';
import type { Hex } from './hex.js';
import { logsIn } from './log-query.js';
import type { LogQuery } from './log-query.js';
import type { RpcLimits } from './limits.js';

/** A filter that nobody asks is dropped after this time. */
const IDLE_MS = 5 * 60_000;
/** The most hashes that a filter of pending transactions keeps; the oldest go. */
const MOST_PENDING = 10_000;

type Filter = { touched: number } & (
  | { readonly kind: 'blocks'; next: bigint }
  | { readonly kind: 'logs'; readonly query: LogQuery; next: bigint }
  | { readonly kind: 'pending'; hashes: bigint[]; readonly end: () => void }
);

/** What a filter has seen since it was last asked. */
export type Changes =
  | { readonly kind: 'hashes'; readonly hashes: readonly bigint[] }
  | { readonly kind: 'logs'; readonly logs: readonly StoredLog[] };

/**
 * Filters: each remembers how far it was asked, so that nothing is missed or told twice, however many blocks there were
 * meanwhile. Nothing of them outlives the process.
 */
export class Filters {
  readonly #filters = new Map<Hex, Filter>();

  constructor(
    private readonly store: StateDb,
    private readonly pool: TransactionPool,
    private readonly limits: RpcLimits,
    private readonly now: () => number = Date.now,
  ) {}

  /** A filter of the blocks that come from now on. */
  async addBlocks(): Promise<Hex> {
    const height = await this.store.height();
    return this.#add({ kind: 'blocks', next: height + 1n, touched: this.now() });
  }

  async addLogs(query: LogQuery): Promise<Hex> {
    const { fromBlock } = query;
    const height = await this.store.height();
    // Changes are those from now on, whatever lies before.
    const from = await numberOf(this.store, fromBlock);
    return this.#add({ kind: 'logs', query, next: from > height ? from : height + 1n, touched: this.now() });
  }

  addPending(): Hex {
    const hashes: bigint[] = [];
    const end = this.pool.onReady(({ hash }) => {
      hashes.push(hash);
      if (hashes.length > MOST_PENDING) hashes.shift();
    });
    return this.#add({ kind: 'pending', hashes, end, touched: this.now() });
  }

  /** @returns false if there is no such filter */
  remove(id: Hex): boolean {
    const filter = this.#filters.get(id);
    if (filter?.kind === 'pending') filter.end();
    return this.#filters.delete(id);
  }

  /** @throws {RpcError} there is no such filter, or what it has seen exceeds a limit: then it stays to be told */
  async changes(id: Hex): Promise<Changes> {
    const filter = this.#find(id);
    if (filter.kind === 'pending') return { kind: 'hashes', hashes: filter.hashes.splice(0) };
    const height = await this.store.height();
    const from = filter.next;
    if (filter.kind === 'blocks') {
      // Only so many at a time: the next call gives the rest.
      const last = min(height, from + BigInt(this.limits.logBlocks) - 1n);
      const blocks = await this.store.blocks(from, last);
      filter.next = max(from, last + 1n);
      return { kind: 'hashes', hashes: blocks.map(({ hash }) => hash) };
    }
    const { addresses, topics } = filter.query;
    const last = min(await this.#end(filter.query, height), from + BigInt(this.limits.logBlocks) - 1n);
    const logs = await logsIn(this.store, this.limits, { addresses, topics, fromBlock: from, toBlock: last });
    filter.next = max(from, last + 1n);
    return { kind: 'logs', logs };
  }

  /** The query of a filter of logs. @throws {RpcError} there is none */
  query(id: Hex): LogQuery {
    const filter = this.#find(id);
    if (filter.kind === 'logs') return filter.query;
    throw new RpcError(SERVER_ERROR, 'filter not found: this is no filter of logs');
  }

  /** Blocks after `last` were taken back: those that come in their place are told. */
  rollBack(last: bigint): void {
    for (const filter of this.#filters.values()) {
      if (filter.kind !== 'pending') filter.next = min(filter.next, last + 1n);
    }
  }

  /** Drops all. */
  close(): void {
    for (const id of this.#filters.keys()) this.remove(id);
  }

  /** The last block that a query asks for so far. */
  async #end({ toBlock }: LogQuery, height: bigint): Promise<bigint> {
    return typeof toBlock === 'bigint' ? min(toBlock, height) : height;
  }

  #find(id: Hex): Filter {
    this.#expire();
    const filter = this.#filters.get(id);
    if (filter === undefined) throw new RpcError(SERVER_ERROR, 'filter not found');
    filter.touched = this.now();
    return filter;
  }

  #add(filter: Filter): Hex {
    this.#expire();
    if (this.#filters.size >= this.limits.filters) {
      if (filter.kind === 'pending') filter.end();
      throw exceeded(`expected at most ${this.limits.filters} filters at once: remove one with eth_uninstallFilter`);
    }
    const id = randomId();
    this.#filters.set(id, filter);
    return id;
  }

  #expire(): void {
    const oldest = this.now() - IDLE_MS;
    for (const [id, { touched }] of this.#filters) if (touched < oldest) this.remove(id);
  }
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
