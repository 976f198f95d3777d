import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NoDatabaseError, NotADatabaseError, StorageError } from '../../../src/state/hashdb/driver.js';
import { DatabaseLockedError } from '../../../src/state/hashdb/level-handle.js';
import { openLevel } from '../../../src/state/hashdb/level.js';
import { freshFolder } from './drivers.js';

test('a missing folder is refused and not made, unless it was to be', async () => {
  const folder = await freshFolder();
  await expect(openLevel(folder)).rejects.toThrow(NoDatabaseError);
  await expect(openLevel(folder)).rejects.toThrow(`there is no database at ${folder}`);
  await expect(readdir(folder)).rejects.toThrow('ENOENT');
  await (await openLevel(join(folder, 'deeper'), { createIfMissing: true })).close();
  await (await openLevel(join(folder, 'deeper'))).close();
});

test('an empty folder is refused and left empty', async () => {
  const folder = await freshFolder();
  await mkdir(folder);
  await expect(openLevel(folder)).rejects.toThrow(NoDatabaseError);
  expect(await readdir(folder)).toEqual([]);
});

test('a file and a folder of other files are refused and left alone, even when a database was to be made', async () => {
  const folder = await freshFolder();
  await mkdir(folder);
  const file = join(folder, 'letter.txt');
  await writeFile(file, 'dear');
  for (const options of [{}, { createIfMissing: true }]) {
    await expect(openLevel(folder, options)).rejects.toThrow(NotADatabaseError);
    await expect(openLevel(folder, options)).rejects.toThrow('found a folder with letter.txt in it');
    await expect(openLevel(file, options)).rejects.toThrow('found a file');
  }
  expect(await readdir(folder)).toEqual(['letter.txt']);
});

test('a folder left by a process killed while it made a database can still become one', async () => {
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
  for (const options of [{}, { createIfMissing: true }]) await expect(openLevel(folder, options)).rejects.toThrow(NotADatabaseError);
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

test('damaged LevelDB files are a storage error with its cause', async () => {
  const folder = await freshFolder();
  await (await openLevel(folder, { createIfMissing: true })).close();
  const current = (await readFile(join(folder, 'CURRENT'), 'utf8')).trim();
  await rm(join(folder, current));
  const opening = openLevel(folder);
  await expect(opening).rejects.toThrow(StorageError);
  await expect(opening).rejects.toMatchObject({ cause: expect.any(Error) });
});
