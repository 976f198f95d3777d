/** The contracts on a local chain, and proofs for them by the smallest circuits. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ContractFunctionRevertedError,
  createTestClient,
  createWalletClient,
  getAddress,
  keccak256,
  parseAbi,
  toHex,
} from 'viem';
import type { BaseError, ContractFunctionArgs, Hex, TransactionReceipt } from 'viem';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { mnemonicToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import type { RequestedAccess } from '../../src/state/batch/access.js';
import { logHash } from '../../src/state/batch/log.js';
import { ArtifactStore } from '../../src/machine/circuit/artifacts.js';
import type { Fr } from '../../src/base/field/fr.js';
import { toUint256 } from '../../src/base/field/limbs.js';
import { HashDb } from '../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../src/state/hashdb/memory.js';
import { planChunks } from '../../src/machine/planner/plan.js';
import { provingKeys } from '../../src/proof/prover/keys.js';
import { CHAIN_VERIFIER_ABI, SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { chunkArgument, creationCode, verifierConstructor } from '../../src/settlement/contracts.js';
import { encodeBatchData } from '../../src/settlement/data.js';
import type { Write } from '../../src/settlement/data.js';
import { batchPoint } from '../../src/settlement/point.js';
import type { Address } from '../../src/settlement/point.js';
import { poseidonScheme } from '../../src/state/tree/scheme.js';
import { circuit, keys, provenTrace, STORE } from '../proof/prover/prover.js';
import { startChain } from '../proof/verifier/anvil.js';

/**
 * The usual prover, which here takes no log that reads, and the one for what it has no room for: not the circuit
 * `deep`, whose proofs take half a minute, but the same one with other keys.
 */
export const USUAL = { circuit, keys, size: { ...circuit.size, readRows: [] } };
const others = await STORE.ensure('test-other-keys', [circuit.digest], () => Promise.resolve({}));
export const DEEP = { circuit, keys: await provingKeys(new ArtifactStore(others.folder), circuit), size: circuit.size };

// --- accounts and contracts ---

const account = (addressIndex: number) =>
  mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex });
export const ADMIN = account(0);
export const SEQUENCER = account(1);
export const PROVER = account(2);
export const GUARDIAN = account(3);
export const USER = account(4);
export const STRANGER = account(5);

export const SETTINGS = {
  roles: { admin: ADMIN.address, sequencer: SEQUENCER.address, prover: PROVER.address, guardian: GUARDIAN.address },
  proverTimeout: 3600,
  forceDelay: 7200,
  changeDelay: 86_400,
  genesisRoot: 0n,
  maxForcedRecords: 8,
  forcedRecordFee: 0n,
};

export type SettlementWorld = Awaited<ReturnType<typeof startSettlement>>;

/** A chain with both contracts' verifiers and a settlement on it. */
export async function startSettlement(...options: string[]) {
  const { reader, stop, transport, url } = await startChain(...options);
  const tools = createTestClient({ chain: foundry, mode: 'anvil', transport });
  /**
   * Waits for a transaction, which is mined at once; viem waits for a further block where it looked a moment too early.
   */
  const receiptOf = async (hash: Hex): Promise<TransactionReceipt> => {
    for (;;) {
      const receipt = await reader.getTransactionReceipt({ hash }).catch(() => null);
      if (receipt !== null) return receipt;
      await sleep(10);
    }
  };
  const admin = createWalletClient({ chain: foundry, transport, account: ADMIN });
  const deploy = async (contract: Parameters<typeof admin.deployContract>[0]): Promise<Address> => {
    const { contractAddress } = await receiptOf(await admin.deployContract(contract));
    return getAddress(contractAddress!);
  };
  const verifier = async (keys: typeof USUAL.keys) =>
    deploy({ abi: CHAIN_VERIFIER_ABI, bytecode: await creationCode('ChainVerifier'), args: verifierConstructor(keys) });
  /** The verifier of a key that nobody vouches for. */
  const deployVerifier = async (key: ReturnType<typeof verifierConstructor>[0]): Promise<Address> => {
    const [, provenance] = verifierConstructor(USUAL.keys);
    const bytecode = await creationCode('ChainVerifier');
    return deploy({ abi: CHAIN_VERIFIER_ABI, bytecode, args: [key, provenance] });
  };
  const usual = await verifier(USUAL.keys);
  const deep = await verifier(DEEP.keys);
  const deploySettlement = async (
    settings: Partial<typeof SETTINGS> = {},
    verifiers: readonly Address[] = [usual, deep],
  ) =>
    deploy({
      abi: SETTLEMENT_ABI,
      bytecode: await creationCode('Settlement'),
      args: [verifiers, { ...SETTINGS, ...settings }],
    });
  const contract = await deploySettlement();
  /** A verifier that accepts whatever it is asked about: for tests of what does not depend on proofs. */
  const deployAcceptAll = (): Promise<Address> => deploy({ abi: [], bytecode: '0x6001600c60003960016000f300' });

  type Name =
    | 'sequenceBatches'
    | 'forceBatch'
    | 'sequenceForcedBatches'
    | 'verifyBatches'
    | 'stop'
    | 'resume'
    | 'grantRole'
    | 'revokeRole'
    | 'renounceRole'
    | 'announceVerifiers'
    | 'refuseVerifiers'
    | 'adoptVerifiers'
    | 'raiseAlarm'
    | 'refundPosted'
    | 'refundForced'
    | 'fetch'
    | 'beginDefaultAdminTransfer'
    | 'acceptDefaultAdminTransfer';
  /** Sends a call and waits until it is mined. @throws if it reverts */
  const send = async <N extends Name>(
    from: typeof ADMIN,
    functionName: N,
    args: ContractFunctionArgs<typeof SETTLEMENT_ABI, 'nonpayable' | 'payable', N>,
    { value = 0n, to = contract }: { readonly value?: bigint; readonly to?: Address } = {},
  ) => {
    const wallet = createWalletClient({ chain: foundry, transport, account: from });
    const { request } = await reader.simulateContract({
      address: to,
      abi: EVERY_ABI,
      functionName,
      args,
      account: from,
      value,
    } as never);
    return receiptOf(await wallet.writeContract(request as never));
  };
  /** Sends calldata as it is, whatever comes of it. */
  const sendRaw = (from: typeof ADMIN, data: Hex): Promise<Hex> =>
    createWalletClient({ chain: foundry, transport, account: from }).sendTransaction({
      to: contract,
      data,
      gas: 5_000_000n,
    });
  const read = (
    functionName: 'consolidatedRoot' | 'lastVirtual' | 'lastConsolidated' | 'forcedPosted' | 'defaultAdmin' | 'clock',
  ) => reader.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName });
  return {
    reader,
    tools,
    stop,
    transport,
    url,
    usual,
    deep,
    contract,
    deploySettlement,
    deployAcceptAll,
    deployVerifier,
    send,
    sendRaw,
    read,
    receiptOf,
  };
}

/**
 * A chain and a settlement for a test file: before each test as `prepare` left them, and whenever `restore` is called.
 */
export function settlementForTests(
  prepare: (world: SettlementWorld) => Promise<void> = async () => {},
): TestedSettlement {
  const world = {} as TestedSettlement;
  let prepared: Hex;
  const restore = async (): Promise<void> => {
    await world.tools.revert({ id: prepared });
    prepared = await world.tools.snapshot();
  };
  const pass = async (seconds: number): Promise<void> => {
    await world.tools.increaseTime({ seconds });
    await world.tools.mine({ blocks: 1 });
  };
  beforeAll(async () => {
    Object.assign(world, await startSettlement(), { restore, pass });
    await prepare(world);
    prepared = await world.tools.snapshot();
  });
  afterAll(() => world.stop?.());
  beforeEach(restore);
  return world;
}

export interface TestedSettlement extends SettlementWorld {
  restore(): Promise<void>;
  /** Lets so many seconds pass. */
  pass(seconds: number): Promise<void>;
}

/** So that an error of any of them is told by name. */
export const EVERY_ABI = [...SETTLEMENT_ABI, ...CHAIN_VERIFIER_ABI, ...parseAbi(['error Panic(uint256)'])];

/** The error with which a call is refused, as `Name(arguments)`; what it gives, if it is not. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    const reverted = (error as BaseError).walk((cause) => cause instanceof ContractFunctionRevertedError);
    if (!(reverted instanceof ContractFunctionRevertedError)) throw error;
    const { errorName, args } = reverted.data ?? { errorName: reverted.reason ?? 'reverted' };
    return `${errorName}(${(args ?? []).join(', ')})`;
  }
}

// --- batches ---

export const storageOf = (address: bigint, slot: bigint, value: bigint): Write => ({
  op: 'write',
  address,
  kind: 'storage',
  slot: toUint256(slot),
  value: toUint256(value),
});
/** A write of a plain key. */
export const put = (slot: bigint, value: bigint): Write => storageOf(0n, slot, value);

export const dataOf = (writes: readonly Write[]): Hex => toHex(encodeBatchData(writes));

/** A state that tests move: what the consolidated root is of. */
export async function emptyState(): Promise<HashDb> {
  return HashDb.open(new MemoryDriver(), poseidonScheme(2), { createIfMissing: true });
}

/** The chunks of a log on the current state, which stays as it is, or moves if so asked. */
export async function proveLog(db: HashDb, accesses: readonly RequestedAccess[], x: Fr, { commit = false } = {}) {
  const batch = { accesses, where: (i: number) => `accesses[${i}]` };
  const { root } = await db.current();
  const chunks: ReturnType<typeof chunkArgument>[] = [];
  for await (const { trace, change, size } of planChunks({
    reader: db,
    root,
    batch,
    sizes: [USUAL.size, DEEP.size],
    x,
  })) {
    const deep = size === DEEP.size;
    chunks.push(chunkArgument(await provenTrace(trace, (deep ? DEEP : USUAL).keys), deep));
    if (commit) await db.commit({ ...change, origin: 'prove' });
  }
  return chunks;
}
export type Chunks = Awaited<ReturnType<typeof proveLog>>;

/** The point for a batch whose log is `log`, or has this commitment. */
export const pointOf = (
  contract: Address,
  number: number,
  data: Hex,
  log: readonly Write[] | Fr,
  prover: Address = PROVER.address,
  { chainId = foundry.id as number, version = 1 } = {},
): Fr =>
  batchPoint({
    chainId,
    contract,
    number,
    version,
    prover,
    dataHash: keccak256(data),
    logHash: typeof log === 'bigint' ? log : logHash(log),
  });

export const ZERO_ADDRESS = toHex(0n, { size: 20 });
