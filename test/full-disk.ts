/**
 * Disks that get full in earnest: a small one of its own, for root on Linux, or a limit on the size of a process's
 * files.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Why no disk can be mounted here; null if one can. */
export const noDisks: string | null = (() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rootshift-disk-'));
  try {
    mount(folder, 64);
    unmount(folder);
    return null;
  } catch (error) {
    return `needs leave to mount a tmpfs: ${(error as Error).message.split('\n')[0]}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
})();

/** Why the files of a process cannot be limited here; null if they can. */
export const noLimits: string | null = (() => {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'needs the program prlimit, of util-linux';
  }
})();

function mount(folder: string, kilobytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'pipe' });
}

function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' });
}

export interface SmallDisk {
  readonly folder: string;
  resize(kilobytes: number): void;
}

/** A disk of so many kilobytes, until the test is done. */
export function smallDisk(kilobytes: number): SmallDisk {
  const folder = mkdtempSync(path.join(tmpdir(), 'rootshift-disk-'));
  mount(folder, kilobytes);
  onTestFinished(() => {
    unmount(folder);
    rmSync(folder, { recursive: true });
  });
  const resize = (size: number): void =>
    void execFileSync('mount', ['-o', `remount,size=${size}k`, folder], { stdio: 'pipe' });
  return { folder, resize };
}

/**
 * From now on each file that the process writes ends at so many bytes: what would be longer is written up to there,
 * and refused with EFBIG.
 */
export const limitFiles = (pid: number, bytes: number | 'unlimited'): void =>
  void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
