import type { Uint256 } from '../../base/field/limbs.js';

/**
 * An event that a contract emitted.
 * @see {@link EvmBatch}
 */
export interface EvmLog {
  /** The contract's address. */
  readonly address: bigint;
  /** Up to four. */
  readonly topics: readonly Uint256[];
  readonly data: Uint8Array;
}

/**
 * What came of a transaction.
 * @see {@link EvmBatch}
 */
export interface EvmReceipt {
  readonly transactionHash: Uint256;
  readonly type: number;
  /** A failed transaction changed nothing but the sender's nonce and what was paid for its gas. */
  readonly status: 'succeeded' | 'failed';
  readonly gasUsed: bigint;
  /** Gas used by this and all transactions before it in the block. */
  readonly cumulativeGasUsed: bigint;
  /** What a unit of gas cost, in wei. */
  readonly effectiveGasPrice: bigint;
  /** Of a transaction that made a contract: its address. */
  readonly contractAddress: bigint | null;
  readonly logs: readonly EvmLog[];
  /** Ethereum's Bloom filter over the logs, 256 bytes. */
  readonly bloom: Uint8Array;
  /** What the call returned or, if it reverted, the reason as the contract encoded it. */
  readonly output: Uint8Array;
  /** What ended a failed transaction, such as `revert` or `out of gas`; null for one that succeeded. */
  readonly failure: string | null;
}
