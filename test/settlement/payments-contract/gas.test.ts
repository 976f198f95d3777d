/**
 * What calls to the payments contract cost, held to contracts/payments-gas.json within 1 percent. The contract's
 * verifiers accept everything, and cost nothing; what real ones cost for so many proofs is measured beside, and added
 * in docs/payments-contract.md.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { concat, createWalletClient, encodeDeployData, encodeFunctionData, keccak256, toHex } from 'viem';
import type { TransactionReceipt } from 'viem';
import { foundry } from 'viem/chains';
import { expect, it } from 'vitest';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { merkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import { stateProofArguments } from '../../../src/proof/verifier/state-proofs.js';
import { accountEntry, accountValue } from '../../../src/rules/payments/account.js';
import { FOREVER } from '../../../src/rules/payments/record.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { RULES_VERIFIER_ABI } from '../../../src/settlement/abi.js';
import { creationCode } from '../../../src/settlement/contracts.js';
import { treeKey } from '../../../src/state/batch/encoding.js';
import { readPath } from '../../../src/state/tree/read.js';
import { poseidonScheme } from '../../../src/state/tree/scheme.js';
import { NodeOverlay } from '../../../src/state/tree/store.js';
import { brokenKeys } from '../broken-keys.js';
import { ADMIN, PROVER, SEQUENCER, STRANGER, USER } from '../world.js';
import {
  addressOf,
  COLLECT,
  consolidatedAtOf,
  deposited,
  exited,
  FEE,
  newBatch,
  paymentsForTests,
  payoutPath,
  payoutsOf,
  post,
  postedIn,
  proofOf,
  SETTINGS,
} from './world.js';
import type { PostedRecords } from './world.js';

const FILE = fileURLToPath(new URL('../../../contracts/payments-gas.json', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/payments-contract.md', import.meta.url));
/** What verifying proofs of storage costs. */
const STORAGE = fileURLToPath(new URL('../../../contracts/gas.json', import.meta.url));
const gas: Record<string, number> = {};
const world = paymentsForTests();

const gasOf = async (receipt: Promise<TransactionReceipt>): Promise<number> => {
  const { gasUsed, status } = await receipt;
  expect(status).toBe('success');
  return Number(gasUsed);
};
const random = (i: number, bits: bigint): bigint => BigInt(keccak256(toHex(i))) >> (256n - bits);
const transfers = (count: number): PaymentRecord[] => [
  ...Array.from({ length: count }, (_, i): PaymentRecord => ({
    kind: 'transfer',
    fee: random(i, 16n),
    account: random(2 * i + 1000, 160n),
    validUntil: FOREVER,
    amount: random(i, 60n),
    target: random(2 * i + 1001, 160n),
  })),
  COLLECT,
];
const FIXED = { prover: PROVER.address, logHash: 2n ** 253n, txHash: 2n ** 253n + 1n } as const;

it('a transfer on Ethereum, for comparison', async () => {
  const wallet = createWalletClient({ chain: foundry, transport: world.transport, account: USER });
  const sent = wallet.sendTransaction({ to: STRANGER.address, value: 1n });
  gas['a transfer on Ethereum'] = await gasOf(sent.then((hash) => world.receiptOf(hash)));
});

it('verifying n proofs of rules at once', async () => {
  const { key, forge } = await brokenKeys(10);
  const verifier = await world.deployCode(
    encodeDeployData({
      abi: RULES_VERIFIER_ABI,
      bytecode: await creationCode('RulesVerifier'),
      args: [
        { ...key, ic: key.ic as never },
        {
          circuit: 'broken',
          circuitDigest: toHex(1n, { size: 32 }),
          verificationKey: toHex(1n, { size: 32 }),
          transcript: toHex(1n, { size: 32 }),
          developmentKeys: true,
        },
      ],
    }),
  );
  const signals = Array.from({ length: 10 }, (_, i) => random(i, 253n));
  const { a, b, c } = forge(signals);
  const words = [...a, ...b.flat(), ...c, ...signals];
  const statement = concat(words.map((word) => toHex(word, { size: 32 })));
  const wallet = createWalletClient({ chain: foundry, transport: world.transport, account: ADMIN });
  for (const n of [1, 2, 4, 8]) {
    const args = [concat(Array.from({ length: n }, () => statement))] as const;
    const data = encodeFunctionData({ abi: RULES_VERIFIER_ABI, functionName: 'verify', args });
    const hash = await wallet.sendTransaction({ to: verifier, data, gas: 16_000_000n });
    gas[`verify ${n} of rules at once`] = await gasOf(world.receiptOf(hash));
  }
});

it('posting transfers, and consolidating them but for the verifiers', async () => {
  // The first batch keeps the domain of its signatures.
  await post(world, 1, transfers(1), FIXED);
  for (const [i, count] of [10, 100, 1000].entries()) {
    const records = transfers(count);
    const batch = await newBatch(world, records, FIXED);
    const receipt = world.send(SEQUENCER, 'sequenceBatch', [2 + i, batch]);
    gas[`post ${count} transfers`] = await gasOf(receipt);
  }
});

const verifying = (batch: PostedRecords, chunks: number, { isEvaluated = true } = {}) => {
  const proof = proofOf(world, batch, FIXED);
  const points = { a: [random(1, 254n), random(2, 254n)], c: [random(7, 254n), random(8, 254n)] } as const;
  const b = [
    [random(3, 254n), random(4, 254n)],
    [random(5, 254n), random(6, 254n)],
  ] as const;
  const filled = <T extends object>(last: T): T[] => Array.from({ length: chunks }, () => ({ ...last, ...points, b }));
  return world.send(PROVER, 'verifyBatch', [
    batch.number,
    batch.posted,
    {
      data: isEvaluated ? '0x' : proof.data,
      chunks: filled({ ...proof.chunks[0]!, newRoot: random(9, 253n) }),
      rulesChunks: filled(proof.rulesChunks[0]!),
    },
  ]);
};

it('consolidating a batch, the verifiers left out', async () => {
  const batches: PostedRecords[] = [];
  for (const [i, count] of [1, 1, 1, 100].entries()) batches.push(await post(world, i + 1, transfers(count), FIXED));
  const [first, second, third, large] = batches as [PostedRecords, PostedRecords, PostedRecords, PostedRecords];
  await verifying(first, 1);
  gas['consolidate a batch, 1 chunk each'] = await gasOf(verifying(second, 1));
  gas['consolidate a batch, 5 chunks each'] = await gasOf(verifying(third, 5));
  gas['consolidate a batch, 1 chunk each, data of 100 transfers given again'] = await gasOf(
    verifying(large, 1, { isEvaluated: false }),
  );
});

it('what users do', async () => {
  const send = (from: typeof USER, name: 'deposit' | 'setKey' | 'exit', args: readonly unknown[], value: bigint) =>
    gasOf(world.send(from, name, args as never, { value }));
  await send(STRANGER, 'exit', [], FEE); // The window's first.
  gas['deposit'] = await send(USER, 'deposit', [USER.address, random(1, 128n), 10n ** 18n], 10n ** 18n + FEE);
  const fee = await world.read('operationFee', []);
  gas['setKey'] = await send(USER, 'setKey', [random(1, 128n)], fee);
  gas['exit'] = await send(USER, 'exit', [], await world.read('operationFee', []));

  const records = [
    exited(STRANGER, 0n),
    deposited(USER, 10n ** 18n, random(1, 128n)),
    { ...exited(USER, 0n), kind: 'setKey' as const, target: random(1, 128n) },
    exited(USER, 10n ** 18n),
    ...Array.from({ length: 60 }, (_, i) => ({
      ...transfers(1)[0]!,
      kind: 'withdraw' as const,
      target: random(i, 160n),
    })),
    COLLECT,
  ];
  const batch = {
    number: 1,
    records,
    posted: postedIn(await world.send(SEQUENCER, 'sequenceBatch', [1, await newBatch(world, records, FIXED)])).posted,
  };
  const at = consolidatedAtOf(await verifying(batch, 1));
  await world.pass(SETTINGS.alarmDelay);
  const payouts = payoutsOf(records);
  const claim = (index: number) =>
    gasOf(world.send(PROVER, 'claim', [1, batch.posted, at, payouts[index]!, payoutPath(payouts, index).path]));
  await claim(5);
  gas['claim 1 of 62 payouts'] = await claim(1);
  gas['fetch'] = await gasOf(world.send(USER, 'fetch', [USER.address]));
});

it('leaving after a freeze', async () => {
  const scheme = poseidonScheme(2);
  const value = accountValue({ keyHash: random(1, 128n), nonce: 3n, balance: 10n ** 18n });
  const accounts = Array.from({ length: 4000 }, (_, i) => (i === 0 ? addressOf(USER) : random(i, 160n)));
  const change = await loadEntries(
    scheme,
    accounts.map((address) => ({ ...accountEntry(address), value })),
  );
  const nodes = new NodeOverlay();
  nodes.add(change.nodes);
  const entry = accountEntry(addressOf(USER));
  const read = await readPath(nodes, scheme, change.root, treeKey(entry));
  const { path } = stateProofArguments(merkleProof({ root: change.root, bitsPerLevel: 2, entry, value, path: read }));

  await world.send(USER, 'deposit', [USER.address, 0n, 10n ** 18n], { value: 10n ** 18n + FEE });
  const records = [deposited(USER, 10n ** 18n)];
  const batch = await post(world, 1, records);
  await world.send(PROVER, 'verifyBatch', [1, batch.posted, proofOf(world, batch, { root: change.root })]);
  await world.send(STRANGER, 'deposit', [STRANGER.address, 0n, 5n], { value: 5n + FEE });
  const lost = await post(world, 2, [deposited(STRANGER, 5n)]);
  await world.pass(SETTINGS.dropTimeout);
  gas['drop a batch'] = await gasOf(world.send(STRANGER, 'dropBatches', [2, lost.posted, 0]));
  await world.pass(SETTINGS.freezeDelay);
  gas['freeze'] = await gasOf(world.send(STRANGER, 'freezeQueue', []));
  gas['refund a deposit'] = await gasOf(world.send(STRANGER, 'refund', [1]));
  await world.pass(SETTINGS.alarmDelay);
  gas[`escape from a state of 4,000 accounts, ${path.siblings.length / 3} levels`] = await gasOf(
    world.send(USER, 'escape', [USER.address, value, path]),
  );
});

it('is what the file says', () => {
  if (!existsSync(FILE) || process.env['ROOTSHIFT_GAS'] === 'write')
    writeFileSync(FILE, `${JSON.stringify(gas, null, 2)}\n`);
  const pinned = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>;
  expect(Object.keys(gas)).toEqual(Object.keys(pinned));
  for (const [name, amount] of Object.entries(pinned))
    expect(Math.abs(gas[name]! / amount - 1), `${name}: ${gas[name]}, pinned ${amount}`).toBeLessThan(0.01);
});

it('is what the page says', () => {
  const page = readFileSync(PAGE, 'utf8');
  const pinned = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>;
  const told = Object.keys(pinned).filter((name) => !/^(verify|consolidate) /.test(name));
  for (const name of told) expect(page, name).toContain(pinned[name]!.toLocaleString('en'));
  const posted = [10, 100, 1000].map((count) => pinned[`post ${count} transfers`]!);
  const rows = [...page.matchAll(/^\| ([\d,]+) \| ([\d,]+) \| (\d+) \| (\d+) \| ([\d,]+) \| ([\d,]+) \|$/gm)].map(
    (row) => row.slice(1).map((cell) => Number(cell.replaceAll(',', ''))),
  );
  expect(rows).toHaveLength(3);
  for (const [i, [transfers, posting, rules, storage, consolidating, each]] of rows.entries()) {
    expect(posting).toBe(posted[i]);
    const sum = consolidated(pinned, rules!, storage!);
    expect(Math.abs(sum / consolidating! - 1), `${transfers}: ${sum}`).toBeLessThan(0.001);
    expect(each).toBe(Math.round((posting! + consolidating!) / transfers!));
  }
});

/** A batch with so many proofs: the call with one of each kind, and what verifiers take without their transactions. */
function consolidated(pinned: Readonly<Record<string, number>>, rules: number, storage: number): number {
  const stored = JSON.parse(readFileSync(STORAGE, 'utf8')) as Record<string, number>;
  const verifying = (few: readonly [number, number, number], from: number, count: number): number =>
    count === 1 ? few[0] : few[1] + ((count - 2) * (few[2] - few[1])) / from;
  const ofRules = [1, 2, 8].map((n) => pinned[`verify ${n} of rules at once`]!) as [number, number, number];
  const ofStorage = [1, 2, 16].map((n) => stored[`verify ${n} at once`]!) as [number, number, number];
  return (
    pinned['consolidate a batch, 1 chunk each']! +
    verifying(ofRules, 6, rules) +
    verifying(ofStorage, 14, storage) -
    2 * pinned['a transfer on Ethereum']!
  );
}
