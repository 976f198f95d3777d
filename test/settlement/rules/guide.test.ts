/** Section 5 of docs/write-your-own-rules.md, pasted into a shell: the registry of names, settled and followed. */
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import type { Address } from 'viem';
import { expect, it, onTestFinished } from 'vitest';
import { RULES_SETTLEMENT_ABI } from '../../../src/settlement/abi.js';
import { freshFolder, inShell, ROOT } from '../../cli/cli.js';
import { startChain } from '../../proof/verifier/anvil.js';

it('docs/write-your-own-rules.md leads to a settled batch', async () => {
  const chain = await startChain('--block-time', '1');
  onTestFinished(chain.stop);
  const guide = await readFile(path.join(ROOT, 'docs/write-your-own-rules.md'), 'utf8');
  const [, program] = /```ts\n(.*?)```/s.exec(guide.slice(guide.indexOf('## 4. ')))!;
  const [, commands] = /```sh\n(.*?)```/s.exec(guide.slice(guide.indexOf('## 5. ')))!;
  const folder = await freshFolder();
  await mkdir(path.join(folder, 'node_modules'));
  await symlink(ROOT, path.join(folder, 'node_modules/rootshift'));
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(path.join(folder, 'sign.ts'), program!);
  for (const name of ['names.ts', 'names.circom'])
    await cp(path.join(ROOT, 'examples/names', name), path.join(folder, name));
  await build({ entryPoints: [path.join(folder, 'names.ts')], format: 'esm', outfile: path.join(folder, 'names.js') });
  const tsx = path.join(ROOT, 'node_modules/.bin/tsx');
  const { code, stdout, stderr } = await inShell(
    folder,
    `set -euo pipefail\nnpx() { if [ "$1" = tsx ]; then shift; ${tsx} "$@"; else shift; rootshift "$@"; fi; }\n${commands!.replace('http://127.0.0.1:8545', chain.url)}\necho "at $ROOTSHIFT_CONTRACT"`,
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^ {2}batch +1: 1 register, 0 transfer, 0 release$/m);
  const [, address] = /^at (0x[0-9a-f]{40})$/m.exec(stdout)!;
  const place = { address: address as Address, abi: RULES_SETTLEMENT_ABI } as const;
  const root = await chain.reader.readContract({ ...place, functionName: 'consolidatedRoot' });
  expect(stdout).toContain(`0x${root.toString(16).padStart(64, '0')}, consolidated by batch 1`);
});
