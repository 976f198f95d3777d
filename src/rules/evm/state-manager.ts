import type { AccountFields, StateManagerInterface } from '@ethereumjs/common';
import type { Account, Address } from '@ethereumjs/util';
import { bigIntToUnpaddedBytes } from '@ethereumjs/util';
import type { Uint256 } from '../../base/field/limbs.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import type { EntryKey, Kind } from '../../state/batch/access.js';
import { keccak256 } from '../../state/batch/import/keccak.js';
import { showAddress } from '../common/range.js';
import { ACCOUNT_FIELDS, codeOfHash, SeenAccount } from './account.js';
import type { AccountField } from './account.js';
import { numberOf } from './bytes.js';
import { codeOf } from './codes.js';
import type { CodeSource } from './codes.js';
import { StrayStorageError } from './faults.js';
import type { Overlay } from './overlay.js';

const fieldOf = (address: bigint, kind: Exclude<Kind, 'storage'>): EntryKey => ({ address, kind, slot: 0n });
const slotOf = (address: Address, key: Uint8Array): EntryKey => ({
  address: numberOf(address.bytes),
  kind: 'storage',
  slot: numberOf(key),
});

/** Where the EVM of EthereumJS keeps its state: entries in an overlay, and codes by their hashes. */
export class EvmStateManager implements StateManagerInterface {
  /** Codes that were read, or made by the batch. */
  readonly #codes = new Map<Uint256, Uint8Array>();
  /** What went wrong in the state, whatever the EVM made of it. */
  #fault: Error | null = null;
  #disguised: bigint | null = null;

  constructor(
    private readonly overlay: Overlay,
    private readonly codes: CodeSource,
  ) {}

  /** The code with this hash, if the batch made or read it. */
  knownCode(hash: Uint256): Uint8Array | undefined {
    return this.#codes.get(hash);
  }

  /**
   * Has the next look at this account show no code: a simulated transaction may come from a contract, and a transaction
   * begins with a look at its sender (EIP-3607).
   */
  disguise(address: bigint): void {
    this.#disguised = address;
  }

  /** @throws what went wrong since the last call, first of all */
  check(): void {
    const fault = this.#fault;
    this.#fault = null;
    if (fault !== null) throw fault;
  }

  /** Does `work`, and remembers its failure: a failed read must not become an outcome of a transaction. */
  async #careful<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#fault ??= error as Error;
      throw error;
    }
  }

  /** An account that exists; undefined for one without code, balance and nonce. */
  getAccount(address: Address): Promise<Account | undefined> {
    return this.#careful(async () => {
      const at = numberOf(address.bytes);
      const keys = ACCOUNT_FIELDS.map((field) => fieldOf(at, field));
      const [code, balance, nonce] = await this.overlay.peek(keys);
      const values = { code: code!, balance: balance!, nonce: nonce! };
      const isDisguised = at === this.#disguised;
      this.#disguised = null;
      const ownWrites = new Set(ACCOUNT_FIELDS.filter((_, i) => this.overlay.isWritten(keys[i]!)));
      const onRead = (field: AccountField): void => {
        if (!ownWrites.has(field)) this.overlay.noteRead(fieldOf(at, field));
      };
      // One field shows that the account exists. All are needed to show that it does not.
      const shown = ACCOUNT_FIELDS.find((field) => values[field] !== 0n);
      if (shown !== undefined) {
        onRead(shown);
        return new SeenAccount(isDisguised ? { ...values, code: 0n } : values, onRead);
      }
      ACCOUNT_FIELDS.forEach(onRead);
      return undefined;
    });
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    if (account === undefined) return this.deleteAccount(address);
    const changes =
      account instanceof SeenAccount
        ? account.changes()
        : ([
            ['balance', account.balance],
            ['nonce', account.nonce],
            ['code', codeOfHash(account.codeHash)],
          ] as const);
    return this.#careful(() => this.#writeFields(address, changes));
  }

  async modifyAccountFields(address: Address, { nonce, balance, ...others }: AccountFields): Promise<void> {
    const [other] = Object.keys(others);
    if (other !== undefined) throw new Error(`expected changes of nonce and balance, got one of ${other}`);
    const changes: [AccountField, bigint][] = [];
    if (nonce !== undefined) changes.push(['nonce', nonce]);
    if (balance !== undefined) changes.push(['balance', balance]);
    return this.#careful(() => this.#writeFields(address, changes));
  }

  async deleteAccount(address: Address): Promise<void> {
    return this.#careful(async () => {
      const at = numberOf(address.bytes);
      const kinds = ['balance', 'nonce', 'code', 'length'] as const;
      const keys = kinds.map((kind) => fieldOf(at, kind));
      const values = await this.overlay.peek(keys);
      for (const [i, key] of keys.entries()) if (values[i] !== 0n) await this.overlay.write(key, 0n);
      await this.clearStorage(address);
    });
  }

  async #writeFields(address: Address, changes: readonly (readonly [AccountField, bigint])[]): Promise<void> {
    const at = numberOf(address.bytes);
    const keys = changes.map(([field]) => fieldOf(at, field));
    const values = await this.overlay.peek(keys);
    for (const [i, [, value]] of changes.entries()) {
      if (values[i] === value) continue;
      const key = keys[i]!;
      if (key.kind === 'code') throw new Error('an account gets its code by putCode');
      await this.overlay.write(key, value);
    }
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    const hash = code.length === 0 ? 0n : keccak256(code);
    if (hash !== 0n) this.#codes.set(hash, code);
    const at = numberOf(address.bytes);
    await this.#careful(async () => {
      await this.overlay.write(fieldOf(at, 'code'), hash);
      await this.overlay.write(fieldOf(at, 'length'), BigInt(code.length));
    });
  }

  getCode(address: Address): Promise<Uint8Array> {
    return this.#careful(async () => {
      const hash = await this.overlay.read(fieldOf(numberOf(address.bytes), 'code'));
      if (hash === 0n) return new Uint8Array();
      const known = this.#codes.get(hash);
      if (known !== undefined) return known;
      const code = await codeOf(this.codes, hash);
      this.#codes.set(hash, code);
      return code;
    });
  }

  async getCodeSize(address: Address): Promise<number> {
    const length = await this.#careful(() => this.overlay.read(fieldOf(numberOf(address.bytes), 'length')));
    return Number(length);
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const value = await this.#careful(() => this.overlay.read(slotOf(address, key)));
    return unpadded(value);
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    await this.#careful(() => this.overlay.write(slotOf(address, key), numberOf(value)));
  }

  /**
   * Clears what the transaction wrote. There is nothing else: since EIP-6780 only accounts that the same transaction
   * made are cleared, and an account that is made had no storage (EIP-7610).
   */
  clearStorage(address: Address): Promise<void> {
    return this.#careful(async () => {
      for (const entry of this.overlay.knownSlots(numberOf(address.bytes))) {
        if (entry.value !== 0n) {
          const account = `${showAddress(entry.address)} at ${uint256ToHex(entry.slot)}`;
          throw new StrayStorageError(`expected no storage of an account that does not exist yet, got ${account}`);
        }
        await this.overlay.write(entry, 0n);
      }
    });
  }

  /** Storage as it was before the transaction: gas and refunds of SSTORE depend on it (EIP-2200, EIP-3529). */
  readonly originalStorageCache = {
    get: async (address: Address, key: Uint8Array): Promise<Uint8Array> =>
      unpadded(await this.#careful(() => this.overlay.readOriginal(slotOf(address, key)))),
    clear: (): void => {},
  };

  async checkpoint(): Promise<void> {
    this.overlay.mark();
  }

  async commit(): Promise<void> {
    this.overlay.keep();
  }

  async revert(): Promise<void> {
    this.overlay.undo();
  }

  clearCaches(): void {}

  getStateRoot = unused('getStateRoot');
  setStateRoot = unused('setStateRoot');
  hasStateRoot = unused('hasStateRoot');
  shallowCopy(): never {
    throw new Error('shallowCopy is not there: a state has one EVM');
  }
}

/** What no transaction needs since Byzantium: roots are made when a batch is. */
const unused = (name: string) => (): Promise<never> => Promise.reject(new Error(`${name} is not there`));

/** As the EVM wants words of storage: without leading zeros, and no bytes at all for 0. */
const unpadded = (value: Uint256): Uint8Array => (value === 0n ? new Uint8Array() : bigIntToUnpaddedBytes(value));
