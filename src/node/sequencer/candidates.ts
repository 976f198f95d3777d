import type { EvmTransaction } from '../../rules/evm/transaction.js';

/** What the block under way asks of its transactions. */
export interface BlockWish {
  /** What a unit of gas costs at least, in wei. */
  readonly baseFeePerGas: bigint;
}

/**
 * Transactions for one block, as a pool offers them: ready ones, the best first, each sender's in the order of nonces.
 * After each, the taker says what became of it, and then asks for the next.
 */
export interface Candidates {
  /** The next one; null if none is ready. */
  next(): Promise<EvmTransaction | null>;
  /** It is in the block: its sender's next one may follow. */
  included(transaction: EvmTransaction): void;
  /** It does not fit in this block: none of its sender's follows in this one. It stays in the pool. */
  postponed(transaction: EvmTransaction): void;
  /** It can be in no block: it leaves the pool. The error's message is for whoever sent it. */
  refused(transaction: EvmTransaction, error: Error): void;
}

/** What the sequencer asks of a pool. Any pool will do that has these. */
export interface TransactionSource {
  candidates(wish: BlockWish): Candidates;
  /**
   * A block is stored, for good: its transactions are no longer the pool's. Until this is called they stay there, so
   * that a sequencer that is killed before it stores them loses none.
   */
  stored(transactions: readonly EvmTransaction[]): Promise<void>;
  /** Calls back when a transaction becomes ready. @returns ends it */
  onReady(listener: () => void): () => void;
}
