import type { Uint256 } from '../../base/field/limbs.js';
import type { Access } from '../../state/batch/access.js';
import type { EvmReceipt } from './receipt.js';

/**
 * A transaction that nobody signed.
 * @see {@link EvmBatch}
 */
export interface EvmSimulation {
  /** Any address, also a contract's. */
  readonly from: bigint;
  /** Null to make a contract. */
  readonly to: bigint | null;
  readonly data: Uint8Array;
  /** In wei, which `from` must have. */
  readonly value: Uint256;
  readonly gasLimit: bigint;
  /** In wei, which `from` must have for all of the gas limit. It must be the block's base fee at least. */
  readonly gasPrice: bigint;
  readonly accessList: readonly { readonly address: bigint; readonly slots: readonly Uint256[] }[];
  /** Delegations that others signed (EIP-7702); if there are any, `to` is not null. */
  readonly authorizationList: readonly EvmAuthorization[];
}

/**
 * An account's word that it takes a contract's code, signed by its key (EIP-7702).
 * @see {@link EvmBatch}
 */
export interface EvmAuthorization {
  /** 0 for any chain. */
  readonly chainId: bigint;
  /** Whose code. */
  readonly address: bigint;
  readonly nonce: bigint;
  readonly yParity: bigint;
  readonly r: Uint256;
  readonly s: Uint256;
}

/**
 * What would come of a transaction.
 * @see {@link EvmBatch}
 */
export interface SimulatedTransaction {
  readonly receipt: Omit<EvmReceipt, 'transactionHash' | 'cumulativeGasUsed'>;
  /** As of an executed transaction. */
  readonly reads: readonly Access[];
  readonly writes: readonly Access[];
}
