import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFr } from '../../src/base/field/fr.js';
import { openDatabase } from '../../src/engine/database.js';
import type { OpenDb } from '../../src/engine/database.js';
import { proveRules, RulesBatchError } from '../../src/engine/prove-rules.js';
import type { PointOf, ProvenRulesBatch } from '../../src/engine/prove-rules.js';
import { formatRulesProof, parseRulesProof, RulesProofFileError } from '../../src/proof/prover/rules-proof-file.js';
import type { RulesProof } from '../../src/proof/prover/rules-proof-file.js';
import { OtherKeysError } from '../../src/proof/verifier/verify.js';
import { describeRulesVerdict, verifyRulesProof } from '../../src/proof/verifier/verify-rules.js';
import type { RulesVerdict } from '../../src/proof/verifier/verify-rules.js';
import { transactionsHash } from '../../src/rules/common/records.js';
import { InstructionError } from '../../src/rules/common/rules.js';
import { accountEntry, accountOf } from '../../src/rules/payments/account.js';
import type { PaymentInstruction } from '../../src/rules/payments/operation.js';
import { PAYMENTS } from '../../src/rules/payments/payments.js';
import type { PaymentTypes } from '../../src/rules/payments/payments.js';
import { FEE_UNIT, recordElements } from '../../src/rules/payments/record.js';
import { treeKey } from '../../src/state/batch/encoding.js';
import { STORE } from '../proof/prover/prover.js';
import { ALICE, BOB, CONTEXT, DEPLOYMENT, signed, transfer } from '../rules/payments/world.js';

const ETHER = 10n ** 18n;
const deposit: PaymentInstruction = { kind: 'deposit', to: ALICE.address, keyHash: ALICE.keyHash, amount: ETHER };
const pay = (nonce: bigint, fee = 1n): PaymentInstruction =>
  signed(ALICE, transfer(ALICE, BOB.address, 5n, fee), nonce);
const collect: PaymentInstruction = { kind: 'collect' };
const X = toFr(7n);

let folder: string;
let openDb: OpenDb;
let points: PointOf[];
let made: ProvenRulesBatch<PaymentTypes>;
const prove = (instructions: readonly PaymentInstruction[]): Promise<ProvenRulesBatch<PaymentTypes>> =>
  proveRules({
    openDb,
    rules: PAYMENTS,
    instructions,
    deployment: DEPLOYMENT,
    context: CONTEXT,
    rulesCircuit: 'pay3',
    circuit: 's16',
    store: STORE,
    point: (of) => {
      points.push(of);
      return X;
    },
  });
const verify = (proof: RulesProof): Promise<RulesVerdict<PaymentTypes>> =>
  verifyRulesProof({ proof, rules: PAYMENTS, keys: made.keys, acceptedRoots: [rootBefore(made.proof)] });
const rootBefore = ({ storageChunks }: RulesProof): bigint => storageChunks[0]!.publicSignals.oldRoot;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-'));
  openDb = (options) => openDatabase(path.join(folder, 'db'), options);
  points = [];
  made = await prove([deposit, pay(0n), pay(1n), collect]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a proven batch of payments', () => {
  it('is two chains, cut at different places, that end with one logHash, at the point asked for', () => {
    const { rulesChunks, storageChunks } = made.proof;
    expect(rulesChunks.map(({ circuit, records }) => [circuit.name, records.length])).toEqual([
      ['pay3', 3],
      ['pay3', 1],
    ]);
    expect(rulesChunks.at(-1)!.publicSignals.logHash).toBe(storageChunks.at(-1)!.publicSignals.logHash);
    for (const { publicSignals } of [...rulesChunks, ...storageChunks]) expect(publicSignals.x).toBe(X);
    const records = made.receipts.map(({ record }) => record);
    expect(points).toEqual([
      {
        logHash: rulesChunks.at(-1)!.publicSignals.logHash,
        txHash: transactionsHash(records.map(recordElements)),
        posted: PAYMENTS.post(records),
      },
    ]);
  });

  it('has moved the state', async () => {
    await using db = await openDb({});
    const { root, origin } = await db.current();
    expect(origin).toBe('prove');
    const balance = async (address: bigint): Promise<bigint> =>
      accountOf(await db.entryValue(root, treeKey(accountEntry(address)))).balance;
    expect(await balance(ALICE.address)).toBe(ETHER - 10n - 2n * FEE_UNIT);
    expect(await balance(BOB.address)).toBe(10n);
    expect(await balance(CONTEXT.feeRecipient)).toBe(2n * FEE_UNIT);
  });

  it('is verified, and told in words', async () => {
    const verdict = await verify(parseRulesProof(formatRulesProof(made.proof)));
    expect(verdict).toMatchObject({
      valid: true,
      statement: {
        summary: expect.stringMatching(/^2 transfers, 1 collection of fees, 1 deposit; signed by 0x0+100$/),
      },
    });
    expect(describeRulesVerdict(verdict)).toMatch(
      /^Valid: batch 7 of contract 0x0+c0ffee on chain 31337: 2 transfers, .*proven with circuit pay3 and development keys, whose maker could forge proofs, circuit s16 and development keys, /,
    );
  });

  it('is whole: the log ends where the rules end', async () => {
    const verdict = await verify(made.proof);
    expect(verdict.valid && verdict.assumed.join()).not.toContain('longer batch');
    expect(verdict.valid && verdict.assumed.at(-1)).toMatch(/^accept it only if chain, contract, batch number/);
  });

  it('shows nobody who asked for a deposit: the queue does', async () => {
    const verdict = await verify(made.proof);
    expect(verdict.valid && verdict.assumed).toContain(
      "accept it only if these are the next operations of the contract's queue, in the batch's order: 1 deposit",
    );
  });

  it('needs a root that was accepted', async () => {
    const verdict = await verifyRulesProof({ proof: made.proof, rules: PAYMENTS, keys: made.keys });
    expect(
      verdict.valid && verdict.assumed.some((one) => one.startsWith('accept it only if you accepted oldRoot')),
    ).toBe(true);
  });

  it('needs keys of both chains', async () => {
    for (const { circuit } of made.keys) {
      const keys = made.keys.filter((key) => key.circuit.name !== circuit.name);
      await expect(verifyRulesProof({ proof: made.proof, rules: PAYMENTS, keys })).rejects.toThrow(OtherKeysError);
    }
  });
});

describe('a proof is refused', () => {
  const altered: readonly (readonly [string, (proof: RulesProof) => RulesProof, RegExp])[] = [
    [
      'for another record',
      (honest) => withRecord(honest, 1, recordElements({ ...recordAt(honest, 1), amount: 6n })),
      /^rulesChunks\[0\]: expected txHash = /,
    ],
    [
      'for a record of padding',
      (honest) => withRecord(honest, 1, [toFr(0n), toFr(0n)]),
      /^expected a kind from 1 to 6, got 0$/,
    ],
    [
      'without its last chunk of rules',
      (honest) => ({ ...honest, rulesChunks: honest.rulesChunks.slice(0, 1) }),
      /carryOut 0/,
    ],
    [
      'without its first chunk of rules',
      (honest) => ({ ...honest, rulesChunks: honest.rulesChunks.slice(1) }),
      /expected logHashIn = /,
    ],
    [
      'without the last chunk of storage',
      (honest) => ({ ...honest, storageChunks: honest.storageChunks.slice(0, -1) }),
      /^expected (one logHash of both chains|at least one chunk of storage)/,
    ],
    [
      'for another fee recipient',
      (honest) => ({ ...honest, context: { ...honest.context, feeRecipient: 5n } }),
      /expected context = /,
    ],
    [
      'for another batch',
      (honest) => ({ ...honest, context: { ...honest.context, batchNumber: 8n } }),
      /expected context = /,
    ],
    [
      'for another chain',
      (honest) => ({ ...honest, deployment: { ...honest.deployment, chainId: 1n } }),
      /expected context = /,
    ],
    [
      'for a fee recipient of 0',
      (honest) => ({ ...honest, context: { ...honest.context, feeRecipient: 0n } }),
      /other than 0/,
    ],
    ['of other rules', (honest) => ({ ...honest, rules: 'names' }), /^expected rules payments, version 1, got names/],
    [
      'with a signal that its proof is not for',
      (honest) => withSignals(honest, (signals) => ({ ...signals, x: toFr(8n) })),
      /^rulesChunks\[0\]: expected dataOut = /,
    ],
    [
      'with the other chunk’s proof',
      (honest) => ({
        ...honest,
        rulesChunks: honest.rulesChunks.map((chunk, i, all) => ({ ...chunk, proof: all[1 - i]!.proof })),
      }),
      /^a rules proof by pay3 does not verify$/,
    ],
    [
      'with a label that its keys do not have',
      (honest) => ({
        ...honest,
        rulesChunks: honest.rulesChunks.map((chunk) => ({
          ...chunk,
          circuit: { ...chunk.circuit, digest: '00'.repeat(32) },
        })),
      }),
      /^the file states the circuit digest 0000/,
    ],
  ];
  it.each(altered)('%s', async (_, alter, reason) => {
    expect(await verify(made.proof)).toMatchObject({ valid: true });
    const verdict = await verify(alter(made.proof));
    expect(verdict).toMatchObject({ valid: false, reason: expect.stringMatching(reason) });
  });

  it('as a file that is none', () => {
    expect(() => parseRulesProof('{}')).toThrow(RulesProofFileError);
    const text = formatRulesProof(made.proof);
    expect(() => parseRulesProof(text.replace('"pay3"', '"s14"'))).toThrow(
      'expected the name of a circuit of rules, got "s14"',
    );
  });
});

describe('a batch that cannot be proven', () => {
  it('is told before anything is made, and the state stays', async () => {
    const root = async (): Promise<bigint> => {
      await using db = await openDb({});
      return (await db.current()).root;
    };
    const before = await root();
    await expect(prove([])).rejects.toThrow(RulesBatchError);
    await expect(prove([pay(2n)])).rejects.toThrow(
      'expected a batch that hands nothing on, 1000000000 is left at its end',
    );
    const replayed = prove([pay(2n), pay(2n), collect]);
    await expect(replayed).rejects.toThrow(InstructionError);
    await expect(replayed).rejects.toThrow(/^instruction 1: 0x0+100: expected nonce 3, got 2$/);
    expect(await root()).toBe(before);
  });
});

const recordAt = ({ rulesChunks }: RulesProof, index: number) => PAYMENTS.recordFrom(rulesChunks[0]!.records[index]!);

const withRecord = (
  honest: RulesProof,
  index: number,
  elements: RulesProof['rulesChunks'][0]['records'][0],
): RulesProof => ({
  ...honest,
  rulesChunks: honest.rulesChunks.map((chunk, i) =>
    i === 0 ? { ...chunk, records: chunk.records.with(index, elements) } : chunk,
  ),
});

type Signals = RulesProof['rulesChunks'][0]['publicSignals'];
const withSignals = (honest: RulesProof, change: (signals: Signals) => Signals): RulesProof => ({
  ...honest,
  rulesChunks: honest.rulesChunks.map((chunk) => ({ ...chunk, publicSignals: change(chunk.publicSignals) })),
});
