/** The alarm by the client, with keys whose maker kept the secrets: two proofs of one batch that both verify. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeDeployData, encodeFunctionData, zeroHash } from 'viem';
import { beforeAll, afterAll, expect, it } from 'vitest';
import { toFr } from '../../../src/base/field/fr.js';
import { RULES_SIGNALS } from '../../../src/machine/circuit/rules-catalogue.js';
import { PUBLIC_SIGNALS } from '../../../src/machine/trace/trace.js';
import { formatRulesProof } from '../../../src/proof/prover/rules-proof-file.js';
import type { RulesProof } from '../../../src/proof/prover/rules-proof-file.js';
import { recordsPolynomial, transactionsHash } from '../../../src/rules/common/records.js';
import { RecordingView } from '../../../src/rules/common/view.js';
import { replayPosted } from '../../../src/rules/payments/posted.js';
import { recordElements } from '../../../src/rules/payments/record.js';
import { CHAIN_VERIFIER_ABI, PAYMENTS_ABI, RULES_VERIFIER_ABI } from '../../../src/settlement/abi.js';
import { creationCode } from '../../../src/settlement/contracts.js';
import { raisePaymentsAlarm } from '../../../src/settlement/payments/alarm.js';
import { depositPayment } from '../../../src/settlement/payments/ask.js';
import { genesisRoot, syncPayments } from '../../../src/settlement/payments/follow.js';
import { KeptPayments } from '../../../src/settlement/payments/kept.js';
import { readPayments } from '../../../src/settlement/payments/ledger.js';
import type { PostedPaymentsBatch } from '../../../src/settlement/payments/ledger.js';
import { paymentsPoint } from '../../../src/settlement/payments/point.js';
import { postPayments } from '../../../src/settlement/payments/post.js';
import { chunkArguments } from '../../../src/settlement/payments/prove-batch.js';
import { readPaymentsCircuits } from '../../../src/settlement/payments/circuits.js';
import type { Address } from '../../../src/settlement/point.js';
import type { Sender } from '../../../src/settlement/sender.js';
import { logHash } from '../../../src/state/batch/log.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';
import { freshFolder, rootshift } from '../../cli/cli.js';
import { brokenKeys, inFile } from '../broken-keys.js';
import { emptyState } from '../world.js';
import { keyNamed, startPayments } from './world.js';

const ETHER = 10n ** 18n;
let world: Awaited<ReturnType<typeof startPayments>>;
let contract: Address;
let storageKeys: Awaited<ReturnType<typeof brokenKeys>>;
let rulesKeys: Awaited<ReturnType<typeof brokenKeys>>;
let operator: Sender;
let stranger: Sender;

beforeAll(async () => {
  world = await startPayments();
  storageKeys = await brokenKeys(7);
  rulesKeys = await brokenKeys(10);
  const identity = (circuit: string) => ({
    circuit,
    circuitDigest: zeroHash,
    verificationKey: zeroHash,
    transcript: zeroHash,
    developmentKeys: true,
  });
  const storage = async (circuit: string): Promise<Address> => {
    const bytecode = await creationCode('ChainVerifier');
    const args = [storageKeys.key, identity(circuit)] as const;
    return world.deploy(encodeDeployData({ abi: CHAIN_VERIFIER_ABI, bytecode, args }));
  };
  const rules = async (circuit: string): Promise<Address> => {
    const bytecode = await creationCode('RulesVerifier');
    const args = [{ ...rulesKeys.key, ic: rulesKeys.key.ic as never }, identity(circuit)] as const;
    return world.deploy(encodeDeployData({ abi: RULES_VERIFIER_ABI, bytecode, args }));
  };
  contract = await world.deployWith([
    await storage('s16'),
    await storage('deep'),
    await rules('pay9'),
    await rules('pay3'),
  ]);
  operator = await world.senderOf('operator');
  stranger = await world.senderOf('stranger');
});
afterAll(() => world?.stop());

/** A valid proof that a posted batch leads to any root, for some prover. */
async function forged(
  { number, posted, data, queue, records, context }: PostedPaymentsBatch,
  newRoot: bigint,
  prover: Address,
): Promise<RulesProof> {
  const db = await emptyState();
  await syncPayments(db, { ...(await readPayments(operator.provider, contract)), batches: [] });
  const view = new RecordingView(new WorkingState(db, (await db.current()).root));
  await replayPosted(view, Buffer.from(data.slice(2), 'hex'), queue, context);
  const elements = records.map((record) => recordElements(record));
  const log = logHash(view.log);
  const txHash = transactionsHash(elements);
  const chainId = await operator.chainId();
  const x = paymentsPoint({ ...posted, chainId, contract, number, prover, logHash: log, txHash });
  const start = { logHashIn: toFr(0n), logHash: log, x, dataIn: toFr(1n) };
  const storage = { ...start, oldRoot: toFr(await genesisRoot()), newRoot: toFr(newRoot), dataOut: toFr(1n) };
  const dataOut = recordsPolynomial(x, elements);
  const carry = { carryIn: toFr(0n), carryOut: toFr(0n) };
  const rules = { ...start, ...carry, txHashIn: toFr(0n), txHash, dataOut, context: toFr(posted.context) };
  const shown = { setup: 'development', verificationKey: '0'.repeat(64) } as const;
  const digest = '0'.repeat(64);
  return {
    rules: 'payments',
    deployment: { chainId: BigInt(chainId), contract: BigInt(contract), version: posted.version },
    context,
    rulesChunks: [
      {
        ...shown,
        circuit: { name: 'pay9', digest },
        publicSignals: rules,
        proof: inFile(rulesKeys.forge(RULES_SIGNALS.map((name) => rules[name]))),
        records: elements,
      },
    ],
    storageChunks: [
      {
        ...shown,
        circuit: { name: 's16', digest },
        publicSignals: storage,
        proof: inFile(storageKeys.forge(PUBLIC_SIGNALS.map((name) => storage[name]))),
        log: view.log,
      },
    ],
  };
}

it('stops a contract by a proof that leads elsewhere, and by no other', async () => {
  const alice = await world.senderOf('alice');
  await depositPayment({ sender: alice, contract }, { amount: ETHER });
  const db = await emptyState();
  const kept = await KeptPayments.open(path.join(world.folder, 'kept.txt'));
  const ledgerNow = () => readPayments(operator.provider, contract);
  const before = await ledgerNow();
  await syncPayments(db, before);
  const options = { sender: operator, contract, db, kept, feeRecipient: operator.address, recordsAtOnce: 9 };
  await postPayments(options, before, []);
  const [batch] = (await ledgerNow()).batches;
  const raise = async (proof: RulesProof, prover?: Address) =>
    raisePaymentsAlarm({ sender: stranger, contract }, await ledgerNow(), proof, prover && { prover });

  const circuits = await readPaymentsCircuits(operator.provider, contract, 1);
  const false_ = await forged(batch!, 666n, operator.address);
  const honest = await forged(batch!, 5n, stranger.address);
  await expect(raise(honest)).rejects.toThrow(`a batch that ${contract} has consolidated, got one of batch 1`);
  const args = [1, batch!.posted, { data: batch!.data, ...chunkArguments(false_, circuits) }] as const;
  const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'verifyBatch', args });
  await operator.send('consolidate what is false', contract, call);

  await expect(raise(await forged(batch!, 666n, stranger.address))).rejects.toThrow('leads to another root');
  await expect(raise(honest, operator.address)).rejects.toThrow('expected a proof of the data of batch 1, made for');
  const other = { ...batch!, posted: { ...batch!.posted, dataHash: zeroHash } };
  await expect(raise(await forged(other, 5n, stranger.address))).rejects.toThrow('expected a proof of the data');
  const elsewhere = { ...honest, deployment: { ...honest.deployment, contract: 7n } };
  await expect(raise(elsewhere)).rejects.toThrow(`expected a proof for ${contract} on chain 31337`);
  const [chunk] = honest.storageChunks;
  const changed = { ...chunk!, publicSignals: { ...chunk!.publicSignals, newRoot: toFr(6n) } };
  await expect(raise({ ...honest, storageChunks: [changed] })).rejects.toThrow('InvalidProofs');
  expect((await ledgerNow()).frozenAt).toBeNull();

  const folder = await freshFolder();
  await writeFile(path.join(folder, 'proof.json'), formatRulesProof(honest));
  const where = ['--rpc', world.url, '--contract', contract];
  const { code, stdout, stderr } = await rootshift(folder, ['pay', 'alarm', 'proof.json', ...where], {
    ROOTSHIFT_PRIVATE_KEY: keyNamed('stranger'),
  });
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/Raised the alarm at 0x\w+: batch 1 was proven to lead to 0x0*29a and to 0x0*5\./);
  const after = await ledgerNow();
  expect([after.batches, after.frozenAt === null]).toEqual([[], false]);
});
