/** Runs the command line as users do: the built program, in a process of its own. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { openDatabase } from '../../src/engine/database.js';
import { NoDatabaseError } from '../../src/state/hashdb/driver.js';
import type { RootRecord } from '../../src/state/hashdb/root-record.js';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const BIN = path.join(ROOT, 'bin', 'rootshift.js');
export const ARTIFACTS = path.join(ROOT, '.rootshift', 'artifacts');

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Only what is told here: nothing of the developer's own settings. */
export const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ROOTSHIFT_'))),
  ROOTSHIFT_ARTIFACTS: ARTIFACTS,
});

/** Runs `rootshift ARGS` in a directory to its end. */
export function rootshift(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      env: { ...environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += String(data)));
    child.stderr.on('data', (data) => (stderr += String(data)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs a line of bash in a directory to its end; `rootshift` is the command. */
export function inShell(cwd: string, line: string, env: NodeJS.ProcessEnv = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const self = 'rootshift() { "$NODE" "$BIN" "$@"; }';
    execFile(
      'bash',
      ['-c', `${self}; ${line}`],
      { cwd, env: { ...environment(), NODE: process.execPath, BIN, ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'string') reject(error!);
        else resolve({ code: code ?? null, stdout, stderr });
      },
    );
  });
}

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/**
 * Runs a command and kills it so many milliseconds after `isTime` came true; false if it ended before. What it started
 * itself goes on until then, and is ended afterwards.
 */
export async function killedOnce(
  isTime: () => Promise<boolean>,
  ms: number,
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<boolean> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...environment(), ...env },
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise<string | null>((resolve) => child.on('close', (_code, signal) => resolve(signal)));
  let running = true;
  void ended.then(() => (running = false));
  while (running && !(await isTime())) await sleep(1);
  await sleep(ms);
  child.kill('SIGKILL');
  const signal = await ended;
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  return signal === 'SIGKILL';
}

/** An empty directory, or a copy of `template`; removed when the tests of a file are done. */
export async function freshFolder(template?: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-cli-'));
  folders.push(folder);
  if (template !== undefined) await cp(template, folder, { recursive: true });
  return folder;
}

/** Writes a file into a directory: text as it is, all else as JSON. Returns its name. */
export async function put(folder: string, name: string, content: unknown): Promise<string> {
  await writeFile(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return name;
}

/** Every file below a directory with its hash; those of a database are told by its history. */
export async function contentOf(folder: string, db = path.join(folder, '.rootshift', 'db')): Promise<object> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.parentPath === db) continue;
    files[path.relative(folder, file)] = entry.isFile()
      ? createHash('sha256')
          .update(await readFile(file))
          .digest('hex')
      : 'folder';
  }
  return { files, history: await historyOf(db) };
}

/** The history of the database in a directory; null if there is none. */
export async function historyOf(folder: string): Promise<RootRecord[] | null> {
  try {
    const db = await openDatabase(folder);
    try {
      return await db.history();
    } finally {
      await db.close();
    }
  } catch (error) {
    if (error instanceof NoDatabaseError) return null;
    throw error;
  }
}

/**
 * The command was refused: one sentence, on one line, of something that a user can see to; progress and warnings
 * before it do not count.
 */
export function expectRefusal({ code, stdout, stderr: all }: Run, says: RegExp): void {
  const stderr = all.replace(/^(?:\[\d+ s\]|warning:) .*\n/gm, '');
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/^error: .+\n$/) });
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/this is a bug|^ {4}at /m);
}
