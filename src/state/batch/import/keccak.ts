import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Ethereum's hash, as a number, big-endian. */
export const keccak256 = (bytes: Uint8Array): bigint => BigInt(`0x${bytesToHex(keccak_256(bytes))}`);

/** Ethereum's hash of a number of so many bytes, big-endian, as 64 hexadecimal digits: a path in its tries. */
export const keccakOfNumber = (number: bigint, bytes: number): string =>
  bytesToHex(keccak_256(hexToBytes(number.toString(16).padStart(2 * bytes, '0'))));
