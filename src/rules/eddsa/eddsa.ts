import { blake512 } from '@noble/hashes/blake1.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { FIELD_ORDER, frToBytesBE, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';
import { SUBGROUP_ORDER, hasSmallOrder, holdsOnCurve, isOnCurve, timesBase } from './curve.js';
import type { Point } from './curve.js';

/**
 * EdDSA over Baby Jubjub with Poseidon, as circomlib's `EdDSAPoseidonVerifier` checks it and circomlibjs's
 * `signPoseidon` makes it: the same private key and message give the same signature.
 * @see {@link signMessage}
 */
export interface Signature {
  /** A point of the curve, 8 times what the name R usually has. */
  readonly r8: Point;
  /** Below `SUBGROUP_ORDER`. */
  readonly s: bigint;
}

/**
 * Bytes of a private key.
 *
 * @example
 * randomKey().length === PRIVATE_KEY_BYTES; // true
 */
export const PRIVATE_KEY_BYTES = 32;

/** A private key of another length than 32 bytes. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
}

/**
 * The public key of 32 secret bytes.
 * @throws {SigningKeyError} not 32 bytes
 *
 * @example
 * publicKeyOf(crypto.getRandomValues(new Uint8Array(32))).x;
 */
export const publicKeyOf = (privateKey: Uint8Array): Point => timesBase(expand(privateKey).scalar >> 3n);

/**
 * The low 128 bits of Poseidon2 of a public key: how an account names its key. To sign for it with another key takes a
 * second preimage, not a collision.
 *
 * @example
 * keyHashOf(publicKeyOf(secret)) < 2n ** 128n; // true
 */
export const keyHashOf = ({ x, y }: Point): bigint => poseidon.hash([x, y]) & ((1n << 128n) - 1n);

/**
 * Signs a field element; the same key and message always give the same signature.
 * @throws {SigningKeyError} the key is not 32 bytes
 * @throws {RangeError} the message is not reduced
 *
 * @example
 * verifySignature(5n, signMessage(5n, secret), publicKeyOf(secret)); // true
 */
export function signMessage(message: bigint, privateKey: Uint8Array): Signature {
  const { scalar, prefix } = expand(privateKey);
  const publicKey = timesBase(scalar >> 3n);
  const nonce = fromLittleEndian(blake512(concatBytes(prefix, frToBytesBE(message).reverse()))) % SUBGROUP_ORDER;
  const r8 = timesBase(nonce);
  return { r8, s: (nonce + challenge(r8, publicKey, toFr(message)) * scalar) % SUBGROUP_ORDER };
}

/**
 * Whether a circuit would accept the signature: the equation holds, both points are on the curve, the key is not of
 * small order, and s is below the order.
 *
 * @example
 * verifySignature(6n, signMessage(5n, secret), publicKeyOf(secret)); // false
 */
export function verifySignature(message: bigint, { r8, s }: Signature, publicKey: Point): boolean {
  const reduced = [message, r8.x, r8.y, publicKey.x, publicKey.y].every((x) => x >= 0n && x < FIELD_ORDER);
  if (!reduced || s < 0n || s >= SUBGROUP_ORDER) return false;
  if (!isOnCurve(r8) || !isOnCurve(publicKey) || hasSmallOrder(publicKey)) return false;
  return holdsOnCurve(s, r8, challenge(r8, publicKey, toFr(message)), publicKey);
}

const challenge = (r8: Point, publicKey: Point, message: Fr): Fr =>
  poseidon.hash([r8.x, r8.y, publicKey.x, publicKey.y, message]);

/** The scalar and the prefix of the nonce's hash, from the hash of the private key (RFC 8032, section 5.1.5). */
function expand(privateKey: Uint8Array): { readonly scalar: bigint; readonly prefix: Uint8Array } {
  if (privateKey.length !== PRIVATE_KEY_BYTES) {
    throw new SigningKeyError(`expected a private key of ${PRIVATE_KEY_BYTES} bytes, got ${privateKey.length}`);
  }
  const hash = blake512(privateKey);
  const low = hash.slice(0, 32);
  low[0]! &= 0xf8;
  low[31]! &= 0x7f;
  low[31]! |= 0x40;
  return { scalar: fromLittleEndian(low), prefix: hash.slice(32) };
}

const fromLittleEndian = (bytes: Uint8Array): bigint => bytes.reduceRight((x, byte) => (x << 8n) | BigInt(byte), 0n);
