import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { renameWhole, writeAll, writeWhole } from '../../../src/base/files/whole-file.js';

/** Calls that fail with EIO, as on a disk that is broken, from the next on. */
const failing = vi.hoisted(() => new Set<'open' | 'sync' | 'rename' | 'folder sync'>());

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const broken = (what: string): Error =>
    Object.assign(new Error(`EIO: i/o error, ${what}`), { code: 'EIO', errno: -5, syscall: what });
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      if (failing.has('open')) throw broken('open');
      const handle = await real.open(...args);
      const isFolder = (await handle.stat()).isDirectory();
      if (failing.has(isFolder ? 'folder sync' : 'sync')) handle.sync = () => Promise.reject(broken('fsync'));
      return handle;
    },
    rename: (...args: Parameters<typeof real.rename>) =>
      failing.has('rename') ? Promise.reject(broken('rename')) : real.rename(...args),
  };
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-whole-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, 'file'), 'old');
});
afterEach(() => failing.clear());

const write = (content: string): Promise<void> =>
  writeWhole(path.join(folder, 'file'), (scratch) => writeFile(scratch, content));

describe('a file that is written whole', () => {
  test.each(['open', 'sync', 'rename'] as const)(
    'is as it was where %s fails, with nothing beside it',
    async (call) => {
      failing.add(call);
      await expect(write('new')).rejects.toMatchObject({ code: 'EIO' });
      failing.clear();
      expect(await readdir(folder)).toEqual(['file']);
      expect(await readFile(path.join(folder, 'file'), 'utf8')).toBe('old');
      await write('new');
      expect(await readFile(path.join(folder, 'file'), 'utf8')).toBe('new');
    },
  );

  test('is the new one where only its name may not survive a crash, and that is told', async () => {
    failing.add('folder sync');
    await expect(write('new')).rejects.toMatchObject({ code: 'EIO' });
    expect(await readFile(path.join(folder, 'file'), 'utf8')).toBe('new');
  });
});

describe('a directory that gets its name whole', () => {
  test.each(['sync', 'rename', 'folder sync'] as const)('does not get it where %s fails', async (call) => {
    const scratch = path.join(folder, 'scratch');
    await mkdir(path.join(scratch, 'deep'), { recursive: true });
    await writeFile(path.join(scratch, 'deep', 'key'), 'key');
    failing.add(call);
    await expect(renameWhole(scratch, path.join(folder, 'done'))).rejects.toMatchObject({ code: 'EIO' });
    expect((await readdir(folder)).sort()).toEqual(['file', 'scratch']);
    failing.clear();
    await renameWhole(scratch, path.join(folder, 'done'));
    expect(await readFile(path.join(folder, 'done', 'deep', 'key'), 'utf8')).toBe('key');
  });
});

test('all bytes are written though each call writes only a few; an error after a few is reported', async () => {
  const written = new Uint8Array(30);
  const few = (room: number) => ({
    write: (async (bytes: Uint8Array, offset: number, length: number, position: number) => {
      if (position >= room)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      const bytesWritten = Math.min(length, 7, room - position);
      written.set(bytes.subarray(offset, offset + bytesWritten), position);
      return { bytesWritten, buffer: bytes };
    }) as never,
  });
  const bytes = Uint8Array.from({ length: 20 }, (_, i) => i + 1);
  await writeAll(few(30), bytes, 5);
  expect([...written]).toEqual([...new Uint8Array(5), ...bytes, ...new Uint8Array(5)]);
  await expect(writeAll(few(24), bytes, 5)).rejects.toMatchObject({ code: 'ENOSPC' });
});
