import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/state/batch/batch.js';
import { EntriesError, parseEntries, recogniseEntries } from '../../../src/state/batch/entries.js';
import type { EntriesForm } from '../../../src/state/batch/entries.js';
import { toUint256 } from '../../../src/base/field/limbs.js';

/** The entries of a text that comes in pieces of `size` characters. */
async function entriesOf(form: EntriesForm, text: string, size = text.length + 1): Promise<Entry[]> {
  async function* pieces() {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  }
  const entries: Entry[] = [];
  for await (const piece of parseEntries(form, pieces())) entries.push(...piece);
  return entries;
}

const ADDRESS = '0x7d0aa91b12d31755d2fc99d22e09947936e00474';
const entry = (kind: Entry['kind'], slot: bigint, value: bigint): Entry => ({
  address: BigInt(ADDRESS),
  kind,
  slot: toUint256(slot),
  value: toUint256(value),
});
const plain = (slot: bigint, value: bigint): Entry => ({
  address: 0n,
  kind: 'storage',
  slot: toUint256(slot),
  value: toUint256(value),
});

describe('CSV', () => {
  test('names entries by address, kind and slot, of which kind may be left out, and slot where there is none', () =>
    expect(
      entriesOf(
        'csv',
        `address,kind,slot,value\n${ADDRESS},balance,,0x10\n${ADDRESS},,0x2,7\n${ADDRESS},storage,3,"8"\n`,
      ),
    ).resolves.toEqual([entry('balance', 0n, 16n), entry('storage', 2n, 7n), entry('storage', 3n, 8n)]));

  test('has its columns in any order, and only those it needs', () =>
    expect(entriesOf('csv', `value,slot,address\r\n5,1,${ADDRESS}\r\n`)).resolves.toEqual([entry('storage', 1n, 5n)]));

  test('names plain keys', () =>
    expect(entriesOf('csv', 'key,value\n1,100\n0x2,0')).resolves.toEqual([plain(1n, 100n), plain(2n, 0n)]));

  test.each([
    ['key,worth\n1,2', /^line 1: expected a header, address,kind,slot,value or key,value, got "key,worth"/],
    ['key,key,value\n', /^line 1: expected a header/],
    ['key\n1', /^line 1: expected a header/],
    ['1,2\n', /^line 1: expected a header/],
    ['key,value\n\n1,2\n3\n', /^line 4: expected 2 fields as in the header, got 1/],
    ['key,value\n1,2,3\n', /^line 2: expected 2 fields as in the header, got 3/],
    ['key,value\n1,2\n,3\n', /^line 3: expected a field "address"/],
    ['key,value\n1,\n', /^line 2: expected a field "value"/],
    ['key,value\n1,x\n', /^line 2, value: expected a whole number/],
    ['key,value\n1,-2\n', /^line 2, value: expected a number that is not negative/],
    [`key,value\n1,${1n << 256n}\n`, /^line 2, value: expected a number of at most 256 bits/],
    ['key,value\n"1"x,2\n', /^line 2: expected a comma after a field in quotes, got "x,2"/],
    ['key,value\n"1,2\n', /^line 2: expected a field in quotes to end on its line/],
    [`address,slot,value\n0x12,1,1\n`, /^line 2, address: expected 20 bytes/],
    [`address,kind,slot,value\n${ADDRESS},nonce,1,1\n`, /^line 2, slot: expected no slot with kind "nonce"/],
    [`address,key,value\n${ADDRESS},1,1\n`, /^line 2: expected only the fields key, value/],
  ])('refuses %j', async (text, message) => {
    await expect(entriesOf('csv', text)).rejects.toThrow(EntriesError);
    await expect(entriesOf('csv', text)).rejects.toThrow(message);
  });
});

describe('JSON Lines', () => {
  test('have one object a line, with the names and numbers of batch files', () =>
    expect(
      entriesOf('jsonl', `{"address":"${ADDRESS}","kind":"nonce","value":1}\n\n{"key":"0x2","value":"3"}\n`),
    ).resolves.toEqual([entry('nonce', 0n, 1n), plain(2n, 3n)]));

  test.each([
    ['{"key":1,"value":2}\n{"key":1}\n', /^line 2: expected a field "value"/],
    [
      '{"key":1,"value":2}\n{"key":1,\n"value":2}\n',
      /line 2, column 10: expected a key in quotes, got the end of the file/,
    ],
    ['{"key":1,"value":2}{"key":1,"value":2}\n', /^line 1: expected one object, got 2 values/],
    ['{"key":1,"value":2,"note":"x"}\n', /^line 1: expected only the fields key, value/],
    ['\n\n[1]\n', /^line 3: expected an object, got a list/],
  ])('refuse %j', async (text, message) => {
    await expect(entriesOf('jsonl', text)).rejects.toThrow(EntriesError);
    await expect(entriesOf('jsonl', text)).rejects.toThrow(message);
  });
});

test('a text may be cut anywhere, between the two characters of a line break, too', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(99), fc.nat(99))),
      fc.constantFrom('\n', '\r\n'),
      fc.integer({ min: 1, max: 20 }),
      async (rows, end, size) => {
        const entries = rows.map(([key, value]) => plain(BigInt(key), BigInt(value)));
        const csv = `\ufeff${['key,value', ...rows.map((row) => row.join(','))].join(end)}`;
        expect(await entriesOf('csv', csv, size)).toEqual(entries);
        const json = rows.map(([key, value]) => `{"key":${key},"value":${value}}${end}`).join('');
        expect(await entriesOf('jsonl', json, size)).toEqual(entries);
      },
    ),
  ));

test('an empty text has no entries', async () => {
  expect(await entriesOf('csv', '')).toEqual([]);
  expect(await entriesOf('jsonl', '\n')).toEqual([]);
});

test.each<[string, EntriesForm | undefined]>([
  ['address,value\n', 'csv'],
  ['\ufeffkey,value\n', 'csv'],
  ['', 'csv'],
  ['\n {"key": 1, "value": 2}\n', 'jsonl'],
  ['{"address": "0x1", "kind": "nonce"}', 'jsonl'],
  ['{"op": "read", "key": 1}\n', undefined],
  ['{\n  "key": 1,\n  "value": 2\n}', undefined],
  ['[{"key": 1, "value": 2}]', undefined],
  ['{"prestate": []}', undefined],
])('the form is told by how a text begins: %j', (text, form) => expect(recogniseEntries(text)).toBe(form));

describe('a line', () => {
  const cases: [EntriesForm, string][] = [
    ['csv', 'key,value\n1,2'],
    ['jsonl', '\n{"key":1,"value":2}'],
  ];

  test.each(cases)(
    'of %s has as many characters as there may be, and not one more, whatever pieces it comes in',
    async (form, text) => {
      const padded = (length: number): string => text + ' '.repeat(length - text.split('\n')[1]!.length);
      for (const size of [1000, 100_000]) {
        await expect(entriesOf(form, `${padded(16_384)}\n`, size)).resolves.toEqual([plain(1n, 2n)]);
        await expect(entriesOf(form, `${padded(16_385)}\n`, size)).rejects.toThrow(
          /^line 2: expected one entry, of at most 16,384 characters, got more$/,
        );
      }
    },
  );

  test.each(['csv', 'jsonl'] as const)('of %s that never ends is not read to its end', async (form) => {
    let given = 0;
    async function* endless() {
      for (; ; given++) yield '0'.repeat(10_000);
    }
    await expect(
      (async () => {
        for await (const _piece of parseEntries(form, endless())) continue;
      })(),
    ).rejects.toThrow(/^line 1: expected one entry, of at most 16,384 characters, got more$/);
    expect(given).toBe(1);
  });
});
