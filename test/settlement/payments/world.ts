/** A payments contract on a local chain whose verifiers accept everything: for what does not depend on proofs. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestClient, createWalletClient, encodeDeployData, encodeFunctionData, keccak256, toHex } from 'viem';
import type { Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { toFr } from '../../../src/base/field/fr.js';
import { recordsPolynomial, transactionsHash } from '../../../src/rules/common/records.js';
import { RecordingView } from '../../../src/rules/common/view.js';
import { replayPosted } from '../../../src/rules/payments/posted.js';
import { recordElements } from '../../../src/rules/payments/record.js';
import { PAYMENTS_ABI } from '../../../src/settlement/abi.js';
import { creationCode } from '../../../src/settlement/contracts.js';
import { Journal } from '../../../src/settlement/journal.js';
import type { PostedPaymentsBatch } from '../../../src/settlement/payments/ledger.js';
import { paymentsPoint } from '../../../src/settlement/payments/point.js';
import type { Address } from '../../../src/settlement/point.js';
import { Sender } from '../../../src/settlement/sender.js';
import type { SenderOptions } from '../../../src/settlement/sender.js';
import { logHash } from '../../../src/state/batch/log.js';
import { changeOf } from '../../../src/state/hashdb/change.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';
import { startChain } from '../../proof/verifier/anvil.js';

const DAY = 86_400;
export const DELAYS = {
  proverTimeout: 3600,
  forceDelay: 7200,
  dropTimeout: 2 * DAY,
  freezeDelay: 4 * DAY,
  alarmDelay: 1800,
  changeDelay: 5 * DAY,
  lowestFee: 10,
  maxOperations: 4000,
  window: 3600,
};

export type PaymentsWorld = Awaited<ReturnType<typeof startPayments>>;

/** Accounts of no mnemonic, by name. */
export const keyNamed = (name: string): Hex => keccak256(toHex(`payments ${name}`));

/** @param operator who has all roles */
export async function startPayments(operator = 'operator') {
  const chain = await startChain();
  const tools = createTestClient({ chain: foundry, mode: 'anvil', transport: chain.transport });
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-payments-'));
  let journals = 0;
  /** An account with ether, and a journal of its own. */
  const senderOf = async (name: string, options: Partial<SenderOptions> = {}): Promise<Sender> => {
    const journal = await Journal.open(path.join(folder, `${name}-${journals++}.json`));
    const sender = new Sender({ url: chain.url, privateKey: keyNamed(name), journal, pollingInterval: 10, ...options });
    if ((await chain.reader.getBalance({ address: sender.address })) === 0n)
      await tools.setBalance({ address: sender.address, value: 10n ** 24n });
    return sender;
  };
  const deploy = async (code: Hex): Promise<Address> => {
    const wallet = createWalletClient({ chain: foundry, transport: chain.transport, account: chain.writer.account });
    const hash = await wallet.sendTransaction({ data: code });
    const { contractAddress } = await chain.reader.waitForTransactionReceipt({ hash });
    return contractAddress!;
  };
  const acceptAll = await deploy('0x6001600c60003960016000f300');
  const stateProofs = await deploy(await creationCode('StateProofs'));
  const { address: account } = privateKeyToAccount(keyNamed(operator));
  const roles = { admin: account, sequencer: account, prover: account, guardian: account };
  const bytecode = await creationCode('Payments');
  const deployWith = (verifiers: readonly Address[]): Promise<Address> =>
    deploy(encodeDeployData({ abi: PAYMENTS_ABI, bytecode, args: [verifiers, stateProofs, { roles, ...DELAYS }] }));
  const contract = await deployWith(Array.from({ length: 4 }, () => acceptAll));
  const pass = async (seconds: number): Promise<void> => {
    await tools.increaseTime({ seconds });
    await tools.mine({ blocks: 1 });
  };
  return { ...chain, tools, folder, contract, deploy, deployWith, senderOf, pass };
}

const NOTHING = {
  a: [0n, 0n],
  b: [
    [0n, 0n],
    [0n, 0n],
  ],
  c: [0n, 0n],
} as const;

/** Sends what stands for the proofs of the next batch, which lead to the root that it really has. */
export async function consolidateUnproven(
  sender: Sender,
  contract: Address,
  db: HashDb,
  { number, posted, data, queue, records, context }: PostedPaymentsBatch,
): Promise<void> {
  const { root } = await db.current();
  const view = new RecordingView(new WorkingState(db, root));
  await replayPosted(view, Buffer.from(data.slice(2), 'hex'), queue, context);
  const { root: newRoot } = await changeOf(
    db,
    root,
    view.log.filter(({ op }) => op === 'write'),
  );
  const elements = records.map((record) => recordElements(record));
  const log = logHash(view.log);
  const txHash = transactionsHash(elements);
  const chainId = await sender.chainId();
  const x = paymentsPoint({ ...posted, chainId, contract, number, prover: sender.address, logHash: log, txHash });
  const chunks = [{ ...NOTHING, newRoot, logHash: log, dataOut: toFr(1n), deep: false }];
  const dataOut = recordsPolynomial(x, elements);
  const rulesChunks = [{ ...NOTHING, logHash: log, txHash, dataOut, carryOut: 0n, small: true }];
  const args = [number, posted, { data, chunks, rulesChunks }] as const;
  const call = encodeFunctionData({ abi: PAYMENTS_ABI, functionName: 'verifyBatch', args });
  await sender.send(`consolidate ${number}`, contract, call);
}
