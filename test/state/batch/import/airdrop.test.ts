import { encodeAbiParameters, keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { toUint256 } from '../../../../src/base/field/limbs.js';
import type { Entry } from '../../../../src/state/batch/batch.js';
import { EntriesError } from '../../../../src/state/batch/entries.js';
import { parseAirdrop } from '../../../../src/state/batch/import/airdrop.js';
import { fixture } from './files.js';

const TOKEN = { token: 0xdadan, mappingSlot: toUint256(0n), decimals: 18 };
const address = (last: string): `0x${string}` => `0x${last.padStart(40, '0')}`;

async function entriesOf(text: string, token = TOKEN): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const piece of parseAirdrop(
    (async function* () {
      yield text;
    })(),
    token,
  ))
    entries.push(...piece);
  return entries;
}

/** What an amount is for a holder. */
const amount = async (cell: string, decimals = 18): Promise<bigint> =>
  (await entriesOf(`address,amount\n${address('c1')},${cell}\n`, { ...TOKEN, decimals }))[0]!.value;

/** As Solidity's ABI encodes it, by viem. */
const slotOf = (holder: `0x${string}`, mapping: bigint): bigint =>
  BigInt(keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [holder, mapping])));

describe('an airdrop', () => {
  it('is the balances in the mapping of the token', async () => {
    expect(await entriesOf(fixture('airdrop.csv'))).toEqual(
      [
        ['c1', 15n * 10n ** 17n],
        ['c2', 10n ** 24n],
        ['c3', 10n ** 36n],
      ].map(([last, value]) => ({
        address: 0xdadan,
        kind: 'storage',
        slot: slotOf(address(last as string), 0n),
        value,
      })),
    );
    const [other] = await entriesOf(fixture('airdrop.csv'), { ...TOKEN, mappingSlot: toUint256(7n) });
    expect(other!.slot).toBe(slotOf(address('c1'), 7n));
  });

  it.each([
    ['0', 0n],
    ['1', 10n ** 18n],
    ['0.000000000000000001', 1n],
    ['"12,345.5"', 123455n * 10n ** 17n],
    ['2E3', 2000n * 10n ** 18n],
    ['1e-18', 1n],
    ['1.50', 15n * 10n ** 17n],
    [' 1 ', 10n ** 18n],
    ['007', 7n * 10n ** 18n],
  ])('reads the amount %s', async (cell, value) => expect(await amount(cell)).toBe(value));

  it('has whole amounts of a token without decimals', async () => {
    expect(await amount('5', 0)).toBe(5n);
    await expect(amount('5.5', 0)).rejects.toThrow(
      'line 2, amount: expected an amount of at most 0 digits after the point, got "5.5"',
    );
  });

  it('may have its columns the other way around', async () =>
    expect(await entriesOf(`amount,address\n1.5,${address('c1')}\n`)).toEqual(
      (await entriesOf(fixture('airdrop.csv'))).slice(0, 1),
    ));

  const line = (cell: string): string => `address,amount\n${address('c1')},${cell}\n`;
  it.each<[string, string, string]>([
    [
      'a part of the smallest unit',
      line('0.0000000000000000015'),
      'line 2, amount: expected an amount of at most 18 digits after the point, got "0.0000000000000000015"',
    ],
    [
      'separators at the wrong places',
      line('"1,00,000"'),
      'line 2, amount: expected an amount, such as 1000, 1.5, "1,000,000" in quotes, or 1e18, got "1,00,000"',
    ],
    ['separators without quotes', line('1,000'), 'line 2: expected 2 fields as in the header, got 3'],
    ['a comma for a point', line('"1,5"'), 'line 2, amount: expected an amount'],
    ['a negative amount', line('-1'), 'line 2, amount: expected an amount'],
    ['a hexadecimal amount', line('0x10'), 'line 2, amount: expected an amount'],
    ['no amount', line(''), 'line 2: expected a field "amount", got none'],
    ['more than 256 bits', line('1e60'), 'line 2, amount: expected an amount of at most 256 bits, got "1e60"'],
    ['an exponent without bounds', line('1e9999999'), 'line 2, amount: expected an amount'],
    ['a very long amount', line('1'.repeat(300)), 'line 2, amount: expected an amount'],
    ['an address of 19 bytes', `address,amount\n0x${'00'.repeat(19)},1\n`, 'line 2, address: expected 20 bytes'],
    [
      'an address twice',
      `address,amount\n${address('c1')},1\n\n${address('C1')},2\n`,
      'line 4, address: expected each address once, got the address of line 2 twice',
    ],
    ['other columns', 'key,value\n1,2\n', 'line 1: expected a header, address,amount, got "key,value"'],
    ['a quote that does not end', line('"1'), 'line 2: expected a field in quotes to end on its line'],
    ['more after a quote', line('"1"0'), 'line 2: expected a comma after a field in quotes, got "0"'],
  ])('is refused for %s', async (_, text, message) => {
    await expect(entriesOf(text)).rejects.toThrow(EntriesError);
    await expect(entriesOf(text)).rejects.toThrow(message);
  });
});
