import { decodeEventLog, encodeAbiParameters, getAddress, hexToBytes, keccak256, parseAbiParameters } from 'viem';
import type { PublicClient } from 'viem';
import { CATALOGUE } from '../machine/circuit/catalogue.js';
import type { CircuitName } from '../machine/circuit/catalogue.js';
import { CHAIN_VERIFIER_ABI, SETTLEMENT_ABI } from './abi.js';
import { asking, reading } from './asking.js';
import { ChainError } from './chain-error.js';
import { clientOf } from './client.js';
import type { RawEvent, ReadOptions } from './event-file.js';
import { decodeBatchData } from './data.js';
import type { Write } from './data.js';
import { readEvents } from './events.js';
import type { EventList } from './events.js';
import type { Address, Hash } from './point.js';
import type { Provider } from './provider.js';

/**
 * A posted batch as the contract's events tell it, and must be told again to prove it.
 * @see {@link readBatches}
 */
export interface PostedBatch {
  readonly number: number;
  readonly posted: {
    readonly dataHash: Hash;
    /** Seconds, by the contract's clock. */
    readonly postedAt: number;
    /** Of the verifiers that take its proofs. */
    readonly version: number;
    /** Who paid the fee, in wei, for whoever proves it. */
    readonly payer: Address;
    readonly fee: bigint;
    readonly prover: Address;
    readonly logHash: bigint;
    readonly dataOut: bigint;
  };
  readonly data: Hash;
  readonly writes: readonly Write[];
  /** The state's root after it, once it is consolidated; until then null. */
  readonly root: bigint | null;
}

/**
 * Every batch that was posted, in order, as the chain has it now: read from the block of the deployment on, or from the
 * last block that a file has, in ranges that become narrower where the endpoint wants them so.
 * @throws {ChainError} the endpoint does not answer, or its events are not all that the contract has had
 *
 * @example
 * const batches = await readBatches(openEndpoint('http://127.0.0.1:8545'), contract, { events: 'events.jsonl' });
 */
export async function readBatches(
  provider: Provider,
  contract: Address,
  options: ReadOptions = {},
): Promise<PostedBatch[]> {
  const { batches } = await readEvents(provider, contract, () => new BatchList(contract), options);
  return batches;
}

/** Checks the batches that wait for their proofs against what the contract has stored of them. */
async function requirePosted(
  client: PublicClient,
  address: Address,
  batches: readonly PostedBatch[],
  blockNumber: bigint,
): Promise<void> {
  for (const { number, posted, root } of batches) {
    if (root !== null) continue;
    const call = { address, abi: SETTLEMENT_ABI, functionName: 'postedHash', args: [number], blockNumber } as const;
    if ((await client.readContract(call)) === postedHash(posted)) continue;
    throw new ChainError(
      `the endpoint's event of batch ${number} of ${address} differs from what the contract has stored`,
    );
  }
}

/** The contract's hash of a posted batch: of its fields, each in a word, in their order. */
const postedHash = (posted: PostedBatch['posted']): Hash =>
  keccak256(
    encodeAbiParameters(parseAbiParameters('bytes32, uint48, uint32, address, uint256, address, uint256, uint256'), [
      posted.dataHash,
      posted.postedAt,
      posted.version,
      posted.payer,
      posted.fee,
      posted.prover,
      posted.logHash,
      posted.dataOut,
    ]),
  );

/**
 * The id of the endpoint's chain.
 * @throws {ChainError} the endpoint does not say
 *
 * @example
 * await readChainId(openEndpoint('http://127.0.0.1:8545')); // 31337
 */
export const readChainId = (provider: Provider): Promise<number> =>
  asking('could not ask which chain it is', () => clientOf(provider).getChainId());

/**
 * Which settlement a database follows.
 *
 * @example
 * const followed: Followed = { chainId: 1, contract };
 */
export interface Followed {
  readonly chainId: number;
  readonly contract: Address;
  /** The root before its first batch; by default that of the empty state. */
  readonly genesis?: bigint;
}

/**
 * Which settlement a contract is, and the root that it begins at.
 * @throws {ChainError} the endpoint does not say
 *
 * @example
 * const { genesis } = await readFollowed(openEndpoint('http://127.0.0.1:8545'), contract);
 */
export async function readFollowed(provider: Provider, contract: Address): Promise<Followed> {
  const chainId = await readChainId(provider);
  return reading(contract, async () => {
    const place = { address: contract, abi: SETTLEMENT_ABI } as const;
    const genesis = await clientOf(provider).readContract({ ...place, functionName: 'rootAfter', args: [0] });
    return { chainId, contract, genesis };
  });
}

/** How far a settlement is, by its own word. */
async function stateAt(client: PublicClient, address: Address, blockNumber: bigint) {
  const read = <Name extends 'lastVirtual' | 'lastConsolidated' | 'consolidatedRoot'>(functionName: Name) =>
    client.readContract({ address, abi: SETTLEMENT_ABI, functionName, blockNumber });
  return {
    posted: await read('lastVirtual'),
    consolidated: await read('lastConsolidated'),
    root: await read('consolidatedRoot'),
    genesis: await client.readContract({
      address,
      abi: SETTLEMENT_ABI,
      functionName: 'rootAfter',
      args: [0],
      blockNumber,
    }),
  };
}

/** The batches that events tell of. */
class BatchList implements EventList {
  readonly batches: PostedBatch[] = [];
  readonly #forced = new Map<number, Hash>();

  constructor(private readonly contract: Address) {}

  add(raw: RawEvent): void {
    const event = decodeEventLog({ abi: SETTLEMENT_ABI, ...raw });
    switch (event.eventName) {
      case 'BatchForced':
        this.#forced.set(event.args.index, event.args.data);
        break;
      case 'BatchPosted':
        this.#post(event.args.number, event.args.posted, event.args.data);
        break;
      case 'ForcedBatchPosted':
        this.#post(event.args.number, event.args.posted, this.#forced.get(event.args.index));
        break;
      case 'BatchConsolidated': {
        const { number, root } = event.args;
        this.batches[number - 1] = { ...(this.batches[number - 1] ?? this.#unexpected(number)), root };
        break;
      }
      default:
    }
  }

  async require(client: PublicClient, block: bigint): Promise<void> {
    this.#requireAll(await stateAt(client, this.contract, block));
    await requirePosted(client, this.contract, this.batches, block);
  }

  /** @throws {ChainError} the contract has had other events, or more */
  #requireAll(state: Awaited<ReturnType<typeof stateAt>>): void {
    const consolidated = this.batches.filter(({ root }) => root !== null);
    const told = {
      posted: this.batches.length,
      consolidated: consolidated.length,
      root: consolidated.at(-1)?.root ?? state.genesis,
    };
    if (told.posted === state.posted && told.consolidated === state.consolidated && told.root === state.root) return;
    const describe = ({ posted, consolidated, root }: typeof told): string =>
      `${posted} batches, ${consolidated} consolidated, root 0x${root.toString(16)}`;
    throw new ChainError(
      `the endpoint's events of ${this.contract} are incomplete: they contain ${describe(told)}, but the contract has ${describe(state)}`,
    );
  }

  #post(number: number, posted: PostedBatch['posted'], data: Hash | undefined): void {
    if (number !== this.batches.length + 1 || data === undefined) this.#unexpected(number);
    if (keccak256(data) !== posted.dataHash)
      throw new ChainError(`the endpoint's data of batch ${number} of ${this.contract} differs from what was posted`);
    this.batches.push({
      number,
      posted: { ...posted, prover: getAddress(posted.prover) },
      data,
      writes: decodeBatchData(hexToBytes(data)),
      root: null,
    });
  }

  #unexpected(number: number): never {
    throw new ChainError(
      `expected batch ${this.batches.length + 1} of ${this.contract} next, got an event of batch ${number}`,
    );
  }
}

/**
 * A circuit whose proofs a settlement takes.
 * @see {@link readCircuits}
 */
export interface SettlementCircuit {
  readonly name: CircuitName;
  readonly verificationKey: Hash;
  /** keccak256 of the verification key that the verifier contract has, as it encodes it. */
  readonly keyHash: Hash;
  /** True if one party made the keys, and so could forge proofs, by the verifier contract's word. */
  readonly developmentKeys: boolean;
}

/**
 * The usual circuit, and the one for what that has no room for.
 * @see {@link readCircuits}
 */
export type SettlementCircuits = readonly [SettlementCircuit, SettlementCircuit];

/**
 * A settlement's two circuits, the usual one first.
 * @param options.version of its verifiers; by default the one that batches are posted with now
 * @throws {ChainError} the contract is no settlement, or for circuits that are not known here
 *
 * @example
 * const [usual, deep] = await readCircuits(sender.provider, contract);
 */
export async function readCircuits(
  provider: Provider,
  contract: Address,
  options: { readonly version?: number } = {},
): Promise<SettlementCircuits> {
  const client = clientOf(provider);
  const read = async (address: Address): Promise<SettlementCircuit> => {
    const name = await client.readContract({ address, abi: CHAIN_VERIFIER_ABI, functionName: 'circuit' });
    if (!Object.hasOwn(CATALOGUE, name))
      throw new ChainError(`the settlement at ${contract} uses circuit ${name}, which this version does not have`);
    const verifier = { address, abi: CHAIN_VERIFIER_ABI } as const;
    return {
      name: name as CircuitName,
      verificationKey: await client.readContract({ ...verifier, functionName: 'verificationKey' }),
      keyHash: await client.readContract({ ...verifier, functionName: 'keyHash' }),
      developmentKeys: await client.readContract({ ...verifier, functionName: 'developmentKeys' }),
    };
  };
  return reading(contract, async () => {
    const place = { address: contract, abi: SETTLEMENT_ABI } as const;
    const version = options.version ?? (await client.readContract({ ...place, functionName: 'version' }));
    const [usual, deep] = await client.readContract({ ...place, functionName: 'verifiersOf', args: [version] });
    if (usual === undefined || deep === undefined)
      throw new ChainError(`expected two verifiers of version ${version} at ${contract}, got fewer`);
    return [await read(usual), await read(deep)];
  });
}
