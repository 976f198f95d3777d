/* The messages of protos/rootshift/state/v1/state.proto, and what their fields stand for. */
import type { EntryKey, Kind } from '../state/batch/access.js';
import type { Entry } from '../state/batch/batch.js';
import { toUint256 } from '../base/field/limbs.js';
import type { Uint256 } from '../base/field/limbs.js';
import { toNumber, WORD_BYTES } from '../state/hashdb/record.js';
import { invalid } from './calls.js';

export interface EntryKeyMessage {
  readonly address: Uint8Array;
  readonly kind: string | number;
  readonly slot: Uint8Array;
}

export interface EntryMessage {
  readonly key?: EntryKeyMessage | null;
  readonly value: Uint8Array;
}

export interface ListRootsRequest {
  readonly from: number;
  readonly limit: number;
}

export interface RootMessage {
  readonly number: number;
  readonly root: Uint8Array;
  readonly parent: Uint8Array;
  readonly entries: number;
  readonly origin: string;
  readonly pruned: boolean;
  readonly names: readonly string[];
}

export interface GetRequest {
  readonly keys: readonly EntryKeyMessage[];
  readonly root?: Uint8Array;
  readonly batch?: string;
}

export interface ProveRequest {
  readonly keys: readonly EntryKeyMessage[];
  readonly root?: Uint8Array;
}

export interface BatchRequest {
  readonly batch: string;
}

export interface SetRequest extends BatchRequest {
  readonly entries: readonly EntryMessage[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  KIND_STORAGE: 'storage',
  KIND_BALANCE: 'balance',
  KIND_NONCE: 'nonce',
  KIND_CODE: 'code',
  KIND_LENGTH: 'length',
};

const ADDRESS_BYTES = 20;

/** @throws {CallError} INVALID_ARGUMENT */
export function readEntryKey({ address, kind, slot }: EntryKeyMessage, where: string): EntryKey {
  const known = KINDS[kind] ?? invalid(`${where}.kind`, `one of ${Object.keys(KINDS).join(', ')}`, String(kind));
  if (known !== 'storage' && slot.length > 0)
    invalid(`${where}.slot`, `none with kind ${kind}`, `${slot.length} bytes`);
  return {
    address: readNumber(address, ADDRESS_BYTES, `${where}.address`),
    kind: known,
    slot: readWord(slot, `${where}.slot`),
  };
}

/** @throws {CallError} INVALID_ARGUMENT */
export function readEntry({ key, value }: EntryMessage, where: string): Entry {
  if (key == null) return invalid(`${where}.key`, 'the key of an entry', 'none');
  return { ...readEntryKey(key, `${where}.key`), value: readWord(value, `${where}.value`) };
}

/** @throws {CallError} INVALID_ARGUMENT */
export const readWord = (bytes: Uint8Array, where: string): Uint256 => toUint256(readNumber(bytes, WORD_BYTES, where));

function readNumber(bytes: Uint8Array, length: number, where: string): bigint {
  if (bytes.length !== 0 && bytes.length !== length)
    invalid(where, `${length} bytes, or none for 0`, `${bytes.length} bytes`);
  return toNumber(bytes);
}
