import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NoDatabaseError, NotADatabaseError } from '../../../src/state/hashdb/driver.js';
import { DamagedFilesError } from '../../../src/state/hashdb/level-files.js';
import { DatabaseLockedError } from '../../../src/state/hashdb/locked-error.js';
import { openLevel } from '../../../src/state/hashdb/level.js';
import { freshFolder } from './drivers.js';

test('a missing directory is refused and not made, unless it was to be', async () => {
  const folder = await freshFolder();
  await expect(openLevel(folder)).rejects.toThrow(NoDatabaseError);
  await expect(openLevel(folder)).rejects.toThrow(`there is no database at ${folder}`);
  await expect(readdir(folder)).rejects.toThrow('ENOENT');
  await (await openLevel(join(folder, 'deeper'), { createIfMissing: true })).close();
  await (await openLevel(join(folder, 'deeper'))).close();
});

test('an empty directory is refused and left empty', async () => {
  const folder = await freshFolder();
  await mkdir(folder);
  await expect(openLevel(folder)).rejects.toThrow(NoDatabaseError);
  expect(await readdir(folder)).toEqual([]);
});

test('a file and a directory of other files are refused and left alone, even to make a database', async () => {
  const folder = await freshFolder();
  await mkdir(folder);
  const file = join(folder, 'letter.txt');
  await writeFile(file, 'dear');
  for (const options of [{}, { createIfMissing: true }]) {
    await expect(openLevel(folder, options)).rejects.toThrow(NotADatabaseError);
    await expect(openLevel(folder, options)).rejects.toThrow('found a directory with letter.txt in it');
    await expect(openLevel(file, options)).rejects.toThrow('found a file');
  }
  expect(await readdir(folder)).toEqual(['letter.txt']);
});

test('a directory left by a process killed while it made a database can still become one', async () => {
  const folder = await freshFolder();
  await mkdir(folder);
  for (const name of ['LOCK', 'LOG', 'MANIFEST-000001', '000001.dbtmp']) await writeFile(join(folder, name), '');
  await expect(openLevel(folder)).rejects.toThrow(NoDatabaseError);
  await (await openLevel(folder, { createIfMissing: true })).close();
});

test('a database that has lost its CURRENT is refused, and none is made in its place', async () => {
  const folder = await freshFolder();
  await (await openLevel(folder, { createIfMissing: true })).close();
  await rm(join(folder, 'CURRENT'));
  const left = await readdir(folder);
  for (const options of [{}, { createIfMissing: true }])
    await expect(openLevel(folder, options)).rejects.toThrow('is damaged: file CURRENT: it is missing');
  expect(await readdir(folder)).toEqual(left);
});

test('a database that is open elsewhere is refused as in use, and opens once it is closed', async () => {
  const folder = await freshFolder();
  const holder = await openLevel(folder, { createIfMissing: true });
  await expect(openLevel(folder)).rejects.toThrow(DatabaseLockedError);
  await expect(openLevel(folder)).rejects.toThrow(/is in use by another process/);
  await holder.close();
  await (await openLevel(folder)).close();
});

test('a database without its manifest is damaged, and says so', async () => {
  const folder = await freshFolder();
  await (await openLevel(folder, { createIfMissing: true })).close();
  const current = (await readFile(join(folder, 'CURRENT'), 'utf8')).trim();
  await rm(join(folder, current));
  const opening = openLevel(folder);
  await expect(opening).rejects.toThrow(DamagedFilesError);
  await expect(opening).rejects.toThrow(`the database at ${folder} is damaged: file ${current}: it is missing`);
});

test('tables that were whole are not read again until they change', async () => {
  const folder = await freshFolder();
  const driver = await openLevel(folder, { createIfMissing: true });
  await driver.writeIf({ key: Buffer.from('a'), value: undefined }, [
    { key: Buffer.from('a'), value: Buffer.alloc(10_000, 7) },
  ]);
  await driver.close();
  // The first opening brings the log into a table; the second looks at the table.
  for (let i = 0; i < 2; i++) await (await openLevel(folder)).close();
  const marks = JSON.parse(await readFile(join(folder, 'whole-tables.json'), 'utf8')) as Record<string, string>;
  const [table] = Object.keys(marks);
  const { atime, mtime } = await stat(join(folder, table!));
  const bytes = await readFile(join(folder, table!));
  await writeFile(join(folder, table!), bytes.fill(0, 20, 40));
  // Its times can be set back, but not the one of that.
  await utimes(join(folder, table!), atime, mtime);
  await expect(openLevel(folder)).rejects.toThrow(`file ${table}: bytes 0 to `);
});
