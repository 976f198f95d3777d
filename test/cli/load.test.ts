import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentOf, expectRefusal, freshFolder, historyOf, put, rootshift } from './cli.js';

const ADDRESS = `0x${'ab'.repeat(20)}`;
const CSV = `address,kind,slot,value\n${ADDRESS},balance,,5\n${ADDRESS},storage,0x1,6\n${ADDRESS},,2,7\n`;
const LINES = [
  { address: ADDRESS, kind: 'balance', value: 5 },
  { address: ADDRESS, slot: '0x1', value: 6 },
  { address: ADDRESS, slot: 2, value: 7 },
];

describe.concurrent('load', () => {
  it('makes one state of one content, from CSV, JSON Lines, a list or the prestate of a batch, whatever the file is called', async () => {
    const roots = await Promise.all(
      (
        [
          ['entries.csv', CSV],
          ['ENTRIES.CSV', CSV.replaceAll('\n', '\r\n')],
          ['entries.jsonl', LINES.map((line) => `${JSON.stringify(line)}\n`).join('')],
          ['entries.txt', CSV],
          ['lines.json', LINES.map((line) => `${JSON.stringify(line)}\n`).join('')],
          ['list.csv', JSON.stringify(LINES, null, 2)],
          ['batch.json', { prestate: LINES, accesses: [{ op: 'read', key: '1' }] }],
        ] as const
      ).map(async ([name, content]) => {
        const folder = await freshFolder();
        const run = await rootshift(folder, ['load', await put(folder, name, content), '--json']);
        expect(run).toMatchObject({ code: 0 });
        const got = await rootshift(folder, ['get', ADDRESS, '2', '--json']);
        expect(JSON.parse(got.stdout)).toMatchObject({ present: true, value: `0x${'7'.padStart(64, '0')}` });
        const { root, ...loaded } = JSON.parse(run.stdout);
        expect(loaded).toEqual({ number: 1, entries: 3, zeros: 0, proven: false });
        return root;
      }),
    );
    expect(new Set(roots).size).toBe(1);
  });

  it('says what it loaded, into the tree that it was asked for', async () => {
    const folder = await freshFolder();
    const run = await rootshift(folder, ['load', await put(folder, 'entries.csv', CSV), '--tree', 'binary']);
    expect(run.stdout).toMatch(
      /^Loaded 3 entries, unproven\.\n {2}root {2}0x[0-9a-f]{64}, now current \(number 1\)\n$/,
    );
    expect(await historyOf(path.join(folder, '.rootshift', 'db'))).toHaveLength(2);
  });

  it.each<[string, string, string, RegExp]>([
    [
      'a bad number',
      'entries.csv',
      `${CSV}${ADDRESS},storage,0x1,x\n`,
      /entries\.csv: line 5, value: expected a whole number.*got "x"/,
    ],
    ['a header of nothing that is known', 'entries.csv', 'name,worth\n', /entries\.csv: line 1: expected a header/],
    [
      'no entries',
      'entries.csv',
      'key,value\n',
      /entries\.csv: expected at least one entry with a value other than 0, got none/,
    ],
    [
      'entries that are all absent',
      'entries.csv',
      'key,value\n1,5\n1,0\n2,0\n',
      /entries\.csv: expected at least one entry with a value other than 0, got none/,
    ],
    [
      'a line that is not JSON',
      'entries.jsonl',
      '{"key":1,"value":2}\n{"key":1',
      /entries\.jsonl: not JSON: line 2, column 9/,
    ],
    ['no file', 'other.csv', '', /could not read entries\.csv: no such file/],
  ])('refuses %s, and makes nothing', async (_name, name, content, says) => {
    const folder = await freshFolder();
    await put(folder, name, content);
    const before = await contentOf(folder);
    expectRefusal(await rootshift(folder, ['load', name === 'other.csv' ? 'entries.csv' : name]), says);
    expect(await contentOf(folder)).toEqual(before);
  });
});
