import path from 'node:path';
import { encodeAbiParameters, keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { contentOf, expectRefusal, freshFolder, put, ROOT, rootshift } from './cli.js';

const fixture = (name: string): string => path.join(ROOT, 'test', 'fixtures', 'import', name);
const account = (last: string): string => `0x${last.padStart(40, '0')}`;
const json = async (folder: string, ...args: string[]) =>
  JSON.parse((await rootshift(folder, [...args, '--json'])).stdout);

describe.concurrent('files of other programs', () => {
  it('load takes a genesis, and says how many zeros made no entry', async () => {
    const folder = await freshFolder();
    const { stdout } = await rootshift(folder, ['load', fixture('genesis.json')]);
    expect(stdout).toMatch(
      /^Loaded 7 entries, unproven\.\n {2}root {5}0x[0-9a-f]{64}, now current \(number 1\)\n {2}skipped {2}2 values of 0: 0 means absent\n$/,
    );
    expect(await json(folder, 'get', account('a4'), '--kind', 'code')).toMatchObject({
      value: keccak256('0x6001600055'),
    });
    const { entries } = await json(folder, 'get', '--entries', fixture('genesis.json'));
    expect(entries.filter(({ present }: { present: boolean }) => present)).toHaveLength(7);
    expect(entries).toHaveLength(9);
  });

  it('load takes the prestate of a trace, and execute all of it', async () => {
    const folder = await freshFolder();
    const executed = await json(folder, 'execute', fixture('prestate-tracer-diff.json'));
    expect(await json(folder, 'load', fixture('prestate-tracer-diff.json'))).toMatchObject({
      root: executed.oldRoot,
      entries: 16,
      zeros: 1,
    });
    const again = await json(folder, 'execute', fixture('prestate-tracer-diff.json'));
    expect(again).toMatchObject({
      oldRoot: executed.oldRoot,
      newRoot: executed.newRoot,
      keys: { distinct: 17, changed: 12, read: 5 },
    });
  });

  it('load takes a prestate without accesses', async () => {
    const folder = await freshFolder();
    expect(await json(folder, 'load', fixture('prestate-only.json'))).toMatchObject({ entries: 1, number: 1 });
    expectRefusal(
      await rootshift(await freshFolder(), ['load', fixture('empty-block.json')]),
      /empty-block\.json: expected at least one entry \(a prestate or a genesis, for example\), got none/,
    );
  });
});

describe.concurrent('load of an airdrop', () => {
  const TOKEN = ['--token', account('da'), '--mapping-slot', '0', '--decimals', '18'];
  const file = fixture('airdrop.csv');

  it('makes the balances of a token, as its contract keeps them', async () => {
    const folder = await freshFolder();
    expect(await json(folder, 'load', file, ...TOKEN)).toMatchObject({ entries: 3, zeros: 0 });
    const slot = keccak256(
      encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [account('c1') as `0x${string}`, 0n]),
    );
    expect(await json(folder, 'get', account('da'), slot)).toMatchObject({
      value: `0x${(15n * 10n ** 17n).toString(16).padStart(64, '0')}`,
    });
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'without a token',
      [],
      /airdrop\.csv: expected --token ADDRESS, --mapping-slot N and --decimals N with an airdrop \(address,amount\), got none/,
    ],
    [
      'without decimals',
      TOKEN.slice(0, 4),
      /expected --token ADDRESS, --mapping-slot N and --decimals N together, got only some of them/,
    ],
    [
      'with more decimals than a word has digits',
      [...TOKEN.slice(0, 5), '78'],
      /--decimals: expected a number from 0 to 77, got 78/,
    ],
    ['with a token that is no address', ['--token', '0xda', ...TOKEN.slice(2)], /--token: expected 20 bytes/],
    [
      'with fewer decimals than amounts have',
      [...TOKEN.slice(0, 5), '0'],
      /airdrop\.csv: line 2, amount: expected an amount of at most 0 digits after the point, got "1\.5"/,
    ],
  ])('%s is refused', async (_, options, says) => {
    expectRefusal(await rootshift(await freshFolder(), ['load', file, ...options]), says);
  });

  it('is not to be had of something else', async () => {
    expectRefusal(
      await rootshift(await freshFolder(), ['load', fixture('genesis.json'), ...TOKEN]),
      /genesis\.json: line 1: expected a header, address,amount, got "\{"/,
    );
  });
});

describe.concurrent('a batch without accesses', () => {
  it('is executed to equal roots', async () => {
    const folder = await freshFolder();
    await rootshift(folder, ['load', fixture('genesis.json')]);
    const { oldRoot, newRoot, accesses } = await json(folder, 'execute', fixture('empty-block.json'));
    expect({ newRoot, accesses }).toEqual({ newRoot: oldRoot, accesses: 0 });
    expect((await rootshift(folder, ['check', 'empty-block.trace.json'])).code).toBe(0);
  });

  it.each<[string, string, RegExp]>([
    ['prove', 'empty-block.json', /^Nothing to prove: the batch has no accesses\. The state is unchanged\.\n$/],
    ['plan', 'empty-block.json', /^Nothing to prove/],
    [
      'prove',
      'genesis.json',
      /^Nothing to prove: the batch has no accesses, only 9 entries to load\. The state is unchanged\.\nNext: npx rootshift load \S+genesis\.json( --artifacts \S+)?\n$/,
    ],
  ])('is nothing to %s: %s', async (command, name, says) => {
    const folder = await freshFolder();
    await put(folder, 'other.txt', '');
    const before = await contentOf(folder);
    const run = await rootshift(folder, [command, fixture(name)]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(says);
    expect(await contentOf(folder)).toEqual(before);
  });
});
