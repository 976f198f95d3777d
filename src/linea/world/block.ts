import type { Hex } from '../suite/suite.js';
import type { Uint256 } from '../../base/field/limbs.js';

/**
 * What an account is after a block, but for its storage.
 * @see {@link parseBlock}
 */
export interface AccountState {
  readonly nonce: Uint256;
  readonly balance: Uint256;
  /** Its code. Undefined: what it was; of an account that was not there, none. */
  readonly code?: Uint8Array | undefined;
}

/**
 * A slot that a block accessed.
 * @see {@link parseBlock}
 */
export interface SlotAccess {
  /** 32 bytes. */
  readonly slot: Hex;
  /** Its value after the block, 0 for none; undefined if it was only read. */
  readonly after?: Uint256 | undefined;
}

/**
 * An account that a block accessed.
 * @see {@link parseBlock}
 */
export interface AccountAccess {
  /** 20 bytes. */
  readonly address: Hex;
  /** After the block; null if it is not there then; undefined if it was only read, or only its storage changed. */
  readonly after?: AccountState | null | undefined;
  /** Whether the account that was there before was destroyed, even if there is one again after. */
  readonly isDestroyed: boolean;
  readonly slots: readonly SlotAccess[];
}

/**
 * The net effect of a block: each account once, each slot of an account once.
 * @see {@link parseBlock}
 */
export interface BlockAccesses {
  readonly accounts: readonly AccountAccess[];
}

/** A block's accesses do not fit each other, or the state that they are of. */
export class BlockAccessError extends Error {
  override readonly name = 'BlockAccessError';
}
