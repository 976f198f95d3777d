import { Closing } from '../../base/tasks/closing.js';
import type { Uint256 } from '../../base/field/limbs.js';
import { showAddress } from '../../rules/common/range.js';
import type { EvmChain } from '../../rules/evm/chain.js';
import type { EvmTransaction } from '../../rules/evm/transaction.js';
import type { Sql } from '../sql/sql.js';
import { Candidates } from './candidates.js';
import { checkStatic } from './check.js';
import { PoolError } from './errors.js';
import { PoolJournal } from './journal.js';
import { PoolMemory } from './memory.js';
import type { Dropped } from './memory.js';
import { pooled } from './pooled.js';
import type { Pooled } from './pooled.js';
import { Recent } from './recent.js';
import { restore } from './restore.js';
import type * as t from './types.js';

const HOUR_MS = 3_600_000;
const EXPIRY_BEAT_MS = 60_000;

/**
 * Opens the pool of a chain: what was stored before is in it again, as far as the state still permits it.
 * @throws {SqlError | MigrationError} its tables cannot be had
 */
export async function openPool(
  sql: Sql,
  chain: EvmChain,
  accounts: t.ReadAccounts,
  options: t.PoolOptions,
): Promise<t.TransactionPool> {
  const pool = new Pool(await PoolJournal.open(sql), chain, accounts, settle(options));
  await pool.load();
  return pool;
}

const settle = (options: t.PoolOptions) => ({
  blockGasLimit: options.blockGasLimit,
  priceFloor: options.priceFloor ?? (() => 0n),
  maxBytes: options.maxBytes ?? 131_072,
  perSender: options.perSender ?? 1_024,
  gapLimit: options.gapLimit ?? 64,
  total: options.total ?? 6_144,
  lifetime: options.lifetime ?? 3 * HOUR_MS,
  now: options.now ?? Date.now,
});

class Pool extends Closing implements t.TransactionPool {
  #memory: PoolMemory;
  #candidates: Candidates | null = null;
  #blocked = new Set<bigint>();
  /** Senders whose accounts may have changed by others' transactions (EIP-7702). */
  readonly #doubted = new Set<bigint>();
  /** Those in the block under way, or in the state without `stored` having been told. */
  readonly #inBlock = new Set<Uint256>();
  readonly #recent = new Recent();
  readonly #readyListeners = new Set<(transaction: EvmTransaction) => void>();
  readonly #droppedListeners = new Set<(dropped: t.DroppedTransaction) => void>();
  /** Whether memory may differ from what is stored: a write failed. */
  #isAdrift = false;
  #arrivals = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #beat: NodeJS.Timeout;

  constructor(
    private readonly journal: PoolJournal,
    private readonly chain: EvmChain,
    private readonly accounts: t.ReadAccounts,
    private readonly options: ReturnType<typeof settle>,
  ) {
    super();
    this.#memory = new PoolMemory(options);
    const expire = (): void => void this.#inTurn(async () => this.#expire()).catch(() => {});
    this.#beat = setInterval(expire, EXPIRY_BEAT_MS).unref();
  }

  /** Takes what is stored into memory, instead of what is there. */
  async load(): Promise<void> {
    await this.journal.settled();
    const memory = new PoolMemory(this.options);
    memory.baseFee = this.#memory.baseFee;
    this.#blocked = new Set(await this.journal.blocked());
    const { gone, dropped } = await restore(memory, this.journal, this.chain, this.accounts, () => this.#arrivals++);
    this.#memory = memory;
    this.#candidates = null;
    const { hashes } = this.#tell([...dropped, ...this.#dropBlocked()]);
    await this.journal.write([], [...gone, ...hashes]);
    this.#isAdrift = false;
  }

  async add(bytes: Uint8Array): Promise<Uint256> {
    const { chain, options } = this;
    const transaction = checkStatic(bytes, { ...options, chain, priceFloor: this.priceFloor() });
    const { hash, sender } = transaction;
    const found = this.#recent.rejected(hash);
    if (found !== undefined) throw new PoolError('transaction cannot be executed', found);
    const { stored } = await this.#inTurn(async () => {
      if (this.#blocked.has(sender)) throw new PoolError('sender is blocked', showAddress(sender));
      this.#expire();
      const [account] = await this.accounts([sender]);
      this.#drop(this.#memory.settle(sender, account!));
      const entry = pooled(transaction, { since: options.now(), order: this.#arrivals++, isStored: false });
      const { ready, dropped } = this.#memory.admit(entry, account!);
      const { hashes } = this.#tell(dropped);
      return { stored: this.#write([entry], hashes).then(() => this.#store(entry, ready)) };
    });
    await stored;
    return hash;
  }

  get(hash: Uint256): EvmTransaction | undefined {
    return this.#memory.get(hash)?.transaction;
  }

  whyDropped(hash: Uint256): string | undefined {
    return this.#recent.message(hash);
  }

  nextNonce(sender: bigint): bigint | undefined {
    const queue = this.#memory.queue(sender);
    return queue === undefined || queue.ready.length === 0 ? undefined : queue.firstMissing;
  }

  status(): { readonly pending: number; readonly queued: number } {
    const sum = (each: (queue: { ready: readonly Pooled[]; queued: readonly Pooled[] }) => number): number =>
      this.#memory.queues.reduce((count, queue) => count + each(queue), 0);
    return { pending: sum(({ ready }) => ready.length), queued: sum(({ queued }) => queued.length) };
  }

  content(sender?: bigint): t.PoolContent {
    const queues = this.#memory.queues.filter((queue) => sender === undefined || queue.sender === sender);
    const listed = (part: 'ready' | 'queued'): ReadonlyMap<bigint, readonly EvmTransaction[]> =>
      new Map(
        queues
          .filter((queue) => queue[part].length > 0)
          .map((queue) => [queue.sender, queue[part].map(({ transaction }) => transaction)]),
      );
    return { pending: listed('ready'), queued: listed('queued') };
  }

  priceFloor(): bigint {
    return this.options.priceFloor(this.options.now());
  }

  candidates({ baseFeePerGas }: { readonly baseFeePerGas: bigint }): t.PoolCandidates {
    this.#memory.baseFee = baseFeePerGas;
    this.#inBlock.clear();
    if (this.#doubted.size > 0) void this.#refresh([]).catch(() => {});
    this.#candidates = new Candidates(this.#memory, baseFeePerGas, {
      included: (hash) => this.#inBlock.add(hash),
      doubted: (sender) => this.#doubted.add(sender),
      refused: (entry, message) => {
        if (this.#memory.get(entry.transaction.hash) !== entry) return;
        this.#drop([this.#memory.drop(entry, 'rejected', message)]);
      },
    });
    return this.#candidates;
  }

  async stored(transactions: readonly EvmTransaction[]): Promise<void> {
    transactions.forEach(({ hash }) => this.#inBlock.add(hash));
    await this.#refresh(transactions.map(({ sender }) => sender));
  }

  onReady(listener: (transaction: EvmTransaction) => void): () => void {
    this.#readyListeners.add(listener);
    return () => void this.#readyListeners.delete(listener);
  }

  onDropped(listener: (dropped: t.DroppedTransaction) => void): () => void {
    this.#droppedListeners.add(listener);
    return () => void this.#droppedListeners.delete(listener);
  }

  block(sender: bigint): Promise<void> {
    return this.#inTurn(async () => {
      await this.journal.block(sender);
      this.#blocked.add(sender);
      this.#drop(this.#dropBlocked());
    });
  }

  unblock(sender: bigint): Promise<void> {
    return this.#inTurn(async () => {
      await this.journal.unblock(sender);
      this.#blocked.delete(sender);
    });
  }

  blocked(): readonly bigint[] {
    return [...this.#blocked];
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    await this.#last.catch(() => {});
    await this.journal.settled();
  }

  /** One change after the other: each sees what those before it did. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => {
      if (this.#isAdrift) await this.load();
      return work();
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** Reads the accounts of these senders again, and of those that are in doubt. */
  #refresh(senders: readonly bigint[]): Promise<void> {
    return this.#inTurn(async () => {
      const touched = new Set([...senders, ...this.#doubted]);
      this.#doubted.clear();
      const waiting = [...touched].filter((sender) => this.#memory.queue(sender) !== undefined);
      const accounts = await this.accounts(waiting);
      this.#drop(waiting.flatMap((sender, i) => this.#memory.settle(sender, accounts[i]!)));
      this.#expire();
    });
  }

  #expire(): void {
    this.#drop(this.#memory.expire(this.options.now() - this.options.lifetime));
  }

  #dropBlocked(): readonly Dropped[] {
    const queues = this.#memory.queues.filter(({ sender }) => this.#blocked.has(sender));
    const entries = queues.flatMap((queue) => queue.entries);
    return entries.map((entry) => this.#memory.drop(entry, 'blocked', 'the operator blocks its sender'));
  }

  /** Deletes what left memory, and tells of what is in no block. What cannot be deleted is found at the next load. */
  #drop(dropped: readonly Dropped[]): void {
    if (dropped.length > 0) this.#write([], this.#tell(dropped).hashes).catch(() => {});
  }

  #tell(dropped: readonly Dropped[]): { readonly hashes: readonly Uint256[] } {
    for (const { entry, reason, message } of dropped) {
      if (reason === 'nonce' && this.#inBlock.has(entry.transaction.hash)) continue;
      this.#recent.note(entry.transaction.hash, reason, message);
      const told = { transaction: entry.transaction, reason, message };
      this.#droppedListeners.forEach((listener) => listener(told));
      this.#candidates?.offer(entry.transaction.sender);
    }
    return { hashes: dropped.map(({ entry }) => entry.transaction.hash) };
  }

  /** A transaction is stored: it and those that waited for it can be had. */
  #store(entry: Pooled, ready: readonly Pooled[]): void {
    entry.isStored = true;
    this.#candidates?.offer(entry.transaction.sender);
    for (const { transaction } of ready) {
      if (this.#memory.get(transaction.hash) !== undefined)
        this.#readyListeners.forEach((listener) => listener(transaction));
    }
  }

  async #write(inserted: readonly Pooled[], deleted: readonly Uint256[]): Promise<void> {
    try {
      await this.journal.write(inserted, deleted);
    } catch (error) {
      this.#isAdrift = true;
      throw error;
    }
  }
}
