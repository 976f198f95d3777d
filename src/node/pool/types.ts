import type { Uint256 } from '../../base/field/limbs.js';
import type { Closable } from '../../base/tasks/closing.js';
import type { EvmTransaction } from '../../rules/evm/transaction.js';

/** What the pool asks the state about an account. */
export interface AccountState {
  /** The nonce of its next transaction. */
  readonly nonce: bigint;
  /** In wei. */
  readonly balance: bigint;
}

/**
 * Reads accounts in the state after the last block, in the order in which they are named. A block must be in that state
 * before `stored` tells the pool of it.
 */
export type ReadAccounts = (addresses: readonly bigint[]) => Promise<readonly AccountState[]>;

/** Limits and prices of a pool. */
export interface PoolOptions {
  /** The most gas that one transaction may ask for: what a block holds. */
  readonly blockGasLimit: bigint;
  /** The least `maxPriorityFeePerGas` in wei at a time in milliseconds. Asked for each transaction. Default: 0. */
  readonly priceFloor?: ((now: number) => bigint) | undefined;
  /** The most bytes of a transaction. Default: 131,072. */
  readonly maxBytes?: number | undefined;
  /** How many nonces from an account's next one may be in the pool. Default: 1,024. */
  readonly perSender?: number | undefined;
  /** How many nonces beyond the first missing one a transaction may be. Default: 64. */
  readonly gapLimit?: number | undefined;
  /** The most transactions in all; one above 32,768 bytes counts once for each such piece. Default: 6,144. */
  readonly total?: number | undefined;
  /** How long a transaction that cannot run is kept, in milliseconds. Default: three hours. */
  readonly lifetime?: number | undefined;
  /** The time in milliseconds since 1970. Default: the system's. */
  readonly now?: (() => number) | undefined;
}

/** Why a transaction left the pool without being in a block. */
export type DropReason = 'replaced' | 'evicted' | 'expired' | 'funds' | 'nonce' | 'blocked' | 'rejected';

/** A transaction that left the pool without being in a block. */
export interface DroppedTransaction {
  readonly transaction: EvmTransaction;
  readonly reason: DropReason;
  /** For whoever sent it. */
  readonly message: string;
}

/** Transactions by sender, and each sender's by nonce. */
export interface PoolContent {
  /** Those that can run one after the other from the state's nonce. */
  readonly pending: ReadonlyMap<bigint, readonly EvmTransaction[]>;
  /** Those behind a missing nonce. */
  readonly queued: ReadonlyMap<bigint, readonly EvmTransaction[]>;
}

/**
 * The ready transactions for one block: the best first, each sender's in the order of nonces. After each, the taker
 * says what became of it, and then asks for the next. It sees what arrives meanwhile.
 */
export interface PoolCandidates {
  /** The transaction that pays most for its gas among those that can run now; null if there is none (more may come). */
  next(): Promise<EvmTransaction | null>;
  /** It is in the block: its sender's next one may follow. */
  included(transaction: EvmTransaction): void;
  /** It does not fit in this block: none of its sender's follows in this one. It stays in the pool. */
  postponed(transaction: EvmTransaction): void;
  /** It can be in no block: it leaves the pool, for this reason. Its sender's later ones wait. */
  refused(transaction: EvmTransaction, error: Error): void;
}

/** Transactions that wait for a block. What `add` has acknowledged outlives the process; `close` stores the rest. */
export interface TransactionPool extends Closable {
  /**
   * Takes a signed transaction, as `eth_sendRawTransaction` has it. When this returns, it is stored.
   * @returns its hash
   * @throws {PoolError} with geth's words and code
   */
  add(bytes: Uint8Array): Promise<Uint256>;

  /** The transaction of this hash, if it waits here. */
  get(hash: Uint256): EvmTransaction | undefined;
  /** Why a transaction left lately, if it did without being in a block. Forgotten over a restart. */
  whyDropped(hash: Uint256): string | undefined;
  /** The nonce after the sender's ready transactions; undefined if it has none. */
  nextNonce(sender: bigint): bigint | undefined;
  /** How many can run, and how many wait for another. */
  status(): { readonly pending: number; readonly queued: number };
  /** All of it, or what one sender has. */
  content(sender?: bigint): PoolContent;
  /** The least `maxPriorityFeePerGas` that is accepted now, in wei. */
  priceFloor(): bigint;

  /**
   * Begins a block with this base fee in wei, after the block before it was told to `stored`. Candidates for an earlier
   * block end.
   */
  candidates(block: { readonly baseFeePerGas: bigint }): PoolCandidates;
  /** A block with these transactions is in the state: they leave the pool. */
  stored(transactions: readonly EvmTransaction[]): Promise<void>;
  /** Calls back with each transaction that becomes ready, as `newPendingTransactions` tells. @returns ends it */
  onReady(listener: (transaction: EvmTransaction) => void): () => void;
  /** @returns ends it */
  onDropped(listener: (dropped: DroppedTransaction) => void): () => void;

  /** Refuses an account's transactions from now on, over restarts, and drops those that wait. */
  block(sender: bigint): Promise<void>;
  unblock(sender: bigint): Promise<void>;
  /** The accounts that are refused. */
  blocked(): readonly bigint[];
}
