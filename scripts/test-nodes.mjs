// @ts-check
// Runs the parts of the suite that depend on Node itself (relaxed SIMD, threads, native modules, files, sockets, the
// command, the built package) under the other supported versions of Node. Each comes from npm, and lies in .rootshift.
// Both versions together take about 3 minutes on two quiet cores.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, node, npm, ROOT } from './ready.mjs';

const VERSIONS = ['22.23.3', '24.21.0'];
const SUITES = [
  'test/base/bn254',
  'test/base/hash',
  'test/base/tasks',
  'test/state/hashdb/hashdb.test.ts',
  'test/state/hashdb/level.test.ts',
  'test/machine/witness',
  'test/proof/groth16',
  'test/server/serve.test.ts',
  'test/cli/flow.test.ts',
  'test/package/package.test.ts',
];

ensureInstalled();
ensureBuilt();
for (const version of VERSIONS) {
  const program = install(version);
  console.log(`\nNode ${version}:`);
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, PATH: `${path.dirname(program)}${path.delimiter}${process.env['PATH']}` };
  node([vitest, 'run', ...SUITES], { env }, program);
}

/** @param {string} version */
function install(version) {
  const folder = path.join(ROOT, '.rootshift', `node-${version}`);
  const name = `node-${process.platform}-${process.arch}`;
  const program = path.join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(program))
    npm(['install', '--no-audit', '--no-fund', '--no-save', '--prefix', folder, `${name}@${version}`]);
  return program;
}
