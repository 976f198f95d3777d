import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, randomBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Fr } from '../../base/field/fr.js';
import { fitting, showAddress } from '../common/range.js';
import { PRIVATE_KEY_BYTES, publicKeyOf, signMessage } from '../eddsa/eddsa.js';
import { checkRecord } from './apply.js';
import { fromBytes } from './encoding.js';
import { paymentMessage } from './execute.js';
import { recordOfPayment } from './operation.js';
import type { Payment, SignedPayment } from './operation.js';

/**
 * Whose key it is, and where it is used: all of it is in the text that is signed.
 * @see {@link deriveKey}
 */
export interface KeyPurpose {
  /** The page that asks, such as `https://pay.example`; wallets warn if the page is another. */
  readonly origin: string;
  readonly chainId: bigint;
  readonly contract: bigint;
  /** The Ethereum account. */
  readonly address: bigint;
}

/**
 * Signs a text as `personal_sign` does (EIP-191), and gives 65 bytes: `0x` and 130 hexadecimal digits.
 * @see {@link deriveKey}
 */
export type SignText = (text: string) => Promise<string>;

/**
 * Why a wallet's signatures make no key.
 * @see {@link KeyDerivationError}
 */
export type KeyRefusal = 'notDeterministic' | 'notASignature' | 'otherSigner';

/**
 * No key can be made of a wallet's signatures. Use `randomKey`, keep it, and set it on L1.
 *
 * @example
 * try {
 *   await deriveKey(purpose, sign);
 * } catch (error) {
 *   if (error instanceof KeyDerivationError) console.error(error.refusal); // such as 'notDeterministic'
 * }
 */
export class KeyDerivationError extends Error {
  override readonly name = 'KeyDerivationError';
  constructor(
    readonly refusal: KeyRefusal,
    message: string,
  ) {
    super(message);
  }
}

/** A page's origin that is none: `https://` or `http://`, a host, perhaps a port, and nothing else. */
export class OriginError extends Error {
  override readonly name = 'OriginError';
}

/**
 * The text whose signature makes a key: Sign-In with Ethereum (EIP-4361), so that wallets show what it is for and
 * compare the origin. Nonce and time are fixed, as the same text must be signed again to get the key again.
 * @throws {OriginError} the origin is none
 * @throws {FieldWidthError} an address does not fit in 160 bits
 *
 * @example
 * keyText({ origin: 'https://pay.example', chainId: 1n, contract: 0xc0ffeen, address: 0xa11cen });
 */
export function keyText({ origin, chainId, contract, address }: KeyPurpose): string {
  return `${originOf(origin)} wants you to sign in with your Ethereum account:
${checksummed(address)}

Make the key of my payments account. Whoever has this signature can spend what the account holds: sign this at ${origin} only.

URI: ${origin}
Version: 1
Chain ID: ${chainId}
Nonce: rootshift1
Issued At: 2025-01-01T00:00:00Z
Resources:
- eip155:${chainId}:${checksummed(contract)}`;
}

/**
 * A private key for payments, from an Ethereum wallet's signature: the same wallet and purpose always give the same
 * key, so that nothing has to be kept. The text is signed twice: some wallets give another signature each time, and
 * with such a one the key would be lost at once.
 * @throws {KeyDerivationError} the signatures differ, are none, or are by another account: a contract's wallet, for
 *   example
 * @throws {OriginError} the origin is none
 * @throws what `sign` throws
 *
 * @example
 * const derived = await deriveKey(purpose, sign);
 * publicKeyOf(derived);
 */
export async function deriveKey(purpose: KeyPurpose, sign: SignText): Promise<Uint8Array> {
  const text = keyText(purpose);
  const first = scalarsOf(await sign(text), text, purpose.address);
  const second = scalarsOf(await sign(text), text, purpose.address);
  if (bytesToHex(first) !== bytesToHex(second)) {
    throw new KeyDerivationError('notDeterministic', 'expected the same signature of the same text twice, got two');
  }
  return keccak_256(concatBytes(utf8ToBytes('rootshift/payments/key'), first));
}

/**
 * A private key for payments that no wallet can make again: whoever loses it sets another on L1.
 *
 * @example
 * publicKeyOf(randomKey());
 */
export const randomKey = (): Uint8Array => randomBytes(PRIVATE_KEY_BYTES);

/**
 * Signs a payment for one deployment, whose `signingDomain` it is, and one nonce.
 * @throws {PaymentRejectedError} the payment is malformed
 * @throws {SigningKeyError} the private key is not 32 bytes
 *
 * @example
 * const transfer = { kind: 'transfer', from: 1n, to: 2n, amount: 100n, fee: 1n, validUntil: FOREVER } as const;
 * encodePayment(signPayment(transfer, 0n, domain, secret));
 */
export function signPayment(payment: Payment, nonce: bigint, domain: Fr, privateKey: Uint8Array): SignedPayment {
  checkRecord(recordOfPayment(payment));
  const signature = signMessage(paymentMessage(domain, payment, fitting(nonce, 32, 'nonce')), privateKey);
  return { kind: 'signed', payment, nonce, authorization: { publicKey: publicKeyOf(privateKey), signature } };
}

/** r and s of a signature of the text by the account; v is left out, as wallets write it in two ways. */
function scalarsOf(signature: string, text: string, address: bigint): Uint8Array {
  const digits = /^0x([0-9a-fA-F]{128})(1b|1c|00|01)$/i.exec(signature);
  if (digits === null) {
    const got = `${signature.length} characters, ${signature.slice(0, 12)}...`;
    throw new KeyDerivationError(
      'notASignature',
      `expected 65 bytes of an ECDSA signature with v 27, 28, 0 or 1, got ${got}`,
    );
  }
  const scalars = digits[1]!.toLowerCase();
  const signer = signerOf(scalars, Number.parseInt(digits[2]!, 16) % 27, text);
  if (signer !== address) {
    const got = signer === null ? 'one by nobody' : `one by ${showAddress(signer)}`;
    throw new KeyDerivationError('otherSigner', `expected a signature by ${showAddress(address)}, got ${got}`);
  }
  return Uint8Array.from(scalars.match(/../g)!, (byte) => Number.parseInt(byte, 16));
}

/** Who signed the text (EIP-191); null if nobody can have. */
function signerOf(scalars: string, recovery: number, text: string): bigint | null {
  const bytes = utf8ToBytes(text);
  const hash = keccak_256(concatBytes(utf8ToBytes(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes));
  try {
    const key = secp256k1.Signature.fromCompact(scalars).addRecoveryBit(recovery).recoverPublicKey(hash);
    return fromBytes(keccak_256(key.toRawBytes(false).subarray(1)).subarray(12));
  } catch {
    return null;
  }
}

/** Scheme, host and port, as EIP-4361 writes them. */
function originOf(origin: string): string {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url === null || url.origin !== origin || !/^https?:$/.test(url.protocol)) {
    throw new OriginError(`expected an origin such as https://pay.example, got ${JSON.stringify(origin)}`);
  }
  return origin;
}

/** An address with the checksum of EIP-55. */
function checksummed(address: bigint): string {
  const digits = showAddress(fitting(address, 160, 'address')).slice(2);
  const hash = bytesToHex(keccak_256(utf8ToBytes(digits)));
  return `0x${Array.from(digits, (digit, i) => (Number.parseInt(hash[i]!, 16) >= 8 ? digit.toUpperCase() : digit)).join('')}`;
}
