import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { VerificationKey } from '../../base/untyped/snarkjs.js';

/**
 * SHA-256, hexadecimal, of a verification key as JSON without white space, the keys of objects sorted.
 *
 * @example
 * verificationKeyHash(keys.verificationKey) === keys.verificationKeyHash; // true
 */
export function verificationKeyHash(key: VerificationKey): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(key))));
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}
