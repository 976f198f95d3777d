/** The built commands on a local chain, from deployment to consolidation, and killed on the way. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createTestClient, toHex } from 'viem';
import type { Hex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { readBatches } from '../../src/settlement/chain.js';
import type { Address } from '../../src/settlement/point.js';
import { expectRefusal, freshFolder, killedOnce, put, rootshift } from '../cli/cli.js';
import { standInFile } from '../proof/prover/stand-in.js';
import { startChain } from '../proof/verifier/anvil.js';
import type { Chain } from '../proof/verifier/anvil.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;

/** Of anvil's well-known mnemonic: they own nothing on any other chain. */
const account = (addressIndex: number) => {
  const { address, getHdKey } = mnemonicToAccount('test test test test test test test test test test test junk', {
    addressIndex,
  });
  return { address, key: toHex(getHdKey().privateKey!) };
};
const OPERATOR = account(0);
const USER = account(1);

let chain: Chain;
let home: string;
let contract: Address;
let prover: string;
beforeAll(async () => {
  chain = await startChain();
  home = await freshFolder();
  // Proofs are snarkjs's; of a statement that was proven before it takes the one that was made then.
  prover = await standInFile(home, 'replay');
});
afterAll(() => chain?.stop());

const environmentOf = (key: Hex) => ({
  ROOTSHIFT_RPC: chain.url,
  ROOTSHIFT_PRIVATE_KEY: key,
  ROOTSHIFT_PROVER: prover,
  ...(contract && { ROOTSHIFT_CONTRACT: contract }),
});

/** Runs a command to its end, and gives what it prints as JSON. */
async function run(folder: string, args: readonly string[], { key } = OPERATOR): Promise<any> {
  const out = await rootshift(folder, [...args, '--json'], environmentOf(key));
  expect(out, out.stderr).toMatchObject({ code: 0 });
  return JSON.parse(out.stdout);
}

const nonce = ({ address } = OPERATOR): Promise<number> => chain.reader.getTransactionCount({ address });
const consolidatedRoot = () =>
  chain.reader.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: 'consolidatedRoot' });
const last = (functionName: 'lastVirtual' | 'lastConsolidated') =>
  chain.reader.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName });

/** A batch that the smallest circuit proves. */
const batchOf = (value: number) => ({
  accesses: [
    { op: 'write', key: 1, value },
    { op: 'read', key: 1, value },
  ],
});
/** One that takes it two proofs. */
const LONGER = {
  accesses: [...[1, 2, 3].map((value) => ({ op: 'write', key: 1, value })), { op: 'write', key: 2, value: 1 }],
};

describe('from the command line', () => {
  it('a settlement is deployed once, however often it is asked for', async () => {
    const asked = 'deploy-settlement --circuit s14 --force-delay 60 --prover-timeout 60 --forced-writes 8';
    const args = asked.split(' ');
    const deployed = await run(home, args);
    expect(deployed).toMatchObject({
      circuits: ['s14', 'deep'],
      sender: OPERATOR.address,
      forceDelay: 60,
      proverTimeout: 60,
      changeDelay: 172_800,
    });
    contract = deployed.contract;
    expect(await run(home, args)).toEqual(deployed);
    expect(await nonce()).toBe(3);
  });

  it('batches are posted, proven and consolidated, one of them forced, by two transactions each', async () => {
    for (const number of [1, 2, 3]) {
      await put(home, 'batch.json', number === 1 ? LONGER : batchOf(10 + number));
      expect(await run(home, ['settle', 'batch.json'])).toMatchObject({
        contract,
        posted: [number],
        forced: 0,
        proven: [number],
        waiting: 0,
      });
    }
    expect(await nonce()).toBe(3 + 2 * 3);

    const user = await freshFolder();
    await put(user, 'batch.json', { accesses: [{ op: 'write', address: USER.address, slot: 1, value: 7 }] });
    expect(await run(user, ['force-batch', 'batch.json'], USER)).toMatchObject({
      contract,
      index: 0,
      sender: USER.address,
    });
    // It is not due, and its maker is neither sequencer nor prover.
    expect(await run(user, ['settle'], USER)).toMatchObject({ posted: [], forced: 0, proven: [], waiting: 0 });
    expect(await nonce(USER)).toBe(1);
    expect(await run(home, ['settle'])).toMatchObject({ posted: [], forced: 1, proven: [4], waiting: 0 });
    expect([await last('lastVirtual'), await last('lastConsolidated'), await nonce()]).toEqual([4, 4, 3 + 2 * 4]);
  });

  it("a batch of entries that are not the sender's own is not forced", async () => {
    await put(home, 'batch.json', batchOf(1));
    const before = await nonce();
    expectRefusal(
      await rootshift(home, ['force-batch', 'batch.json'], environmentOf(OPERATOR.key)),
      /force a batch: the contract reverts: ForeignRecord\(0\)/,
    );
    expect(await nonce()).toBe(before);
  });

  it('another node rebuilds the state from the chain alone, and ends at the consolidated root', async () => {
    const node = await freshFolder();
    const { root, ...synced } = await run(node, ['sync', '--db', 'node']);
    expect(synced).toEqual({ batch: 4, applied: 4, waiting: 0, wentBack: null });
    expect(BigInt(root)).toBe(await consolidatedRoot());
    expect(await run(node, ['get', USER.address, '1', '--db', 'node'])).toMatchObject({
      root,
      value: toHex(7, { size: 32 }),
    });
    expect(await run(node, ['sync', '--db', 'node'])).toMatchObject({ root, applied: 0 });
  });

  it('values are proven to other contracts, also once the root has moved on', async () => {
    const node = await freshFolder();
    await put(node, 'entries.csv', 'key\n3\n1\n3\n');
    const reads = await run(node, ['check-reads', 'entries.csv']);
    expect(reads).toMatchObject({
      contract,
      proofs: 1,
      entries: [
        { value: toHex(13, { size: 32 }), present: true },
        { value: toHex(0, { size: 32 }), present: false },
      ],
    });
    const { calldata, root } = JSON.parse(await readFile(path.join(node, 'reads.json'), 'utf8')) as {
      calldata: Hex;
      root: Hex;
    };
    expect(root).toBe(reads.root);
    expect((calldata.length - 2) / 2).toBe(reads.calldataBytes);
    const call = () => chain.reader.call({ to: contract, data: calldata });
    await expect(call()).resolves.toEqual({ data: undefined });
    await put(home, 'batch.json', batchOf(4));
    await run(home, ['settle', 'batch.json']);
    await expect(call()).resolves.toEqual({ data: undefined });
    expect(await consolidatedRoot()).not.toBe(BigInt(root));
  });
});

describe('the commands of guardian and administrator', () => {
  it('stop and resume parts, and give and take roles', async () => {
    await put(home, 'batch.json', batchOf(5));
    expect(await run(home, ['settlement', 'stop', 'posting', '--for', '3600'])).toEqual({
      contract,
      stopped: ['posting'],
      seconds: 3600,
    });
    expectRefusal(
      await rootshift(home, ['settle', 'batch.json'], environmentOf(OPERATOR.key)),
      /the contract reverts: PartStopped\(0, /,
    );
    expect(await run(home, ['settlement', 'resume'])).toEqual({
      contract,
      resumed: ['posting', 'forcing', 'proving', 'reading'],
    });
    const user = USER.address.toLowerCase();
    expect(await run(home, ['settlement', 'grant', 'guardian', USER.address])).toEqual({
      contract,
      role: 'guardian',
      account: user,
    });
    const folder = await freshFolder();
    await run(folder, ['settlement', 'stop', 'proving', 'reading', '--for', '60'], USER);
    await run(folder, ['settlement', 'resume', 'proving', 'reading'], USER);
    // A guardian's role ends after the delay, another's at once.
    const { timestamp } = await chain.reader.getBlock();
    const { until } = await run(home, ['settlement', 'revoke', 'guardian', USER.address]);
    expect(Date.parse(until) / 1000 - Number(timestamp)).toBeGreaterThanOrEqual(172_800);
    await run(home, ['settlement', 'grant', 'prover', USER.address]);
    expect(await run(home, ['settlement', 'revoke', 'prover', USER.address])).toMatchObject({ until: null });
    expectRefusal(
      await rootshift(folder, ['settlement', 'grant', 'prover', USER.address], environmentOf(USER.key)),
      /AccessControlUnauthorizedAccount/,
    );
    expectRefusal(
      await rootshift(home, ['settlement', 'stop', 'everything'], environmentOf(OPERATOR.key)),
      /posting, forcing, proving, reading/,
    );
  });
});

/** What is awaited before a kill, and the milliseconds from then on; it may be so from the start, by an earlier run. */
interface Moment {
  readonly until: 'start' | 'posting' | 'posted' | 'consolidating' | 'consolidated';
  readonly ms: number;
}

const MOMENTS: readonly Moment[] = [
  { until: 'start', ms: 500 },
  { until: 'posting', ms: 0 },
  { until: 'posting', ms: 1200 },
  { until: 'posted', ms: 0 },
  { until: 'posted', ms: 1500 },
  { until: 'consolidating', ms: 0 },
  { until: 'consolidating', ms: 1200 },
  { until: 'consolidated', ms: 0 },
];
const UNTIL = ['start', 'posting', 'posted'] as const;
const randomMoment = (): Moment => ({
  until: UNTIL[Math.floor(Math.random() * UNTIL.length)]!,
  ms: Math.floor(Math.random() * 1200),
});

describe('settle, killed', () => {
  const tools = () => createTestClient({ chain: foundry, mode: 'anvil', transport: chain.transport });
  beforeAll(async () => {
    // So that a call is under way for a while.
    await tools().setAutomine(false);
    await tools().setIntervalMining({ interval: 1 });
  });

  const pending = async (): Promise<string | null> => {
    const text = await readFile(path.join(home, '.rootshift', 'settlement.json'), 'utf8');
    return (JSON.parse(text) as { pending: { what: string } | null }).pending?.what ?? null;
  };

  /** Runs `settle batch.json` and kills it; false if it ended before. */
  async function settleAndKill({ until, ms }: Moment, number: number): Promise<boolean> {
    const isThen: Record<Moment['until'], () => Promise<boolean>> = {
      start: async () => true,
      posting: async () => (await pending()) === `post batch ${number}`,
      posted: async () => (await last('lastVirtual')) === number,
      consolidating: async () => (await pending()) === `consolidate batch ${number}`,
      consolidated: async () => (await last('lastConsolidated')) === number,
    };
    return killedOnce(isThen[until], ms, home, ['settle', 'batch.json'], environmentOf(OPERATOR.key));
  }

  it.each([MOMENTS, ...(LONG ? Array.from({ length: 10 }, () => Array.from({ length: 6 }, randomMoment)) : [])])(
    'at one moment after another, and begun again, sends everything once',
    async (...moments) => {
      const number = (await last('lastVirtual')) + 1;
      const before = await nonce();
      await put(home, 'batch.json', batchOf(100 + number));
      let killed = 0;
      while (killed < moments.length && (await settleAndKill(moments[killed]!, number))) killed++;
      // The last ones may come too late; begun once more after it had ended by itself, it would post the batch anew.
      expect(killed).toBeGreaterThan(moments.length / 2);
      if (killed === moments.length)
        expect(await run(home, ['settle', 'batch.json'])).toMatchObject({ posted: [number], waiting: 0 });
      const batches = await readBatches(chain.reader as never, contract);
      expect(batches.map((batch) => batch.number)).toEqual(Array.from({ length: number }, (_, i) => i + 1));
      expect(await consolidatedRoot()).toBe(batches.at(-1)!.root);
      expect(await nonce()).toBe(before + 2);
      expect(await pending()).toBeNull();
    },
  );

  it('the same batch, once it is settled, is posted anew', async () => {
    const number = (await last('lastVirtual')) + 1;
    expect(await run(home, ['settle', 'batch.json'])).toMatchObject({ posted: [number], proven: [number] });
  });
});
