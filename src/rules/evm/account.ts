import { Account, KECCAK256_NULL, KECCAK256_RLP } from '@ethereumjs/util';
import { bytesOf, numberOf } from './bytes.js';

/** The entries that an account has beside its storage and its code's length, in the order in which they are read. */
export const ACCOUNT_FIELDS = ['code', 'balance', 'nonce'] as const;
export type AccountField = (typeof ACCOUNT_FIELDS)[number];

/** A code's hash as Ethereum has it, where an account without code has the hash of no bytes. */
const hashOf = (code: bigint): Uint8Array => (code === 0n ? KECCAK256_NULL : bytesOf(code, 32));

/** What the entry `code` holds for a code's hash as Ethereum has it. */
export const codeOfHash = (hash: Uint8Array): bigint => {
  const code = numberOf(hash);
  return code === NO_CODE ? 0n : code;
};
const NO_CODE = numberOf(KECCAK256_NULL);

/**
 * An account that exists, as the EVM was given it. It tells which of its fields the EVM asked for, so that a log names
 * these alone; and it knows which fields the EVM set. A field's value is that of the moment when the account was read.
 */
export class SeenAccount extends Account {
  readonly #values: Record<AccountField, bigint>;
  readonly #set = new Set<AccountField>();

  constructor(
    values: Readonly<Record<AccountField, bigint>>,
    /** Called for each field that is asked for. */
    private readonly onRead: (field: AccountField) => void,
  ) {
    super();
    this.#values = { ...values };
  }

  /** The fields that were set, and to what. */
  changes(): (readonly [AccountField, bigint])[] {
    return [...this.#set].map((field) => [field, this.#values[field]]);
  }

  #read(field: AccountField): bigint {
    if (!this.#set.has(field)) this.onRead(field);
    return this.#values[field];
  }

  #write(field: AccountField, value: bigint): void {
    this.#values[field] = value;
    this.#set.add(field);
  }

  override get balance(): bigint {
    return this.#read('balance');
  }
  override set balance(balance: bigint) {
    this.#write('balance', balance);
  }

  override get nonce(): bigint {
    return this.#read('nonce');
  }
  override set nonce(nonce: bigint) {
    this.#write('nonce', nonce);
  }

  override get codeHash(): Uint8Array {
    return hashOf(this.#read('code'));
  }
  override set codeHash(hash: Uint8Array) {
    this.#write('code', codeOfHash(hash));
  }

  /** No account has a tree of its own here. EIP-7610's check of it is the genesis's: see `parseEvmGenesis`. */
  override get storageRoot(): Uint8Array {
    return KECCAK256_RLP;
  }
  override set storageRoot(_root: Uint8Array) {
    throw new Error('no account has a storage root here');
  }

  override isContract(): boolean {
    return this.#read('code') !== 0n;
  }

  /** An account that was there is not empty (EIP-161), unless the EVM emptied it: that needs no further read. */
  override isEmpty(): boolean {
    if (this.#set.size === 0 || [...this.#set].some((field) => this.#values[field] !== 0n)) return false;
    return ACCOUNT_FIELDS.every((field) => this.#read(field) === 0n);
  }
}
