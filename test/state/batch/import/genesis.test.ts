import { describe, expect, it } from 'vitest';
import { keccak256 } from 'viem';
import { BatchError } from '../../../../src/state/batch/batch.js';
import { parseBatch } from '../../../../src/state/batch/parse.js';
import { fixture, loaded } from './files.js';

const ADDRESS = 'ab'.repeat(20);
const genesis = (account: object): string => JSON.stringify({ config: {}, alloc: { [ADDRESS]: account } });

describe('a genesis', () => {
  it('is the entries of its accounts: the code as its keccak256 and its length', () => {
    const batch = parseBatch(fixture('genesis.json'));
    expect(batch.accesses).toEqual([]);
    expect(loaded(batch)).toEqual({
      'a1 balance': 10n ** 18n,
      'a2 balance': 10n ** 18n,
      'a2 nonce': 5n,
      'a4 balance': 1n,
      'a4 code': BigInt(keccak256('0x6001600055')),
      'a4 length': 5n,
      'a4[0]': 7n,
    });
    expect(batch.prestate.filter(({ value }) => value === 0n)).toHaveLength(2);
  });

  it('may have keys of test accounts, remarks, and words without 0x', () => {
    const account = {
      balance: '0x1',
      nonce: 7,
      code: '6001',
      storage: { '01': '10' },
      secretKey: '0x5',
      privateKey: '5',
      comment: 'rich',
    };
    const content = loaded(parseBatch(genesis(account)));
    expect(content[`${ADDRESS}[1]`]).toBe(16n);
    expect(content).toMatchObject({ [`${ADDRESS} nonce`]: 7n, [`${ADDRESS} length`]: 2n });
  });

  it('has no code where that is 0x', () => {
    expect(loaded(parseBatch(genesis({ balance: '0x1', code: '0x' })))).toEqual({ [`${ADDRESS} balance`]: 1n });
  });

  it.each<[string, string, string]>([
    [
      'an address of 19 bytes',
      '{"alloc": {"0x00000000000000000000000000000000000001": {}}}',
      'alloc.0x00000000000000000000000000000000000001: expected an address, 40 hexadecimal digits, as the name',
    ],
    [
      'an address twice',
      `{"alloc": {"${ADDRESS}": {}, "0x${ADDRESS.toUpperCase()}": {}}}`,
      `expected each address once, got the account of alloc.${ADDRESS} twice`,
    ],
    ['a part that it does not know', genesis({ constructor: '0x' }), 'expected only the fields balance, nonce'],
    [
      'half a byte of code',
      genesis({ code: '0x600' }),
      `alloc.${ADDRESS}.code: expected bytes, as 0x and two hexadecimal digits each, got "0x600"`,
    ],
    [
      'a nonce of 65 bits',
      genesis({ nonce: '0x10000000000000000' }),
      `alloc.${ADDRESS}.nonce: expected at most 8 bytes`,
    ],
    [
      'a slot twice',
      genesis({ storage: { '0x1': '0x1', '0x01': '0x1' } }),
      `alloc.${ADDRESS}.storage.0x01: expected each slot once, got the slot of alloc.${ADDRESS}.storage.0x1 twice`,
    ],
    [
      'a slot of 33 bytes',
      genesis({ storage: { [`0x${'0'.repeat(66)}`]: '0x1' } }),
      'expected at most 32 bytes, as hexadecimal digits',
    ],
    [
      'a value that is no text',
      genesis({ storage: { '0x1': 1 } }),
      `alloc.${ADDRESS}.storage.0x1: expected at most 32 bytes, as hexadecimal digits, got 1`,
    ],
    ['no accounts', '{"alloc": []}', 'alloc: expected an object, got a list'],
  ])('is refused for %s', (_, text, message) => {
    expect(() => parseBatch(text)).toThrow(BatchError);
    expect(() => parseBatch(text)).toThrow(message);
  });
});
