// @ts-check
// What every benchmark says of the run, and measurements in processes of their own.
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../ready.mjs';

export const machine = () => `${os.cpus().length} x ${os.cpus()[0]?.model?.trim()}, Node ${process.versions.node}`;

/**
 * Runs one measurement of child.mjs, so that its memory is its own, and returns its result.
 * @param {string} kind
 * @param {{ readonly size?: number } & Readonly<Record<string, unknown>>} options
 */
export function measure(kind, options) {
  process.stderr.write(`${kind} ${options.size ?? ''}\n`);
  const child = path.join(ROOT, 'scripts', 'bench', 'child.mjs');
  // A million raw entries in the memory driver are some gigabytes of records.
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--max-old-space-size=8192', '--expose-gc', child, kind, JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`the measurement of ${kind} failed`);
  return JSON.parse(stdout);
}
