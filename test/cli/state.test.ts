import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/engine/database.js';
import { exportSnapshot } from '../../src/engine/snapshot-folder.js';
import { frToHex } from '../../src/base/field/fr.js';
import { keys } from '../../src/state/hashdb/codec.js';
import { openLevel } from '../../src/state/hashdb/level.js';
import { newDb, plains, write } from '../state/hashdb/world.js';
import { expectRefusal, freshFolder, put, rootshift } from './cli.js';
import type { Run } from './cli.js';

const ADDRESS = `0x${'ab'.repeat(20)}`;
const word = (x: number): string => `0x${x.toString(16).padStart(64, '0')}`;
const PLAIN = '0x0000000000000000000000000000000000000000';

let folder: string;
let root: string;
const cli = (...args: string[]): Promise<Run> => rootshift(folder, args);
const json = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout);

beforeAll(async () => {
  folder = await freshFolder();
  await put(folder, 'batch.json', {
    prestate: [
      { address: ADDRESS, slot: '258', value: '7' },
      { address: ADDRESS, kind: 'balance', value: '100' },
      { key: '2', value: '3' },
    ],
    accesses: [{ op: 'read', key: '2' }],
  });
  root = (await json('load', 'batch.json')).root;
});

describe('state list', () => {
  const all = [
    { address: PLAIN, kind: 'storage', slot: word(2), value: word(3) },
    { address: ADDRESS, kind: 'balance', slot: word(0), value: word(100) },
    { address: ADDRESS, kind: 'storage', slot: word(258), value: word(7) },
  ];

  it('prints the entries by address, kind and slot', async () => {
    expect(await json('state', 'list')).toEqual({ root, entries: all, more: false });
    const { code, stdout } = await cli('state', 'list', '--address', ADDRESS);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^address +kind +slot +value$/),
      expect.stringMatching(new RegExp(`^${ADDRESS} +balance +${word(100)}$`)),
      expect.stringMatching(new RegExp(`^${ADDRESS} +storage +${word(258)} +${word(7)}$`)),
      '',
    ]);
  });

  it('prints no more than it may, and says that there are more', async () => {
    expect(await json('state', 'list', '--limit', '2')).toEqual({ root, entries: all.slice(0, 2), more: true });
    expect((await cli('state', 'list', '--limit', '1')).stdout).toMatch(/There are more: use --limit N/);
  });

  it('lists any root of the history, by its name, too', async () => {
    expect(await cli('state', 'name', root, 'genesis')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is now named genesis'),
    });
    expect((await json('state', 'list', '--root', 'genesis')).entries).toEqual(all);
    expect((await json('state')).history).toMatchObject([{ names: [] }, { root, names: ['genesis'] }]);
    expect(await json('get', '2', '--root', 'genesis')).toMatchObject({ root, value: word(3) });
    expect(await json('state', 'list', '--root', '0')).toEqual({ root: word(0), entries: [], more: false });
    expect((await cli('state', 'list', '--root', '0')).stdout).toBe('no entries\n');
    expect(await cli('state', 'unname', 'genesis')).toMatchObject({ code: 0 });
    expect(await cli('state', 'list', '--root', 'genesis')).toMatchObject({
      code: 2,
      stderr: 'error: no root is named genesis\n',
    });
  });
});

describe('state export', () => {
  it.each(['entries.csv', 'entries.jsonl'])('writes %s, from which load makes the same root', async (file) => {
    expect(await json('state', 'export', '--out', file)).toEqual({ root, entries: 3, files: { entries: file } });
    expect(await json('load', file, '--db', `${file}.db`)).toMatchObject({ root, entries: 3 });
  });

  it('writes the entries of one address, if asked to', async () => {
    expect(await json('state', 'export', '--out', 'one.csv', '--address', ADDRESS)).toMatchObject({ entries: 2 });
    expect(await readFile(path.join(folder, 'one.csv'), 'utf8')).toBe(
      `address,kind,slot,value\n${ADDRESS},balance,,0x64\n${ADDRESS},storage,0x102,0x7\n`,
    );
  });

  it.each<[none: string, args: string[], says: RegExp]>([
    ['the empty state', ['--root', '0'], /expected at least one entry to write, found none under root 0x0{64}/],
    [
      'an address without entries',
      ['--address', PLAIN.replace(/0$/, '1')],
      /expected at least one entry of address 0x0+1 to write, found none under root 0x/,
    ],
  ])('refuses to write a file of %s, which load would refuse', async (_none, args, says) => {
    expectRefusal(await cli('state', 'export', '--out', 'none.csv', ...args), says);
    await expect(readFile(path.join(folder, 'none.csv'))).rejects.toThrow('ENOENT');
  });
});

describe('state prune', () => {
  it('drops all roots but the last and the named ones, says so, and says of a pruned root that it was', async () => {
    const file = path.join(folder, 'pruned');
    const db = await openDatabase(file, { createIfMissing: true });
    const roots: string[] = [];
    for (let i = 1; i <= 4; i++) roots.push(frToHex((await write(db, plains(0, 40, i))).root));
    await db.close();
    expect(await cli('state', 'name', roots[1]!, 'second', '--db', file)).toMatchObject({ code: 0 });
    const pruned = await json('state', 'prune', '--keep-last', '1', '--db', file);
    expect(pruned).toMatchObject({
      roots: [
        { number: 1, root: roots[0] },
        { number: 3, root: roots[2] },
      ],
      kept: 3,
    });
    expect(pruned.nodes).toBeGreaterThan(40);
    expect((await json('state', '--db', file)).history).toMatchObject([
      {},
      { pruned: true },
      { pruned: false, names: ['second'] },
      { pruned: true },
      {},
    ]);
    expect((await cli('state', '--db', file)).stdout).toMatch(/number 3 .*written, unproven; pruned$/m);
    expect(await json('get', '0', '--root', 'second', '--db', file)).toMatchObject({ value: word(2) });
    const refused = await cli('get', '0', '--root', roots[2]!, '--db', file);
    expect(refused).toMatchObject({ code: 2, stderr: `error: root ${roots[2]} was pruned; see \`rootshift state\`\n` });
    expect((await cli('state', 'prune', '--keep-last', '1', '--db', file)).stdout).toMatch(
      /^Pruned 0 roots\.\n {2}kept +3 roots\n {2}deleted +0 nodes, 0 entries of the index$/m,
    );
  });
});

describe('snapshot', () => {
  it('export, verify and import carry a state to another database', async () => {
    expect(await json('snapshot', 'export', '--out', 'snapshot')).toEqual({
      root,
      entries: 3,
      chunks: 1,
      files: { snapshot: 'snapshot' },
    });
    expect(await json('snapshot', 'verify', 'snapshot', '--root', root)).toEqual({
      valid: true,
      root,
      entries: 3,
      chunks: 1,
      faults: [],
      assumed: [],
    });
    expect(await json('snapshot', 'import', 'snapshot', '--db', 'copy')).toMatchObject({
      root,
      number: 1,
      entries: 3,
      proven: false,
    });
    expect((await json('state', 'list', '--db', 'copy')).entries).toEqual((await json('state', 'list')).entries);
    expect((await cli('state', '--db', 'copy')).stdout).toMatch(/number 1 .*imported, unproven$/m);
  });

  it('verify says by number which chunk is bad, and import refuses it', async () => {
    const chunk = path.join(folder, 'snapshot', 'chunk-000000');
    await writeFile(chunk, (await readFile(chunk)).subarray(0, -1));
    const { code, stdout, stderr } = await cli('snapshot', 'verify', 'snapshot');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^Not valid:\n {2}chunk 0 of the snapshot at snapshot is not valid: it is truncated/);
    expect(await cli('snapshot', 'import', 'snapshot', '--db', 'never')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: chunk 0 /),
    });
    expect(await cli('snapshot', 'verify', 'nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: could not read nowhere/),
    });
  });
});

describe('state fsck', () => {
  it('says that a database is whole, or what is damaged, and repairs it', async () => {
    const file = path.join(folder, 'checked');
    const driver = await openLevel(file, { createIfMissing: true });
    const db = await newDb(driver);
    const { root: checked } = await write(db, plains(0, 30, 5));
    await exportSnapshot(db, { directory: path.join(folder, 'spare'), root: checked });
    await db.close();
    expect(await cli('state', 'fsck', '--db', file)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Whole: 1 root, \d+ nodes\.\n$/),
    });
    const again = await openLevel(file);
    await again.writeIf({ key: Buffer.from('?'), value: undefined }, [{ key: keys.node(checked), value: null }]);
    await again.close();
    const { code, stdout } = await cli('state', 'fsck', '--db', file);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^Damaged: .*1 damage, of which 0 repaired\.\nDamages:\n +node 0x[0-9a-f]{64}, at the root: is missing\nEntries that cannot be read:\n +storage of 0x0+ at 0x0+\n/,
    );
    expect(await json('state', 'fsck', '--db', file)).toMatchObject({
      whole: false,
      damages: [{ sort: 'node', repaired: false }],
    });
    const repaired = await cli('state', 'fsck', '--db', file, '--repair-from', 'spare');
    expect(repaired).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Repaired: .*is missing \(repaired\)/s) });
    expect(await cli('state', 'fsck', '--db', file)).toMatchObject({ code: 0 });
    expect(await cli('state', 'fsck', '--db', file, '--repair-from', 'nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no database at nowhere'),
    });
  });
});

describe('state fsck --repair', () => {
  it('makes anew what follows from the rest, and drops a damaged name, as `state unname` does', async () => {
    const file = path.join(folder, 'blocked');
    const damage = async (...damaged: Uint8Array[]): Promise<void> => {
      const driver = await openLevel(file);
      const records = await driver.getMany(damaged);
      await driver.writeIf(
        { key: Buffer.from('?'), value: undefined },
        damaged.map((key, i) => ({ key, value: Buffer.from(records[i]!).fill(0xff, 0, 1) })),
      );
      await driver.close();
    };
    const db = await newDb(await openLevel(file, { createIfMissing: true }));
    await write(db, plains(0, 5));
    const { root: named } = await write(db, plains(0, 5, 9));
    for (const name of ['first', 'second']) await db.roots.name(named, name);
    await write(db, plains(0, 5, 7));
    await db.close();
    await damage(keys.root(1), keys.name('first'), keys.name('second'), keys.entry(plains(3, 1)[0]!));
    const hint =
      /^error: the database is damaged: record [0-9a-f]+ does not match its checksum; `rootshift state fsck` shows what can be repaired\n$/;
    for (const args of [['state'], ['state', 'prune', '--keep-last', '1']]) {
      expect(await cli(...args, '--db', file)).toMatchObject({ code: 2, stderr: expect.stringMatching(hint) });
    }
    expect(await cli('state', 'unname', 'first', '--db', file)).toMatchObject({ code: 0 });
    expect(await json('state', 'fsck', '--db', file)).toMatchObject({
      whole: false,
      moved: false,
      damages: [{ sort: 'root' }, { sort: 'name' }, { sort: 'index' }],
    });
    const { code, stdout } = await cli('state', 'fsck', '--repair', '--db', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Repaired: .*3 damages, of which 3 repaired\.\nDamages:\n +the name second is damaged; its root is not known, and the name is dropped \(repaired\)\n +the index's entry .* \(repaired\)\n +root record number 1 is damaged or missing \(repaired\)\n$/,
    );
    expect((await cli('state', '--db', file)).stdout).toMatch(/number 1 .*record rebuilt, origin unknown$/m);
    expect((await json('state', 'list', '--db', file)).entries).toHaveLength(5);
    expect(await cli('state', 'fsck', '--db', file)).toMatchObject({ code: 0 });
  });
});

describe('what cannot be is refused', () => {
  it.each([
    [['state', 'list', '--limit', '0'], '--limit: expected a whole number of at least 1, got 0'],
    [['state', 'list', '--address', '0x12'], '--address: expected 20 bytes'],
    [
      ['state', 'list', '--root', word(5)],
      `root ${word(5)} is not in the history of the database; see \`rootshift state\``,
    ],
    [['state', 'export', '--out', 'entries.txt'], 'entries.txt: expected a name that ends in .csv, .jsonl or .ndjson'],
    [['state', 'prune', '--keep-last', '-1'], '--keep-last: expected a whole number of at least 1, got -1'],
    [['state', 'prune'], "required option '--keep-last <n>' not specified"],
    [['state', 'export'], "required option '--out <file>' not specified"],
    [['state', 'name', '0', '7up'], 'expected a name of at most 64 letters'],
    [['state', 'unname', 'nobody'], 'no root is named nobody'],
    [['state', 'nothing'], "too many arguments for 'state'"],
  ])('%j', async (args, complaint) => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(complaint);
  });

  it.each([
    ...['list', 'export', 'name', 'unname', 'prune', 'fsck'].map((name) => `state ${name}`),
    ...['export', 'import', 'verify'].map((name) => `snapshot ${name}`),
  ])('%s has help, with an example', async (command) => {
    expect((await cli(...command.split(' '), '--help')).stdout).toMatch(
      new RegExp(`Example:\n {2}npx rootshift ${command}\\b`),
    );
  });
});
