import type { Uint256 } from '../../base/field/limbs.js';

/**
 * What transactions can ask about their block. All of it is data of the batch: whoever executes the batch again uses
 * the same.
 * @see {@link EvmBatch}
 */
export interface BlockEnvironment {
  /** Below 2^53. */
  readonly number: bigint;
  /** Unix time in seconds, below 2^64. */
  readonly timestamp: bigint;
  /** What the block's transactions may use together, below 2^63. */
  readonly gasLimit: bigint;
  /** In wei per unit of gas; it is burned, as on Ethereum. */
  readonly baseFeePerGas: Uint256;
  /** What PREVRANDAO says. */
  readonly prevRandao: Uint256;
  /** The address that gets the priority fees. */
  readonly feeRecipient: bigint;
  /** The hashes of the blocks before it, the parent's first: what BLOCKHASH says. It asks for the last 256. */
  readonly ancestors: readonly Uint256[];
}

/** More hashes of blocks than there were blocks. */
export class AncestorsError extends RangeError {
  override readonly name = 'AncestorsError';
}
