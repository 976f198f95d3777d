import { createHash } from 'node:crypto';
import { type VerificationKey } from '../../base/untyped/snarkjs.js';

/** SHA-256, hexadecimal, of a verification key as JSON without white space, the keys of objects sorted. */
export function verificationKeyHash(key: VerificationKey): string {
  return createHash('sha256').update(canonicalJson(key)).digest('hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}
