/** The walk-through of docs/payments.md, pasted into a shell: real proofs, from a deposit to an exit. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { formatEther } from 'viem';
import type { Address } from 'viem';
import { expect, it, onTestFinished } from 'vitest';
import { PAYMENTS_ABI } from '../../../src/settlement/abi.js';
import { freshFolder, inShell, ROOT } from '../../cli/cli.js';
import { startChain } from '../../proof/verifier/anvil.js';

const ALICE = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const BOB = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';

it('docs/payments.md leads from a deposit to an exit', async () => {
  const chain = await startChain('--block-time', '1');
  onTestFinished(chain.stop);
  const guide = await readFile(path.join(ROOT, 'docs/payments.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
  expect(blocks.length).toBeGreaterThan(5);
  const script = blocks.join('').replace('http://127.0.0.1:8545', chain.url);
  const balances = () =>
    Promise.all([ALICE, BOB].map((address) => chain.reader.getBalance({ address: address as Address })));
  const before = await balances();
  const { code, stdout, stderr } = await inShell(
    await freshFolder(),
    `set -euo pipefail\nnpx() { shift; rootshift "$@"; }\n${script}`,
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/batch 1: 1 deposit\b/);
  expect(stdout).toMatch(/batch 2: 1 transfer, 1 withdrawal, 1 collection of fees; signed by 0x7099/);
  expect(stdout).toMatch(/Forced operations at 0x\w+\.\s+proven +batch 3: 1 exit\b/);
  // 0.5 withdrawn of 1.5 deposited, and 0.25 received; gas and fees are small.
  const after = await balances();
  const gained = after.map((balance, i) => Number(formatEther(balance - before[i]!)));
  expect(gained[0]).toBeGreaterThan(-1.01);
  expect(gained[0]).toBeLessThan(-1);
  expect(gained[1]).toBeGreaterThan(0.24);
  expect(gained[1]).toBeLessThan(0.25);
  // The follower's root, as it says, is the contract's.
  const address = /the contract is (0x[0-9a-f]{40})/.exec(stdout)![1] as Address;
  const root = await chain.reader.readContract({ address, abi: PAYMENTS_ABI, functionName: 'consolidatedRoot' });
  expect(stdout).toContain(`0x${root.toString(16).padStart(64, '0')}, consolidated by batch 3`);
});
