import type { EvmBatch } from '../../rules/evm/batch.js';
import type { Digest } from '../../state/tree/node.js';
import { BLOCK_BYTES, transactionBytes } from '../store/batch-bytes.js';
import type { BatchBlock } from '../store/batch-bytes.js';

/** Bytes of a batch without blocks, at most. */
export const EMPTY_BYTES = 16;

/** The batch that takes blocks. */
export class OpenBatch {
  readonly blocks: BatchBlock[] = [];
  /** Of its bytes so far, at most. */
  size = EMPTY_BYTES;
  /** Unix time in milliseconds, of its first block; null before that. */
  since: number | null = null;

  constructor(
    readonly number: bigint,
    readonly oldRoot: Digest,
    readonly evm: EvmBatch,
  ) {}

  /** Takes note of a block, and of the time. */
  add(block: BatchBlock, now: number): void {
    this.blocks.push(block);
    this.size += BLOCK_BYTES + block.transactions.reduce((sum, { length }) => sum + transactionBytes(length), 0);
    // A chain may begin in the future.
    this.since ??= Math.min(now, 1000 * Number(block.timestamp) + 999);
  }
}

/** A block as its batch's bytes have it. */
export const batchBlock = (
  block: Omit<BatchBlock, 'transactions'>,
  transactions: readonly Uint8Array[],
): BatchBlock => ({
  timestamp: block.timestamp,
  gasLimit: block.gasLimit,
  baseFeePerGas: block.baseFeePerGas,
  prevRandao: block.prevRandao,
  feeRecipient: block.feeRecipient,
  transactions,
});
