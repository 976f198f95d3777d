import type { Uint256 } from '../../base/field/limbs.js';

/**
 * A question to a contract.
 * @see {@link EvmBatch}
 */
export interface EvmCall {
  /** The address that calls: 0 if left out. */
  readonly from?: bigint | undefined;
  readonly to: bigint;
  readonly data: Uint8Array;
  /** In wei, which the caller must have: 0 if left out. */
  readonly value?: Uint256 | undefined;
  /** 30 million if left out. */
  readonly gasLimit?: bigint | undefined;
}

/**
 * What a contract answers.
 * @see {@link EvmBatch}
 */
export interface EvmAnswer {
  /** What it returned or, if it reverted, the reason as the contract encoded it. */
  readonly output: Uint8Array;
  /** What ran, without what a transaction costs before anything runs. */
  readonly gasUsed: bigint;
  /** What ended it, such as `revert`; null if it succeeded. */
  readonly failure: string | null;
}
