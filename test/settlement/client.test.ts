/** The client on a chain that stalls, loses and forgets: what is sent, and how often. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPublicClient, encodeFunctionData, http, keccak256, toHex } from 'viem';
import type { Hex } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { frToHex } from '../../src/base/field/fr.js';
import type { HashDb } from '../../src/state/hashdb/hashdb.js';
import { LocalQueue } from '../../src/proof/prover/queue.js';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { readBatches } from '../../src/settlement/chain.js';
import { MAX_RECORDS } from '../../src/settlement/data.js';
import type { Write } from '../../src/settlement/data.js';
import { deploySettlement } from '../../src/settlement/deploy.js';
import type { SettlementSettings } from '../../src/settlement/deploy.js';
import { Journal, JournalError } from '../../src/settlement/journal.js';
import type { Address } from '../../src/settlement/point.js';
import type { LogProver } from '../../src/settlement/prove-log.js';
import { ChainError } from '../../src/settlement/chain-error.js';
import { Sender } from '../../src/settlement/sender.js';
import { settle } from '../../src/settlement/settle.js';
import { SyncError, syncState } from '../../src/settlement/sync.js';
import { DevelopmentKeysError } from '../../src/proof/verifier/solidity.js';
import { rootshift } from '../cli/cli.js';
import { STORE } from '../proof/prover/prover.js';
import { standIn } from '../proof/prover/stand-in.js';
import { startChain } from '../proof/verifier/anvil.js';
import { endpointBefore } from './endpoint.js';
import type { Request } from './endpoint.js';
import { dataOf, emptyState, put, startSettlement, STRANGER, USUAL } from './world.js';
import type { SettlementWorld } from './world.js';

// The first account of anvil's well-known mnemonic, which owns nothing on any other chain.
const KEY: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

let world: SettlementWorld;
let folder: string;
beforeAll(async () => {
  world = await startSettlement();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-settle-'));
  await world.tools.setBalance({
    address: new Sender({ url: world.url, privateKey: KEY, journal: await journal() }).address,
    value: 10n ** 20n,
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Of a view of the contract. */
const CALL = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'lastVirtual' });
/** Refused to all but the guardian. */
const STOP = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'stop', args: [[0], 60] });

const journal = (): Promise<Journal> => Journal.open(path.join(folder, 'journal.json'));
const senderWith = async (
  options: {
    readonly url?: string;
    readonly journal?: Journal;
    readonly patience?: number;
    readonly confirmations?: number;
  } = {},
): Promise<Sender> =>
  new Sender({ url: world.url, privateKey: KEY, journal: await journal(), pollingInterval: 25, ...options });
const nonce = (sender: Sender): Promise<number> => world.reader.getTransactionCount({ address: sender.address });
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
};
const pending = async () => (await journal()).pending;

const endpointWith = (instead: Parameters<typeof endpointBefore>[1]): Promise<string> =>
  endpointBefore(world.url, instead);
const refusing = (method: string, message: string) => (request: Request) =>
  request.method === method ? { error: { code: -32_000, message } } : null;

describe('a call', () => {
  afterEach(async () => {
    await world.tools.setAutomine(true);
  });

  it('is sent once, also if the process that sent it is gone before it is mined', async () => {
    await world.tools.setAutomine(false);
    let isGone = false;
    const first = await senderWith({
      url: await endpointWith(() => (isGone ? { error: { code: -32_000, message: 'gone' } } : null)),
    });
    const before = await nonce(first);
    const sent = first.send('a call', world.contract, CALL);
    await until(async () => (await world.tools.getTxpoolStatus()).pending === 1);
    isGone = true;
    await expect(sent).rejects.toThrow(
      /^a call: gone; it stays in \S+journal\.json, and the next command continues with it$/,
    );
    const second = await senderWith();
    const resumed = second.resume();
    await world.tools.mine({ blocks: 1 });
    expect(await resumed).toMatchObject({ status: 'success' });
    expect(await nonce(second)).toBe(before + 1);
    expect(await pending()).toBeNull();
  });

  it('that the endpoint does not take stays as it was signed, for whoever goes on', async () => {
    const first = await senderWith({
      url: await endpointWith(refusing('eth_sendRawTransaction', 'insufficient funds for gas')),
      patience: 50,
    });
    const before = await nonce(first);
    await expect(first.send('a call', world.contract, CALL)).rejects.toThrow(
      `a call: the endpoint refuses transaction ${before} of ${first.address}: insufficient funds for gas; it stays in ${path.join(folder, 'journal.json')}, and the next command continues with it`,
    );
    expect((await pending())!.transactions).toHaveLength(1);
    const second = await senderWith();
    // The same call once more is this one.
    expect(await second.send('a call', world.contract, CALL)).toMatchObject({ status: 'success' });
    expect(await nonce(second)).toBe(before + 1);
  });

  it('that is stuck is replaced by one that pays more, under the same nonce', async () => {
    await world.tools.setAutomine(false);
    const sender = await senderWith({ patience: 150 });
    const before = await nonce(sender);
    const sent = sender.send('a call', world.contract, CALL);
    await until(async () => ((await pending())?.transactions.length ?? 0) >= 2);
    const { transactions } = (await pending())!;
    expect(BigInt(transactions[1]!.maxFeePerGas)).toBeGreaterThan(
      (BigInt(transactions[0]!.maxFeePerGas) * 110n) / 100n,
    );
    // It is in the journal before it is sent.
    await until(() =>
      world.reader.getTransaction({ hash: transactions[1]!.hash }).then(
        () => true,
        () => false,
      ),
    );
    await world.tools.mine({ blocks: 1 });
    const { transactionHash } = await sent;
    expect(transactionHash).not.toBe(transactions[0]!.hash);
    expect(await nonce(sender)).toBe(before + 1);
  });

  it('that is stuck for good is replaced up to ten times what the chain takes', async () => {
    await world.tools.setAutomine(false);
    let sendings = 0;
    const sender = await senderWith({
      url: await endpointWith(({ method }) => ((sendings += method === 'eth_sendRawTransaction' ? 1 : 0), null)),
      patience: 0,
    });
    const sent = sender.send('a call', world.contract, CALL);
    await until(async () => sendings > 30);
    const { transactions } = (await pending())!;
    const { maxFeePerGas } = await world.reader.estimateFeesPerGas();
    const paid = BigInt(transactions.at(-1)!.maxFeePerGas);
    expect(paid).toBeGreaterThan(5n * maxFeePerGas);
    expect(paid).toBeLessThanOrEqual(10n * maxFeePerGas);
    await world.tools.mine({ blocks: 1 });
    expect(await sent).toMatchObject({ status: 'success' });
  });

  it('is not sent again because the endpoint does not find it for a while', async () => {
    let looks = 0;
    const sender = await senderWith({
      url: await endpointWith(({ method }) =>
        method === 'eth_getTransactionReceipt' && looks++ < 8 ? { result: null } : null,
      ),
    });
    const before = await nonce(sender);
    expect(await sender.send('a call', world.contract, CALL)).toMatchObject({ status: 'success' });
    expect(await nonce(sender)).toBe(before + 1);
  });

  it('whose nonce another transaction took is given up, and told of', async () => {
    const lost = await senderWith({
      url: await endpointWith(({ method }) =>
        method === 'eth_sendRawTransaction' ? { result: keccak256('0x') } : null,
      ),
    });
    const before = await nonce(lost);
    const sent = lost.send('a call', world.contract, CALL);
    sent.catch(() => {});
    await until(async () => (await pending()) !== null);
    await (
      await senderWith({ journal: await Journal.open(path.join(folder, 'another.json')) })
    ).send('another call', world.contract, `${CALL}00`);
    await expect(sent).rejects.toThrow(
      new RegExp(
        `^a call: another transaction of ${lost.address}, 0x[0-9a-f]{64}, took nonce ${before}; run the command again$`,
      ),
    );
    expect(await pending()).toBeNull();
  });

  it('that reverts once it is mined is told of, and over when a second look finds the same', async () => {
    const url = await endpointWith(({ method }) => (method === 'eth_estimateGas' ? { result: toHex(100_000) } : null));
    const sender = await senderWith({ url });
    const before = await nonce(sender);
    await expect(sender.send('a stop', world.contract, STOP)).rejects.toThrow(
      /^a stop: transaction 0x[0-9a-f]{64} was mined and reverted, by the endpoint's word; the next command looks once more/,
    );
    expect(await pending()).toMatchObject({ what: 'a stop', isReverted: true });
    await (await senderWith({ url })).send('a call', world.contract, CALL);
    expect(await pending()).toBeNull();
    expect(await nonce(sender)).toBe(before + 2);
  });

  it('that reverted by the word of a lying endpoint is not sent a second time', async () => {
    const lying = await senderWith({
      url: await endpointWith(async ({ method }, answer) => {
        const { result } = await answer();
        const isReceipt = method === 'eth_getTransactionReceipt' && result !== null;
        return isReceipt ? { result: { ...(result as object), status: '0x0' } } : null;
      }),
    });
    const before = await nonce(lying);
    await expect(lying.send('a call', world.contract, CALL)).rejects.toThrow('was mined and reverted');
    const { transactionHash } = await (await senderWith()).send('a call', world.contract, CALL);
    expect((await world.reader.getTransaction({ hash: transactionHash })).nonce).toBe(before);
    expect(await nonce(lying)).toBe(before + 1);
    expect(await pending()).toBeNull();
  });

  it('that reverted by the word of an endpoint that lies over and over is not sent a second time', async () => {
    const url = await endpointWith(async ({ method }, answer) => {
      const { result } = await answer();
      const isReceipt = method === 'eth_getTransactionReceipt' && result !== null;
      return isReceipt ? { result: { ...(result as object), status: '0x0' } } : null;
    });
    const before = await nonce(await senderWith());
    const send = async () => (await senderWith({ url })).send('a call', world.contract, CALL);
    await expect(send()).rejects.toThrow('the next command looks once more');
    for (let i = 0; i < 2; i++)
      await expect(send()).rejects.toThrow('but the state before its block permits it, and the block is not final yet');
    expect(await pending()).toMatchObject({ what: 'a call' });
    const { transactionHash } = await (await senderWith()).send('a call', world.contract, CALL);
    expect((await world.reader.getTransaction({ hash: transactionHash })).nonce).toBe(before);
    expect(await nonce(await senderWith())).toBe(before + 1);
  });

  it('sends along the ether that it is told to', async () => {
    const to = '0x00000000000000000000000000000000000e74e5';
    await (await senderWith()).send('a gift', to, '0x', { value: 5n });
    await (await senderWith()).send('another gift', to, '0x', { value: 7n });
    expect(await world.reader.getBalance({ address: to })).toBe(12n);
  });

  it('by an endpoint that is away is told of in a sentence, without its URL', async () => {
    const sender = await senderWith({ url: 'http://127.0.0.1:1/secret' });
    const error: unknown = await sender.send('a call', world.contract, CALL).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ChainError);
    expect((error as Error).message).toMatch(/^could not ask which chain it is: [^\n]+$/);
    expect((error as Error).message).not.toContain('secret');
  });

  it('of another process with the same journal is not written over', async () => {
    await world.tools.setAutomine(false);
    const other = await senderWith();
    const sender = await senderWith();
    const sent = sender.send('a call', world.contract, CALL);
    await until(async () => (await pending()) !== null);
    await expect(other.send('another call', world.contract, `${CALL}00`)).rejects.toThrow(JournalError);
    expect((await pending())!.what).toBe('a call');
    await world.tools.mine({ blocks: 1 });
    await sent;
  });

  it('that a reorganisation takes off the chain is sent again', async () => {
    const fresh = await world.tools.snapshot();
    const sender = await senderWith({ confirmations: 3 });
    const before = await nonce(sender);
    const sent = sender.send('a call', world.contract, CALL);
    await until(async () => (await nonce(sender)) === before + 1);
    await world.tools.revert({ id: fresh });
    await world.tools.mine({ blocks: 1 });
    await until(async () => (await nonce(sender)) === before + 1);
    await world.tools.mine({ blocks: 3 });
    expect(await sent).toMatchObject({ status: 'success' });
    expect(await pending()).toBeNull();
  });

  it('that the contract refuses is told of by the error, and not sent', async () => {
    const sender = await senderWith();
    const before = await nonce(sender);
    await expect(sender.send('a stop', world.contract, STOP)).rejects.toThrow(
      /^a stop: the contract reverts: AccessControlUnauthorizedAccount\(/,
    );
    expect([await nonce(sender), await pending()]).toEqual([before, null]);
  });

  it('is followed by the account that signed it alone, on its chain', async () => {
    await world.tools.setAutomine(false);
    const sent = (await senderWith()).send('a call', world.contract, CALL);
    await until(async () => (await pending()) !== null);
    const other = new Sender({ url: world.url, privateKey: keccak256('0x'), journal: await journal() });
    await expect(other.resume()).rejects.toThrow(/^the journal \S+journal\.json has an unfinished call by 0x/);
    const elsewhere = await senderWith({
      url: await endpointWith(({ method }) => (method === 'eth_chainId' ? { result: '0x5' } : null)),
    });
    await expect(elsewhere.resume()).rejects.toThrow(
      /^the journal \S+journal\.json has an unfinished call on chain 31337; use an endpoint of that chain, not of chain 5$/,
    );
    await world.tools.setAutomine(true);
    await world.tools.mine({ blocks: 1 });
    await sent;
  });
});

it('a journal that is something else is refused', async () => {
  await expect(Journal.open(path.join(import.meta.dirname, 'Baselines.sol'))).rejects.toThrow(JournalError);
});

/** An empty state, and what proves it. */
async function proverOf(): Promise<LogProver> {
  const queue = new LocalQueue({ programs: [standIn(folder, 'replay')] });
  onTestFinished(() => queue.close());
  return { db: await emptyState(), store: STORE, queue };
}

describe('a settlement', () => {
  const settings = ({ address }: Sender): SettlementSettings => ({
    roles: { admin: address, sequencer: address, prover: address, guardian: address },
    proverTimeout: 60,
    forceDelay: 60,
    changeDelay: 120,
  });
  const FIRST = [put(1n, 5n), put(1n, 6n)];
  const SECOND = [put(1n, 8n)];

  it('goes from deployment to the consolidation of batches; nodes follow it, over a reorganisation too', async () => {
    const sender = await senderWith();
    const keys = [USUAL.keys, USUAL.keys] as const;
    const contract: Address = await deploySettlement(sender, keys, settings(sender));
    expect(await deploySettlement(sender, keys, settings(sender))).toBe(contract);

    const options = { ...(await proverOf()), sender, contract };
    const { db } = options;
    expect(await settle(options, FIRST)).toMatchObject({ posted: [1], proven: [1] });
    const before = await world.tools.snapshot();
    const { root } = await settle(options, SECOND);
    expect((await db.current()).root).toBe(root);

    const followed = { chainId: await sender.chainId(), contract };
    const node: HashDb = await emptyState();
    const synced = await syncState(node, followed, await readBatches(sender.provider, contract));
    expect(synced).toEqual({ root, number: 2, applied: 2, wentBack: null });
    const lies = (await readBatches(sender.provider, contract)).map((batch) => ({ ...batch, root: batch.root! + 1n }));
    await expect(syncState(await emptyState(), followed, lies)).rejects.toThrow(SyncError);
    const out = await rootshift(folder, ['sync', '--rpc', world.url, '--contract', contract, '--json']);
    expect(out, out.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(out.stdout)).toEqual({ root: frToHex(root), batch: 2, applied: 2, waiting: 0, wentBack: null });

    // The second batch is gone from the chain; whoever followed goes back, and on from there.
    await world.tools.revert({ id: before });
    const gone = await syncState(node, followed, await readBatches(sender.provider, contract));
    expect(gone).toMatchObject({ number: 1, applied: 0, wentBack: 'reorganised' });
    expect((await node.current()).root).toBe(gone.root);
    expect(gone.root).not.toBe(root);
    expect(await settle({ ...options, db: node }, SECOND)).toMatchObject({ posted: [2], proven: [2], root });
  });

  it('is posted to by a sequencer that does not prove: each part once, though the process ends midway', async () => {
    const sender = await senderWith();
    const keys = [USUAL.keys, USUAL.keys] as const;
    const contract = await deploySettlement(sender, keys, {
      ...settings(sender),
      roles: { ...settings(sender).roles, prover: STRANGER.address },
      proverTimeout: 3600,
    });
    const options = { ...(await proverOf()), sender, contract };
    const many = Array.from({ length: 2 * MAX_RECORDS + 1 }, (_, i) => put(BigInt(i), 1n));
    const before = await nonce(sender);
    let calls = 0;
    const ending: Sender = Object.assign(Object.create(sender) as Sender, {
      send: async (...call: Parameters<Sender['send']>) => {
        if (++calls === 2) throw new Error('the process ends');
        return sender.send(...call);
      },
    });
    await expect(settle({ ...options, sender: ending }, many)).rejects.toThrow('the process ends');
    await expect(settle(options, SECOND)).rejects.toThrow(
      'expected the batch that is partly posted (1 of 3 parts are left), got another batch',
    );
    expect(await settle(options, many)).toMatchObject({ posted: [1, 2, 3], proven: [], waiting: 3, root: 0n });
    expect(await nonce(sender)).toBe(before + 2);
    expect(await settle(options, SECOND)).toMatchObject({ posted: [4], waiting: 4 });
  });

  it('is read from its deployment on, in ranges as narrow as the endpoint wants', async () => {
    await world.tools.mine({ blocks: 40 });
    const sender = await senderWith();
    const keys = [USUAL.keys, USUAL.keys] as const;
    const contract = await deploySettlement(sender, keys, settings(sender));
    const deployed = await world.reader.getBlockNumber({ cacheTime: 0 });
    await world.tools.mine({ blocks: 40 });
    const data = encodeFunctionData({
      abi: SETTLEMENT_ABI,
      functionName: 'sequenceBatches',
      args: [1, [{ data: dataOf(SECOND), fee: 0n, prover: sender.address, logHash: 0n }]],
    });
    await sender.send('post', contract, data);
    const head = await world.reader.getBlockNumber({ cacheTime: 0 });

    const answered: [from: number, to: number][] = [];
    const url = await endpointWith(({ method, params }) => {
      if (method !== 'eth_getLogs') return null;
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: Hex; toBlock: Hex }];
      if (Number(toBlock) - Number(fromBlock) >= 7)
        return { error: { code: -32_000, message: 'query exceeds max block range 7' } };
      answered.push([Number(fromBlock), Number(toBlock)]);
      return null;
    });
    const batches = await readBatches(createPublicClient({ transport: http(url) }), contract);
    expect(batches.map(({ number, writes }) => [number, writes])).toEqual([[1, SECOND]]);
    expect(answered[0]![0]).toBe(Number(deployed));
    expect(answered.at(-1)![1]).toBe(Number(head));
    answered.slice(1).forEach(([from], i) => expect(from).toBe(answered[i]![1] + 1));
  });

  it('is not read from an endpoint that keeps events back, or changes them', async () => {
    const sender = await senderWith();
    const contract = await deploySettlement(sender, [USUAL.keys, USUAL.keys], settings(sender));
    await sender.send(
      'post',
      contract,
      encodeFunctionData({
        abi: SETTLEMENT_ABI,
        functionName: 'sequenceBatches',
        args: [1, [{ data: dataOf(FIRST), fee: 0n, prover: sender.address, logHash: 0n }]],
      }),
    );
    const read = async (change: (logs: { data: Hex }[]) => unknown) => {
      const url = await endpointWith(async ({ method }, answer) =>
        method === 'eth_getLogs' ? { result: change((await answer()).result as { data: Hex }[]) } : null,
      );
      return readBatches(createPublicClient({ transport: http(url) }), contract);
    };
    expect(await read((logs) => logs)).toHaveLength(1);
    await expect(read(() => [])).rejects.toThrow(
      `the endpoint's events of ${contract} are incomplete: they contain 0 batches, 0 consolidated, root 0x0, but the contract has 1 batches, 0 consolidated, root 0x0`,
    );
    const [five, seven] = [5n, 7n].map((value) => dataOf([put(1n, value)]).slice(-64));
    await expect(
      read((logs) => logs.map((log) => ({ ...log, data: log.data.replace(five!, seven!) }))),
    ).rejects.toThrow(`the endpoint's data of batch 1 of ${contract} differs from what was posted`);
  });

  it('is not read of two chains: what a reorganisation changes meanwhile is read anew', async () => {
    const sender = await senderWith();
    const contract = await deploySettlement(sender, [USUAL.keys, USUAL.keys], settings(sender));
    const fresh = await world.tools.snapshot();
    const post = (writes: Write[]) =>
      sender.send(
        'post',
        contract,
        encodeFunctionData({
          abi: SETTLEMENT_ABI,
          functionName: 'sequenceBatches',
          args: [1, [{ data: dataOf(writes), fee: 0n, prover: sender.address, logHash: 0n }]],
        }),
      );
    await post(FIRST);
    let reads = 0;
    const url = await endpointWith(async ({ method }) => {
      if (method !== 'eth_getBlockByNumber' || ++reads !== 2) return null;
      await world.tools.revert({ id: fresh });
      await world.tools.mine({ blocks: 1, interval: 100 });
      await post(SECOND);
      return null;
    });
    const batches = await readBatches(createPublicClient({ transport: http(url) }), contract);
    expect(batches.map(({ writes }) => writes)).toEqual([SECOND]);
    expect(reads).toBeGreaterThan(2);
  });

  it('with development keys is deployed on local chains only, unless asked for by name', async () => {
    const other = await startChain('--chain-id', '5');
    try {
      const sender = new Sender({ url: other.url, privateKey: KEY, journal: await journal(), pollingInterval: 25 });
      const keys = [USUAL.keys, USUAL.keys] as const;
      await expect(deploySettlement(sender, keys, settings(sender))).rejects.toThrow(DevelopmentKeysError);
      await expect(deploySettlement(sender, keys, settings(sender), { allowDevelopment: true })).resolves.toMatch(
        /^0x/,
      );
    } finally {
      await other.stop();
    }
  });
});

describe('the command line', () => {
  it('never takes a key as an option, and says in one sentence what it lacks', async () => {
    const args = ['settle', '--rpc', world.url, '--contract', world.contract];
    const without = await rootshift(folder, args);
    expect(without).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: expected the private key of the sender in ROOTSHIFT_PRIVATE_KEY/),
    });
    const wrong = await rootshift(folder, args, { ROOTSHIFT_PRIVATE_KEY: 'secret' });
    expect(wrong).toMatchObject({
      code: 2,
      stderr: 'error: expected a private key of 64 hexadecimal digits, got something else\n',
    });
    const nobody = toHex(1n, { size: 20 });
    const nowhere = await rootshift(folder, ['sync', '--rpc', world.url, '--contract', nobody]);
    expect(nowhere).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: could not read the settlement at 0x0+1: /),
    });
  });
});
