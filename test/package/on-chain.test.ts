/** Runs docs/on-chain.md, block by block, as its reader would, against a local chain. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ARTIFACTS, BIN, freshFolder, ROOT } from '../cli/cli.js';
import { startChain } from '../proof/verifier/anvil.js';
import type { Chain } from '../proof/verifier/anvil.js';

/** snarkjs's own command line. */
const SNARKJS_PROGRAM = path.join(path.dirname(createRequire(import.meta.url).resolve('snarkjs')), 'cli.cjs');
/** The first of anvil's accounts. */
const PRIVATE_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

const blocks = [
  ...(await readFile(path.join(ROOT, 'docs', 'on-chain.md'), 'utf8')).matchAll(/^```(sh|js)\n(.*?)^```$/gms),
].map(([, language, text]) => ({ language: language!, text: text! }));

let chain: Chain;
let folder: string;
let bin: string;
beforeAll(async () => {
  chain = await startChain();
  folder = await freshFolder();
  bin = path.join(folder, 'bin');
  await mkdir(bin);
  await mkdir(path.join(folder, 'node_modules'));
  for (const [name, to] of [
    ['rootshift', ROOT],
    ['viem', ''],
    ['solc', ''],
  ] as const) {
    await symlink(to === '' ? path.join(ROOT, 'node_modules', name) : to, path.join(folder, 'node_modules', name));
  }
  // What the reader has in the PATH: npx, which starts what is installed, and Foundry.
  await program(
    'npx',
    `case "$1" in\n  rootshift) shift; exec ${process.execPath} ${BIN} "$@";;\n  snarkjs) shift; exec ${process.execPath} ${SNARKJS_PROGRAM} "$@";;\nesac\nexit 1`,
  );
  for (const name of ['forge', 'cast']) await symlink(foundryProgram(name), path.join(bin, name));
  // Foundry would load this compiler from the net.
  await program('solc', `exec ${process.execPath} ${path.join(bin, 'solc.cjs')} "$@"`);
  await writeFile(path.join(bin, 'solc.cjs'), SOLC);
});
afterAll(() => chain?.stop());

const SOLC = `const solc = require(${JSON.stringify(path.join(ROOT, 'node_modules', 'solc'))});
if (process.argv.includes('--version')) console.log('Version: ' + solc.version().replace('.Emscripten.clang', '.Linux.g++'));
else process.stdout.write(solc.compile(require('fs').readFileSync(0, 'utf8')));
`;

async function program(name: string, text: string): Promise<void> {
  await writeFile(path.join(bin, name), `#!/bin/sh\n${text}\n`);
  await chmod(path.join(bin, name), 0o755);
}

function foundryProgram(name: string): string {
  const own = createRequire(createRequire(import.meta.url).resolve(`@foundry-rs/${name}/package.json`));
  return own.resolve(
    `@foundry-rs/${name}-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}/bin/${name}`,
  );
}

function run(command: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: folder,
    RPC: chain.url,
    PRIVATE_KEY,
    ROOTSHIFT_ARTIFACTS: ARTIFACTS,
    FOUNDRY_SOLC: path.join(bin, 'solc'),
    FOUNDRY_OFFLINE: 'true',
  };
  return new Promise((resolve) => {
    execFile(command, args, { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

it('does what it says', async () => {
  const outputs: string[] = [];
  for (const [i, { language, text }] of blocks.entries()) {
    // A shell for each block, all of which the reader types into one.
    if (language === 'js') await writeFile(path.join(folder, `block${i}.mjs`), text);
    const { code, stdout, stderr } =
      language === 'sh'
        ? await run(
            'sh',
            '-ec',
            `[ ! -f env ] || . ./env\n${text}echo "VERIFIER=$VERIFIER STATE_PROOFS=$STATE_PROOFS" > env`,
          )
        : await run(process.execPath, `block${i}.mjs`);
    expect(code, `${text}\n${stdout}${stderr}`).toBe(0);
    outputs.push(stdout);
  }
  const [proved, foundry, viem, entry, account, snarkjs, ...others] = outputs;
  expect(others).toEqual([]);
  expect(proved).toMatch(/^Proved and verified a batch of 2 accesses/);
  expect(foundry!.trimEnd().split('\n').at(-1)).toBe('0x');
  expect(viem).toMatch(/^the proof holds at 0x[0-9a-fA-F]{40}$/m);
  expect(entry!.trimEnd().split('\n').at(-1)).toBe('0x');
  expect(account!.trimEnd().split('\n').slice(-5)).toEqual(Array.from({ length: 5 }, () => '0x'));
  expect(snarkjs).toMatch(/OK![^]*^Valid: exactly the 2 accesses .* from root 0x0{64}/m);
});

it('calls contracts that refuse what is not so', async () => {
  const text = await readFile(path.join(folder, 'proof.json'), 'utf8');
  await writeFile(
    path.join(folder, 'wrong.json'),
    text.replace(/(?<="newRoot": "0x[0-9a-f]{63})[0-9a-f]/, (digit) => (digit === '1' ? '2' : '1')),
  );
  const calls = blocks
    .find(({ text: block }) => block.includes('forge create'))!
    .text.replace('calldata proof.json', 'calldata wrong.json');
  const { code, stderr } = await run('sh', '-ec', calls);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/revert/);
});

it('has the figures that are measured', async () => {
  const guide = await readFile(path.join(ROOT, 'docs', 'on-chain.md'), 'utf8');
  const gas = JSON.parse(await readFile(path.join(ROOT, 'contracts', 'state-proofs-gas.json'), 'utf8')) as Record<
    string,
    number
  >;
  for (const tree of ['binary', 'quad']) {
    const cells = [12, 24].map((bits) => gas[`${tree} tree, ${bits} bits`]!.toLocaleString('en'));
    expect(guide).toContain(`| ${tree} tree | ${cells.join(' | ')} |`);
  }
});
