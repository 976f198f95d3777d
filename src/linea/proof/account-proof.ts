import { accountFromHex } from '../suite/account-bytes.js';
import { emptyTrie } from '../suite/empty.js';
import { ACCOUNT_TRIE, STORAGE_TRIE } from '../suite/kind.js';
import type { Account, Digest, Hex, Suite } from '../suite/suite.js';
import { MemoryTrie } from '../trie/memory-trie.js';
import { ACCOUNT_TRIE_ID } from '../world/world.js';
import type { WorldReader } from '../world/world.js';
import { proveKeys } from './key-proof.js';
import type { KeyProof } from './key-proof.js';
import { ProofRefusedError, verifyKeys } from './verify-keys.js';
import type { KnownEntry } from './verify-keys.js';

/**
 * What `linea_getProof` answers: an account and slots of it, each shown to be there or not.
 * @see {@link proveAccount}
 */
export interface AccountProof {
  /** Its key is the address. */
  readonly account: KeyProof;
  /** Of an account that is not there, in the empty trie. */
  readonly slots: readonly KeyProof[];
}

/**
 * Result of a proof of an account.
 * @see {@link verifyAccountProof}
 */
export type AccountVerdict =
  | {
      readonly isAccepted: true;
      readonly address: Hex;
      /** Null: there is none. */
      readonly account: Account | null;
      /** In the order of the proof. The value of a slot that is not there is 0. */
      readonly slots: readonly { readonly slot: Hex; readonly value: bigint }[];
    }
  | { readonly isAccepted: false; readonly reason: string };

/**
 * Proves an account, and each slot that is asked for, whether they are there or not.
 * @throws {TrieInputError} an address or slot is not of its length, or hashes to the key of HEAD or TAIL
 *
 * @example
 * const proof = await proveAccount(state.suite, await state.at(7), ownAddress, [slot]); // after block 7
 */
export async function proveAccount(
  suite: Suite,
  world: WorldReader,
  address: Hex,
  slots: readonly Hex[],
): Promise<AccountProof> {
  const [account] = await proveKeys(suite, ACCOUNT_TRIE, await world.trie(ACCOUNT_TRIE_ID), [address]);
  const storage =
    account!.kind === 'present' ? await world.trie(account!.leaf.leafIndex) : await MemoryTrie.empty(suite);
  return { account: account!, slots: await proveKeys(suite, STORAGE_TRIE, storage, slots) };
}

/**
 * Verifies a proof of an account against a state root alone. What it is of, and what it shows, is in the verdict.
 *
 * @example
 * const verdict = await verifyAccountProof(POSEIDON2_KOALABEAR, stateRoot, accountProof);
 * if (verdict.isAccepted && verdict.address === ownAddress) console.log(verdict.account?.balance ?? 0n);
 */
export async function verifyAccountProof(
  suite: Suite,
  stateRoot: Digest,
  { account, slots }: AccountProof,
): Promise<AccountVerdict> {
  try {
    const [found] = await verifyKeys(suite, ACCOUNT_TRIE, stateRoot, [account]);
    const known = found!.value === null ? null : accountFromHex(suite, found!.value);
    const storageRoot = known?.storageRoot ?? (await emptyTrie(suite)).topRoot;
    const shown = await verifyKeys(suite, STORAGE_TRIE, storageRoot, slots);
    return { isAccepted: true, address: account.key, account: known, slots: shown.map(slotOf) };
  } catch (error) {
    if (!(error instanceof ProofRefusedError)) throw error;
    return { isAccepted: false, reason: error.message };
  }
}

const slotOf = ({ key, value }: KnownEntry) => ({ slot: key, value: value === null ? 0n : BigInt(value) });
