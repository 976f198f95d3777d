import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BatchError, takeTransactions } from '../../../src/state/batch/batch.js';
import { parseBatch } from '../../../src/state/batch/parse.js';

const SAMPLE = readFileSync(new URL('../../../examples/mainnet-block-20472570.json', import.meta.url), 'utf8');
const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../schemas/batch.schema.json', import.meta.url), 'utf8')),
);

const ADDRESS = `0x${'ab'.repeat(20)}`;
const WRITE = { op: 'write', address: ADDRESS, kind: 'storage', slot: '0x5', value: '7' };
const READ = { op: 'read', address: ADDRESS, kind: 'nonce', value: '0x07' };
const batch = (...accesses: readonly unknown[]): string => JSON.stringify({ accesses });

describe('batch file', () => {
  it('is the mainnet block, as it is', () => {
    const parsed = parseBatch(SAMPLE);
    expect(parsed.accesses).toHaveLength(1211);
    expect(parsed.accesses.filter(({ op }) => op === 'read')).toHaveLength(745);
    expect(parsed.prestate).toHaveLength(444);
    expect(parsed.transactionSizes).toHaveLength(72);
    expect(parsed.accesses[0]).toEqual({
      op: 'read',
      address: 0x7d0aa91b12d31755d2fc99d22e09947936e00474n,
      kind: 'balance',
      slot: 0n,
      value: 0x406d9b92df8b84615n,
    });
  });

  it('takes the first transactions', () => {
    const three = takeTransactions(parseBatch(SAMPLE), 3);
    expect(three.accesses).toHaveLength(26);
    expect(three.accesses).toEqual(parseBatch(SAMPLE).accesses.slice(0, 26));
    expect(three.transactionSizes).toHaveLength(3);
    expect(() => takeTransactions(parseBatch(SAMPLE), 73)).toThrow(
      'expected a number of transactions from 1 to 72, got 73',
    );
    expect(() => takeTransactions(parseBatch(SAMPLE), 0)).toThrow(BatchError);
    const emptyFirst = parseBatch(JSON.stringify({ transactions: [[], [READ]] }));
    expect(takeTransactions(emptyFirst, 2).accesses).toHaveLength(1);
    expect(takeTransactions(emptyFirst, 1).accesses).toEqual([]);
    expect(() => takeTransactions(parseBatch('{"transactions": []}'), 1)).toThrow(
      'expected a batch with transactions, got one without',
    );
  });

  it('has accesses in three forms, and numbers in three', () => {
    const text = `{"format": "rootshift-batch", "version": 1, "accesses": [
      {"op": "write", "address": "${ADDRESS}", "slot": 115792089237316195423570985008687907853269984665640564039457584007913129639935, "value": "10"},
      {"op": "read", "key": "0xfF"},
      {"op": "read", "address": "${ADDRESS}", "kind": "code", "value": 9007199254740993}]}`;
    const address = BigInt(ADDRESS);
    expect(parseBatch(text).accesses).toEqual([
      { op: 'write', address, kind: 'storage', slot: 2n ** 256n - 1n, value: 10n },
      { op: 'read', address: 0n, kind: 'storage', slot: 255n },
      { op: 'read', address, kind: 'code', slot: 0n, value: 9007199254740993n },
    ]);
  });

  it('is the same accesses as JSON Lines', () => {
    const lines = parseBatch(`${JSON.stringify(WRITE)}\n\n${JSON.stringify(READ)}\n`);
    expect(lines.accesses).toEqual(parseBatch(batch(WRITE, READ)).accesses);
    expect(lines.where(1)).toBe('line 3');
    expect(parseBatch(JSON.stringify(READ)).accesses).toHaveLength(1);
  });

  it('knows where each access stands', () => {
    const grouped = parseBatch(JSON.stringify({ transactions: [[READ], [WRITE, READ]] }));
    expect(grouped.where(2)).toBe('transactions[1][1]');
    expect(parseBatch(batch(READ, WRITE)).where(1)).toBe('accesses[1]');
  });
});

describe('a batch', () => {
  const NONE = { accesses: [], prestate: [] };

  it.each(['{"accesses": []}', '{"transactions": []}', '{"transactions": [[], []]}', '[]'])(
    'may have no accesses: %s',
    (text) => {
      expect(parseBatch(text)).toMatchObject(NONE);
    },
  );

  it('may have a prestate only', () => {
    const { accesses, prestate } = parseBatch('{"prestate": [{"key": 1, "value": 2}]}');
    expect({ accesses, prestate }).toEqual({
      accesses: [],
      prestate: [{ address: 0n, kind: 'storage', slot: 1n, value: 2n }],
    });
  });

  it('may be a plain list of accesses', () => {
    const list = parseBatch(JSON.stringify([WRITE, READ]));
    expect(list.accesses).toEqual(parseBatch(batch(WRITE, READ)).accesses);
    expect(list.transactionSizes).toEqual([2]);
    expect(list.where(1)).toBe('[1]');
  });

  it('may be a list of entries, plain or a line each, which are its prestate', () => {
    const entries = [
      { key: 1, value: 2 },
      { address: ADDRESS, kind: 'nonce', value: '0x3' },
    ];
    const { prestate } = parseBatch(JSON.stringify({ accesses: [], prestate: entries }));
    expect(parseBatch(JSON.stringify(entries))).toMatchObject({ accesses: [], prestate });
    expect(parseBatch(entries.map((entry) => JSON.stringify(entry)).join('\n'))).toMatchObject({
      accesses: [],
      prestate,
    });
    expect(parseBatch(JSON.stringify(entries[0]))).toMatchObject({ accesses: [], prestate: prestate.slice(0, 1) });
  });
});

describe('a batch file is refused', () => {
  const good = batch(READ, WRITE);
  const of = (change: object): string => batch(READ, { ...WRITE, ...change });
  /** [what is wrong, the file, what is said] */
  const refusals: readonly (readonly [string, string, string])[] = [
    ['not JSON', '{"accesses": [}', 'not JSON: line 1, column 15: expected a value, got }'],
    ['a number', '5', 'the file: expected an object, got 5'],
    ['an empty file', '', 'expected a batch, got an empty file'],
    [
      'nothing that is known',
      '{"version": 1}',
      'the file: expected a field "accesses", "transactions" or "prestate", or a genesis, a result of ' +
        'prestateTracer or a witness of Polygon Zero, got none of them',
    ],
    ['a list of lists', '[[]]', '[0]: expected a field "op", got none'],
    ['an entry among accesses', JSON.stringify([READ, { key: 1, value: 2 }]), '[1]: expected a field "op", got none'],
    [
      'an access among entries',
      JSON.stringify([
        { key: 1, value: 2 },
        { op: 'read', key: 1 },
      ]),
      '[1]: expected only the fields key, value, got "op"',
    ],
    ['accesses and transactions', '{"accesses": [], "transactions": []}', 'got "accesses"'],
    [
      'another format',
      '{"format": "rootshift-trace", "accesses": []}',
      'format: expected "rootshift-batch", got "rootshift-trace"',
    ],
    [
      'another version',
      '{"version": 2, "news": 1}',
      'version: expected 1, the only version of rootshift-batch known here, got 2',
    ],
    ['an unknown op', of({ op: 'delete' }), 'accesses[1].op: expected "read" or "write", got "delete"'],
    [
      'an unknown kind',
      of({ kind: 'blob' }),
      'accesses[1].kind: expected "balance" or "nonce" or "code" or "storage" or "length", got "blob"',
    ],
    [
      'a field of a wrong name',
      of({ vaule: 1 }),
      'accesses[1]: expected only the fields op, address, kind, slot, value, got "vaule"',
    ],
    ['no op', batch({ key: 1, value: 2 }), 'accesses[0]: expected a field "op", got none'],
    ['no address', batch({ op: 'read', slot: 1 }), 'accesses[0]: expected a field "address", got none'],
    ['no slot', of({ slot: undefined }), 'accesses[1]: expected a field "slot" of a storage entry, got none'],
    [
      'a slot of a nonce',
      of({ kind: 'nonce' }),
      'accesses[1].slot: expected no slot with kind "nonce" (only storage has slots), got "0x5"',
    ],
    ['a write of nothing', of({ value: undefined }), 'accesses[1]: expected a field "value" of a write, got none'],
    [
      'an address of 21 bytes',
      of({ address: `${ADDRESS}ab` }),
      'accesses[1].address: expected 20 bytes, as 0x and 40 hexadecimal digits, got 21 bytes',
    ],
    ['an address of 39 digits', of({ address: ADDRESS.slice(0, -1) }), 'got 39 digits'],
    ['an address in decimal', of({ address: 5 }), 'accesses[1].address: expected 20 bytes'],
    [
      'a slot of 33 bytes',
      of({ slot: `0x00${'ff'.repeat(32)}` }),
      'accesses[1].slot: expected at most 32 bytes, got 33 bytes',
    ],
    [
      'a value of 257 bits',
      of({ value: (2n ** 256n).toString() }),
      'accesses[1].value: expected a number of at most 256 bits',
    ],
    [
      'a value of 1000 digits',
      of({ value: '9'.repeat(1000) }),
      'accesses[1].value: expected a number of at most 256 bits, got 1000 digits',
    ],
    ['a negative number', of({ value: -1 }), 'accesses[1].value: expected a number that is not negative, got -1'],
    ['a negative text', of({ value: '-1' }), 'accesses[1].value: expected a number that is not negative, got "-1"'],
    [
      'a fraction',
      of({ value: 1.5 }),
      'accesses[1].value: expected a whole number, as 0x and hexadecimal digits or as decimal digits, got 1.5',
    ],
    ['an exponent', batch(READ).replace('"0x07"', '1e3'), 'expected a whole number'],
    ['0x alone', of({ value: '0x' }), 'expected a whole number'],
    ['an empty text', of({ value: '' }), 'expected a whole number'],
    ['null', of({ value: null }), 'accesses[1].value: expected a number, got null'],
    [
      'a key given twice',
      good.replace('"op":"write"', '"op":"write","op":"write"'),
      'expected each key once, got "op" twice',
    ],
    ['an access that is no object', batch(READ, 5), 'accesses[1]: expected a field "op", got none'],
    [
      'a bad transaction',
      JSON.stringify({ transactions: [[READ], [READ, { ...WRITE, value: -2 }]] }),
      'transactions[1][1].value: expected',
    ],
    [
      'a bad line',
      `${JSON.stringify(READ)}\n${JSON.stringify({ ...WRITE, slot: 'x' })}`,
      'line 2, slot: expected a whole number',
    ],
    [
      'an entry twice in the prestate',
      JSON.stringify({
        accesses: [READ],
        prestate: [
          { key: 1, value: 2 },
          { key: '0x1', value: 2 },
        ],
      }),
      'prestate[1]: expected each entry once, got the entry of prestate[0] twice',
    ],
  ];

  it('beside its good twin', () => {
    expect(parseBatch(good).accesses).toHaveLength(2);
    expect(
      parseBatch(
        JSON.stringify({
          accesses: [READ],
          prestate: [
            { key: 1, value: 2 },
            { key: 2, value: 2 },
          ],
        }),
      ).prestate,
    ).toHaveLength(2);
  });

  it.each(refusals)('for %s', (_, text, message) => {
    expect(() => parseBatch(text)).toThrow(BatchError);
    expect(() => parseBatch(text)).toThrow(message);
  });
});

describe('the published schema', () => {
  const accepts = (document: unknown): boolean => SCHEMA.safeParse(document).success;

  it('accepts the mainnet block and every form of access', () => {
    expect(accepts(JSON.parse(SAMPLE))).toBe(true);
    const forms = [
      WRITE,
      READ,
      { op: 'read', key: 5 },
      { op: 'write', key: '0x5', value: '0' },
      { ...WRITE, kind: undefined },
    ];
    for (const form of forms) {
      const document = JSON.parse(batch(form));
      expect(parseBatch(JSON.stringify(document)).accesses).toHaveLength(1);
      expect(accepts(document), JSON.stringify(form)).toBe(true);
    }
  });

  it.each([
    ['op', { ...WRITE, op: 'delete' }],
    ['kind', { ...WRITE, kind: 'blob' }],
    ['address', { ...WRITE, address: `${ADDRESS}ab` }],
    ['slot', { ...WRITE, slot: `0x00${'ff'.repeat(32)}` }],
    ['value', { ...WRITE, value: -1 }],
    ['fraction', { ...WRITE, value: 1.5 }],
    ['missing value', { ...WRITE, value: undefined }],
    ['unknown field', { ...WRITE, vaule: 1 }],
    ['slot of a nonce', { ...READ, slot: 0 }],
  ])('refuses with the reader: %s', (_, access) => {
    const document = JSON.parse(batch(access));
    expect(() => parseBatch(JSON.stringify(document))).toThrow(BatchError);
    expect(accepts(document)).toBe(false);
  });

  it('accepts batches without accesses', () => {
    for (const document of [{ accesses: [] }, { transactions: [] }, { prestate: [{ key: 1, value: 2 }] }]) {
      expect(parseBatch(JSON.stringify(document)).accesses).toEqual([]);
      expect(accepts(document), JSON.stringify(document)).toBe(true);
    }
  });

  it('refuses nothing at all and another version', () => {
    for (const document of [{}, { accesses: [READ], version: 2 }, { accesses: [READ], format: 'x' }]) {
      expect(() => parseBatch(JSON.stringify(document))).toThrow(BatchError);
      expect(accepts(document)).toBe(false);
    }
  });
});
