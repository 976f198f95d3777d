import { keccak_256 } from '@noble/hashes/sha3.js';

/** Ethereum's hash, as a number, big-endian. */
export const keccak256 = (bytes: Uint8Array): bigint =>
  keccak_256(bytes).reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
