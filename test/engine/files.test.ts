import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { checkWritable, FileError, readTextFile, readTextPieces, writeFileAtomically } from '../../src/engine/files.js';
import { freshFolder } from '../cli/cli.js';

it('what is written is read again, byte order mark and all', async () => {
  const file = path.join(await freshFolder(), 'new', 'folder', 'file.txt');
  await writeFileAtomically(file, '\ufeffä');
  expect(await readTextFile(file)).toBe('\ufeffä');
  await writeFileAtomically(file, 'second');
  expect(await readTextFile(file)).toBe('second');
});

it('a file that is read piece by piece is the same text, however long, and says how far it is', async () => {
  const file = path.join(await freshFolder(), 'file.txt');
  const text = '\ufeffä€𝄞'.repeat(70_000);
  await writeFileAtomically(file, text);
  const told: number[] = [];
  let read = '';
  for await (const piece of readTextPieces(file, (done) => told.push(done))) read += piece;
  expect(read).toBe(text);
  expect(told.length).toBeGreaterThan(2);
  expect(told.at(-1)).toBe(Buffer.byteLength(text));
});

it.each([
  ['that is missing', 'missing', /no such file/],
  ['that is a folder', '.', /it is a folder/],
  ['of other bytes than text', 'bytes', /expected text in UTF-8/],
  ['that ends within a character', 'cut', /expected text in UTF-8/],
])('a file %s cannot be read, whole or piece by piece', async (_name, name, says) => {
  const folder = await freshFolder();
  await writeFile(path.join(folder, 'bytes'), Uint8Array.of(0x61, 0xff, 0x61));
  await writeFile(path.join(folder, 'cut'), Uint8Array.of(0x61, 0xc3));
  const file = path.join(folder, name);
  await expect(readTextFile(file)).rejects.toThrow(says);
  const pieces = async () => {
    for await (const _piece of readTextPieces(file)) continue;
  };
  await expect(pieces()).rejects.toThrow(FileError);
  await expect(pieces()).rejects.toThrow(says);
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
