/** Whatever a command has sent when it is killed, and whatever the endpoint hides, the next one sends nothing twice. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keccak256, toHex } from 'viem';
import type { Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LocalQueue } from '../../src/proof/prover/queue.js';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { Journal } from '../../src/settlement/journal.js';
import type { Address } from '../../src/settlement/point.js';
import { forceBatch } from '../../src/settlement/post.js';
import { Sender } from '../../src/settlement/sender.js';
import type { SenderOptions } from '../../src/settlement/sender.js';
import { settle } from '../../src/settlement/settle.js';
import { STORE } from '../proof/prover/prover.js';
import { standIn } from '../proof/prover/stand-in.js';
import { endpointBefore, endpointUntil } from './endpoint.js';
import type { Cut } from './endpoint.js';
import { emptyState, put, startSettlement, storageOf } from './world.js';
import type { SettlementWorld } from './world.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;

/** Of no account that anvil knows. */
const KEY: Hex = keccak256(toHex('once'));

let world: SettlementWorld;
let contract: Address;
let account: Address;
beforeAll(async () => {
  world = await startSettlement();
  account = (await senderOn(await freshFolder())).address;
  await world.tools.setBalance({ address: account, value: 10n ** 20n });
});
afterAll(() => world?.stop());

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-once-'));
  folders.push(folder);
  return folder;
}
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A sender that begins with what the journal in a folder has. */
const senderOn = async (folder: string, options: Partial<SenderOptions> = {}): Promise<Sender> =>
  new Sender({
    url: world.url,
    privateKey: KEY,
    journal: await Journal.open(path.join(folder, 'journal.json')),
    pollingInterval: 25,
    ...options,
  });

/** A settlement of its own: one with forced batches that wait would post and prove them, too. */
const deploy = async (): Promise<void> => {
  const roles = { admin: account, sequencer: account, prover: account, guardian: account };
  contract = await world.deploySettlement({ roles });
};

const count = (functionName: 'forcedCount' | 'lastVirtual' | 'lastConsolidated'): Promise<number> =>
  world.reader.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName });

/** Runs a command until every so many of its calls, and then as a whole; `check` is told where it ended. */
async function killEverywhere(
  command: (sender: Sender) => Promise<unknown>,
  check: (where: string, cut: Cut) => Promise<void>,
  { every = 1 } = {},
): Promise<number> {
  let kills = 0;
  for (let call = 1; ; call += every) {
    for (const when of ['before', 'after'] as const) {
      const folder = await freshFolder();
      const { url, reached } = await endpointUntil(world.url, { call, when });
      const ended = command(await senderOn(folder, { url })).then(() => null);
      ended.catch(() => {});
      const method = await Promise.race([reached, ended]);
      // It needs no more calls than that.
      if (method === null) return kills;
      await command(await senderOn(folder));
      kills++;
      await check(`${when} call ${call}, ${method}`, { call, when });
    }
  }
}

describe('a forced batch', () => {
  beforeAll(deploy);
  const writes = () => [storageOf(BigInt(account), 1n, 5n)];
  const force = (sender: Sender) => forceBatch({ sender, contract }, writes());

  it('is forced once, whatever call its command is killed at', async () => {
    let before = await count('forcedCount');
    const kills = await killEverywhere(force, async (where) => {
      const now = await count('forcedCount');
      expect(now - before, where).toBe(1);
      before = now;
    });
    // At least one before and one after each of: chain, gas, nonce, fees, sending, receipt, what became of it.
    expect(kills).toBeGreaterThan(20);
  });

  it('is forced once more by whoever asks again when it is done', async () => {
    const folder = await freshFolder();
    const first = await force(await senderOn(folder));
    const second = await force(await senderOn(folder));
    expect(second.index).toBe(first.index + 1);
    expect(await count('forcedCount')).toBe(second.index + 1);
  });

  it('is found by its own command also if another one settled its transaction', async () => {
    const folder = await freshFolder();
    const before = await count('forcedCount');
    const cut: Cut = { call: await callOf('eth_sendRawTransaction'), when: 'after' };
    await world.tools.setAutomine(false);
    onTestFinished(() => world.tools.setAutomine(true));
    const { url, reached } = await endpointUntil(world.url, cut);
    force(await senderOn(folder, { url })).catch(() => {});
    await reached;
    await world.tools.setAutomine(true);
    await world.tools.mine({ blocks: 1 });
    await (await senderOn(folder)).resume();
    expect(await force(await senderOn(folder))).toMatchObject({ index: before });
    expect(await count('forcedCount')).toBe(before + 1);
  });

  /** At which call a command that forces a batch makes this one. */
  async function callOf(method: string): Promise<number> {
    let calls = 0;
    let found = 0;
    const url = await endpointBefore(world.url, (request) => {
      calls++;
      if (request.method === method && found === 0) found = calls;
      return null;
    });
    const id = await world.tools.snapshot();
    await force(await senderOn(await freshFolder(), { url }));
    await world.tools.revert({ id });
    return found;
  }

  it('is forced once though the endpoint hides receipts for longer than the client waits', async () => {
    const folder = await freshFolder();
    const before = await count('forcedCount');
    const url = await endpointBefore(world.url, ({ method }) =>
      method === 'eth_getTransactionReceipt' ? { result: null } : null,
    );
    const nonce = await world.reader.getTransactionCount({ address: account });
    const hidden = await senderOn(folder, { url, limit: 5000 });
    await expect(force(hidden)).rejects.toThrow(
      /^force a batch: transaction 0x[0-9a-f]{64} is in block \d+ as 0x[0-9a-f]{64}, but the endpoint has no receipt after 5 s; it stays in \S+journal\.json, and the next command continues with it$/,
    );
    expect(await world.reader.getTransactionCount({ address: account })).toBe(nonce + 1);
    expect(await force(await senderOn(folder))).toMatchObject({ index: before });
    expect(await count('forcedCount')).toBe(before + 1);
  });
});

describe('a batch', () => {
  beforeAll(deploy);
  it('is posted and consolidated once, whatever call its command is killed at', async () => {
    const folder = await freshFolder();
    const queue = new LocalQueue({ programs: [standIn(folder, 'replay')] });
    onTestFinished(() => queue.close());
    const fresh = { id: await world.tools.snapshot() };
    const command = async (sender: Sender) =>
      settle({ sender, contract, store: STORE, queue, db: await emptyState() }, [put(1n, 5n)]);
    // Two settles for each kill: all calls take minutes.
    const every = LONG ? 1 : 5;
    const check = async (where: string): Promise<void> => {
      expect([await count('lastVirtual'), await count('lastConsolidated')], where).toEqual([1, 1]);
      // Numbers are part of what is proven: from the same number on, proofs that were made before do.
      await world.tools.revert(fresh);
      fresh.id = await world.tools.snapshot();
    };
    expect(await killEverywhere(command, check, { every })).toBeGreaterThan(60 / every);
  });
});
