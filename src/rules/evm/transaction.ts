import type { Uint256 } from '../../base/field/limbs.js';

/**
 * A signed Ethereum transaction, as `decodeTransaction` makes it. All that can be known without a state is checked.
 * @see {@link decodeTransaction}
 */
export interface EvmTransaction {
  /** 0, 1, 2 or 4. */
  readonly type: number;
  /** keccak256 of its bytes. */
  readonly hash: Uint256;
  /** The address of the account that signed it. */
  readonly sender: bigint;
  readonly nonce: bigint;
  /** Null if it makes a contract. */
  readonly to: bigint | null;
  /** In wei. */
  readonly value: Uint256;
  readonly data: Uint8Array;
  readonly gasLimit: bigint;
  /** The most that a unit of gas may cost, in wei: the gas price of types 0 and 1. */
  readonly maxFeePerGas: bigint;
  /** The most that the fee recipient may get of it. */
  readonly maxPriorityFeePerGas: bigint;
  /** As it was sent. */
  readonly bytes: Uint8Array;
}

/** A transaction that `decodeTransaction` did not make. */
export class UndecodedTransactionError extends TypeError {
  override readonly name = 'UndecodedTransactionError';
}
