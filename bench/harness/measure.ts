// What every benchmark says of its run, and measurements in processes of their own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from '../../scripts/ready.mjs';
import type { Measures } from '../measures/child.js';

/** The processors and the version of Node, for people. */
export const machine = (): string =>
  `${os.cpus().length} x ${os.cpus()[0]?.model.trim()}, Node ${process.versions.node}`;

/** The load average of the last minute, to a tenth. */
export const load = (): number => Number((os.loadavg()[0] ?? 0).toFixed(1));

/**
 * Runs one measurement of measures/child.ts in a process of its own, so that its memory is its own, and returns its
 * result. The process runs JavaScript: a loader for TypeScript would add 40 MiB and a process to what is measured.
 */
export function measure<Kind extends keyof Measures>(
  kind: Kind,
  options: Parameters<Measures[Kind]>[0],
): Awaited<ReturnType<Measures[Kind]>> {
  process.stderr.write(`${kind} ${'size' in options ? options.size : ''}\n`);
  const folder = mkdtempSync(path.join(ROOT, '.rootshift', 'bench-'));
  const child = path.join(folder, 'child.mjs');
  try {
    buildSync({
      entryPoints: [path.join(ROOT, 'bench', 'measures', 'child.ts')],
      bundle: true,
      packages: 'external',
      external: ['#dist/*'],
      platform: 'node',
      format: 'esm',
      outfile: child,
    });
    // A million raw entries in the memory driver are some gigabytes of records.
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--max-old-space-size=8192', '--expose-gc', child, kind, JSON.stringify(options)],
      { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    if (status !== 0) throw new Error(`the measurement of ${kind} failed`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
