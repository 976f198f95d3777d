/**
 * The registry of names on a chain: a batch with real proofs, settled, followed and sent once; and those who would have
 * the contract accept the same proofs for something else, each one value away from the call that it accepts.
 */
import path from 'node:path';
import { createTestClient, decodeFunctionData, encodeDeployData, keccak256, toHex } from 'viem';
import type { ContractFunctionArgs, Hex } from 'viem';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactStore, LocalQueue, openDatabase, provingKeys, ROOTSHIFT } from 'rootshift';
import { keyHashOf, publicKeyOf, signingDomain } from 'rootshift/rules';
import { nameOf, NAMES, sign } from '../../../examples/names/names.js';
import type { SignedRecord } from '../../../examples/names/names.js';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { compileCircuit, compileRulesCircuit } from '../../../src/machine/circuit/compile.js';
import { RULES_SETTLEMENT_ABI, RULES_VERIFIER_ABI } from '../../../src/settlement/abi.js';
import { creationCode, rulesVerifierConstructor } from '../../../src/settlement/contracts.js';
import { Journal } from '../../../src/settlement/journal.js';
import type { Address } from '../../../src/settlement/point.js';
import { deployRules } from '../../../src/settlement/rules/deploy.js';
import { readRules, syncRules } from '../../../src/settlement/rules/follow.js';
import { settleRules } from '../../../src/settlement/rules/settle.js';
import { Sender } from '../../../src/settlement/sender.js';
import { ARTIFACTS, freshFolder } from '../../cli/cli.js';
import { startChain } from '../../proof/verifier/anvil.js';
import type { Chain } from '../../proof/verifier/anvil.js';
import { emptyState } from '../world.js';

const ABI = [...RULES_SETTLEMENT_ABI, ...RULES_VERIFIER_ABI];
type Args = ContractFunctionArgs<typeof RULES_SETTLEMENT_ABI, 'nonpayable', 'consolidate'>;
const ALICE = new Uint8Array(32).fill(1);
const BOB = new Uint8Array(32).fill(2);
const target = (secret: Uint8Array): bigint => keyHashOf(publicKeyOf(secret));
const name = nameOf('rootshift');
/** One circuit of the rules is enough to settle by. */
const RULES = { ...NAMES, circuits: NAMES.circuits.slice(0, 1) };
const KEYS = { operator: keccak256(toHex('rules operator')), stranger: keccak256(toHex('rules stranger')) };
const store = new ArtifactStore(ARTIFACTS);

let chain: Chain;
let folder: string;
let contract: Address;
let verifiers: readonly [Address, Address, Address, Address];
let honest: Args;
let operator: Sender;
const tools = () => createTestClient({ chain: foundry, mode: 'anvil', transport: chain.transport });

const senderOf = async (privateKey: Hex): Promise<Sender> => {
  const journal = await Journal.open(path.join(folder, `${privateKey.slice(2, 10)}.json`));
  const sender = new Sender({ url: chain.url, privateKey, journal, pollingInterval: 10 });
  await tools().setBalance({ address: sender.address, value: 10n ** 20n });
  return sender;
};
const settle = (instructions: readonly SignedRecord[]) =>
  settleRules(
    {
      sender: operator,
      contract,
      rules: RULES,
      openDb: (options) => openDatabase(path.join(folder, 'db'), options),
      store,
      queue: new LocalQueue({ programs: [ROOTSHIFT] }),
    },
    instructions,
  );
const domain = () => signingDomain({ chainId: 31_337n, contract: BigInt(contract), version: RULES.version });
const batch = () => [
  sign({ kind: 'register', target: target(ALICE), name }, 0n, domain(), ALICE),
  sign({ kind: 'transfer', target: target(BOB), name }, 1n, domain(), ALICE),
];

/** What becomes of a call, without sending it: `accepted`, or the contract's error. */
async function attempt(args: Args, from: Address = operator.address, to: Address = contract): Promise<string> {
  try {
    await chain.reader.simulateContract({ address: to, abi: ABI, functionName: 'consolidate', args, account: from });
    return 'accepted';
  } catch (error) {
    return /Error: (\w+)\(/.exec(String(error))?.[1] ?? String(error);
  }
}

/** The same address with another contract at it. */
async function other(
  changes: Partial<{ verifiers: typeof verifiers; version: number; operator: Address; genesisRoot: bigint }>,
): Promise<void> {
  const set = { verifiers, version: RULES.version, operator: toHex(0n, { size: 20 }), genesisRoot: 0n, ...changes };
  const data = encodeDeployData({
    abi: RULES_SETTLEMENT_ABI,
    bytecode: await creationCode('RulesSettlement'),
    args: [...set.verifiers, set.version, set.operator, set.genesisRoot],
  });
  const hash = await chain.writer.sendTransaction({ data });
  const { contractAddress } = await chain.reader.waitForTransactionReceipt({ hash });
  const bytecode = await chain.reader.getCode({ address: contractAddress! });
  await tools().setCode({ address: contract, bytecode: bytecode! });
  // The root after batch 0, in the contract's first mapping.
  const word = (x: bigint): Hex => toHex(x, { size: 32 });
  await tools().setStorageAt({
    address: contract,
    index: keccak256(toHex(0n, { size: 64 })),
    value: word(set.genesisRoot),
  });
}

beforeAll(async () => {
  folder = await freshFolder();
  chain = await startChain();
  operator = await senderOf(KEYS.operator);
  const s14 = await provingKeys(store, await compileCircuit(store, 's14'));
  const names3 = await provingKeys(store, await compileRulesCircuit(store, RULES.circuits[0]!));
  const keys = { storage: [s14, s14], rules: [names3, names3] } as const;
  contract = await deployRules(operator, keys, { version: RULES.version, genesisRoot: 0n });
  const read = (functionName: 'usual' | 'deep' | 'large' | 'small') =>
    chain.reader.readContract({ address: contract, abi: RULES_SETTLEMENT_ABI, functionName });
  verifiers = [await read('usual'), await read('deep'), await read('large'), await read('small')];
});
afterAll(() => chain?.stop());

describe('the registry, settled', () => {
  it('moves the root of the contract, once, though killed after it was sent', async () => {
    const before = await tools().snapshot();
    const { journal } = operator;
    const kept = journal.setPosting.bind(journal);
    journal.setPosting = (place, posting) =>
      posting === null ? Promise.reject(new Error('killed')) : kept(place, posting);
    await expect(settle(batch())).rejects.toThrow('killed');
    journal.setPosting = kept;
    const nonce = await chain.reader.getTransactionCount({ address: operator.address });
    const settled = await settle(batch());
    expect(settled).toMatchObject({ number: 1, what: '1 register, 1 transfer, 0 release' });
    expect(await chain.reader.getTransactionCount({ address: operator.address })).toBe(nonce);
    const place = { address: contract, abi: RULES_SETTLEMENT_ABI } as const;
    expect(await chain.reader.readContract({ ...place, functionName: 'consolidatedRoot' })).toBe(settled.root);
    expect(await chain.reader.readContract({ ...place, functionName: 'lastConsolidated' })).toBe(1);
    // Sent once more, it is another batch, whose nonces are used.
    await expect(settle(batch())).rejects.toThrow('instruction 0: expected');

    const { transactions } = await chain.reader.getBlock({ includeTransactions: true });
    const { input } = transactions.find(({ to }) => to?.toLowerCase() === contract.toLowerCase())!;
    const { args } = decodeFunctionData({ abi: RULES_SETTLEMENT_ABI, data: input });
    honest = args as Args;
    expect(await attempt(honest)).toBe('NotNext');
    const next: Args = [2, ...(honest.slice(1) as [number, Hex, Args[3], Args[4]])];
    expect(await attempt(next)).toBe('RecordsNotProven');

    // Who follows comes to the same root, from the events alone.
    const ledger = await readRules(operator.provider, contract);
    const follower = await emptyState();
    expect(await syncRules(follower, RULES, ledger)).toMatchObject({ root: settled.root, number: 1, applied: 1 });
    await tools().revert({ id: before });
  });
});

describe('the same proofs', () => {
  const proofOf = ([number, timestamp, records, chunks, rulesChunks]: Args) => ({
    number,
    timestamp,
    records,
    chunks,
    rulesChunks,
  });
  const changed = (changes: Partial<ReturnType<typeof proofOf>>): Args => {
    const { number, timestamp, records, chunks, rulesChunks } = { ...proofOf(honest), ...changes };
    return [number, timestamp, records, chunks, rulesChunks];
  };
  const words = (): bigint[] =>
    honest[2]
      .slice(2)
      .match(/.{64}/g)!
      .map((digits) => BigInt(`0x${digits}`));
  const dataOf = (elements: readonly bigint[]): Hex =>
    `0x${elements.map((element) => toHex(element, { size: 32 }).slice(2)).join('')}`;

  it('are accepted as they were made', async () => {
    expect(await attempt(honest)).toBe('accepted');
  });

  it('are refused for other records, more, fewer, or none', async () => {
    const [first, ...others] = words();
    expect(await attempt(changed({ records: dataOf([first! + 1n, ...others]) }))).toBe('RecordsNotProven');
    expect(await attempt(changed({ records: dataOf([...others, first!]) }))).toBe('RecordsNotProven');
    expect(await attempt(changed({ records: dataOf([first!, ...others, 0n]) }))).toBe('RecordsNotProven');
    expect(await attempt(changed({ records: dataOf(others) }))).toBe('RecordsNotProven');
    expect(await attempt(changed({ records: '0x' }))).toBe('MalformedRecords');
    expect(await attempt(changed({ records: `${honest[2]}00` }))).toBe('MalformedRecords');
    // The same number to the polynomial, and another to who follows.
    expect(await attempt(changed({ records: dataOf([first! + FIELD_ORDER, ...others]) }))).toBe('MalformedRecords');
  });

  it('are refused of another sender, number or time', async () => {
    const stranger = await senderOf(KEYS.stranger);
    expect(await attempt(honest, stranger.address)).toBe('RecordsNotProven');
    expect(await attempt(changed({ number: 2 }))).toBe('NotNext');
    expect(await attempt(changed({ timestamp: honest[1] - 1 }))).toBe('RecordsNotProven');
    expect(await attempt(changed({ timestamp: honest[1] - 7200 }))).toBe('OtherTimestamp');
    expect(await attempt(changed({ timestamp: honest[1] + 7200 }))).toBe('OtherTimestamp');
  });

  it('are refused with ends that they do not have', async () => {
    const [rules] = honest[4];
    const [storage] = honest[3];
    const ofRules = (more: object): Args => changed({ rulesChunks: [{ ...rules!, ...more }] });
    const ofStorage = (more: object): Args => changed({ chunks: [{ ...storage!, ...more }] });
    expect(await attempt(ofStorage({ newRoot: storage!.newRoot + 1n }))).toBe('InvalidProofs');
    expect(await attempt(ofStorage({ logHash: storage!.logHash + 1n }))).toBe('OtherLog');
    expect(await attempt(ofRules({ carryOut: 1n }))).toBe('CarryLeft');
    expect(await attempt(ofRules({ txHash: rules!.txHash + 1n }))).toBe('RecordsNotProven');
    expect(await attempt(changed({ chunks: [] }))).toBe('NoChunks');
    expect(await attempt(changed({ rulesChunks: [] }))).toBe('NoRulesChunks');
  });

  it('are refused on another chain, and by another contract with the same verifiers', async () => {
    const id = await tools().snapshot();
    const keys = { version: RULES.version, genesisRoot: 0n };
    const s14 = await provingKeys(store, await compileCircuit(store, 's14'));
    const names3 = await provingKeys(store, await compileRulesCircuit(store, RULES.circuits[0]!));
    const stranger = await senderOf(KEYS.stranger);
    const twin = await deployRules(stranger, { storage: [s14, s14], rules: [names3, names3] }, keys);
    expect(await attempt(honest, operator.address, twin)).toBe('RecordsNotProven');
    await tools().request({ method: 'anvil_setChainId' as never, params: [31_338] as never });
    expect(await attempt(honest)).toBe('RecordsNotProven');
    await tools().request({ method: 'anvil_setChainId' as never, params: [31_337] as never });
    await tools().revert({ id });
  });

  it.each([
    ['that begins at another root', { genesisRoot: 5n }, 'InvalidProofs'],
    ['of another version of the rules', { version: 2 }, 'RecordsNotProven'],
    ['of an operator', { operator: toHex(7n, { size: 20 }) }, 'NotOperator'],
  ])('are refused by a contract %s, at the same address', async (_, changes, error) => {
    const id = await tools().snapshot();
    await other({});
    expect(await attempt(honest)).toBe('accepted');
    await other(changes);
    expect(await attempt(honest)).toBe(error);
    await tools().revert({ id });
  });

  it('are refused by the verifiers of other rules', async () => {
    const id = await tools().snapshot();
    const pay3 = await provingKeys(store, await compileCircuit(store, 'pay3'));
    const data = encodeDeployData({
      abi: RULES_VERIFIER_ABI,
      bytecode: await creationCode('RulesVerifier'),
      args: rulesVerifierConstructor(pay3),
    });
    const hash = await chain.writer.sendTransaction({ data });
    const { contractAddress } = await chain.reader.waitForTransactionReceipt({ hash });
    const [usual, deep] = verifiers;
    await other({ verifiers: [usual, deep, contractAddress!, contractAddress!] });
    expect(await attempt(honest)).toBe('InvalidProofs');
    await tools().revert({ id });
  });
});
