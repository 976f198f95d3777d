import { bytesToHex, encodeFunctionData, keccak256 } from 'viem';
import { type RequestedAccess } from '../batch/access.js';
import { logHash } from '../batch/log.js';
import { type ArtifactStore, type OnProgress } from '../circuit/artifacts.js';
import { CATALOGUE, type CircuitSize } from '../circuit/catalogue.js';
import { compileCircuit } from '../circuit/compile.js';
import { bitsPerLevelOf } from '../engine/database.js';
import { type Poseidon } from '../hash/poseidon.js';
import { type HashDb } from '../hashdb/hashdb.js';
import { planChunks } from '../planner/plan.js';
import { type ProvingKeys, provingKeys } from '../prover/keys.js';
import { prove } from '../prover/prove.js';
import { SETTLEMENT_ABI } from './abi.js';
import { type PostedBatch, readBatches, readCircuits } from './chain.js';
import { chunkArgument } from './contracts.js';
import { encodeBatchData, MAX_RECORDS, type Write } from './data.js';
import { type Address, batchPoint, type Hash } from './point.js';
import { ChainError, type Sender } from './sender.js';
import { syncState } from './sync.js';

/** What it takes to move a settlement on: its contract, the state, and a prover. */
export interface SettleOptions {
  readonly poseidon: Poseidon;
  readonly sender: Sender;
  readonly contract: Address;
  /** Follows the consolidated root; over the tree of the contract's circuits. */
  readonly db: HashDb;
  readonly store: ArtifactStore;
  readonly onProgress?: OnProgress;
}

/** A batch has no writes: there is nothing to post. */
export class NothingToPostError extends Error {
  override readonly name = 'NothingToPostError';
}

/** What was settled, and where that leaves the contract. */
export interface Settled {
  /** Numbers of the batches that were posted now, and of those that were proven. */
  readonly posted: readonly number[];
  readonly proven: readonly number[];
  readonly root: bigint;
}

/**
 * Posts a batch's writes, 512 a posted batch, and proves everything that is posted and not yet consolidated.
 * Without `accesses` it only proves. Killed at any moment, it goes on where it was: what was signed is in the
 * sender's journal, what was posted on the chain.
 * @throws {ChainError | SyncError | NothingToPostError}
 */
export async function settle(options: SettleOptions, accesses: readonly RequestedAccess[] | null): Promise<Settled> {
  const { sender, contract, poseidon, db } = options;
  await sender.resume();
  const posted = accesses === null ? [] : await post(options, accesses);
  const proven: number[] = [];
  for (;;) {
    const batches = await readBatches(sender.client, contract);
    const { root, number } = await syncState(poseidon, db, batches);
    const next = batches[number];
    if (next === undefined) return { posted, proven, root };
    await proveBatch(options, next);
    proven.push(next.number);
  }
}

/** Posts writes for this sender to prove, by a log of the very writes: its commitment follows from them. */
async function post({ poseidon, sender, contract, onProgress = () => {} }: SettleOptions, accesses: readonly RequestedAccess[]): Promise<number[]> {
  const writes = accesses.filter((access): access is Write => access.op === 'write');
  if (writes.length === 0) throw new NothingToPostError('expected a batch with at least one write, got none');
  const batches = await readBatches(sender.client, contract);
  const numbers: number[] = [];
  for (let first = 0; first < writes.length; first += MAX_RECORDS) {
    const some = writes.slice(first, first + MAX_RECORDS);
    const number = batches.length + numbers.length + 1;
    onProgress(`posting batch ${number}`, 0, 0);
    const batch = { data: bytesToHex(encodeBatchData(some)), prover: sender.address, logHash: logHash(poseidon, some) };
    await sender.send(`post batch ${number}`, contract, encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'sequenceBatches', args: [number, [batch]] }));
    numbers.push(number);
  }
  return numbers;
}

/** Proves the next batch on the state that the database is at, and sends the proofs. */
async function proveBatch(options: SettleOptions, { number, posted, data, writes }: PostedBatch): Promise<void> {
  const { poseidon, sender, contract, db, onProgress = () => {} } = options;
  const context = { chainId: await sender.client.getChainId(), contract, number, prover: sender.address, dataHash: keccak256(data) };
  const x = batchPoint({ ...context, logHash: logHash(poseidon, writes) });
  const circuits = await readCircuits(sender.client, contract);
  if (circuits.some(({ name }) => CATALOGUE[name].bitsPerLevel !== bitsPerLevelOf(db))) {
    throw new ChainError(`the settlement at ${contract} is for circuit ${circuits[0].name}, which is not for the database's tree`);
  }
  const sizes = circuits.map(({ name }): CircuitSize => CATALOGUE[name]) as [CircuitSize, CircuitSize];
  const batch = { accesses: writes, where: (index: number) => `write ${index} of batch ${number}` };
  const { root } = await db.current();
  const chunks: ReturnType<typeof chunkArgument>[] = [];
  for await (const { trace, size } of planChunks({ poseidon, reader: db, root, batch, sizes, x })) {
    const place = sizes.indexOf(size);
    const { name, verificationKey } = circuits[place]!;
    const circuit = await compileCircuit(options.store, name, onProgress);
    const keys = await provingKeys(options.store, circuit);
    checkKeys(keys, verificationKey);
    onProgress(`batch ${number}: proving chunk ${chunks.length + 1}`, 0, 0);
    const { proof } = await prove({ poseidon, trace, circuit, keys });
    chunks.push(chunkArgument(proof, place === 1));
  }
  const isEvaluated = posted.prover === sender.address && posted.logHash === logHash(poseidon, writes);
  onProgress(`consolidating batch ${number}`, 0, 0);
  const proven = { posted, data: isEvaluated ? ('0x' as const) : data, chunks };
  await sender.send(`consolidate batch ${number}`, contract, encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'verifyBatches', args: [number, [proven]] }));
}

function checkKeys({ circuit, verificationKeyHash }: ProvingKeys, expected: Hash): void {
  if (`0x${verificationKeyHash}` === expected) return;
  throw new ChainError(`the settlement takes proofs of circuit ${circuit.name} by the keys ${expected}, the artifacts have 0x${verificationKeyHash}`);
}
