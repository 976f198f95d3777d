import { createCipheriv, scryptSync } from 'node:crypto';
import { keccak256 } from 'viem';
import { expect, it } from 'vitest';
import { PrivateKeyError } from '../../src/settlement/error.js';
import { openKeystore, parsePrivateKey } from '../../src/settlement/private-key.js';

// The test vector of the Web3 Secret Storage definition.
const KEY = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d';
const PBKDF2 = {
  cipher: 'aes-128-ctr',
  cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
  ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
  kdf: 'pbkdf2',
  kdfparams: {
    c: 262_144,
    dklen: 32,
    prf: 'hmac-sha256',
    salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
  },
  mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
};
/** As geth makes them, with fewer rounds. */
function withScrypt({ n = 1024, p = 1 } = {}) {
  const salt = 'ab'.repeat(32);
  const iv = '83dbcc02d8ccb40e466191a123791e0e';
  const derived = scryptSync('testpassword', Buffer.from(salt, 'hex'), 32, { N: n, r: 8, p, maxmem: 2 ** 31 });
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), Buffer.from(iv, 'hex'));
  const ciphertext = Buffer.concat([cipher.update(KEY.slice(2), 'hex'), cipher.final()]);
  const mac = keccak256(Buffer.concat([derived.subarray(16), ciphertext])).slice(2);
  const kdfparams = { dklen: 32, n, p, r: 8, salt };
  return {
    cipher: 'aes-128-ctr',
    cipherparams: { iv },
    ciphertext: ciphertext.toString('hex'),
    kdf: 'scrypt',
    kdfparams,
    mac,
  };
}
/** A GiB takes some ten seconds. */
const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const file = (crypto: object): string => JSON.stringify({ crypto, version: 3 });

it.each([
  ['pbkdf2', PBKDF2],
  ['scrypt', withScrypt()],
])('a keystore file with %s opens with its password, and with no other', (_, crypto) => {
  expect(openKeystore(file(crypto), 'testpassword')).toBe(KEY);
  expect(() => openKeystore(file(crypto), 'testpassworD')).toThrow('wrong password for the keystore file');
});

it.each([['passes', { p: 16 }] as const, ...(LONG ? [['memory, a GiB', { n: 1 << 20 }] as const] : [])])(
  'a keystore file that asks for as much as it may opens: %s',
  (_, most) => {
    expect(openKeystore(file(withScrypt(most)), 'testpassword')).toBe(KEY);
  },
);

it('what is no keystore, or no key, is refused, and not repeated', () => {
  for (const text of [
    '',
    '{}',
    JSON.stringify({ crypto: PBKDF2, version: 1 }),
    file({ ...PBKDF2, cipher: 'aes-256-ctr' }),
    file({ ...PBKDF2, ciphertext: undefined }),
  ]) {
    expect(() => openKeystore(text, 'testpassword')).toThrow('expected a keystore file of version 3');
  }
  expect(parsePrivateKey(`${KEY}\n`)).toBe(KEY);
  for (const text of ['', 'secret', KEY.slice(0, -1), `${KEY}0`]) {
    expect(() => parsePrivateKey(text)).toThrow(
      new PrivateKeyError('expected a private key of 64 hexadecimal digits, got something else'),
    );
  }
  for (const text of [`0x${'0'.repeat(64)}`, `0x${'f'.repeat(64)}`]) {
    expect(() => parsePrivateKey(text)).toThrow(
      new PrivateKeyError('expected a private key from 1 to the order of secp256k1 minus 1, got another number'),
    );
  }
});

it('a keystore file that asks for too much memory, or too many rounds, is refused before any work', () => {
  const scrypt = withScrypt();
  const scryptWith = (change: object): string => file({ ...scrypt, kdfparams: { ...scrypt.kdfparams, ...change } });
  const pbkdf2With = (change: object): string => file({ ...PBKDF2, kdfparams: { ...PBKDF2.kdfparams, ...change } });
  for (const [text, says] of [
    [
      scryptWith({ n: 1 << 21 }),
      'expected a keystore file with memory of scrypt in bytes of at most 1,073,741,824, got 2,147,483,648',
    ],
    [scryptWith({ r: 1 << 20 }), /memory of scrypt in bytes of at most .*, got 137,438,953,472$/],
    [scryptWith({ p: 17 }), 'expected a keystore file with passes of scrypt of at most 16, got 17'],
    [
      pbkdf2With({ c: 10_000_001 }),
      'expected a keystore file with rounds of pbkdf2 of at most 10,000,000, got 10,000,001',
    ],
    [pbkdf2With({ dklen: 1 << 30 }), /a derived key in bytes of at most 1,024, got 1,073,741,824$/],
  ] as const)
    expect(() => openKeystore(text, 'testpassword')).toThrow(says);
  // Their good twins: what is allowed is worked on, and the password does not fit the other parameters.
  for (const text of [scryptWith({ p: 16 }), pbkdf2With({ c: 1000, dklen: 1024 })]) {
    expect(() => openKeystore(text, 'testpassword')).toThrow('wrong password for the keystore file');
  }
});
