/**
 * What calls to the payments contract cost, held to contracts/payments-gas.json within 1 percent. Batches of transfers
 * are consolidated with as many proofs as the planner makes of them (test/rules/payments/cost.test.ts), which verifiers
 * check: forged ones of broken keys, whose checks cost what others cost. Everything else is measured with verifiers
 * that accept everything.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { concat, createWalletClient, encodeDeployData, encodeFunctionData, keccak256, toHex } from 'viem';
import type { TransactionReceipt } from 'viem';
import { foundry } from 'viem/chains';
import { describe, expect, it } from 'vitest';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { merkleProof } from '../../../src/proof/verifier/merkle-proof.js';
import { stateProofArguments } from '../../../src/proof/verifier/state-proofs.js';
import { accountEntry, accountValue } from '../../../src/rules/payments/account.js';
import { recordsPolynomial } from '../../../src/rules/common/records.js';
import { postRecords } from '../../../src/rules/payments/posted.js';
import { FOREVER, recordElements } from '../../../src/rules/payments/record.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { CHAIN_VERIFIER_ABI, RULES_VERIFIER_ABI } from '../../../src/settlement/abi.js';
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
  contextOf,
  deposited,
  exited,
  FEE,
  newBatch,
  paymentsForTests,
  payoutPath,
  payoutsOf,
  pointOf,
  post,
  postedIn,
  proofOf,
  SETTINGS,
} from './world.js';
import type { Address, Posted, PostedRecords } from './world.js';

const FILE = fileURLToPath(new URL('../../../contracts/payments-gas.json', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/payments-contract.md', import.meta.url));
const gas: Record<string, number> = {};
const world = paymentsForTests();

const gasOf = async (receipt: Promise<TransactionReceipt>): Promise<number> => {
  const { gasUsed, status } = await receipt;
  expect(status).toBe('success');
  return Number(gasUsed);
};
const random = (i: number, bits: bigint): bigint => BigInt(keccak256(toHex(i))) >> (256n - bits);
/** Transfers of up to 999.99 ether, which pay one fee, each between accounts of its own unless there are fewer. */
const transfers = (count: number, { accounts = 2 * count, wei = false } = {}): PaymentRecord[] => {
  const account = (i: number): bigint =>
    random(1000 + (accounts === 2 * count ? i : Number(random(i, 32n)) % accounts), 160n);
  return [
    ...Array.from({ length: count }, (_, i): PaymentRecord => ({
      kind: 'transfer',
      fee: 1000n,
      account: account(2 * i),
      validUntil: FOREVER,
      amount: wei ? random(i, 67n) : (1n + (random(i, 32n) % 99_999n)) * 10n ** 16n,
      target: account(2 * i + 1),
    })),
    COLLECT,
  ];
};
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

/** Proofs of a batch of so many transfers, of the large circuits `pay183` and `s22p`. */
const PROOFS = { 10: { rules: 1, storage: 1 }, 100: { rules: 1, storage: 1 }, 1000: { rules: 6, storage: 3 } } as const;
const COUNTS = [10, 100, 1000] as const;

/** A contract whose verifiers have broken keys, and forged proofs for it. */
async function provenPayments() {
  const storageKeys = await brokenKeys(7);
  const rulesKeys = await brokenKeys(10);
  const identity = {
    circuit: 'broken',
    circuitDigest: toHex(1n, { size: 32 }),
    verificationKey: toHex(1n, { size: 32 }),
    transcript: toHex(1n, { size: 32 }),
    developmentKeys: true,
  };
  const storage = await world.deployCode(
    encodeDeployData({
      abi: CHAIN_VERIFIER_ABI,
      bytecode: await creationCode('ChainVerifier'),
      args: [storageKeys.key, identity],
    }),
  );
  const rules = await world.deployCode(
    encodeDeployData({
      abi: RULES_VERIFIER_ABI,
      bytecode: await creationCode('RulesVerifier'),
      args: [{ ...rulesKeys.key, ic: rulesKeys.key.ic as never }, identity],
    }),
  );
  const contract = await world.deploy({}, [storage, storage, rules, rules]);
  const proofOf = async (
    number: number,
    posted: Pick<Posted, 'dataHash' | 'itemsHash' | 'context'>,
    records: readonly PaymentRecord[],
    prover: Address,
    proofs: { readonly rules: number; readonly storage: number },
  ) => {
    const x = pointOf({ ...posted, contract, number, ...FIXED, prover });
    const dataOut: bigint = recordsPolynomial(x, records.map(recordElements));
    const logHashes = (count: number) =>
      Array.from({ length: count }, (_, i) => (i + 1 === count ? FIXED.logHash : random(i, 253n)));
    let root: bigint = await world.read('rootAfter', [number - 1], contract);
    let logHash = 0n;
    let data = 1n;
    let txHash = 0n;
    let carry = 0n;
    const chunks = logHashes(proofs.storage).map((nextLog, i) => {
      const nextRoot = random(100 * number + i, 253n);
      const nextData = random(50 + i, 253n);
      const points = storageKeys.forge([root, nextRoot, logHash, nextLog, x, data, nextData]);
      root = nextRoot;
      logHash = nextLog;
      data = nextData;
      return { ...points, newRoot: root, logHash, dataOut: data, deep: false };
    });
    logHash = 0n;
    data = 1n;
    const rulesChunks = logHashes(proofs.rules).map((nextLog, i, all) => {
      const isLast = i + 1 === all.length;
      const [nextTx, nextData, nextCarry] = isLast
        ? [FIXED.txHash, dataOut, 0n]
        : [random(200 + i, 253n), random(300 + i, 253n), random(i, 64n)];
      const points = rulesKeys.forge([
        logHash,
        nextLog,
        txHash,
        nextTx,
        x,
        data,
        nextData,
        carry,
        nextCarry,
        posted.context,
      ]);
      logHash = nextLog;
      txHash = nextTx;
      data = nextData;
      carry = nextCarry;
      return { ...points, logHash, txHash, dataOut: data, carryOut: carry, small: false };
    });
    return { data: '0x' as const, chunks, rulesChunks };
  };
  return { contract, proofOf };
}

describe('transfers', () => {
  it('posted, then consolidated', async () => {
    const { contract, proofOf } = await provenPayments();
    // The first batch keeps the domain of its signatures.
    for (const [i, count] of [1, ...COUNTS].entries()) {
      const number = i + 1;
      const records = transfers(count);
      const receipt = await world.send(SEQUENCER, 'sequenceBatch', [number, await newBatch(world, records, FIXED)], {
        to: contract,
      });
      const { posted } = postedIn(receipt);
      const proof = await proofOf(
        number,
        posted,
        records,
        PROVER.address,
        count === 1 ? PROOFS[10] : PROOFS[count as keyof typeof PROOFS],
      );
      const proven = await gasOf(world.send(PROVER, 'verifyBatch', [number, posted, proof], { to: contract }));
      if (count === 1) continue;
      gas[`post ${count} transfers`] = await gasOf(Promise.resolve(receipt));
      gas[`consolidate ${count} transfers`] = proven;
    }
  });

  it('posted and consolidated in one call', async () => {
    const { contract, proofOf } = await provenPayments();
    const prover = SEQUENCER.address;
    let number = 0;
    const settle = async (records: readonly PaymentRecord[], proofs: (typeof PROOFS)[10 | 1000]) => {
      number++;
      const batch = await newBatch(world, records, { ...FIXED, prover });
      const hashes = {
        dataHash: keccak256(batch.data),
        itemsHash: batch.itemsHash,
        context: contextOf(contract, number, BigInt(batch.timestamp), batch.feeRecipient),
      };
      const proof = await proofOf(number, hashes, records, prover, proofs);
      return gasOf(world.send(SEQUENCER, 'settleBatch', [number, batch, proof], { to: contract }));
    };
    await settle(transfers(1), PROOFS[10]);
    for (const count of COUNTS) gas[`settle ${count} transfers`] = await settle(transfers(count), PROOFS[count]);
    gas['settle 1000 transfers of any wei'] = await settle(transfers(1000, { wei: true }), PROOFS[1000]);
    gas['settle 1000 transfers among 200 accounts'] = await settle(transfers(1000, { accounts: 200 }), {
      rules: 6,
      storage: 3,
    });
  });

  it('take so many bytes', () => {
    const each = (options = {}): number => Math.round(10 * postRecords(transfers(1000, options)).length) / 10_000;
    gas['bytes of a transfer of up to five digits'] = each();
    gas['bytes of a transfer of any wei'] = each({ wei: true });
    gas['bytes of a transfer among 200 accounts'] = each({ accounts: 200 });
  });
});

const verifying = (batch: PostedRecords) => {
  const proof = proofOf(world, batch, FIXED);
  return world.send(PROVER, 'verifyBatch', [batch.number, batch.posted, { ...proof, data: '0x' }]);
};

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
  const at = consolidatedAtOf(await verifying(batch));
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
  const told = Object.keys(pinned).filter((name) => !name.startsWith('verify '));
  for (const name of told) expect(page, name).toContain(pinned[name]!.toLocaleString('en'));
  const number = (text: string): string => text.replaceAll(',', '');
  const rows = [
    ...page.matchAll(
      /^\| ([\d,]+) \| (\d+) \| (\d+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/gm,
    ),
  ];
  const expected = COUNTS.map((count) => {
    const [post, prove, settle] = ['post', 'consolidate', 'settle'].map(
      (what) => pinned[`${what} ${count} transfers`]!,
    ) as [number, number, number];
    const { rules, storage } = PROOFS[count];
    return [count, rules, storage, post, prove, Math.round((post + prove) / count), settle, Math.round(settle / count)];
  });
  expect(rows.map((row) => row.slice(1).map((cell) => Number(number(cell))))).toEqual(expected);
});
