// @ts-check
// The files of code that checks read: what git tracks, and what is new and not ignored.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './ready.mjs';

/** @param {RegExp} ending */
export function codeFiles(ending) {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`expected a clone, in which git lists the files: ${stderr}`);
  return stdout.split('\n').filter((name) => ending.test(name) && existsSync(path.join(ROOT, name)));
}
