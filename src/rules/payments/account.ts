import { toUint256 } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import type { EntryKey } from '../../state/batch/access.js';
import { fitting } from '../common/range.js';

/**
 * What an account is: one entry of the state, whose value is key hash (128 bits), nonce (32) and balance (96).
 * @see {@link accountOf}
 */
export interface Account {
  /** `keyHashOf` the key that signs for it; 0 for none. */
  readonly keyHash: bigint;
  /** Transfers and withdrawals so far. */
  readonly nonce: bigint;
  /** In wei. */
  readonly balance: bigint;
}

export const KEY_HASH_BITS = 128;
export const NONCE_BITS = 32;
export const BALANCE_BITS = 96;

/**
 * An account with this nonce sends nothing any more: the next one would not fit.
 *
 * @example
 * LAST_NONCE === 2n ** 32n - 1n; // true
 */
export const LAST_NONCE = (1n << BigInt(NONCE_BITS)) - 1n;
/**
 * The most that an account can hold, and what all accounts hold together.
 *
 * @example
 * TOTAL_BALANCE === 2n ** 96n - 1n; // true
 */
export const TOTAL_BALANCE = (1n << BigInt(BALANCE_BITS)) - 1n;

/**
 * The account of L1: deposits come from it, withdrawals go to it.
 *
 * @example
 * GENESIS.address === L1_ADDRESS; // true
 */
export const L1_ADDRESS = 0n;

/**
 * The state before the first deposit: L1's account holds everything.
 *
 * @example
 * accountValue(GENESIS.account) === TOTAL_BALANCE; // true: it has no key and has sent nothing
 */
export const GENESIS = { address: L1_ADDRESS, account: { keyHash: 0n, nonce: 0n, balance: TOTAL_BALANCE } } as const;

/**
 * Where an account is.
 *
 * @example
 * accountEntry(0xa11cen); // { address: 0xa11cen, kind: 'balance', slot: 0n }
 */
export const accountEntry = (address: bigint): EntryKey => ({ address, kind: 'balance', slot: 0n });

/**
 * The value of an account's entry; that of an account that holds nothing is 0, and absent.
 * @throws {FieldWidthError} a number does not fit in its field
 *
 * @example
 * accountValue({ keyHash: 0n, nonce: 0n, balance: 100n }); // 100n
 */
export const accountValue = ({ keyHash, nonce, balance }: Account): Uint256 =>
  toUint256(
    (((fitting(keyHash, KEY_HASH_BITS, 'key hash') << BigInt(NONCE_BITS)) | fitting(nonce, NONCE_BITS, 'nonce')) <<
      BigInt(BALANCE_BITS)) |
      fitting(balance, BALANCE_BITS, 'balance'),
  );

/**
 * The account whose entry has a value: each 256-bit number is one.
 *
 * @example
 * accountOf(100n).balance; // 100n
 */
export const accountOf = (value: Uint256): Account => ({
  keyHash: value >> BigInt(NONCE_BITS + BALANCE_BITS),
  nonce: (value >> BigInt(BALANCE_BITS)) & LAST_NONCE,
  balance: value & TOTAL_BALANCE,
});
