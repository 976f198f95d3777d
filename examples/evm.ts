// Ethereum transactions on a state of Rootshift. Alice deploys an ERC-20 token, and sends some of it to Bob. The
// operator executes both transactions as one batch, proves what it writes, and only then moves the state. The proof
// says that these writes lead from the old root to the new one. It does not say that they are what the transactions
// do: that is for whoever executes them again, as the follower does here.
// In a clone, what this needs beside Rootshift is there. Else:
//   npm install @ethereumjs/{block,common,evm,rlp,tx,util,vm}@10.1.3 tiny-secp256k1@2.2.4
//   npx tsx examples/evm.ts
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ArtifactStore, formatBatch, frToHex, openDatabase, parseBatch, proveBatch, WorkingState } from 'rootshift';
import type { Access, HashDb } from 'rootshift';
import { decodeTransaction, EvmBatch, parseEvmGenesis } from 'rootshift/evm';
import type { BlockEnvironment, EvmReceipt, NetChanges } from 'rootshift/evm';
import { describeVerdict, verifyProof } from 'rootshift/verify';
import {
  decodeEventLog,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  hexToBytes,
  numberToHex,
} from 'viem';
import type { Abi, Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

// --- the chain: its genesis, in the form that geth and other nodes take ---

const alice = privateKeyToAccount(`0x${'11'.repeat(32)}`);
const bob = '0x0000000000000000000000000000000000000b0b';
const { chain, entries, codes } = parseEvmGenesis(
  JSON.stringify({
    config: { chainId: 31337, pragueTime: 0 },
    alloc: { [alice.address]: { balance: numberToHex(10n ** 18n) } },
  }),
);

const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-example-'));
const openState = (name: string): Promise<HashDb> => openDatabase(path.join(folder, name), { createIfMissing: true });
for (const name of ['operator', 'follower']) {
  await using db = await openState(name);
  const state = new WorkingState(db, (await db.current()).root);
  for (const { value, ...entry } of entries) state.set(entry, value);
  await state.commit();
}

// --- Alice's wallet: she signs as on any other chain ---

const { abi, bytecode } = JSON.parse(readFileSync(new URL('token.json', import.meta.url), 'utf8')) as {
  readonly abi: Abi;
  readonly bytecode: Hex;
};
const token = getContractAddress({ from: alice.address, nonce: 0n });
const common = { chainId: Number(chain.chainId), gas: 1_000_000n, maxFeePerGas: 2n, maxPriorityFeePerGas: 1n } as const;
const transactions = [
  await alice.signTransaction({
    ...common,
    type: 'eip1559',
    nonce: 0,
    data: encodeDeployData({ abi, bytecode, args: [1000n] }),
  }),
  await alice.signTransaction({
    ...common,
    type: 'eip1559',
    nonce: 1,
    to: token,
    data: encodeFunctionData({ abi, functionName: 'transfer', args: [bob, 300n] }),
  }),
];

// --- execution: the same for the operator and for whoever executes the batch again ---

const environment: BlockEnvironment = {
  number: 1n,
  timestamp: 1_800_000_000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 1n,
  prevRandao: 0n,
  feeRecipient: 0xfeen,
  ancestors: [],
};

async function execute(db: HashDb): Promise<NetChanges & { readonly receipts: readonly EvmReceipt[] }> {
  const batch = await EvmBatch.begin(chain, new WorkingState(db, (await db.current()).root), codes);
  batch.enterBlock(environment);
  const receipts: EvmReceipt[] = [];
  for (const bytes of transactions) {
    const { receipt } = await batch.execute(decodeTransaction(hexToBytes(bytes), chain));
    receipts.push(receipt);
  }
  return { ...batch.netChanges(), receipts };
}

let writes: readonly Access[];
{
  await using db = await openState('operator');
  const executed = await execute(db);
  ({ writes } = executed);
  const [deployment, transfer] = executed.receipts;
  const [event] = transfer!.logs;
  const [signature, ...topics] = event!.topics.map((topic) => numberToHex(topic, { size: 32 }));
  const { args } = decodeEventLog({
    abi,
    topics: [signature!, ...topics],
    data: `0x${Buffer.from(event!.data).toString('hex')}`,
  });
  console.log(
    `Deployed the token for ${deployment!.gasUsed} gas at ${numberToHex(deployment!.contractAddress!, { size: 20 })}.`,
  );
  console.log(
    `Sent ${String((args as unknown as { readonly value: bigint }).value)} of it to Bob for ${transfer!.gasUsed} gas.`,
  );
  console.log(`The batch changes ${writes.length} entries.`);
}

// --- the proof ---

const batch = parseBatch(formatBatch(writes));
const { proof, circuits, record } = await proveBatch({
  openDb: (options) => openDatabase(path.join(folder, 'operator'), options),
  batch,
  circuit: 's16',
  store: new ArtifactStore('.rootshift/artifacts'),
});
const { oldRoot } = proof.chunks[0]!.publicSignals;
const keys = circuits.map((used) => used.keys);
console.log(describeVerdict(await verifyProof({ proof, keys, batch: batch.accesses, acceptedRoots: [oldRoot] })));

// --- a follower: has the transactions and the environment, and executes them again ---

{
  await using db = await openState('follower');
  const state = new WorkingState(db, (await db.current()).root);
  for (const { value, ...entry } of (await execute(db)).writes) state.set(entry, value);
  const root = await state.root();
  console.log(root === record.root ? `A follower comes to the same root, ${frToHex(root)}.` : 'A follower disagrees.');
}
await rm(folder, { recursive: true });
