import { randomBytes } from 'node:crypto';
import { bytesToHex } from '@noble/hashes/utils.js';

/** Values as Ethereum's JSON-RPC writes them. */
export type Hex = `0x${string}`;

/** A number, without leading zeros. */
export const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

/** Bytes. */
export const data = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

/** A hash or a word of storage: 32 bytes. */
export const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

/** An address: 20 bytes. */
export const address = (value: bigint): Hex => `0x${value.toString(16).padStart(40, '0')}`;

/** An address, or null where there is none. */
export const addressOrNull = (value: bigint | null): Hex | null => (value === null ? null : address(value));

/** An id that nobody guesses, as a number: one with leading zeros is none to clients that read it as a number. */
export const randomId = (): Hex => quantity(BigInt(data(randomBytes(16))));
