import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../cli/cli.js';

it('the benchmark of the HashDB measures all that it says, and draws it', async () => {
  const out = await mkdtemp(path.join(tmpdir(), 'rootshift-bench-'));
  onTestFinished(() => rm(out, { recursive: true, force: true }));
  await promisify(execFile)(process.execPath, [
    path.join(ROOT, 'scripts', 'run.mjs'),
    path.join(ROOT, 'bench', 'hashdb.ts'),
    '--quick',
    '--out',
    out,
  ]);
  const read = (name: string): Promise<string> => readFile(path.join(out, name), 'utf8');
  const positive = expect.toSatisfy((x: unknown) => typeof x === 'number' && x > 0 && Number.isFinite(x));
  const rates = { updatesPerSecond: positive, readsPerSecond: positive };
  const tree = {
    ...rates,
    updatesRatio: positive,
    readsRatio: positive,
    updatesProcessorRatio: positive,
    readsProcessorRatio: positive,
  };
  const keys = {
    distinctKeys: positive,
    trees: { quad: tree, binary: tree },
    peers: { circomlibjs: rates, '@iden3/js-merkletree': rates },
  };
  const state = {
    ...rates,
    hashedEntriesPerSecond: positive,
    bytesPerUpdate: expect.any(Number),
    load: { seconds: positive, processorSeconds: positive, peakMiB: positive, bytesPerEntry: positive },
  };
  expect(JSON.parse(await read('hashdb.json'))).toMatchObject({
    quick: true,
    trees: [100, 1000].map((size) => ({ size, distributions: { uniform: keys, zipfian: keys } })),
    states: [
      { ...state, size: 100, block: null },
      { ...state, size: 1000, block: { accesses: 1211, medianMilliseconds: positive } },
    ],
    proofs: [10, 100].map((count) => ({
      keys: count,
      combinedBytes: positive,
      separateBytes: positive,
      combinedMilliseconds: positive,
      separateMilliseconds: positive,
    })),
  });
  const page = await read('hashdb.md');
  for (const [, name] of page.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
    expect(await read(name!)).toMatch(/^<svg [^]*<polyline points="[^"]+"[^]*<\/svg>\n$/);
  expect(page).not.toMatch(/undefined|NaN|null/);
});
