/** What every command does that writes a file where there is no room: it says so, and leaves what was there. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../src/machine/circuit/artifacts.js';
import { Journal } from '../../src/settlement/journal.js';
import { noDisks, smallDisk } from '../full-disk.js';
import { expectRefusal, freshFolder, put, rootshift } from './cli.js';

const OLD = 'what was there before\n';
let home: string;

beforeAll(async () => {
  home = await freshFolder();
  const keys = Array.from({ length: 400 }, (_, i) => i + 1);
  await put(home, 'entries.csv', `key,value\n${keys.map((key) => `${key},7\n`).join('')}`);
  await put(home, 'wanted.csv', `key\n${keys.map((key) => `${key}\n`).join('')}`);
  await put(home, 'batch.json', { accesses: keys.slice(0, 40).map((key) => ({ op: 'write', key, value: 8 })) });
  expect(await rootshift(home, ['load', 'entries.csv'])).toMatchObject({ code: 0 });
});

/** A disk with 8 KiB left, or what a file needs of it that is there already. */
async function fullDisk(): Promise<string> {
  const { folder } = smallDisk(64);
  await writeFile(path.join(folder, 'old.csv'), OLD);
  await writeFile(path.join(folder, 'filling'), Buffer.alloc(52_000, 1));
  return folder;
}

/** Commands that write the file at the end of the line. */
const writers: readonly (readonly string[])[] = [
  ['execute', 'batch.json', '--out'],
  ['get', '--entries', 'wanted.csv', '--proof'],
  ['inspect', 'batch.json', '--html'],
  ['state', 'export', '--out'],
];

describe('on a full disk', () => {
  test.for(writers.map((line) => ({ line, name: line.join(' ') })))(
    '$name is refused, and the file is as it was',
    async ({ line }, { skip }) => {
      skip(noDisks !== null, noDisks ?? '');
      const disk = await fullDisk();
      const file = path.join(disk, 'old.csv');
      expectRefusal(await rootshift(home, [...line, file]), /could not write .*old\.csv: no space left on device/);
      expect(await readFile(file, 'utf8')).toBe(OLD);
      expect((await readdir(disk)).sort()).toEqual(['filling', 'old.csv']);
      // Its good twin.
      expect(await rootshift(home, [...line, path.join(await freshFolder(), 'new.csv')])).toMatchObject({ code: 0 });
    },
  );

  test('snapshot export is refused, and leaves nothing that is taken for a snapshot', async ({ skip }) => {
    skip(noDisks !== null, noDisks ?? '');
    const disk = await fullDisk();
    const folder = path.join(disk, 'snapshot');
    expectRefusal(
      await rootshift(home, ['snapshot', 'export', '--out', folder]),
      /could not write .*: no space left on device/,
    );
    expect((await readdir(disk)).sort()).toEqual(['filling', 'old.csv']);
    expect(await rootshift(home, ['snapshot', 'verify', folder])).toMatchObject({ code: 2 });
  });

  test('load is refused, and makes no state', async ({ skip }) => {
    skip(noDisks !== null, noDisks ?? '');
    const db = path.join(await fullDisk(), 'db');
    expectRefusal(
      await rootshift(home, ['load', 'entries.csv', '--db', db]),
      /could not (open|write) the database at .*No space left on device/,
    );
  });

  test('a journal keeps what it had, and writes it when there is room again', async ({ skip }) => {
    skip(noDisks !== null, noDisks ?? '');
    const disk = smallDisk(64);
    const file = path.join(disk.folder, 'settlement.json');
    const journal = await Journal.open(file);
    await journal.setDeployed('settlement', '0x0000000000000000000000000000000000000001');
    const before = await readFile(file, 'utf8');
    await writeFile(path.join(disk.folder, 'filling'), Buffer.alloc(60_000, 1)).catch(() => {});
    await expect(journal.setDeployed('verifier', '0x0000000000000000000000000000000000000002')).rejects.toThrow(
      'no space left on device',
    );
    expect(await readFile(file, 'utf8')).toBe(before);
    disk.resize(256);
    await journal.setDeployed('verifier', '0x0000000000000000000000000000000000000002');
    const again = await Journal.open(file);
    expect([again.deployed('settlement'), again.deployed('verifier')]).not.toContain(undefined);
  });

  test('an artifact is not there, and is made when there is room again', async ({ skip }) => {
    skip(noDisks !== null, noDisks ?? '');
    const disk = smallDisk(64);
    const folder = path.join(disk.folder, 'artifacts');
    await mkdir(folder);
    const store = new ArtifactStore(folder);
    const make = async (scratch: string): Promise<object> => {
      await writeFile(path.join(scratch, 'key'), Buffer.alloc(100_000, 1));
      return { made: true };
    };
    await expect(store.ensure('keys', ['a'], make)).rejects.toThrow('ENOSPC');
    expect(await readdir(folder)).toEqual([]);
    expect(await store.find('keys', ['a'])).toBeNull();
    disk.resize(1024);
    expect(await store.ensure('keys', ['a'], make)).toMatchObject({ reused: false });
    expect(await store.find('keys', ['a'])).toMatchObject({ manifest: { made: true } });
  });
});
