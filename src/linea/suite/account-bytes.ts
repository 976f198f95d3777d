import { EncodingRangeError } from './suite.js';
import type { Account, Hex, Suite } from './suite.js';

const FIELDS = ['nonce', 'balance', 'storageRoot', 'codeHash', 'keccakCodeHash', 'codeSize'] as const;
const WORD_DIGITS = 64;

/** Bytes of an account in traces and proofs: six words. */
export const ACCOUNT_BYTES = (FIELDS.length * WORD_DIGITS) / 2;

/** A word as 64 hexadecimal digits without `0x`. */
export const wordDigits = (x: bigint): string => x.toString(16).padStart(WORD_DIGITS, '0');

/**
 * 192 bytes: nonce, balance, storageRoot, codeHash, keccakCodeHash, codeSize, each of 32.
 *
 * @example
 * accountToHex({ ...account, balance: 0n });
 */
export const accountToHex = (account: Account): Hex =>
  `0x${FIELDS.map((field) => wordDigits(account[field])).join('')}`;

/**
 * Reads 192 bytes.
 * @throws {EncodingRangeError} a root or hash in it is none of the suite's
 *
 * @example
 * const account = accountFromHex(POSEIDON2_KOALABEAR, word);
 * account.balance;
 */
export function accountFromHex(suite: Suite, hex: Hex): Account {
  const word = (i: number): bigint => BigInt(`0x${hex.slice(2 + i * WORD_DIGITS, 2 + (i + 1) * WORD_DIGITS)}`);
  const [nonce, balance, storageRoot, codeHash, keccakCodeHash, codeSize] = FIELDS.map((_, i) => word(i)) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  for (const [name, digest] of Object.entries({ storageRoot, codeHash })) {
    if (!suite.isDigest(digest)) {
      throw new EncodingRangeError(`expected a hash of ${suite.name} as ${name}, got 0x${wordDigits(digest)}`);
    }
  }
  return { nonce, balance, storageRoot, codeHash, keccakCodeHash, codeSize };
}
