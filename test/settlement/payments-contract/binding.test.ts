/** Real proofs of payments, and real verifiers: what the contract takes, and what it refuses though a proof exists. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { concat, encodeDeployData, keccak256, toHex } from 'viem';
import type { Hex } from 'viem';
import { afterAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { openDatabase } from '../../../src/engine/database.js';
import { proveRules } from '../../../src/engine/prove-rules.js';
import { compileCircuit } from '../../../src/machine/circuit/compile.js';
import { RULES_SIGNALS } from '../../../src/machine/circuit/rules-catalogue.js';
import { provingKeys } from '../../../src/proof/prover/keys.js';
import type { ProvingKeys } from '../../../src/proof/prover/keys.js';
import type { RulesChunkProof, RulesProof } from '../../../src/proof/prover/rules-proof-file.js';
import { signingDomain } from '../../../src/rules/common/context.js';
import { keyHashOf, publicKeyOf } from '../../../src/rules/eddsa/eddsa.js';
import type { PaymentInstruction } from '../../../src/rules/payments/operation.js';
import { PAYMENTS } from '../../../src/rules/payments/payments.js';
import { FOREVER } from '../../../src/rules/payments/record.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { signPayment } from '../../../src/rules/payments/wallet.js';
import { CHAIN_VERIFIER_ABI, RULES_VERIFIER_ABI } from '../../../src/settlement/abi.js';
import { chunkArgument, creationCode, verifierConstructor } from '../../../src/settlement/contracts.js';
import { STORE } from '../../proof/prover/prover.js';
import { PROVER, refusal, STRANGER, USER } from '../world.js';
import {
  addressOf,
  deposited,
  FEE,
  FEE_RECIPIENT,
  paymentsForTests,
  payoutPath,
  payoutsOf,
  pointOf,
  post,
} from './world.js';
import type { Address, PaymentsWorld, PostedRecords, Proof } from './world.js';

const ETHER = 10n ** 18n;
const SECRET = new Uint8Array(32).fill(7);
const KEY_HASH = keyHashOf(publicKeyOf(SECRET));

let contract: Address;
let rulesVerifier: Address;
let folder: string;
let rulesKeys: ProvingKeys;
let proof: RulesProof;
let batch: PostedRecords;
let given: Proof;

const world = paymentsForTests(prepare);

/** A deposit with a key, a withdrawal, fees: posted, and proven for the point that the contract will ask for. */
async function prepare(created: PaymentsWorld): Promise<void> {
  const storage = await provingKeys(STORE, await compileCircuit(STORE, 's16'));
  rulesKeys = await provingKeys(STORE, await compileCircuit(STORE, 'pay3'));
  const storageVerifier = await created.deployCode(
    encodeDeployData({
      abi: CHAIN_VERIFIER_ABI,
      bytecode: await creationCode('ChainVerifier'),
      args: verifierConstructor(storage),
    }),
  );
  const [key, provenance] = verifierConstructor(rulesKeys);
  rulesVerifier = await created.deployCode(
    encodeDeployData({
      abi: RULES_VERIFIER_ABI,
      bytecode: await creationCode('RulesVerifier'),
      args: [{ ...key, ic: key.ic as never }, provenance],
    }),
  );
  contract = await created.deploy({}, [storageVerifier, storageVerifier, rulesVerifier, rulesVerifier]);

  const deployment = { chainId: 31337n, contract: BigInt(contract), version: 1 };
  const payment = {
    kind: 'withdraw',
    from: addressOf(USER),
    recipient: addressOf(STRANGER),
    amount: 5n,
    fee: 2n,
    validUntil: FOREVER,
  } as const;
  const instructions: PaymentInstruction[] = [
    { kind: 'deposit', to: addressOf(USER), keyHash: KEY_HASH, amount: ETHER },
    signPayment(payment, 0n, signingDomain(deployment), SECRET),
    { kind: 'collect' },
  ];
  const { kind, from: account, recipient: target, ...rest } = payment;
  const records: PaymentRecord[] = [
    deposited(USER, ETHER, KEY_HASH),
    { kind, account, target, ...rest },
    { kind: 'collect', fee: 0n, account: 0n, validUntil: 0n, amount: 0n, target: 0n },
  ];
  await created.send(USER, 'deposit', [USER.address, KEY_HASH, ETHER], { value: ETHER + FEE, to: contract });
  batch = await post(created, 1, records, { to: contract });
  const { posted } = batch;
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-'));
  ({ proof } = await proveRules({
    openDb: (options) => openDatabase(path.join(folder, 'db'), options),
    rules: PAYMENTS,
    instructions,
    deployment,
    context: { batchNumber: 1n, timestamp: BigInt(posted.timestamp), feeRecipient: BigInt(FEE_RECIPIENT) },
    rulesCircuit: 'pay3',
    circuit: 's16',
    store: STORE,
    point: ({ logHash, txHash, posted: bytes }) => {
      expect(keccak256(bytes)).toBe(posted.dataHash);
      return pointOf({ ...posted, contract, number: 1, prover: PROVER.address, logHash, txHash });
    },
  }));
  given = {
    data: PAYMENTS_DATA(records),
    chunks: proof.storageChunks.map((chunk) => chunkArgument(chunk, false)) as never,
    rulesChunks: proof.rulesChunks.map(rulesChunk) as never,
  };
}

const PAYMENTS_DATA = (records: readonly PaymentRecord[]): Hex => toHex(PAYMENTS.post(records));

const pair = ([x, y]: readonly string[]) => [BigInt(x!), BigInt(y!)] as const;
const pointsOf = ({ proof: { pi_a, pi_b, pi_c } }: RulesChunkProof) => ({
  a: pair(pi_a),
  b: [pair(pi_b[0].toReversed()), pair(pi_b[1].toReversed())] as const,
  c: pair(pi_c),
});
const rulesChunk = (chunk: RulesChunkProof) => {
  const { logHash, txHash, dataOut, carryOut } = chunk.publicSignals;
  return { ...pointsOf(chunk), logHash, txHash, dataOut, carryOut, small: true };
};

afterAll(() => rm(folder, { recursive: true, force: true }));

const verify = (changes: Partial<Proof> = {}, from = PROVER): Promise<string> =>
  world.attempt(from, 'verifyBatch', [1, batch.posted, { ...given, ...changes }], { to: contract });

describe('a batch of payments with its proofs', () => {
  it('is consolidated, to the root that the state has, and what it pays is paid', async () => {
    const receipt = await world.send(PROVER, 'verifyBatch', [1, batch.posted, given], { to: contract });
    expect(receipt.status).toBe('success');
    const root = proof.storageChunks.at(-1)!.publicSignals.newRoot;
    expect(await world.read('consolidatedRoot', [], contract)).toBe(root);
    await using db = await openDatabase(path.join(folder, 'db'), {});
    expect((await db.current()).root).toBe(root);

    await world.pass(5 * 3600);
    const payouts = payoutsOf(batch.records);
    const at = (await world.read('clock', [], contract)) as number;
    expect(at).toBeGreaterThan(0);
    const { timestamp } = await world.reader.getBlock({ blockNumber: receipt.blockNumber });
    const args = [1, batch.posted, Number(timestamp), payouts[0]!, payoutPath(payouts, 0).path] as const;
    await world.send(USER, 'claim', args, { to: contract });
    expect(await world.read('owed', [STRANGER.address], contract)).toBe(5n);
  });

  it('is not consolidated if any number of any chunk is another', async () => {
    const [chunk] = given.chunks.slice(-1);
    const [rules] = given.rulesChunks.slice(-1);
    const last = { chunks: (one: object) => ({ chunks: given.chunks.with(-1, { ...chunk!, ...one }) }) };
    expect(await verify(last.chunks({ newRoot: chunk!.newRoot + 1n }))).toBe('InvalidProofs()');
    expect(await verify(last.chunks({ dataOut: chunk!.dataOut + 1n }))).toBe('InvalidProofs()');
    expect(await verify(last.chunks({ c: [1n, 2n] }))).toBe('InvalidProofs()');
    const with1 = (one: object) => ({ rulesChunks: given.rulesChunks.with(-1, { ...rules!, ...one }) });
    expect(await verify(with1({ c: [1n, 2n] }))).toBe('InvalidProofs()');
    // Another commitment gives another point, and then nothing fits.
    expect(await verify(with1({ txHash: rules!.txHash + 1n }))).toMatch(/^RecordsNotProven\(/);
    // With the value that the contract then expects, it is not what was proven.
    const x = pointOf({
      ...batch.posted,
      contract,
      number: 1,
      prover: PROVER.address,
      logHash: rules!.logHash,
      txHash: rules!.txHash + 1n,
    });
    const { recordsPolynomial } = await import('../../../src/rules/common/records.js');
    const dataOut = recordsPolynomial(x, batch.records.map(PAYMENTS.elements));
    expect(await verify(with1({ txHash: rules!.txHash + 1n, dataOut }))).toBe('InvalidProofs()');
    expect(await verify()).toBe('accepted');
  });

  it('is consolidated by whom the proof is for', async () => {
    await world.pass(3600);
    expect(await verify({}, STRANGER)).toMatch(/^RecordsNotProven\(/);
    expect(await verify()).toBe('accepted');
  });

  it('is not consolidated with a recipient, which leaves no mark on the log, that is another', async () => {
    // The same log: only what is posted says who gets the withdrawal.
    const records = batch.records.with(1, { ...batch.records[1]!, target: addressOf(PROVER) });
    const fresh = await world.deploy({}, await world.read('verifiersOf', [1], contract));
    await world.send(USER, 'deposit', [USER.address, KEY_HASH, ETHER], { value: ETHER + FEE, to: fresh });
    const other = await post(world, 1, records, { to: fresh, timestamp: batch.posted.timestamp });
    const proofs = { ...given, data: PAYMENTS_DATA(records) };
    expect(await world.attempt(PROVER, 'verifyBatch', [1, other.posted, proofs], { to: fresh })).toMatch(
      /^RecordsNotProven\(/,
    );
  });

  it('is not consolidated elsewhere: by a contract of the same code, verifiers and batch', async () => {
    const twin = await world.deploy({}, await world.read('verifiersOf', [1], contract));
    await world.send(USER, 'deposit', [USER.address, KEY_HASH, ETHER], { value: ETHER + FEE, to: twin });
    const same = await post(world, 1, batch.records, { to: twin, timestamp: batch.posted.timestamp });
    expect(await world.attempt(PROVER, 'verifyBatch', [1, same.posted, given], { to: twin })).toMatch(
      /^RecordsNotProven\(/,
    );
    expect(await verify()).toBe('accepted');
  });
});

describe('the verifier of rules', () => {
  const words = (): bigint[] => {
    const [chunk] = proof.rulesChunks;
    const { a, b, c } = pointsOf(chunk!);
    return [...a, ...b.flat(), ...c, ...RULES_SIGNALS.map((name) => chunk!.publicSignals[name])];
  };
  const says = (...statements: bigint[][]): Promise<string> =>
    refusal(
      world.reader.readContract({
        address: rulesVerifier,
        abi: RULES_VERIFIER_ABI,
        functionName: 'verify',
        args: [concat(['0x', ...statements.flat().map((word) => toHex(word, { size: 32 }))])],
      }),
    );

  it('takes statements that hold, any number of them, and refuses each with any word changed', async () => {
    const good = words();
    expect(good).toHaveLength(18);
    expect(await says(good)).toBe('accepted');
    expect(await says(good, good, good)).toBe('accepted');
    for (const i of good.keys())
      expect(await says(good, good.with(i, good[i]! + 1n)), `word ${i}`).toBe('InvalidProofs()');
  });

  it('refuses two that would cancel, a signal that is not reduced, and parts of statements', async () => {
    const good = words();
    for (let i = 8; i < 18; i++) {
      const up = good.with(i, (good[i]! + 1n) % FIELD_ORDER);
      const down = good.with(i, (good[i]! + FIELD_ORDER - 1n) % FIELD_ORDER);
      expect(await says(up, down)).toBe('InvalidProofs()');
      expect(await says(good.with(i, good[i]! + FIELD_ORDER))).toBe(`SignalOutOfRange(0, ${i - 8})`);
    }
    expect(await says(good.slice(1))).toBe('MalformedStatements(544)');
    expect(await says([])).toBe('MalformedStatements(0)');
  });

  it('says which circuit and keys it is for', async () => {
    const read = (functionName: 'circuit' | 'developmentKeys' | 'keyHash') =>
      world.reader.readContract({ address: rulesVerifier, abi: RULES_VERIFIER_ABI, functionName });
    expect([await read('circuit'), await read('developmentKeys')]).toEqual(['pay3', true]);
    const [key] = verifierConstructor(rulesKeys);
    const all = [key.alpha, key.beta, key.gamma, key.delta, key.ic].flat(3) as readonly bigint[];
    expect(await read('keyHash')).toBe(keccak256(concat(all.map((word) => toHex(word, { size: 32 })))));
  });
});
