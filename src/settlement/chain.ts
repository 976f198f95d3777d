import { getAddress, hexToBytes, type PublicClient } from 'viem';
import { CATALOGUE, type CircuitName } from '../circuit/catalogue.js';
import { CHAIN_VERIFIER_ABI, SETTLEMENT_ABI } from './abi.js';
import { decodeBatchData, type Write } from './data.js';
import { type Address, type Hash } from './point.js';
import { ChainError, refusalOf } from './sender.js';

/** A posted batch as the contract's events tell it, and must be told again to prove it. */
export interface PostedBatch {
  readonly number: number;
  readonly posted: {
    readonly dataHash: Hash;
    /** Unix time, seconds. */
    readonly postedAt: number;
    readonly prover: Address;
    readonly logHash: bigint;
    readonly dataOut: bigint;
  };
  readonly data: Hash;
  readonly writes: readonly Write[];
  /** The state's root after it, once it is consolidated; until then null. */
  readonly root: bigint | null;
}

/** Blocks whose events are asked for at once. */
const BLOCKS = 10_000n;

/**
 * Every batch that was posted, in order, as the chain has it now.
 * @throws {ChainError} the endpoint does not answer, or its events are not a settlement's
 */
export async function readBatches(client: PublicClient, contract: Address): Promise<PostedBatch[]> {
  try {
    if ((await client.getCode({ address: contract })) === undefined) throw new ChainError(`expected a settlement contract at ${contract}, found no contract`);
    const head = await client.getBlockNumber({ cacheTime: 0 });
    const forced = new Map<number, Hash>();
    const batches: PostedBatch[] = [];
    const add = (number: number, posted: PostedBatch['posted'], data: Hash | undefined): void => {
      if (number !== batches.length + 1 || data === undefined) throw new ChainError(`expected batch ${batches.length + 1} of ${contract} next, got an event of batch ${number}`);
      batches.push({ number, posted: { ...posted, prover: getAddress(posted.prover) }, data, writes: decodeBatchData(hexToBytes(data)), root: null });
    };
    for (let from = 0n; from <= head; from += BLOCKS) {
      const toBlock = from + BLOCKS - 1n < head ? from + BLOCKS - 1n : head;
      const events = await client.getContractEvents({ address: contract, abi: SETTLEMENT_ABI, fromBlock: from, toBlock, strict: true });
      for (const event of events) {
        switch (event.eventName) {
          case 'BatchForced':
            forced.set(event.args.index, event.args.data);
            break;
          case 'BatchPosted':
            add(event.args.number, event.args.posted, event.args.data);
            break;
          case 'ForcedBatchPosted':
            add(event.args.number, event.args.posted, forced.get(event.args.index));
            break;
          case 'BatchConsolidated':
            batches[event.args.number - 1] = { ...batches[event.args.number - 1]!, root: event.args.root };
            break;
          default:
        }
      }
    }
    return batches;
  } catch (error) {
    if (error instanceof ChainError) throw error;
    throw new ChainError(`could not read the settlement at ${contract}: ${refusalOf(error)}`, { cause: error });
  }
}

/** A circuit whose proofs a settlement takes. */
export interface SettlementCircuit {
  readonly name: CircuitName;
  readonly verificationKey: Hash;
}

/**
 * A settlement's two circuits, the usual one first.
 * @throws {ChainError} the contract is no settlement, or for circuits that are not known here
 */
export async function readCircuits(client: PublicClient, contract: Address): Promise<readonly [SettlementCircuit, SettlementCircuit]> {
  const read = async (which: 'verifier' | 'deepVerifier'): Promise<SettlementCircuit> => {
    const address = await client.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: which });
    const name = await client.readContract({ address, abi: CHAIN_VERIFIER_ABI, functionName: 'circuit' });
    if (!Object.hasOwn(CATALOGUE, name)) throw new ChainError(`the settlement at ${contract} is for circuit ${name}, which this version does not have`);
    const verificationKey = await client.readContract({ address, abi: CHAIN_VERIFIER_ABI, functionName: 'verificationKey' });
    return { name: name as CircuitName, verificationKey };
  };
  try {
    return [await read('verifier'), await read('deepVerifier')];
  } catch (error) {
    if (error instanceof ChainError) throw error;
    throw new ChainError(`could not read the settlement at ${contract}: ${refusalOf(error)}`, { cause: error });
  }
}
