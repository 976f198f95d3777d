import type { EvmTransaction } from '../../rules/evm/transaction.js';

/** A transaction in the pool. */
export interface Pooled {
  readonly transaction: EvmTransaction;
  /** The most that its sender may lose by it, in wei. */
  readonly cost: bigint;
  /** Its share of the pool. */
  readonly slots: number;
  /** When it came, in milliseconds since 1970. */
  readonly since: number;
  /** Its place among all arrivals. */
  readonly order: number;
  /** Whether it outlives the process. It is not given to the sequencer before. */
  isStored: boolean;
}

const SLOT_BYTES = 32_768;

export const pooled = (
  transaction: EvmTransaction,
  { since, order, isStored }: Pick<Pooled, 'since' | 'order' | 'isStored'>,
): Pooled => ({
  transaction,
  cost: transaction.gasLimit * transaction.maxFeePerGas + transaction.value,
  slots: Math.ceil(transaction.bytes.length / SLOT_BYTES),
  since,
  order,
  isStored,
});
