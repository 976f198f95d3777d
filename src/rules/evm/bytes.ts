import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Bytes as a number, big-endian; 0 for none. */
export const numberOf = (bytes: Uint8Array): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`));

/** A number as so many bytes, big-endian. The number must fit. */
export const bytesOf = (number: bigint, length: number): Uint8Array =>
  hexToBytes(number.toString(16).padStart(2 * length, '0'));
