import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { page, summary } from '../../bench/reports/engine.js';
import type { EngineResults } from '../../bench/reports/engine-figures.js';
import { plots } from '../../bench/reports/engine-plots.js';
import { ROOT } from '../cli/cli.js';

it('the benchmark measures all that it says, and draws it', async () => {
  const out = await mkdtemp(path.join(tmpdir(), 'rootshift-bench-'));
  onTestFinished(() => rm(out, { recursive: true, force: true }));
  await promisify(execFile)(process.execPath, [
    path.join(ROOT, 'scripts', 'run.mjs'),
    path.join(ROOT, 'bench', 'engine.ts'),
    '--least',
    '--prover',
    'snarkjs',
    '--out',
    out,
  ]);
  const read = (name: string): Promise<string> => readFile(path.join(out, name), 'utf8');
  const positive = expect.toSatisfy((x: unknown) => typeof x === 'number' && x > 0 && Number.isFinite(x));
  const rate = { clock: positive, processor: positive };
  const ours = { distinctKeys: positive, executed: rate, executedAndCommitted: rate, plans: { accesses: positive } };
  const beside = { ...ours, peers: { circomlibjs: rate, '@iden3/js-merkletree': rate }, ratio: rate };
  const workloads = (of: object) =>
    Object.fromEntries(['A', 'B', 'C', 'D', 'F', 'mainnet block'].map((name) => [name, of]));
  const load = { seconds: positive, peakMiB: positive, bytesOnDisk: positive };
  expect(JSON.parse(await read('executor.json'))).toMatchObject({
    machine: expect.stringContaining('Node'),
    states: [
      { size: 500, load, peersHeldMiB: { circomlibjs: positive }, workloads: workloads(beside) },
      {
        size: 1000,
        load,
        peersHeldMiB: null,
        workloads: workloads({ ...ours, plans: { circuits: { s14: { constraints: positive } } } }),
      },
    ],
  });
  expect(JSON.parse(await read('proving.json'))).toMatchObject({
    growth: [
      {
        circuit: 's14',
        accesses: positive,
        execute: positive,
        provers: { snarkjs: { witness: positive, prove: positive, verify: positive } },
      },
    ],
    leftOut: [],
    // A change of circomlib or of the compiler shows here.
    peerCosts: { read: 9336, write: 17_523 },
    pair: {
      ours: { accesses: positive },
      peer: { accesses: 1, constraints: 9336 },
      seconds: { snarkjs: { ours: positive, peer: positive } },
    },
  });
  const page = await read('bench.md');
  const plots = [...page.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, name]) => name!);
  expect(plots).toHaveLength(4);
  for (const name of plots) expect(await read(name)).toMatch(/^<svg [^]*<(polyline|rect)[^]*<\/svg>\n$/);
  expect(page).not.toMatch(/undefined|NaN|null|Infinity/);
});

it('the page, the plots and the part of docs/benchmarks.md are what the results on record make, unedited', async () => {
  const read = (name: string): Promise<string> => readFile(path.join(ROOT, name), 'utf8');
  const resultsOf = async (part: string) => JSON.parse(await read(`bench/results/${part}.json`));
  const results: EngineResults = { executor: await resultsOf('executor'), proving: await resultsOf('proving') };
  expect(await read('bench/results/bench.md')).toBe(page(results));
  expect(await read('docs/benchmarks.md')).toContain(
    `<!-- made by npm run bench -->\n${summary(results)}\n<!-- end of what npm run bench makes -->`,
  );
  for (const [name, svg] of Object.entries(plots(results))) expect(await read(`bench/results/${name}`)).toBe(svg);
});
