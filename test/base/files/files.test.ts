import { execFileSync, spawnSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { FileError, FileTooLargeError } from '../../../src/base/files/file-error.js';
import { readBytes, readTextFile, withInput } from '../../../src/base/files/input.js';
import { checkWritable, writeFileAtomically } from '../../../src/base/files/output.js';
import { freshFolder, ROOT } from '../../cli/cli.js';

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
  await withInput(
    file,
    async (input) => {
      for await (const piece of input.textPieces()) read += piece;
    },
    { onBytes: (done) => told.push(done) },
  );
  expect(read).toBe(text);
  expect(told.length).toBeGreaterThan(2);
  expect(told.at(-1)).toBe(Buffer.byteLength(text));
});

it.each([
  ['that is missing', 'missing', /no such file/],
  ['that is a directory', '.', /it is a directory/],
  ['of other bytes than text', 'bytes', /expected text in UTF-8/],
  ['that ends within a character', 'cut', /expected text in UTF-8/],
])('a file %s cannot be read, whole or piece by piece', async (_name, name, says) => {
  const folder = await freshFolder();
  await writeFile(path.join(folder, 'bytes'), Uint8Array.of(0x61, 0xff, 0x61));
  await writeFile(path.join(folder, 'cut'), Uint8Array.of(0x61, 0xc3));
  const file = path.join(folder, name);
  await expect(readTextFile(file)).rejects.toThrow(says);
  const pieces = () =>
    withInput(file, async (input) => {
      for await (const _piece of input.textPieces()) continue;
    });
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

it('a process that exits in the middle of a write leaves nothing of it', async () => {
  const folder = await freshFolder();
  const whole = path.join(ROOT, 'dist', 'base', 'files', 'whole-file.js');
  const program = `
    import { writeFileSync } from 'node:fs';
    import { writeWhole } from ${JSON.stringify(pathToFileURL(whole).href)};
    await writeWhole('first', async (scratch) => writeFileSync(scratch, 'whole'));
    await writeWhole('second', async (scratch) => {
      writeFileSync(scratch, 'half');
      process.exit(130);
    });`;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder }).status).toBe(130);
  expect(await readdir(folder)).toEqual(['first']);
});

it.each([
  ['a new file', 'new.txt', null],
  ['a file in directories that are not there yet', 'a/b/c.txt', null],
  ['a file that is there', 'file', null],
  ['a directory', '.', /it is a directory/],
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

/** Everything that may have a file's name and is no regular file; a FIFO that nobody writes to would wait for ever. */
const STRANGE: readonly (readonly [what: string, make: (file: string) => Promise<unknown>, says: RegExp])[] = [
  ['a FIFO', async (file) => execFileSync('mkfifo', [file]), /it is a pipe, expected a regular file/],
  ['a link to an endless device', (file) => symlink('/dev/zero', file), /it is a device, expected a regular file/],
  ['a link to a device that is full', (file) => symlink('/dev/full', file), /it is a device, expected a regular file/],
  ['a link to a directory', (file) => symlink('.', file), /it is a directory/],
];

it.each(STRANGE)('%s is not read, nor written, and stays', async (_what, make, says) => {
  const folder = await freshFolder();
  const file = path.join(folder, 'strange');
  await make(file);
  const before = await lstat(file);
  await expect(readTextFile(file)).rejects.toThrow(says);
  await expect(readBytes(file)).rejects.toThrow(says);
  await expect(checkWritable(file)).rejects.toThrow(says);
  await expect(writeFileAtomically(file, 'x')).rejects.toThrow(says);
  expect((await lstat(file)).ino).toBe(before.ino);
  expect(await readdir(folder)).toEqual(['strange']);
});

it('what a link leads to is read and written, and the link stays', async () => {
  const folder = await freshFolder();
  await writeFile(path.join(folder, 'file'), 'old');
  const link = path.join(folder, 'link');
  await symlink('file', link);
  expect(await readTextFile(link)).toBe('old');
  await checkWritable(link);
  await writeFileAtomically(link, 'new');
  expect(await readFile(path.join(folder, 'file'), 'utf8')).toBe('new');
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
});

it('a link to nothing that is there is not written', async () => {
  const folder = await freshFolder();
  await symlink('missing', path.join(folder, 'link'));
  await expect(checkWritable(path.join(folder, 'link'))).rejects.toThrow(/it is a link to a missing file/);
  await expect(writeFileAtomically(path.join(folder, 'link'), 'x')).rejects.toThrow(/it is a link to a missing file/);
});

it('a file of as many bytes as there may be is read; of one more, nothing', async () => {
  const file = path.join(await freshFolder(), 'file');
  await writeFile(file, 'x'.repeat(300_000));
  expect(await readTextFile(file, 300_000)).toHaveLength(300_000);
  const told: number[] = [];
  const pieces = () =>
    withInput(
      file,
      async (input) => {
        for await (const _piece of input.textPieces(299_999)) continue;
      },
      { onBytes: (done) => told.push(done) },
    );
  await expect(pieces()).rejects.toThrow(FileTooLargeError);
  await expect(pieces()).rejects.toThrow('expected at most 299,999 bytes, got 300,000');
  expect(told).toEqual([]);
});

it('of an endless file only as much is read as there may be', async () => {
  // A file of the system that says that it has no bytes, and has some.
  await expect(readTextFile('/proc/self/status', 100)).rejects.toThrow('expected at most 100 bytes, got more');
  expect((await readTextFile('/proc/self/status')).length).toBeGreaterThan(100);
});
