/** The worked examples, as a newcomer runs them. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../cli/cli.js';
import { startChain } from '../proof/verifier/anvil.js';

async function example(name: string, ...args: string[]): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', path.join(ROOT, 'examples', name), ...args],
    { cwd: ROOT },
  );
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

it('a key-value store proves what it holds and what it does not, and a lie is seen', async () => {
  expect(await example('key-value-store.ts')).toEqual([
    'apples: 3',
    'plums: 0, which is absent, and proven to be',
    'pears, before: 5',
    'apples, pears and plums, by one proof: 3, 4, 0',
    expect.stringMatching(/^apples, by a server that says 4: the server lies: /),
  ]);
});

it('a price list proves all offers between two prices, the cheapest and the next, and a gap is seen', async () => {
  expect(await example('price-list.ts')).toEqual([
    'from 2.50 to 3.99, and no others: 250, 250, 275, 310',
    'cheapest: 250',
    'dearest: 1000',
    'next above 3.10: 499',
    'from 5.00 to 9.99: 0 offers',
    expect.stringMatching(/^the cheapest left out: the market lies: the leaf before the range does not point /),
    expect.stringMatching(/^a day later: the market lies: its counter and tree root do not give the root$/),
  ]);
});

it('the mainnet block is executed and checked in full, and a chunk of it proven', async () => {
  const lines = await example('replay-block.ts', 's16');
  expect(lines).toEqual([
    expect.stringMatching(
      /^Executed and checked 1211 accesses of \d+ transactions to \d+ keys, \d+ of them changed\.$/,
    ),
    expect.stringMatching(/^ {2}from root 0x[0-9a-f]{64}$/),
    expect.stringMatching(/^ {2}to root {3}0x[0-9a-f]{64}$/),
    expect.stringMatching(/^Proved the first \d+ of them by circuit s16 in [\d.]+ s\.$/),
    expect.stringMatching(/^Valid: exactly the 15 accesses /),
  ]);
});

it('payments are signed, proven and verified, and the state rebuilt from what was posted', async () => {
  expect(await example('payments.ts')).toEqual([
    'Alice signs a payment of 224 bytes.',
    'The operator posts 46 bytes, and a proof.',
    expect.stringMatching(
      /^Valid: batch 1 of contract 0x0+c0ffee on chain 31337: 1 transfer, .*, 1 deposit; signed by 0x[0-9a-f]{40}\. /,
    ),
    'From what was posted: Bob has 300 wei, the operator 1000000000.',
    'The root is the proven one.',
  ]);
});

it('Ethereum transactions are executed, what they write is proven, and a follower comes to the same root', async () => {
  const lines = await example('evm.ts');
  expect(lines).toEqual([
    'Deployed the token for 346501 gas at 0xae519fc2ba8e6ffe6473195c092bf1bae986ff90.',
    'Sent 300 of it to Bob for 51213 gas.',
    'The batch changes 9 entries.',
    expect.stringMatching(
      /^Valid: exactly the 9 accesses of its log \(0 reads, 9 writes\), in that order, lead from root 0x/,
    ),
    expect.stringMatching(/^A follower comes to the same root, 0x[0-9a-f]{64}\.$/),
  ]);
  expect(lines[3]).toContain(`to root ${/0x[0-9a-f]{64}/.exec(lines[4]!)![0]}, `);
});

it('a token ledger is settled on a chain, and rebuilt from it', async () => {
  const chain = await startChain();
  try {
    expect(await example('token-ledger.ts', chain.url)).toEqual([
      'Deployed a settlement.',
      expect.stringMatching(/^Settled batch 1, 2 writes: the contract's root is 0x[0-9a-f]{64}\.$/),
      expect.stringMatching(/^Settled batch 2, 4 writes: the contract's root is 0x[0-9a-f]{64}\.$/),
      'Refused: 0xca401 has too little.',
      'From the chain alone: Alice has 700, Bob 230, Carol 120.',
    ]);
  } finally {
    await chain.stop();
  }
});
