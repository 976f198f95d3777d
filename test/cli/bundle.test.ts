/** The bundle of the command line: what a command loads, and computes, is what it needs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { BIN, environment, freshFolder, put, ROOT } from './cli.js';

const BUNDLE = path.join(ROOT, 'dist', 'bundle', 'cli', 'main.js');

/** Prints the packages of which a file was loaded, other than by import. */
const HOOK = `
process.on('exit', () => {
  const names = Object.keys(require.cache).map((file) => /node_modules.((@[^/\\\\]+.)?[^/\\\\]+)/.exec(file)?.[1]);
  process.stderr.write(JSON.stringify([...new Set(names)].filter((name) => name !== undefined).sort()));
});`;

async function packagesLoadedBy(...args: string[]): Promise<string[]> {
  const folder = await freshFolder();
  const hook = path.join(folder, await put(folder, 'hook.cjs', HOOK));
  await put(folder, 'batch.json', { accesses: [{ op: 'write', key: 1, value: 1 }] });
  const { stderr } = spawnSync(process.execPath, ['--require', hook, BIN, ...args], {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
  });
  return JSON.parse(stderr) as string[];
}

it('loads a package when a command needs it, and not before', async () => {
  expect(await packagesLoadedBy('--version')).toEqual([]);
  expect(await packagesLoadedBy('--help')).toEqual(['commander']);
  const executing = await packagesLoadedBy('execute', 'batch.json');
  expect(executing).toEqual(expect.arrayContaining(['classic-level', 'commander']));
  for (const another of ['@grpc/grpc-js', 'pg', 'snarkjs', 'viem']) expect(executing).not.toContain(another);
});

it('takes the constants of Poseidon from what the build left', async () => {
  const folder = await freshFolder();
  await put(folder, 'batch.json', { accesses: [{ op: 'write', key: 1, value: 1 }] });
  const coverage = path.join(folder, 'coverage');
  execFileSync(process.execPath, [BIN, 'execute', 'batch.json'], {
    cwd: folder,
    env: { ...environment(), NODE_V8_COVERAGE: coverage },
  });
  const reports = await Promise.all(
    (await readdir(coverage)).map((file) => readFile(path.join(coverage, file), 'utf8')),
  );
  const functions = reports
    .flatMap((report) => (JSON.parse(report) as { result: Covered[] }).result)
    .filter(({ url }) => url === pathToFileURL(BUNDLE).href)
    .flatMap((one) => one.functions);
  const calls = (name: string): number | undefined =>
    functions.find(({ functionName }) => functionName === name)?.ranges[0]?.count;
  expect({ ready: calls('readyImage') !== 0, computed: calls('poseidonParameters') }).toEqual({
    ready: true,
    computed: 0,
  });
});

interface Covered {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly count: number }[];
  }[];
}
