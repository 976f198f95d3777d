import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProverProgram } from '../../../src/proof/prover/program.js';

const PROGRAM = fileURLToPath(new URL('stand-in.mjs', import.meta.url));

/** How the stand-in for a prover behaves: see stand-in.mjs. */
export type Mode =
  | 'replay'
  | 'overlap'
  | 'slow'
  | 'held'
  | 'hang'
  | 'fail'
  | 'rude'
  | 'crash'
  | 'silent'
  | 'garbage'
  | 'forged'
  | 'another';

const logOf = (folder: string, mode: Mode): string => path.join(folder, `${mode}.log`);

/** A prover that behaves so, and keeps a log of its runs in a folder. */
export const standIn = (folder: string, mode: Mode): ProverProgram => ({
  name: mode,
  command: [process.execPath, PROGRAM, mode, logOf(folder, mode)],
});

/** The same, started by a script that waits for it, and is all that is known of it from outside. */
export const inScript = ({ name, command: [node, ...args] }: ProverProgram): ProverProgram => ({
  name,
  command: ['/bin/sh', '-c', '"$@"; exit "$?"', 'script', node, ...args],
});

/** The same as a program of a single file, as a user would name it. */
export async function standInFile(folder: string, mode: Mode): Promise<string> {
  const file = path.join(folder, mode);
  await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" ${mode} "${logOf(folder, mode)}" "$@"\n`);
  await chmod(file, 0o755);
  return file;
}

/** Lets the stand-ins `held` prove that keep their log in a folder. */
export const letProve = (folder: string): Promise<void> => writeFile(`${logOf(folder, 'held')}.let`, '');

/** The process of each run so far, in order. */
export async function runsOf(folder: string, mode: Mode): Promise<number[]> {
  const text = await readFile(logOf(folder, mode), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
