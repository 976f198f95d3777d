import { hexToBytes } from '@noble/hashes/utils.js';
import { toUint256 } from '../../../base/field/limbs.js';
import type { Uint256 } from '../../../base/field/limbs.js';
import type { Kind } from '../access.js';
import type { Entry } from '../batch.js';
import { expected, readNamed, readObject, readUnsigned, whereIs } from '../fields.js';
import type { Located } from '../fields.js';
import { keccak256 } from './keccak.js';

/** What a file says that an entry holds, and where it says so. */
export interface Statement extends Entry {
  readonly where: string;
}

/** An account of a file: what is said of it, in the file's order of kinds, each entry once. */
export interface Account {
  readonly address: bigint;
  readonly where: string;
  readonly statements: readonly Statement[];
}

/** How other programs name an account's parts. What a file leaves out, it says nothing of. */
const PARTS = ['balance', 'nonce', 'code', 'codeHash', 'storage'] as const;

/**
 * Accounts by address, each once: `{"0x...": {balance, nonce, code, codeHash, storage}}`. Addresses are 40
 * hexadecimal digits, with 0x or without. The code becomes two entries: `code`, its keccak256, and `length`,
 * its bytes; both are 0 for no code. Of a `codeHash` alone, the length is not known, but for no code.
 * @param ignored names of fields that an account may have beside these
 * @throws {FieldError}
 */
export function readAccounts(at: Located, ignored: readonly string[]): Map<bigint, Account> {
  const accounts = new Map<bigint, Account>();
  for (const [name, account] of readNamed(at)) {
    const address = readAddressDigits(name, account);
    const first = accounts.get(address);
    if (first !== undefined) expected('each address once', account, `the account of ${first.where} twice`);
    accounts.set(address, readAccount(address, account, ignored));
  }
  return accounts;
}

function readAccount(address: bigint, at: Located, ignored: readonly string[]): Account {
  const { balance, nonce, code, codeHash, storage } = readObject<never, string>(at, [], [...PARTS, ...ignored]);
  const statements = [
    ...(balance === undefined ? [] : [stated(address, 'balance', readUnsigned(balance, 256), balance)]),
    ...(nonce === undefined ? [] : [stated(address, 'nonce', readUnsigned(nonce, 64), nonce)]),
    ...codeStatements(address, code, codeHash),
    ...(storage === undefined ? [] : readStorage(address, storage)),
  ];
  return { address, where: whereIs(at), statements };
}

/** Says that an entry without a slot holds `value`. */
export const stated = (address: bigint, kind: Exclude<Kind, 'storage'>, value: bigint, at: Located): Statement => ({
  address,
  kind,
  slot: toUint256(0n),
  value: toUint256(value),
  where: whereIs(at),
});

function codeStatements(address: bigint, code: Located | undefined, codeHash: Located | undefined): Statement[] {
  const hash = codeHash === undefined ? undefined : codeEntry(readHexWord(codeHash));
  if (code === undefined) {
    if (codeHash === undefined || hash === undefined) return [];
    return [stated(address, 'code', hash, codeHash), ...(hash === 0n ? [stated(address, 'length', 0n, codeHash)] : [])];
  }
  const statements = statementsOfCode(address, code);
  if (codeHash !== undefined && hash !== statements[0]!.value) expected('the keccak256 of its code', codeHash);
  return statements;
}

/**
 * The two entries of a code: what `code` and `length` hold.
 * @throws {FieldError} no whole bytes in hexadecimal digits
 */
export function statementsOfCode(address: bigint, at: Located): Statement[] {
  const bytes = readHexBytes(at);
  return [stated(address, 'code', hashOfCode(bytes), at), stated(address, 'length', BigInt(bytes.length), at)];
}

/** What the entry `code` holds of an account with such code: keccak256, big-endian; 0 for none. */
const hashOfCode = (code: Uint8Array): bigint => (code.length === 0 ? 0n : keccak256(code));

const HASH_OF_NOTHING = keccak256(new Uint8Array());

/** What the entry `code` holds for a code hash as Ethereum has it, where no code has the hash of no bytes. */
export const codeEntry = (hash: bigint): bigint => (hash === HASH_OF_NOTHING ? 0n : hash);

function readStorage(address: bigint, at: Located): Statement[] {
  const slots = new Map<Uint256, Statement>();
  for (const [name, value] of readNamed(at)) {
    const slot = toUint256(readHexWord({ ...value, value: name }));
    const first = slots.get(slot);
    if (first !== undefined) expected('each slot once', value, `the slot of ${first.where} twice`);
    slots.set(slot, { address, kind: 'storage', slot, value: toUint256(readHexWord(value)), where: whereIs(value) });
  }
  return [...slots.values()];
}

const ADDRESS = /^(?:0x)?([0-9a-fA-F]{40})$/;

/** Whether a name is an address, 40 hexadecimal digits with 0x or without. */
export const isAddress = (name: string): boolean => ADDRESS.test(name);

/** @throws {FieldError} the name of the field at `at` is no address */
export function readAddressDigits(name: string, at: Located): bigint {
  const digits = ADDRESS.exec(name)?.[1];
  return digits === undefined
    ? expected('an address, 40 hexadecimal digits, as the name', { ...at, value: name })
    : BigInt(`0x${digits}`);
}

/** A word of 1 to 64 hexadecimal digits, with 0x or without. @throws {FieldError} */
export function readHexWord(at: Located): bigint {
  const digits = typeof at.value === 'string' ? /^(?:0x)?([0-9a-fA-F]{1,64})$/.exec(at.value)?.[1] : undefined;
  return digits === undefined ? expected('at most 32 bytes, as hexadecimal digits', at) : BigInt(`0x${digits}`);
}

/** Bytes, two hexadecimal digits each, with 0x before them or without. @throws {FieldError} */
export function readHexBytes(at: Located): Uint8Array {
  const digits = typeof at.value === 'string' ? /^(?:0x)?([0-9a-fA-F]*)$/.exec(at.value)?.[1] : undefined;
  if (digits === undefined || digits.length % 2 !== 0)
    return expected('bytes, as 0x and two hexadecimal digits each', at);
  return hexToBytes(digits);
}
