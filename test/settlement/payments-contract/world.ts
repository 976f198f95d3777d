/**
 * A payments contract on a local chain, whose verifiers accept whatever they are asked about: for all that does not
 * depend on what proofs say. What the contract computes is computed here once more, by its definitions.
 */
import {
  concat,
  createTestClient,
  createWalletClient,
  decodeErrorResult,
  encodeAbiParameters,
  encodeDeployData,
  encodePacked,
  getAddress,
  keccak256,
  parseAbi,
  parseAbiParameters,
  parseEventLogs,
  stringToHex,
  toHex,
} from 'viem';
import type { BaseError, ContractFunctionArgs, ContractFunctionName, Hex, TransactionReceipt } from 'viem';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { foundry } from 'viem/chains';
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import type { Fr } from '../../../src/base/field/fr.js';
import { contextHash, signingDomain } from '../../../src/rules/common/context.js';
import { recordsPolynomial } from '../../../src/rules/common/records.js';
import { COLLECT_RECORD, recordOfQueue } from '../../../src/rules/payments/operation.js';
import type { QueueOperation } from '../../../src/rules/payments/operation.js';
import { postRecords } from '../../../src/rules/payments/posted.js';
import { FOREVER, recordElements } from '../../../src/rules/payments/record.js';
import type { PaymentRecord } from '../../../src/rules/payments/record.js';
import { PAYMENTS_ABI, RULES_VERIFIER_ABI } from '../../../src/settlement/abi.js';
import { creationCode } from '../../../src/settlement/contracts.js';
import { STATE_PROOFS_ABI } from '../../../src/proof/verifier/state-proofs-abi.js';
import { startChain } from '../../proof/verifier/anvil.js';
import { ADMIN, GUARDIAN, PROVER, refusal, SEQUENCER, ZERO_ADDRESS } from '../world.js';

type Account = typeof ADMIN;
export type Address = `0x${string}`;
const ABI = [...PAYMENTS_ABI, ...RULES_VERIFIER_ABI, ...STATE_PROOFS_ABI, ...parseAbi(['error Panic(uint256)'])];
const GWEI = 10n ** 9n;
const HOUR = 3600;
const DAY = 24 * HOUR;

export const SETTINGS = {
  roles: { admin: ADMIN.address, sequencer: SEQUENCER.address, prover: PROVER.address, guardian: GUARDIAN.address },
  proverTimeout: HOUR,
  forceDelay: 2 * HOUR,
  dropTimeout: DAY + HOUR,
  freezeDelay: 3 * DAY,
  alarmDelay: 5 * HOUR,
  changeDelay: 4 * DAY,
  lowestFee: 10,
  maxOperations: 16,
  window: HOUR,
};
export const FEE = BigInt(SETTINGS.lowestFee) * GWEI;

// --- records ---

export const addressOf = (account: Account | Address): bigint =>
  BigInt(typeof account === 'string' ? account : account.address);
const signed = { fee: 1n, validUntil: FOREVER } as const;
export const transfer = (from: Account, to: Account, amount: bigint): PaymentRecord => ({
  kind: 'transfer',
  ...signed,
  account: addressOf(from),
  target: addressOf(to),
  amount,
});
export const withdrawal = (from: Account, to: Account | Address, amount: bigint): PaymentRecord => ({
  kind: 'withdraw',
  ...signed,
  account: addressOf(from),
  target: addressOf(to),
  amount,
});
export const deposited = (to: Account, amount: bigint, keyHash = 0n): PaymentRecord =>
  recordOfQueue({ kind: 'deposit', to: addressOf(to), keyHash, amount }, 0n);
export const keySet = (account: Account, keyHash: bigint): PaymentRecord =>
  recordOfQueue({ kind: 'setKey', account: addressOf(account), keyHash }, 0n);
export const exited = (account: Account, amount: bigint): PaymentRecord =>
  recordOfQueue({ kind: 'exit', account: addressOf(account) } satisfies QueueOperation, amount);
export const COLLECT = COLLECT_RECORD;

// --- what the contract computes ---

const word = (x: bigint): Hex => toHex(x, { size: 32 });
const isQueued = ({ kind }: PaymentRecord): boolean => kind === 'deposit' || kind === 'setKey' || kind === 'exit';

export const dataOf = (records: readonly PaymentRecord[]): Hex => toHex(postRecords(records));
export const itemsHashOf = (records: readonly PaymentRecord[]): Hex =>
  records
    .filter(isQueued)
    .reduce<Hex>((hash, record) => keccak256(concat([hash, ...recordElements(record).map(word)])), word(0n));

export const payoutsOf = (records: readonly PaymentRecord[]) =>
  records
    .filter(({ kind }) => kind === 'withdraw' || kind === 'exit')
    .map(({ kind, account, target, amount }, index) => ({
      index: BigInt(index),
      recipient: getAddress(toHex(kind === 'exit' ? account : target, { size: 20 })),
      amount,
    }));
export type Payout = ReturnType<typeof payoutsOf>[number];

const leafOf = ({ recipient, amount }: Payout): Hex =>
  keccak256(encodePacked(['address', 'uint96'], [recipient, amount]));
/** The tree of payouts by another route: as a full tree of the next power of two, with 0 for what is empty. */
export function payoutPath(payouts: readonly Payout[], index: number): { root: Hex; path: Hex[] } {
  const depth = payouts.length === 0 ? 0 : Math.ceil(Math.log2(payouts.length));
  let nodes: Hex[] = Array.from({ length: 2 ** depth }, (_, i) => (payouts[i] ? leafOf(payouts[i]) : word(0n)));
  const path: Hex[] = [];
  for (let place = index; nodes.length > 1; place = Math.floor(place / 2)) {
    path.push(nodes[place % 2 === 0 ? place + 1 : place - 1]!);
    const pairs = Array.from({ length: nodes.length / 2 }, (_, i) => [nodes[2 * i]!, nodes[2 * i + 1]!]);
    nodes = pairs.map((pair) => (pair.every((node) => node === word(0n)) ? word(0n) : keccak256(concat(pair))));
  }
  return { root: nodes[0]!, path };
}

const BATCH_DOMAIN = keccak256(stringToHex('rootshift.payments.batch'));
export interface PointOf {
  readonly chainId?: number;
  readonly contract: Address;
  readonly number: number;
  readonly version?: number;
  readonly prover: Address;
  readonly dataHash: Hex;
  readonly itemsHash: Hex;
  readonly logHash: bigint;
  readonly txHash: bigint;
  readonly context: bigint;
}
export const pointOf = (of: PointOf): Fr =>
  toFr(
    BigInt(
      keccak256(
        encodeAbiParameters(
          parseAbiParameters(
            'bytes32, uint256, address, uint48, uint32, address, bytes32, bytes32, uint256, uint256, uint256',
          ),
          [
            BATCH_DOMAIN,
            BigInt(of.chainId ?? foundry.id),
            of.contract,
            of.number,
            of.version ?? 1,
            of.prover,
            of.dataHash,
            of.itemsHash,
            of.logHash,
            of.txHash,
            of.context,
          ],
        ),
      ),
    ) % FIELD_ORDER,
  );

export const contextOf = (
  contract: Address,
  number: number,
  timestamp: bigint,
  feeRecipient: Address,
  version = 1,
): Fr =>
  contextHash({
    domain: signingDomain({ chainId: BigInt(foundry.id), contract: BigInt(contract), version }),
    batchNumber: BigInt(number),
    timestamp,
    feeRecipient: BigInt(feeRecipient),
  });

// --- the chain ---

export type PaymentsWorld = Awaited<ReturnType<typeof startPayments>>;
type Name = ContractFunctionName<typeof PAYMENTS_ABI, 'nonpayable' | 'payable'>;
type View = ContractFunctionName<typeof PAYMENTS_ABI, 'view' | 'pure'>;

export async function startPayments() {
  const chain = await startChain();
  const { reader, transport } = chain;
  const tools = createTestClient({ chain: foundry, mode: 'anvil', transport });
  const walletOf = (account: Account) => createWalletClient({ chain: foundry, transport, account });
  const receiptOf = async (hash: Hex): Promise<TransactionReceipt> => {
    for (;;) {
      const receipt = await reader.getTransactionReceipt({ hash }).catch(() => null);
      if (receipt !== null) return receipt;
      await sleep(10);
    }
  };
  const deployCode = async (data: Hex): Promise<Address> => {
    const { contractAddress } = await receiptOf(await walletOf(ADMIN).sendTransaction({ data }));
    return getAddress(contractAddress!);
  };
  const acceptAll = await deployCode('0x6001600c60003960016000f300');
  const stateProofs = await deployCode(await creationCode('StateProofs'));
  const deployment = async (
    settings: Partial<typeof SETTINGS> = {},
    verifiers: readonly Address[] = Array.from({ length: 4 }, () => acceptAll),
    proofs = stateProofs,
  ): Promise<Hex> => {
    const args = [verifiers, proofs, { ...SETTINGS, ...settings }] as const;
    return encodeDeployData({ abi: PAYMENTS_ABI, bytecode: await creationCode('Payments'), args });
  };
  const deploy = async (...of: Parameters<typeof deployment>): Promise<Address> => deployCode(await deployment(...of));
  /** What comes of a deployment: `accepted`, or the error that it is refused with. */
  const attemptDeploy = async (...of: Parameters<typeof deployment>): Promise<string> => {
    try {
      await reader.call({ data: await deployment(...of), account: ADMIN.address });
      return 'accepted';
    } catch (error) {
      const reverted = (error as BaseError).walk((cause) => typeof (cause as { data?: unknown }).data === 'string');
      const { errorName, args } = decodeErrorResult({ abi: ABI, data: (reverted as unknown as { data: Hex }).data });
      return `${errorName}(${(args ?? []).join(', ')})`;
    }
  };
  const contract = await deploy();

  const send = async <N extends Name>(
    from: Account,
    functionName: N,
    args: ContractFunctionArgs<typeof PAYMENTS_ABI, 'nonpayable' | 'payable', N>,
    { value = 0n, to = contract }: { readonly value?: bigint; readonly to?: Address } = {},
  ): Promise<TransactionReceipt> => {
    const call = { address: to, abi: ABI, functionName, args, account: from, value };
    const { request } = await reader.simulateContract(call as never);
    return receiptOf(await walletOf(from).writeContract(request as never));
  };
  /** What comes of a call: `accepted`, or the error that it is refused with. */
  const attempt = <N extends Name>(...call: Parameters<typeof send<N>>): Promise<string> => refusal(send<N>(...call));
  const read = <N extends View>(
    functionName: N,
    args: ContractFunctionArgs<typeof PAYMENTS_ABI, 'view' | 'pure', N>,
    to = contract,
  ) => reader.readContract({ address: to, abi: PAYMENTS_ABI, functionName, args } as never) as Promise<never>;
  const balance = (address: Address = contract): Promise<bigint> => reader.getBalance({ address });
  const now = async (): Promise<number> => Number((await reader.getBlock()).timestamp);
  return {
    ...chain,
    tools,
    receiptOf,
    acceptAll,
    stateProofs,
    deployCode,
    deploy,
    attemptDeploy,
    contract,
    send,
    attempt,
    read,
    balance,
    now,
  };
}

export interface TestedPayments extends PaymentsWorld {
  restore(): Promise<void>;
  /** Lets so many seconds pass. */
  pass(seconds: number): Promise<void>;
}

/** A chain and a contract for a test file: before each test as they were at first. */
export function paymentsForTests(prepare: (world: PaymentsWorld) => Promise<void> = async () => {}): TestedPayments {
  const world = {} as TestedPayments;
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
    Object.assign(world, await startPayments(), { restore, pass });
    await prepare(world);
    prepared = await world.tools.snapshot();
  });
  afterAll(() => world.stop?.());
  beforeEach(restore);
  return world;
}

// --- batches ---

const NO_POINTS = {
  a: [0n, 0n],
  b: [
    [0n, 0n],
    [0n, 0n],
  ],
  c: [0n, 0n],
} as const;

export const FEE_RECIPIENT = SEQUENCER.address;

/** What a batch of these records is posted as. */
export async function newBatch(
  world: PaymentsWorld,
  records: readonly PaymentRecord[],
  changes: Partial<NewBatch> = {},
) {
  const batch = {
    data: dataOf(records),
    timestamp: await world.now(),
    feeRecipient: FEE_RECIPIENT as Address,
    itemsHash: itemsHashOf(records),
    fee: 0n,
    prover: ZERO_ADDRESS as Address,
    logHash: 0n,
    txHash: 0n,
  };
  return { ...batch, ...changes };
}
export interface NewBatch {
  readonly data: Hex;
  readonly timestamp: number;
  readonly feeRecipient: Address;
  readonly itemsHash: Hex;
  readonly fee: bigint;
  readonly prover: Address;
  readonly logHash: bigint;
  readonly txHash: bigint;
}

export const postedIn = ({ logs }: TransactionReceipt) =>
  parseEventLogs({ abi: PAYMENTS_ABI, logs, eventName: 'BatchPosted' })[0]!.args;
export type Posted = ReturnType<typeof postedIn>['posted'];

/** A batch that is posted, and what it is made of. */
export interface PostedRecords {
  readonly number: number;
  readonly posted: Posted;
  readonly records: readonly PaymentRecord[];
}

export async function post(
  world: PaymentsWorld,
  number: number,
  records: readonly PaymentRecord[],
  { to = world.contract, ...changes }: Partial<NewBatch> & { readonly to?: Address } = {},
): Promise<PostedRecords> {
  const batch = await newBatch(world, records, changes);
  const receipt = await world.send(SEQUENCER, 'sequenceBatch', [number, batch], { value: batch.fee, to });
  return { number, posted: postedIn(receipt).posted, records };
}

export interface ClaimedEnd {
  readonly root?: bigint;
  readonly prover?: Address;
  readonly logHash?: bigint;
  readonly txHash?: bigint;
  readonly to?: Address;
}

/** What stands for the proofs that a batch leads to a root. */
export function proofOf(
  world: PaymentsWorld,
  { number, posted, records }: PostedRecords,
  { root = 1n, prover = PROVER.address, logHash = 2n, txHash = 3n, to = world.contract }: ClaimedEnd = {},
) {
  const x = pointOf({ ...posted, contract: to, number, prover, logHash, txHash });
  const dataOut: bigint = recordsPolynomial(x, records.map(recordElements));
  return {
    data: dataOf(records),
    chunks: [{ ...NO_POINTS, newRoot: root, logHash, dataOut: 5n, deep: false }],
    rulesChunks: [{ ...NO_POINTS, logHash, txHash, dataOut, carryOut: 0n, small: true }],
  };
}
export type Proof = ReturnType<typeof proofOf>;

export const consolidatedAtOf = ({ logs }: TransactionReceipt): number =>
  parseEventLogs({ abi: PAYMENTS_ABI, logs, eventName: 'BatchConsolidated' })[0]!.args.consolidatedAt;

/** Consolidates a batch, and tells when. */
export async function consolidate(world: PaymentsWorld, batch: PostedRecords, end: ClaimedEnd = {}): Promise<number> {
  const proof = proofOf(world, batch, end);
  return consolidatedAtOf(
    await world.send(PROVER, 'verifyBatch', [batch.number, batch.posted, proof], { to: end.to ?? world.contract }),
  );
}
