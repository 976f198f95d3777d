import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { checkWritable, FileError, readTextFile, writeFileAtomically } from '../../src/engine/files.js';
import { freshFolder } from '../cli/cli.js';

it('what is written is read again, byte order mark and all', async () => {
  const file = path.join(await freshFolder(), 'new', 'folder', 'file.txt');
  await writeFileAtomically(file, '\ufeffä');
  expect(await readTextFile(file)).toBe('\ufeffä');
  await writeFileAtomically(file, 'second');
  expect(await readTextFile(file)).toBe('second');
});

it('a write that fails leaves what was there, and nothing else', async () => {
  const folder = await freshFolder();
  await mkdir(path.join(folder, 'taken'));
  await writeFile(path.join(folder, 'taken', 'letter'), 'dear');
  await expect(writeFileAtomically(path.join(folder, 'taken'), 'x')).rejects.toThrow(FileError);
  expect(await readdir(folder)).toEqual(['taken']);
  expect(await readFile(path.join(folder, 'taken', 'letter'), 'utf8')).toBe('dear');
});

it.each([
  ['a new file', 'new.txt', null],
  ['a file in folders that are not there yet', 'a/b/c.txt', null],
  ['a file that is there', 'file', null],
  ['a folder', '.', /it is a folder/],
  ['a file below a file', 'file/x', /not a directory/],
  ['a file below nothing that leads anywhere', 'loop/x', /too many symbolic links/],
])('asked beforehand, %s is answered for, and nothing is made', async (_name, name, refusal) => {
  const folder = await freshFolder();
  await writeFile(path.join(folder, 'file'), '');
  await symlink('loop', path.join(folder, 'loop'));
  const asked = checkWritable(path.join(folder, name));
  await (refusal === null ? expect(asked).resolves.toBeUndefined() : expect(asked).rejects.toThrow(refusal));
  expect((await readdir(folder)).sort()).toEqual(['file', 'loop']);
});
