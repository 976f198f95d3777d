/** `rootshift node` as its users have it: from the start to a transfer, a token, a kill, and a chain that goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseEther } from 'viem';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TOKEN_ABI, TOKEN_CODE } from '../rules/evm/world.js';
import { databaseOn } from '../../src/engine/database.js';
import { accountsOf } from '../../src/node/main/genesis.js';
import { parseBatch } from '../../src/state/batch/parse.js';
import { MemoryDriver } from '../../src/state/hashdb/memory.js';
import { WorkingState } from '../../src/state/hashdb/working-state.js';
import { checkAnswer } from '../node/rpc/schemas.js';
import { ALICE, BOB, ETHER, MNEMONIC, viemOf } from '../node/rpc/world.js';
import { BIN, environment, rootshift } from './cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-node-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface NodeProcess {
  /** Undefined if it ended before it listened. */
  readonly url: string | undefined;
  readonly said: readonly string[];
  /** Sends a signal, and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<{ readonly code: number | null; readonly stdout: string }>;
  readonly ended: Promise<unknown>;
}

async function start(cwd: string, ...args: readonly string[]): Promise<NodeProcess> {
  const line = [BIN, 'node', '--block-ms', '1', ...args];
  if (!args.includes('--http')) line.push('--http', '127.0.0.1:0');
  const child = spawn(process.execPath, line, { cwd, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  let stdout = '';
  child.stdout.on('data', (data) => (stdout += String(data)));
  const said: string[] = [];
  let url: string | undefined;
  for await (const text of createInterface({ input: child.stderr })) {
    said.push(text);
    url = /JSON-RPC.* at (http:\S+)$/.exec(text)?.[1];
    if (url !== undefined) break;
  }
  child.stderr.resume();
  const end: NodeProcess['end'] = async (signal) => {
    child.kill(signal);
    const [code] = (await ended) as [number | null];
    return { code, stdout };
  };
  return { url, said, end, ended };
}

const fresh = (): Promise<string> => mkdtemp(path.join(folder, 'home-'));

describe('rootshift node', () => {
  it('takes a transfer and a token, is killed, goes on where it was, and ends when it is asked to', async () => {
    const cwd = await fresh();
    const first = await start(cwd);
    expect(first.said.join('\n')).toContain(ALICE.address.toLowerCase());
    const client = viemOf(first.url!);
    const hash = await client.sendTransaction({ to: BOB.address, value: parseEther('1') });
    expect(await client.waitForTransactionReceipt({ hash })).toMatchObject({ status: 'success', gasUsed: 21_000n });
    const text = async (place: string): Promise<string> => (await fetch(`${first.url!}${place}`)).text();
    expect(await text('/')).toContain('<title>Chain 31337 - Rootshift</title>');
    expect(JSON.parse(await text(`/data/transactions/${hash}`))).toMatchObject({ where: 'block', succeeded: true });
    expect(await text('/metrics')).toMatch(/^rootshift_node_transactions_total [1-9]/m);
    expect(await text('/readyz')).toBe('ok\n');
    const deployed = await client.deployContract({ abi: TOKEN_ABI, bytecode: TOKEN_CODE, args: [100n] });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash: deployed });
    const height = await client.getBlockNumber();
    const block = await client.getBlock({ blockNumber: height });
    await first.end('SIGKILL');

    const second = await start(cwd, '--tracing');
    const again = viemOf(second.url!);
    expect(await again.getBlockNumber()).toBe(height);
    expect(await again.getBlock({ blockNumber: height })).toEqual(block);
    expect(await again.getTransactionReceipt({ hash })).toMatchObject({ status: 'success' });
    const token = { address: contractAddress!, abi: TOKEN_ABI } as const;
    const moved = await again.writeContract({ ...token, functionName: 'transfer', args: [BOB.address, 7n] });
    const { blockNumber } = await again.waitForTransactionReceipt({ hash: moved });
    expect(blockNumber).toBe(height + 1n);
    expect(await again.readContract({ ...token, functionName: 'balanceOf', args: [BOB.address] })).toBe(7n);
    // Of a transaction that the killed process took, too.
    const raw = again as { readonly request: (args: object) => Promise<unknown> };
    const params = [deployed, { tracer: 'callTracer' }];
    const trace = await raw.request({ method: 'debug_traceTransaction', params });
    expect(trace).toMatchObject({ type: 'CREATE', to: contractAddress });
    const answers: readonly (readonly [method: string, ...params: unknown[]])[] = [
      ['eth_getBlockByNumber', '0x0', true],
      ['eth_getBlockByHash', block.hash, true],
      ['eth_getTransactionByHash', hash],
      ['eth_getTransactionReceipt', moved],
      ['eth_getBlockReceipts', 'latest'],
      ['eth_getLogs', { fromBlock: '0x0' }],
      ['eth_getProof', contractAddress, ['0x0'], 'latest'],
      ['eth_feeHistory', '0x5', 'latest', [50]],
    ];
    for (const [method, ...rest] of answers) checkAnswer(method, await raw.request({ method, params: rest }));
    const { code, stdout } = await second.end('SIGINT');
    expect(stdout).toMatch(/^Stopped\./);
    expect(code).toBe(0);

    // What a batch writes is a batch file, which leads from its old root to its new one.
    const third = await start(cwd, '--batch-age', '1', '--prove', 's16');
    const asking = viemOf(third.url!) as { readonly request: (args: object) => Promise<unknown> };
    const ask = (method: string): Promise<unknown> => asking.request({ method, params: ['0x1'] });
    let batch: Record<string, string>;
    do batch = (await ask('rootshift_getBatch')) as Record<string, string>;
    while (batch['stage'] !== 'checked');
    const { accesses } = parseBatch(JSON.stringify(await ask('rootshift_getBatchWrites')));
    await using db = await databaseOn(new MemoryDriver(), { createIfMissing: true });
    const state = new WorkingState(db, (await db.current()).root);
    for (const account of accountsOf(MNEMONIC, 10)) {
      state.set({ address: BigInt(account.address), kind: 'balance', slot: 0n }, 10_000n * ETHER);
    }
    expect((await state.commit()).root).toBe(BigInt(batch['oldRoot']!));
    for (const { address, kind, slot, value } of accesses) state.set({ address, kind, slot }, value!);
    expect((await state.commit()).root).toBe(BigInt(batch['newRoot']!));
    expect(accesses).toHaveLength(Number(batch['writes']));

    // Its proof is a file that `verify` takes.
    const writes = JSON.stringify(await ask('rootshift_getBatchWrites'));
    await writeFile(path.join(cwd, 'batch-1.json'), writes);
    while (((await ask('rootshift_getBatch')) as typeof batch)['proof'] !== 'proven')
      await new Promise((end) => setTimeout(end, 200));
    const proof = JSON.stringify(await ask('rootshift_getBatchProof'));
    await writeFile(path.join(cwd, 'proof-1.json'), proof);
    const args = ['verify', 'proof-1.json', '--batch', 'batch-1.json', '--old-root', batch['oldRoot']!];
    const verified = await rootshift(cwd, args);
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout).toContain(batch['newRoot']!);
    await writeFile(
      path.join(cwd, 'batch-1.json'),
      writes.replace(/(\d)"\}\]\}$/, (_, digit) => `${(digit as string) === '1' ? 2 : 1}"}]}`),
    );
    expect((await rootshift(cwd, args)).code).not.toBe(0);
    expect(await (await fetch(`${third.url!}/batches/1/proof`)).text()).toContain(batch['newRoot']!.slice(2, 10));
    expect(await third.end('SIGTERM')).toMatchObject({ code: 0 });

    const other = await start(cwd, '--accounts', '9');
    expect(other.url).toBe(undefined);
    expect(other.said.at(-1)).toMatch(/^error: expected a chain whose genesis has hash 0x/);
  });
});

describe('a node that cannot start', () => {
  it.each([
    ['an address that is none', ['--http', 'nowhere'], 'expected HOST:PORT'],
    ['other machines, not allowed', ['--http', '0.0.0.0:0'], 'would be open to other machines'],
    ['a mnemonic that is none', ['--mnemonic', 'test test'], 'expected a mnemonic of 12 to 24 words'],
    ['a recipient that is none', ['--fees-to', '0x12'], '--fees-to'],
    ['a tip that is none', ['--least-tip', '1.5'], '--least-tip: expected a number of wei, got 1.5'],
    ['a genesis that is none', ['--genesis', 'genesis.json'], 'config'],
    ['a genesis that is not there', ['--genesis', 'none.json'], 'none.json'],
  ])('says why: %s', async (_, args, message) => {
    const cwd = await fresh();
    await writeFile(path.join(cwd, 'genesis.json'), '{}');
    const { said, url, ended } = await start(cwd, ...args);
    expect(url).toBe(undefined);
    expect(await ended).toEqual([2, null]);
    expect(said.at(-1)).toMatch(/^error: /);
    expect(said.at(-1)).toContain(message);
    expect(said.at(-1)).not.toContain('bug');
  });

  it('says so when another program listens there', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { said, ended } = await start(await fresh(), '--http', `127.0.0.1:${port}`);
    expect(await ended).toEqual([2, null]);
    expect(said.at(-1)).toContain(`could not listen on 127.0.0.1:${port}: another program listens there`);
    server.close();
  });
});
