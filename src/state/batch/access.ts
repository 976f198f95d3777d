import type { Fr } from '../../base/field/fr.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';

/**
 * What an entry of the state is; the numbers are Polygon zkEVM's leaf types.
 *
 * @example
 * Object.keys(KINDS); // ['balance', 'nonce', 'code', 'storage', 'length']
 */
export const KINDS = { balance: 0, nonce: 1, code: 2, storage: 3, length: 4 } as const;
/**
 * The name of a kind of entry.
 *
 * @example
 * const kind: Kind = 'balance';
 */
export type Kind = keyof typeof KINDS;

/**
 * One entry's place in the state. A plain key-value user's key is `{address: 0, kind: storage, slot: key}`.
 *
 * @example
 * const address = 0x7d0aa91b12d31755d2fc99d22e09947936e00474n;
 * const balance: EntryKey = { address, kind: 'balance', slot: toUint256(0n) };
 */
export interface EntryKey {
  /** 160 bits, unsigned. */
  readonly address: bigint;
  readonly kind: Kind;
  readonly slot: Uint256;
}

/**
 * An access as a user states it: a read may leave its value to the executor.
 *
 * @example
 * const read: RequestedAccess = { op: 'read', ...entry };
 * const write: RequestedAccess = { op: 'write', ...entry, value: toUint256(100n) };
 */
export type RequestedAccess =
  | ({ readonly op: 'read'; readonly value?: Uint256 } & EntryKey)
  | ({ readonly op: 'write'; readonly value: Uint256 } & EntryKey);

/**
 * An access whose value is known: what the log commits to. Value 0 means absent; writing 0 deletes.
 *
 * @example
 * const access: Access = { op: 'read', ...entry, value: toUint256(100n) };
 */
export interface Access extends EntryKey {
  readonly op: 'read' | 'write';
  readonly value: Uint256;
}

/** The three field elements that name an entry in the circuit and below: Poseidon of them is the tree key. */
export interface RawKey {
  /** `address + kind * 2^160`. */
  readonly accountTag: Fr;
  readonly slotHi: Fr;
  readonly slotLo: Fr;
}

/** An entry as messages name it. */
export const describeEntry = ({ address, kind, slot }: EntryKey): string =>
  `${kind} of 0x${address.toString(16).padStart(40, '0')}${kind === 'storage' || slot !== 0n ? ` at ${uint256ToHex(slot)}` : ''}`;
