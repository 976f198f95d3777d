import { getAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { parseSiweMessage, validateSiweMessage } from 'viem/siwe';
import { describe, expect, it } from 'vitest';
import { FieldWidthError } from '../../../src/rules/common/range.js';
import { publicKeyOf } from '../../../src/rules/eddsa/eddsa.js';
import { checkPayment } from '../../../src/rules/payments/execute.js';
import { PaymentRejectedError } from '../../../src/rules/payments/rejection.js';
import {
  KeyDerivationError,
  OriginError,
  deriveKey,
  keyText,
  randomKey,
  signPayment,
} from '../../../src/rules/payments/wallet.js';
import type { KeyPurpose, SignText } from '../../../src/rules/payments/wallet.js';
import { ALICE, BOB, DOMAIN, transfer, withdraw } from './world.js';

const account = privateKeyToAccount(`0x${'11'.repeat(32)}`);
const other = privateKeyToAccount(`0x${'22'.repeat(32)}`);
const purpose: KeyPurpose = {
  origin: 'https://pay.example',
  chainId: 1n,
  contract: 0xd8da6bf26964af9d7eed9e03e53415d37aa96045n,
  address: BigInt(account.address),
};
const sign: SignText = (message) => account.signMessage({ message });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the text for a key', () => {
  it('is a Sign-In with Ethereum message of origin, chain, contract and account', () => {
    const text = keyText(purpose);
    const message = parseSiweMessage(text);
    expect(message).toMatchObject({
      scheme: 'https',
      domain: 'pay.example',
      address: account.address,
      uri: 'https://pay.example',
      version: '1',
      chainId: 1,
      resources: [`eip155:1:${getAddress('0xd8da6bf26964af9d7eed9e03e53415d37aa96045')}`],
    });
    expect(message.statement).toContain('Whoever has this signature can spend what the account holds');
    expect(validateSiweMessage({ message, domain: 'pay.example', scheme: 'https', address: account.address })).toBe(
      true,
    );
    expect(validateSiweMessage({ message, domain: 'evil.example' })).toBe(false);
  });

  it.each(['pay.example', 'https://pay.example/', 'https://pay.example/path', 'ftp://pay.example', 'https://a\nb', ''])(
    'has an origin, which %j is not',
    (origin) => {
      expect(() => keyText({ ...purpose, origin })).toThrow(OriginError);
    },
  );

  it('has addresses of 160 bits', () => {
    expect(() => keyText({ ...purpose, contract: 2n ** 160n })).toThrow(FieldWidthError);
  });
});

describe('a key from a wallet', () => {
  it('is the same each time, and another for another origin, chain, contract or account', async () => {
    const key = await deriveKey(purpose, sign);
    expect(hex(await deriveKey(purpose, sign))).toBe(hex(key));
    const others = [{ origin: 'https://pay2.example' }, { chainId: 5n }, { contract: 7n }].map((changed) =>
      deriveKey({ ...purpose, ...changed }, sign),
    );
    others.push(deriveKey({ ...purpose, address: BigInt(other.address) }, (message) => other.signMessage({ message })));
    const keys = await Promise.all(others);
    expect(new Set([key, ...keys].map(hex)).size).toBe(5);
  });

  it('does not depend on how the wallet writes v', async () => {
    const withZero: SignText = async (text) => {
      const signature = await sign(text);
      return `${signature.slice(0, -2)}${signature.endsWith('1b') ? '00' : '01'}`;
    };
    expect(hex(await deriveKey(purpose, withZero))).toBe(hex(await deriveKey(purpose, sign)));
  });

  it('is refused from a wallet that signs otherwise each time', async () => {
    let texts = 0;
    const wavering: SignText = async (text) => {
      texts++;
      // Another valid signature of the same text: s negated, v flipped.
      const signature = await sign(text);
      if (texts % 2 === 1) return signature;
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const s = order - BigInt(`0x${signature.slice(66, 130)}`);
      return `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${signature.endsWith('1b') ? '1c' : '1b'}`;
    };
    const refused = deriveKey(purpose, wavering);
    await expect(refused).rejects.toThrow(KeyDerivationError);
    await expect(refused).rejects.toMatchObject({ refusal: 'notDeterministic' });
  });

  it('is refused from another account, from a contract, and from junk', async () => {
    const refusal = (signing: SignText) =>
      deriveKey(purpose, signing).catch((error: KeyDerivationError) => error.refusal);
    expect(await refusal((message) => other.signMessage({ message }))).toBe('otherSigner');
    expect(await refusal(async () => sign('another text'))).toBe('otherSigner');
    expect(await refusal(async () => `0x${'00'.repeat(64)}1b`)).toBe('otherSigner');
    expect(await refusal(async (text) => `${await sign(text)}00`)).toBe('notASignature');
    expect(await refusal(async () => '0x')).toBe('notASignature');
    await expect(deriveKey(purpose, (message) => other.signMessage({ message }))).rejects.toThrow(
      `expected a signature by ${account.address.toLowerCase()}, got one by ${other.address.toLowerCase()}`,
    );
  });

  it('asks twice for the same text', async () => {
    const texts: string[] = [];
    await deriveKey(purpose, (text) => {
      texts.push(text);
      return sign(text);
    });
    expect(texts).toEqual([keyText(purpose), keyText(purpose)]);
  });
});

describe('a random key', () => {
  it('is 32 bytes, another each time', () => {
    expect(randomKey()).toHaveLength(32);
    expect(hex(randomKey())).not.toBe(hex(randomKey()));
  });
});

describe('a payment', () => {
  it('that is signed passes the check, for its deployment alone', () => {
    for (const payment of [transfer(ALICE, BOB.address, 5n, 1n), withdraw(ALICE, 7n, 5n)]) {
      const signed = signPayment(payment, 3n, DOMAIN, ALICE.privateKey);
      expect(signed.authorization.publicKey).toEqual(publicKeyOf(ALICE.privateKey));
      checkPayment(signed, DOMAIN);
    }
  });

  it('that is malformed is not signed', () => {
    const sign_ = (changed: object) =>
      signPayment({ ...transfer(ALICE, BOB.address, 5n), ...changed }, 0n, DOMAIN, ALICE.privateKey);
    expect(() => sign_({ to: 0n })).toThrow('transfer: expected an address other than 0 as target, got 0');
    expect(() => sign_({ amount: 2n ** 96n })).toThrow('transfer: amount: expected 0 <= x < 2^96');
    expect(() => sign_({ fee: 2n ** 28n })).toThrow(PaymentRejectedError);
  });
});
