import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BIN, environment, freshFolder } from './cli.js';

it('Ctrl-C in the middle of a compilation ends it by that signal, says so, and leaves nothing', async () => {
  const folder = await freshFolder();
  const artifacts = path.join(folder, 'artifacts');
  const child = spawn(process.execPath, [BIN, 'export-verifier', '--circuit', 's14', '--allow-development-keys'], {
    cwd: folder,
    env: { ...environment(), ROOTSHIFT_ARTIFACTS: artifacts },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += String(data)));
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  while ((await readdir(artifacts).catch(() => [])).length === 0) await sleep(5);
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: null, signal: 'SIGINT' });
  expect(said).toMatch(/^interrupted by SIGINT$/m);
  expect(said).not.toMatch(/error|bug/);
  expect(await readdir(artifacts)).toEqual([]);
  expect(await readdir(folder)).toEqual(['artifacts']);
});
