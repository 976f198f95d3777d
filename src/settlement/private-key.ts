import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import type { Decipher } from 'node:crypto';
import { concat, keccak256 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { PrivateKeyError } from './error.js';
import type { Hash } from './point.js';

/**
 * @throws {PrivateKeyError} not 32 bytes in hexadecimal digits, from 1 to the order of secp256k1 less 1
 *
 * @example
 * const key = parsePrivateKey(text);
 */
export function parsePrivateKey(text: string): Hash {
  const digits = text.trim().replace(/^0x/, '');
  if (!/^[0-9a-fA-F]{64}$/.test(digits))
    throw new PrivateKeyError('expected a private key of 64 hexadecimal digits, got something else');
  const key: Hash = `0x${digits}`;
  try {
    privateKeyToAccount(key);
  } catch {
    // Its error says what the key is.
    throw new PrivateKeyError('expected a private key from 1 to the order of secp256k1 minus 1, got another number');
  }
  return key;
}

/** Of a keystore's key derivation: scrypt takes 128 · n · r bytes, p times over; pbkdf2 c rounds. */
const MAX_SCRYPT_BYTES = 1 << 30;
const MAX_PBKDF2_ROUNDS = 10_000_000;
/** Passes of scrypt over its memory, and bytes of the derived key: those in use are 1 to 8, and 32. */
const MAX_SCRYPT_PASSES = 16;
const MAX_KEY_BYTES = 1024;

interface Keystore {
  readonly version: number;
  readonly crypto: {
    readonly cipher: string;
    readonly ciphertext: string;
    readonly cipherparams: { readonly iv: string };
    readonly kdf: 'scrypt' | 'pbkdf2';
    readonly kdfparams: {
      readonly n: number;
      readonly r: number;
      readonly p: number;
      readonly c: number;
      readonly dklen: number;
      readonly salt: string;
    };
    readonly mac: string;
  };
}

/**
 * The private key in a keystore file, version 3 (Web3 Secret Storage), as geth and cast write it.
 * @throws {PrivateKeyError} it is not one, its parameters ask for too much work, or the password is another
 *
 * @example
 * openKeystore(text, 'correct horse battery staple'); // '0x...'
 */
export function openKeystore(text: string, password: string): Hash {
  let derived: Buffer;
  let mac: string;
  let ciphertext: Buffer;
  let decipher: Decipher;
  try {
    const { version, crypto } = JSON.parse(text) as Keystore;
    const { n, r, p, c, dklen, salt } = crypto.kdfparams;
    if (version !== 3 || crypto.cipher !== 'aes-128-ctr') throw new Error('another version or cipher');
    requireLittleWork(crypto);
    derived =
      crypto.kdf === 'scrypt'
        ? scryptSync(password, Buffer.from(salt, 'hex'), dklen, { N: n, r, p, maxmem: 2 * MAX_SCRYPT_BYTES })
        : pbkdf2Sync(password, Buffer.from(salt, 'hex'), c, dklen, 'sha256');
    mac = crypto.mac;
    ciphertext = Buffer.from(crypto.ciphertext, 'hex');
    decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), Buffer.from(crypto.cipherparams.iv, 'hex'));
  } catch (cause) {
    if (cause instanceof PrivateKeyError) throw cause;
    throw new PrivateKeyError('expected a keystore file of version 3, with scrypt or pbkdf2 and aes-128-ctr', {
      cause,
    });
  }
  const hex = (bytes: Buffer): Hash => `0x${bytes.toString('hex')}`;
  if (keccak256(concat([hex(derived.subarray(16, 32)), hex(ciphertext)])) !== `0x${mac}`) {
    throw new PrivateKeyError('wrong password for the keystore file');
  }
  return parsePrivateKey(Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('hex'));
}

/** @throws {PrivateKeyError} the file, which may be a stranger's, asks for more work than any in use */
function requireLittleWork({ kdf, kdfparams: { n, r, p, c, dklen } }: Keystore['crypto']): void {
  const atMost = (what: string, most: number, got: number): void => {
    if (got > most)
      throw new PrivateKeyError(
        `expected a keystore file with ${what} of at most ${most.toLocaleString('en')}, got ${got.toLocaleString('en')}`,
      );
  };
  atMost('a derived key in bytes', MAX_KEY_BYTES, dklen);
  if (kdf !== 'scrypt') return atMost('rounds of pbkdf2', MAX_PBKDF2_ROUNDS, c);
  atMost('memory of scrypt in bytes', MAX_SCRYPT_BYTES, 128 * n * r);
  atMost('passes of scrypt', MAX_SCRYPT_PASSES, p);
}
