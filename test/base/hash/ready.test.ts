/** What the build leaves in dist/ready, and that whoever hashes a state or a log needs nothing that is not there. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readyFiles } from '../../../src/base/hash/ready.js';

const DIST = new URL('../../../dist/', import.meta.url);

it('is what would be computed', () => {
  const computed = [...readyFiles()];
  expect(readdirSync(new URL('ready/', DIST)).sort()).toEqual(computed.map(([name]) => name).sort());
  for (const [name, bytes] of computed)
    expect(readFileSync(new URL(`ready/${name}`, DIST)).equals(bytes), name).toBe(true);
});

/** How often a program called functions of a module of dist/, by their names. */
function callsIn(module: string, program: string): Map<string, number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'rootshift-coverage-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, NODE_V8_COVERAGE: folder },
  });
  const [file] = readdirSync(folder);
  const { result } = JSON.parse(readFileSync(path.join(folder, file!), 'utf8')) as {
    result: { url: string; functions: { functionName: string; ranges: { count: number }[] }[] }[];
  };
  const { functions } = result.find(({ url }) => url === new URL(module, DIST).href)!;
  return new Map(functions.map(({ functionName, ranges }) => [functionName, ranges[0]!.count]));
}

it('has the constants of every node, leaf, key, value and log', () => {
  const program = `
    import { poseidonScheme } from '${new URL('state/tree/scheme.js', DIST).href}';
    import { treeKey } from '${new URL('state/batch/encoding.js', DIST).href}';
    import { logHash } from '${new URL('state/batch/log.js', DIST).href}';
    const access = { op: 'write', address: 1n, kind: 'storage', slot: 1n, value: 1n };
    treeKey(access);
    logHash([access]);
    for (const bits of [1, 2]) {
      const scheme = poseidonScheme(bits);
      scheme.hashLeaf({ kind: 'leaf', key: 1n, value: scheme.leafValue(1n) });
      scheme.hashInner(Array(2 ** bits).fill(1n));
    }`;
  expect(callsIn('base/hash/grain.js', program).get('poseidonParameters')).toBe(0);
  const another = `
    import { poseidon } from '${new URL('base/hash/poseidon.js', DIST).href}';
    poseidon.hash([1n, 2n, 3n, 4n, 5n, 6n]);`;
  expect(callsIn('base/hash/grain.js', another).get('poseidonParameters')).toBe(1);
});
