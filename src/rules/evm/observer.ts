import type { Uint256 } from '../../base/field/limbs.js';
import type { EvmLog } from './receipt.js';

/**
 * A call that begins within a transaction: of a contract, of an account, or one that makes a contract.
 * @see {@link EvmObserver}
 */
export interface EvmFrame {
  readonly kind: 'call' | 'callcode' | 'delegatecall' | 'staticcall' | 'create' | 'create2';
  readonly from: bigint;
  /** Null of one that makes a contract. */
  readonly to: bigint | null;
  readonly value: Uint256;
  readonly gasLimit: bigint;
  /** What it is called with, or the code that makes a contract. */
  readonly data: Uint8Array;
}

/**
 * How a call ended.
 * @see {@link EvmObserver}
 */
export interface EvmFrameEnd {
  readonly gasUsed: bigint;
  readonly output: Uint8Array;
  /** What ended a failed one, such as `revert`; null for one that succeeded. */
  readonly failure: string | null;
  /** The contract that was made. */
  readonly created: bigint | null;
  /** Logs of it and of the calls within it that were not undone. */
  readonly logs: readonly EvmLog[];
}

/**
 * Sees a transaction's calls as they are made; those within one come between its begin and its end.
 *
 * @example
 * const calls: EvmFrame[] = [];
 * const observer: EvmObserver = { enter: (frame) => void calls.push(frame), leave: () => {} };
 * observer.enter; // for the options of `execute` and `simulate`
 */
export interface EvmObserver {
  /** A call begins. */
  enter(frame: EvmFrame): void;
  /** The call that began last, of those that did not end, ends. */
  leave(end: EvmFrameEnd): void;
}
