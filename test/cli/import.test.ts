import path from 'node:path';
import { keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { contentOf, expectRefusal, freshFolder, put, ROOT, rootshift } from './cli.js';

const fixture = (name: string): string => path.join(ROOT, 'test', 'fixtures', 'import', name);
const account = (last: string): string => `0x${last.padStart(40, '0')}`;
const json = async (folder: string, ...args: string[]) => JSON.parse((await rootshift(folder, [...args, '--json'])).stdout);

describe.concurrent('files of other programs', () => {
  it('load takes a genesis, and says how many zeros made no entry', async () => {
    const folder = await freshFolder();
    const { stdout } = await rootshift(folder, ['load', fixture('genesis.json')]);
    expect(stdout).toMatch(/^Loaded 7 entries, unproven\.\n {2}root {6}0x[0-9a-f]{64}, now current \(number 1\)\n {2}left out {2}2 values of 0, which make no entry\n$/);
    expect(await json(folder, 'get', account('a4'), '--kind', 'code')).toMatchObject({ value: keccak256('0x6001600055') });
    const { entries } = await json(folder, 'get', '--entries', fixture('genesis.json'));
    expect(entries.filter(({ present }: { present: boolean }) => present)).toHaveLength(7);
    expect(entries).toHaveLength(9);
  });

  it('load takes the prestate of a trace, and execute all of it', async () => {
    const folder = await freshFolder();
    const executed = await json(folder, 'execute', fixture('prestate-tracer-diff.json'));
    expect(await json(folder, 'load', fixture('prestate-tracer-diff.json'))).toMatchObject({ root: executed.oldRoot, entries: 16, zeros: 1 });
    const again = await json(folder, 'execute', fixture('prestate-tracer-diff.json'));
    expect(again).toMatchObject({ oldRoot: executed.oldRoot, newRoot: executed.newRoot, keys: { distinct: 17, changed: 12, read: 5 } });
  });

  it('load takes a prestate without accesses', async () => {
    const folder = await freshFolder();
    expect(await json(folder, 'load', fixture('prestate-only.json'))).toMatchObject({ entries: 1, number: 1 });
    expectRefusal(await rootshift(await freshFolder(), ['load', fixture('empty-block.json')]), /empty-block\.json: expected at least one entry, as of a prestate or a genesis, got none/);
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
    ['prove', 'empty-block.json', /^Nothing to prove: the batch has no accesses\. The state stays as it is\.\n$/],
    ['plan', 'empty-block.json', /^Nothing to prove/],
    ['prove', 'genesis.json', /^Nothing to prove: the batch has no accesses, only 9 entries to load \(`rootshift load`\)\. The state stays as it is\.\n$/],
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
