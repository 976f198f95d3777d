import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withInput } from '../../src/base/files/input.js';
import { loadCommand } from '../../src/cli/commands/load.js';
import { placesOf } from '../../src/cli/places.js';
import { DatabaseNotEmptyError } from '../../src/engine/load-state.js';
import { contentOf, expectRefusal, freshFolder, historyOf, inShell, put, rootshift } from './cli.js';

const ADDRESS = `0x${'ab'.repeat(20)}`;
const CSV = `address,kind,slot,value\n${ADDRESS},balance,,5\n${ADDRESS},storage,0x1,6\n${ADDRESS},,2,7\n`;
const LINES = [
  { address: ADDRESS, kind: 'balance', value: 5 },
  { address: ADDRESS, slot: '0x1', value: 6 },
  { address: ADDRESS, slot: 2, value: 7 },
];

describe.concurrent('load', () => {
  it('makes the same state from CSV, JSON Lines, a list or the prestate of a batch, by content', async () => {
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

  it.each([
    ['CSV', 'entries.csv', CSV, ''],
    ['JSON Lines', 'entries.jsonl', LINES.map((line) => `${JSON.stringify(line)}\n`).join(''), ''],
    ['a batch', 'batch.json', JSON.stringify({ prestate: LINES, accesses: [] }), ''],
    ['an airdrop', 'airdrop.csv', `address,amount\n${ADDRESS},5\n`, `--token ${ADDRESS} --mapping-slot 0 --decimals 0`],
  ])('takes %s through a pipe, too', async (_name, name, content, rest) => {
    const folder = await freshFolder();
    await put(folder, name, content);
    const load = async (db: string, line: string): Promise<unknown> => {
      const run = await inShell(folder, `${line} --db ${db} ${rest} --json`);
      expect(run).toMatchObject({ code: 0 });
      return JSON.parse(run.stdout);
    };
    const whole = await load('whole', `rootshift load ${name}`);
    expect(await load('piped', `cat ${name} | rootshift load /dev/stdin`)).toEqual(whole);
    // The first bytes may be few.
    expect(
      await load('slow', `{ head -c 3 ${name}; sleep 0.2; tail -c +4 ${name}; } | rootshift load /dev/stdin`),
    ).toEqual(whole);
    expect(await load('named', `rootshift load <(cat ${name})`)).toEqual(whole);
  });

  it('closes its file when it refuses before reading it', async () => {
    const folder = await freshFolder();
    const file = path.join(folder, await put(folder, 'entries.csv', CSV));
    const places = placesOf({ home: path.join(folder, '.rootshift'), maxInput: 1 << 20 });
    const isOpen = async (): Promise<boolean> => {
      const names = (await readdir('/proc/self/fd')).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ''));
      return (await Promise.all(names)).includes(file);
    };
    await withInput(file, async () => expect(await isOpen()).toBe(true));
    await loadCommand(places, file, { tree: 'quad' });
    await expect(loadCommand(places, file, { tree: 'quad' })).rejects.toThrow(DatabaseNotEmptyError);
    expect(await isOpen()).toBe(false);
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
